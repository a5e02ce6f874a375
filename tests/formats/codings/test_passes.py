"""A look at the beginnings of units: what it lets pass is what cleaning leaves alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.errors import RedactError
from redact.formats.codings import NAMES, Coding, coding_of, nal
from redact.formats.codings.units import Standard
from tests.formats.codings.coded import NAMES as ENCODED
from tests.formats.codings.coded import stream

CODINGS: tuple[Standard, ...] = ("h264", "hevc")


def passes(coding: Coding, packet: bytes, before: bytes = b"") -> bool:
    data = before + packet
    return coding.passes(lambda start, size: data[start : start + size], len(before), len(packet))


def sized(coding: Standard) -> tuple[nal.Units, list[bytes]]:
    """A stream whose units stand behind their size, and its packets without messages."""
    made = stream(coding)
    units = nal.Units(coding, b"", 4, ())
    behind_codes = coding_of(coding, b"")
    packets = []
    for packet in made.packets:
        parts = [part.rstrip(b"\0") for part in behind_codes.cleaned(packet).split(b"\0\0\1")]
        packets.append(units.cleaned(b"".join(len(part).to_bytes(4, "big") + part for part in parts if part)))
    # Parameter sets, which come with every key frame, are looked into.
    return units, packets[1:4]


@pytest.mark.parametrize("coding", CODINGS)
def test_clean_pictures_pass_wherever_they_stand(coding: Standard) -> None:
    units, packets = sized(coding)
    assert packets
    for packet in packets:
        assert passes(units, packet)
        assert passes(units, packet, b"what stands before")
        assert units.cleaned(packet) is packet


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("nothing", [bytes(4), bytes(8)])
def test_sizes_of_nothing_do_not_pass_and_go(coding: Standard, nothing: bytes) -> None:
    units, packets = sized(coding)
    packet = packets[0]
    for padded in (packet + nothing, nothing + packet):
        assert not passes(units, padded)
        assert units.cleaned(padded) == packet


def test_behind_start_codes_nothing_passes_unseen() -> None:
    assert not passes(coding_of("h264", b""), stream("h264").packets[0])


@pytest.mark.parametrize("name", sorted(NAMES & set(ENCODED) - set(CODINGS)))
def test_other_codings_are_cleaned_to_be_seen(name: str) -> None:
    made = stream(name)
    assert not passes(coding_of(name, made.configuration), made.packets[0])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(CODINGS), st.data())
def test_what_passes_comes_out_of_cleaning_as_it_is(coding: Standard, data: st.DataObject) -> None:
    units, packets = sized(coding)
    packet = bytearray(data.draw(st.sampled_from(packets)))
    for place in data.draw(st.lists(st.integers(0, min(len(packet), 80) - 1), max_size=4)):
        packet[place] = data.draw(st.integers(0, 255))
    garbled = bytes(packet)
    if passes(units, garbled):
        try:
            assert units.cleaned(garbled) == garbled
        except RedactError:
            pytest.fail("what passed is refused")
