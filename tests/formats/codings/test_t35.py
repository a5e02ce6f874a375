"""HDR10+ and Dolby Vision stay where they are what they say, to the last bit; anything else in their envelope goes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.checks.reading import Flaw
from redact.checks.structure import pictures
from redact.checks.structure.pictures import hdr
from redact.formats.codings import coding_of, t35
from tests.formats.codings.dynamic import CANARY, RPU, dolby_vision, hdr10_plus, reference_unit


def test_hdr10_plus_stays_whatever_parts_it_has() -> None:
    for curve in (False, True):
        for percentiles in (0, 9, 15):
            message = hdr10_plus(percentiles=percentiles, curve=curve)
            assert t35.is_hdr10_plus(message)
            assert t35.name_of(message) == "HDR10+"
            assert not t35.is_hdr10_plus(message + CANARY)
            assert not t35.is_hdr10_plus(message + b"\0")
            assert not t35.is_hdr10_plus(message[:-1])


def test_a_reference_unit_stays_where_its_checksum_holds() -> None:
    unit = reference_unit()
    assert t35.is_reference_unit(unit)
    assert not t35.is_reference_unit(unit + CANARY)
    assert not t35.is_reference_unit(unit[:9] + CANARY + unit[9 + len(CANARY) :])
    assert t35.is_dolby_vision(dolby_vision())
    assert t35.name_of(dolby_vision()) == "Dolby Vision RPU"
    assert not t35.is_dolby_vision(dolby_vision()[:-1])
    assert not t35.is_dolby_vision(dolby_vision() + CANARY)


def test_a_reference_unit_stays_among_the_units_of_hevc() -> None:
    coding = coding_of("hevc", b"")
    unit = b"\0\0\0\1\x26\1slice\0\0\0\1\x7c\1" + reference_unit()
    assert coding.cleaned(unit) is unit
    assert list(coding.messages(unit)) == [("Dolby Vision RPU", "colour")]


@pytest.mark.parametrize("message", [hdr10_plus(), dolby_vision()])
def test_either_stays_in_av1(message: bytes) -> None:
    content = b"\4" + message + b"\x80"
    unit = b"\x2a" + (bytes((len(content),)) if len(content) < 128 else b"") + content
    packet = unit + b"\x32\5frame"
    assert coding_of("av1", b"").cleaned(packet) is packet


def test_hdr10_plus_stays_among_the_messages_of_hevc() -> None:
    body = bytes((4, len(hdr10_plus()))) + hdr10_plus() + b"\x80"
    unit = b"\0\0\0\1\x4e\1" + body.replace(b"\0\0\1", b"\0\0\3\1").replace(b"\0\0\0", b"\0\0\3\0")
    assert coding_of("hevc", b"").cleaned(unit) is unit


@given(st.binary(max_size=80), st.sampled_from([t35.HDR10_PLUS, t35.DOLBY_VISION, b""]))
def test_no_message_makes_it_fail(rest: bytes, beginning: bytes) -> None:
    with contextlib.suppress(RecursionError):
        t35.name_of(beginning + rest)
        t35.is_reference_unit(rest)


def _with_bits(message: bytes, place: int, bits: str) -> bytes:
    text = "".join(f"{octet:08b}" for octet in message)
    changed = text[:place] + bits + text[place + len(bits) :]
    return int(changed, 2).to_bytes(len(message), "big")


@pytest.mark.parametrize(
    ("place", "bits"),
    [
        (0, f"{2:08b}"),
        (8, "10"),
        (8, "00"),
        (10, f"{10_001:027b}"),
        (37, "1"),
        (38, f"{100_001:017b}"),
        (38 + 4 * 17 + 4, f"{101:07b}"),
        (38 + 4 * 17 + 4, f"{99:07b}"),
        (38 + 4 * 17 + 4 + 7, f"{100_001:017b}"),
        (38 + 4 * 17 + 4 + 9 * 24, f"{1001:010b}"),
        (38 + 4 * 17 + 4 + 9 * 24 + 10, "1"),
    ],
)
def test_numbers_of_hdr10_plus_beyond_their_bounds_go_with_it(place: int, bits: str) -> None:
    wrong = _with_bits(hdr10_plus(), 8 * len(t35.HDR10_PLUS) + place, bits)
    assert not t35.is_hdr10_plus(wrong)
    assert not hdr.hdr10_plus(wrong)


def test_a_table_of_luminances_takes_text_and_goes() -> None:
    text = "".join(f"{octet:08b}" for octet in CANARY * 17)[: 4 * 25 * 25]
    head = f"{1:08b}{1:02b}{400:027b}1{25:05b}{25:05b}" + text + "0" * (17 * 4 + 4 + 10 + 1 + 2)
    head += "0" * (-len(head) % 8)
    message = t35.HDR10_PLUS + int(head, 2).to_bytes(len(head) // 8, "big")
    assert not t35.is_hdr10_plus(message)
    assert not hdr.hdr10_plus(message)


@pytest.mark.parametrize(
    "content",
    [
        CANARY * 3,
        b"\x0c\x09" + RPU[2:],
        b"\x08\x89" + RPU[2:],
        b"\x0b\x89" + RPU[2:],
        RPU[:2] + b"\x18" + RPU[3:],
        RPU[:3] + b"\x70" + RPU[4:],
        RPU[:3] + b"\x40\x07" + RPU[5:],
        RPU[:5] + bytes(30),
    ],
)
def test_a_header_that_no_decoder_of_dolby_vision_takes_goes_whatever_its_checksum(content: bytes) -> None:
    unit, envelope = reference_unit(content), dolby_vision(content)
    assert not t35.is_reference_unit(unit)
    assert not hdr.reference_unit(unit)
    assert not t35.is_dolby_vision(envelope)
    assert not hdr.dolby_vision(envelope)


def test_a_packet_has_one_reference_unit() -> None:
    coding = coding_of("hevc", b"")
    unit, second = (b"\0\0\0\1\x7c\1" + reference_unit(RPU + end) for end in (b"", CANARY))
    picture = b"\0\0\0\1\x26\1slice"
    assert coding.cleaned(picture + unit + second) == picture + unit
    assert pictures.rule("hevc", b"")(picture + unit)
    with pytest.raises(Flaw):
        pictures.rule("hevc", b"")(picture + unit + second)
