"""A packet behind sizes is one picture, for both halves: decoders pass over another in silence, and nobody sees it."""

from __future__ import annotations

import pytest

from redact.checks.reading import Flaw
from redact.checks.structure import pictures
from redact.errors import UnsupportedFormatError
from redact.formats.codings import coding_of

HVCC = b"\1" + bytes(20) + b"\3\1" + b"\x21\0\1\0\4\x42\1ab"
VVCC = b"\xff\0\x65\x5f\1\2\x20\x80\0\0\1\x40\0\xb8\0\0\1\x8f\0\1\0\4\0\x79ab"
REST = bytes(range(1, 40))


def packed(text: str) -> bytes:
    text += "1" + "0" * (-(len(text) + 1) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def golomb(value: int) -> str:
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def sequence_set(only_frames: int, *, profile: int = 77, number_bits: int = 6, order: str = golomb(2)) -> bytes:
    """A sequence parameter set of H.264; in a high profile with a matrix of its own."""
    high = golomb(1) + golomb(0) * 2 + "0" + "11" + golomb(1) * 16 + "1" + golomb(16) + "0" * 6
    text = f"{profile:08b}{0:08b}{31:08b}" + golomb(0) + (high if profile == 100 else "")
    return b"\x67" + packed(text + golomb(number_bits - 4) + order + golomb(1) + "0" + golomb(9) + golomb(8)
                            + f"{only_frames}" + "1100")  # fmt: skip


def picture_set(*, groups: int = 0, redundant: int = 0) -> bytes:
    return b"\x68" + packed("1100" + golomb(groups) + "11" + "000" + "111" + "10" + f"{redundant}")


def avcc(*sets: bytes, picture: bytes = picture_set()) -> bytes:
    head = b"\1\x4d\0\x1f\xff" + bytes((0xE0 | len(sets),))
    listed = b"".join(len(each).to_bytes(2, "big") + each for each in sets)
    return head + listed + b"\1" + len(picture).to_bytes(2, "big") + picture


def avc_slice(field: str, *, first: int = 0, kind: int = 0x65, number_bits: int = 6) -> bytes:
    """A slice of H.264: of a frame ("0"), or of the upper ("10") or lower ("11") field."""
    return bytes((kind,)) + packed(golomb(first) + golomb(7) + golomb(0) + "0" * number_bits + field) + REST


def sample(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def passes(name: str, configuration: bytes, packet: bytes) -> bool:
    """True where the writer keeps a packet and the verifier lets it pass; they have to agree."""
    allowed = pictures.rule(name, configuration)
    coding = coding_of(name, configuration)
    try:
        assert coding.cleaned(packet) is packet
    except UnsupportedFormatError:
        assert not coding.passes(lambda start, size: packet[start : start + size], 0, len(packet))
        with pytest.raises(Flaw):
            allowed(packet)
        return False
    return allowed(packet)


FRAMES, FIELDS = avcc(sequence_set(1)), avcc(sequence_set(0))
HIGH = avcc(sequence_set(0, profile=100, order=golomb(0) + golomb(4)))
FRAME, UPPER, LOWER = avc_slice("0"), avc_slice("10"), avc_slice("11")


def test_a_second_picture_of_h264_in_a_packet_is_refused() -> None:
    later = avc_slice("0", first=20)
    assert passes("h264", FRAMES, sample(FRAME, later, later))
    assert not passes("h264", FRAMES, sample(FRAME, avc_slice("0", kind=0x61)))
    assert not passes("h264", FRAMES, sample(FRAME, later, FRAME))
    assert not passes("h264", FRAMES, sample(later, FRAME))
    assert not passes("h264", FRAMES, sample(FRAME, avc_slice("0", first=20, kind=0x61)))


@pytest.mark.parametrize("configuration", [FIELDS, HIGH, avcc(sequence_set(0), sequence_set(0))])
def test_the_two_fields_of_a_frame_stay(configuration: bytes) -> None:
    assert passes("h264", configuration, sample(UPPER, avc_slice("11", kind=0x61)))
    assert passes("h264", configuration, sample(LOWER, avc_slice("11", first=9), UPPER, avc_slice("10", first=9)))
    for pair in ((UPPER, UPPER), (FRAME, FRAME), (UPPER, FRAME), (UPPER, LOWER, UPPER)):
        assert not passes("h264", configuration, sample(*pair))


def test_fields_that_no_parameter_set_tells_of_are_refused() -> None:
    for configuration in (FRAMES, avcc(), avcc(sequence_set(0), sequence_set(0, number_bits=9)), avcc(b"\x67\x4d")):
        assert not passes("h264", configuration, sample(UPPER, LOWER))


@pytest.mark.parametrize("hiding", [picture_set(redundant=1), picture_set(groups=1)])
def test_parameter_sets_for_pictures_that_decoders_pass_over_are_refused(hiding: bytes) -> None:
    assert not passes("h264", FRAMES, sample(hiding, FRAME))
    assert passes("h264", FRAMES, sample(picture_set(), FRAME))
    for configuration in (avcc(sequence_set(1), picture=hiding), b"\0\0\0\1" + hiding):
        with pytest.raises(UnsupportedFormatError):
            coding_of("h264", configuration)
        with pytest.raises(Flaw):
            pictures.rule("h264", configuration)


@pytest.mark.parametrize("hidden", [8, 9, 6, 1, 20])
def test_a_second_picture_of_hevc_in_a_packet_is_refused(hidden: int) -> None:
    first, later = b"\x26\1\xa0" + REST, b"\x26\1\x20" + REST
    assert passes("hevc", HVCC, sample(first, later, later))
    assert not passes("hevc", HVCC, sample(first, first))
    for octet in (b"\xa0", b"\x20"):
        other = bytes((hidden << 1, 1)) + octet + REST
        assert not passes("hevc", HVCC, sample(first, other))
        assert not passes("hevc", HVCC, sample(other, first))


def test_a_second_picture_of_vvc_in_a_packet_is_refused() -> None:
    header, slices, whole = b"\0\x99" + REST, b"\0\x39\x20" + REST, b"\0\x39\xa0" + REST
    assert passes("vvc", VVCC, sample(header, slices, b"\0\1\x20" + REST))
    assert passes("vvc", VVCC, sample(whole))
    for parts in ((whole, whole), (header, slices, header, slices), (header, slices, whole), (slices, header)):
        assert not passes("vvc", VVCC, sample(*parts))


def test_behind_start_codes_a_packet_may_hold_several_pictures() -> None:
    clean = b"\0\0\0\1" + FRAME + b"\0\0\0\1" + FRAME
    assert coding_of("h264", b"").cleaned(clean) is clean
    assert pictures.rule("h264", b"")(clean)
