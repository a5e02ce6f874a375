"""What coded pictures may hold: the walk's own allow-list, held against real streams and against what hides in them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.checks.reading import Flaw
from redact.checks.structure.pictures import hdr, rule
from redact.errors import MediaError
from redact.formats.codings import coding_of
from tests.formats.codings.coded import HIDDEN, NAMES, stream
from tests.formats.codings.dynamic import dolby_vision, hdr10_plus, reference_unit

CANARY = b"CANARY, near the bridge"
AVCC = b"\1\x64\0\x1f\xff\xe1\0\4\x67\x64\0\x1f\1\0\3\x68\xef\x38\xfd\xf8\xf8\0"
HVCC = b"\1" + bytes(20) + b"\3\1" + b"\x21\0\1\0\4\x42\1ab"
VVCC = b"\xff\0\x65\x5f\1\2\x20\x80\0\0\1\x40\0\xb8\0\0\1\x8f\0\1\0\4\0\x79ab"
RECORDS = {"h264": AVCC, "hevc": HVCC, "vvc": VVCC}
WAYS = [(name, way) for name in HIDDEN for way in HIDDEN[name]]


def allows(coding: str, configuration: bytes, packet: bytes) -> bool:
    """What the rule says of a packet; a Flaw is a no, and tells nothing of the content."""
    try:
        return rule(coding, configuration)(packet)
    except Flaw as flaw:
        told = str(flaw)
    assert "CANARY" not in told
    return False


@pytest.mark.parametrize("name", NAMES)
def test_clean_pictures_are_allowed(name: str) -> None:
    coded = stream(name)
    coding = coding_of(name, coded.configuration)
    allowed = rule(name, coding.configuration)
    assert all(allowed(coding.cleaned(packet)) for packet in coded.packets)


@pytest.mark.parametrize(("name", "hide"), WAYS)
def test_whatever_hides_in_a_packet_is_seen(name: str, hide: Callable[[bytes], bytes]) -> None:
    coded = stream(name)
    coding = coding_of(name, coded.configuration)
    assert allows(name, coding.configuration, coding.cleaned(coded.packets[0]))
    assert not allows(name, coding.configuration, hide(coding.cleaned(coded.packets[0])))


@pytest.mark.parametrize(
    ("coding", "unit", "allowed"),
    [
        ("h264", b"\x65slice", True),
        ("h264", b"\x06\x05\x12" + bytes(16) + b"AB\x80", False),
        ("h264", b"\x06\x04\x02AB\x80", False),
        ("h264", b"\x06\x06\x01\x84\x80", True),
        ("h264", b"\x06\x06\x01\x84\x05\x02AB\x80", False),
        ("h264", b"\x06\x06\x09" + bytes([1]) * 9 + b"\x80", False),
        ("h264", b"\x06\x00\x01\x84\x80", False),
        ("h264", b"\x06\x01\x01\x84\x80", False),
        ("h264", b"\x6e\x01\x02\x03", False),
        ("hevc", b"\x4e\x01\x90\x04\x01\x01\x01\x01\x80", True),
        ("hevc", b"\x4e\x01\x90\x05\x01\x01\x01\x01\x01\x80", False),
        ("hevc", b"\x4e\x01\x93\x01\x12\x80", True),
        ("hevc", b"\x4e\x01\x94\x02\x01\x01\x80", False),
        ("hevc", b"\x4c\x01\xff\x80", False),
        ("h264", b"\x06\xff\x01\x02AB\x80", False),
        ("h264", b"\x0c\xff\xff\x80", False),
        ("h264", b"\x0cCANARY\x80", False),
        ("h264", b"\x1fCANARY", False),
        ("hevc", b"\x26\x01slice", True),
        ("hevc", b"\x4e\x01\x05\x12" + bytes(16) + b"AB\x80", False),
        ("hevc", b"\x50\x01\x04\x02AB\x80", False),
        ("hevc", b"\x4e\x01\x89\x18" + bytes([1]) * 20 + b"\0\0\5\5" + b"\x80", True),
        ("hevc", b"\x4e\x01\x89\x18" + bytes([1]) * 24 + b"\x80", False),
        ("hevc", b"\x4e\x01\x89\x18SN-1581F45TB21D9 OWNER J\x80", False),
        ("hevc", b"\x4e\x01\x93\x01\x12\x93\x01\x12\x80", False),
        ("hevc", b"\x4e\x01\x93\x01A\x80", False),
        ("h264", b"\x06\x06\x08SN-1581F\x80", False),
        ("hevc", b"\x4e\x01\x88\x02AB\x80", False),
        ("hevc", b"\x62\x01CANARY", False),
        ("hevc", b"\x7c\x01\x19dolby", False),
        ("hevc", b"\x7c\x01CANARY", False),
        ("h264", b"\x09\x10", True),
        ("h264", b"\x09\x10CANARY", False),
        ("h264", b"\x0a", True),
        ("h264", b"\x0aCANARY", False),
        ("h264", b"\x23CANARY", False),
        ("h264", b"\x2dCANARY", False),
        ("hevc", b"\x46\x01\x50", True),
        ("hevc", b"\x46\x01\x50CANARY", False),
        ("hevc", b"\x48\x01CANARY", False),
        ("hevc", b"\x26\x09slice", False),
    ],
)
def test_units_are_on_an_allow_list(coding: str, unit: bytes, allowed: bool) -> None:  # noqa: FBT001 - a truth table
    assert allows(coding, RECORDS[coding], len(unit).to_bytes(4, "big") + unit) is allowed
    assert allows(coding, b"", b"\0\0\1" + unit + bytes(2)) is allowed


@pytest.mark.parametrize(
    ("unit", "allowed"),
    [
        (b"\0\x39slice", True),
        (b"\0\xa1\x80", True),
        (b"\0\xa1\x80CANARY", False),
        (b"\0\xb9\x05\x12" + bytes(16) + b"AB\x80", False),
        (b"\0\xb9\x90\x04\x01\x01\x01\x01\x80", True),
        (b"\0\xc9CANARY", False),
        (b"\0\xf9CANARY", False),
        (b"\1\x39slice", False),
        (b"\0\x38slice", False),
    ],
)
def test_units_of_vvc_are_on_an_allow_list(unit: bytes, allowed: bool) -> None:  # noqa: FBT001 - a truth table
    assert allows("vvc", VVCC, len(unit).to_bytes(4, "big") + unit) is allowed


def test_units_fill_their_sample() -> None:
    assert not allows("h264", AVCC, b"\0\0\0\x09\x65slice")
    assert not allows("h264", AVCC, b"\0\0\0\0")


@pytest.mark.parametrize("coding", ["h264", "hevc", "vvc"])
def test_a_configuration_holds_parameter_sets_alone(coding: str) -> None:
    record = RECORDS[coding]
    rule(coding, record)
    for wrong in (record + CANARY, record[:-1], b"\2" + record[1:]):
        with pytest.raises(Flaw):
            rule(coding, wrong)
    with pytest.raises(Flaw):
        rule(coding, b"\0\0\0\1\x65slice" if coding == "h264" else b"\0\0\0\1\x26\1slice")


def test_a_message_in_the_configuration_of_h264_is_seen() -> None:
    told = b"\6\5\x10" + bytes(range(16)) + b"\x80"
    with pytest.raises(Flaw):
        rule("h264", AVCC[:5] + b"\xe2\0" + bytes((len(told),)) + told + AVCC[6:])
    with pytest.raises(Flaw):
        rule("h264", b"\0\0\1" + told)


@pytest.mark.parametrize(
    ("coding", "configuration"),
    [
        ("av1", b"\x81\0\x0c\x0f"),
        ("av1", b"\x81\0\x0c\0\x7a\6CANARY"),
        ("av1", b"\x82\0\x0c\0"),
        ("vp8", CANARY),
        ("vp9", b"\1\6CANARY"),
        ("vp9", b"\1\1\0" * 5),
        ("mpeg4", b"\0\0\1\xb2CANARY"),
        ("mpeg2video", b"\0\0\1\xb2CANARY"),
        ("h263", CANARY),
        ("prores", CANARY),
        ("iamf", b""),
        ("png", b""),
    ],
)
def test_what_cannot_be_vouched_for_is_a_flaw(coding: str, configuration: bytes) -> None:
    with pytest.raises(Flaw):
        rule(coding, configuration)


def test_dynamic_colours_are_allowed_to_their_last_bit() -> None:
    assert hdr.hdr10_plus(hdr10_plus())
    assert hdr.dolby_vision(dolby_vision())
    assert hdr.reference_unit(reference_unit())
    for curve in (True, False):
        for number in (0, 15):
            assert hdr.hdr10_plus(hdr10_plus(number, curve=curve))
            assert not hdr.hdr10_plus(hdr10_plus(number, curve=curve) + b"\0")
            assert not hdr.hdr10_plus(hdr10_plus(number, curve=curve)[:-1])
    for spoilt in (reference_unit() + CANARY, reference_unit()[:9] + CANARY + reference_unit()[32:], b"\x19" + CANARY):
        assert not hdr.reference_unit(spoilt)
    assert not hdr.dolby_vision(dolby_vision() + CANARY)
    assert not hdr.dolby_vision(dolby_vision()[:-1])
    assert allows("hevc", HVCC, (66).to_bytes(4, "big") + b"\x7c\1" + reference_unit()[:64]) is False
    whole = b"\x7c\1" + reference_unit()
    assert allows("hevc", HVCC, len(whole).to_bytes(4, "big") + whole)


@pytest.mark.parametrize("time", [b"\x80\x08\0\0", b"\0\x88\0\0", b"\0\x08\1\0", b"\0\x08\0\x80", b"\0\x08\0\1"])
def test_a_group_that_tells_a_time_is_seen(time: bytes) -> None:
    assert allows("mpeg2video", b"", b"\0\0\1\xb8\0\x08\0\x60")
    assert not allows("mpeg2video", b"", b"\0\0\1\xb8" + time)


def test_an_encoder_of_prores_or_a_flag_of_h263_is_seen() -> None:
    frame = coding_of("prores", b"").cleaned(stream("prores").packets[0])
    assert not allows("prores", b"", frame[:12] + b"CANR" + frame[16:])
    picture = bytearray(stream("h263").packets[0])
    picture[6] |= 0x40
    assert not allows("h263", b"", bytes(picture))


@settings(deadline=None)
@given(st.sampled_from([*NAMES, "vvc"]), st.data())
def test_broken_packets_are_seen_or_allowed_and_nothing_else(name: str, data: st.DataObject) -> None:
    packet = bytearray(data.draw(st.binary(max_size=60)) if name == "vvc" else stream(name).packets[0][:4000])
    for place in data.draw(st.lists(st.integers(0, max(len(packet) - 1, 0)), max_size=6)):
        packet[place : place + 1] = data.draw(st.binary(max_size=2))
    allows(name, RECORDS.get(name, b""), bytes(packet[: data.draw(st.integers(0, len(packet)))]))


@settings(deadline=None)
@given(st.sampled_from([*NAMES, "vvc"]), st.binary(max_size=80), st.sampled_from([b"", b"\1", b"\xff", b"\0\0\1"]))
def test_a_broken_configuration_is_a_flaw_or_none(name: str, rest: bytes, first: bytes) -> None:
    with contextlib.suppress(Flaw):
        rule(name, first + rest)


@settings(deadline=None)
@given(st.sampled_from([*NAMES, "vvc"]), st.data())
def test_whatever_is_cleaned_is_allowed(name: str, data: st.DataObject) -> None:
    packet = bytearray(data.draw(st.binary(max_size=60)) if name == "vvc" else stream(name).packets[0][:4000])
    for place in data.draw(st.lists(st.integers(0, max(len(packet) - 1, 0)), max_size=4)):
        packet[place : place + 1] = data.draw(st.binary(max_size=2))
    coding = coding_of(name, b"")
    try:
        clean = coding.cleaned(bytes(packet))
    except MediaError:
        return
    assert allows(name, b"", clean)
