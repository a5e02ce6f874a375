"""What may stay of coded pictures, in every coding: the pictures; and nothing that was hidden beside them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.checks.reading import Flaw
from redact.checks.structure import pictures
from redact.errors import DamagedFileError, RedactError, UnsupportedFormatError
from redact.formats.codings import coding_of
from tests.formats.codings.coded import CANARY, HIDDEN, NAMES, decoded, stream

WAYS = [(name, way) for name in HIDDEN for way in HIDDEN[name]]


@pytest.mark.parametrize("name", NAMES)
def test_pictures_come_out_the_same(name: str) -> None:
    coded = stream(name)
    coding = coding_of(name, coded.configuration)
    clean = [coding.cleaned(packet) for packet in coded.packets]
    frames = decoded(name, coding.configuration, clean)
    assert len(frames) == len(coded.packets)
    assert frames == decoded(name, coded.configuration, coded.packets)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_clean_is_handed_back_as_it_is(name: str) -> None:
    coded = stream(name)
    coding = coding_of(name, coded.configuration)
    again = coding_of(name, coding.configuration)
    assert again.configuration == coding.configuration
    assert not list(again.told)
    for packet in coded.packets:
        once = coding.cleaned(packet)
        assert again.cleaned(once) is once
        assert {kind for _, kind in again.messages(once)} <= {"colour", "camera"}


@pytest.mark.parametrize(("name", "hide"), WAYS)
def test_what_was_hidden_in_a_packet_is_named_or_cut_and_gone(name: str, hide: Callable[[bytes], bytes]) -> None:
    coded = stream(name)
    coding = coding_of(name, coded.configuration)
    hidden = hide(coded.packets[0])
    assert CANARY in hidden
    clean = coding.cleaned(hidden)
    assert CANARY not in clean
    assert CANARY.decode() not in repr(list(coding.messages(hidden)))
    clean_frames = decoded(name, coding.configuration, [clean, *map(coding.cleaned, coded.packets[1:])])
    assert clean_frames == decoded(name, coded.configuration, coded.packets)


@pytest.mark.parametrize(
    ("name", "hide", "field"),
    [
        ("av1", HIDDEN["av1"][0], ("METADATA_TYPE_ITUT_T35", "unknown")),
        ("av1", HIDDEN["av1"][2], ("OBU_PADDING", "unknown")),
        ("mpeg4", HIDDEN["mpeg4"][0], ("user_data", "unknown")),
        ("mpeg2video", HIDDEN["mpeg2video"][1], ("copyright_extension", "unknown")),
        ("mpeg2video", HIDDEN["mpeg2video"][2], ("camera_parameters_extension", "unknown")),
        ("mjpeg", HIDDEN["mjpeg"][0], ("EXIF", "unknown")),
        ("mjpeg", HIDDEN["mjpeg"][1], ("comment", "text")),
        ("mjpeg", HIDDEN["mjpeg"][5], ("bytes behind the image", "unknown")),
        ("h264", HIDDEN["h264"][0], ("user_data_unregistered", "unknown")),
        ("hevc", HIDDEN["hevc"][1], ("unit 62", "unknown")),
    ],
)
def test_what_is_hidden_is_named(name: str, hide: Callable[[bytes], bytes], field: tuple[str, str]) -> None:
    coded = stream(name)
    assert field in list(coding_of(name, coded.configuration).messages(hide(coded.packets[0])))


def test_a_user_data_element_in_the_configuration_goes() -> None:
    for name in ("mpeg4", "mpeg2video"):
        configuration = stream(name).configuration
        coding = coding_of(name, configuration + b"\0\0\1\xb2" + CANARY)
        assert coding.configuration == coding_of(name, configuration).configuration
        assert ("user_data", "unknown") in coding.told


def test_the_time_of_a_group_is_zero() -> None:
    coding = coding_of("mpeg2video", b"")
    group = b"\0\0\1\xb8\x8a\x5c\x8e\x40"
    assert coding.cleaned(group) == b"\0\0\1\xb8\0\x08\0\x40"
    assert list(coding.messages(group)) == [("time_code", "time")]
    assert not list(coding.messages(coding.cleaned(group)))


@pytest.mark.parametrize(
    "name",
    [
        b"DivX503b1393p", b"DivX501b413", b"DivX400Build481", b"DivX999b000p", b"DivX503b2676p",
        b"XviD0050", b"XviD0073C", b"XviD0064\0\0",
        b"Lavc61.19.100", b"Lavc58.134.100", b"Lavc52.20.0", b"Lavc51.40.4",
    ],
)  # fmt: skip
def test_encoders_that_decoders_look_for_stay(name: bytes) -> None:
    element = b"\0\0\1\xb2" + name
    assert coding_of("mpeg4", b"").cleaned(element) is element
    assert pictures.rule("mpeg4", b"")(element)


@pytest.mark.parametrize(
    "name",
    [
        b"DivX475b8205", b"DivX503b8541p", b"DivX503b13935", b"DivX503b1393pX", b"DivX503", b"DivX503b",
        b"DivX503x1393",
        b"XviD4758", b"XviD0050 at home", b"XviD005", b"XviD0050D", b"xvid0050",
        b"Lavc47.582.100", b"Lavc47.58.582", b"Lavc8.54.170", b"Lavc61.19", b"Lavc61.19.100.5", b"Lavc61.19.42",
        b"Lavc", b"Lavc61.19.100\0Zurich", b"\0XviD0050", b"", b"\0", b"ffmpeg", CANARY,
        "XviD00\u0661\u0662".encode(), "Lavc6\u0661.19.100".encode(),
    ],
)  # fmt: skip
def test_user_data_of_any_other_form_goes(name: bytes) -> None:
    plane = b"\0\0\1\xb6" + bytes(range(1, 30))
    element = b"\0\0\1\xb2" + name
    assert coding_of("mpeg4", b"").cleaned(element + plane) == plane
    with pytest.raises(Flaw, match="b2"):
        pictures.rule("mpeg4", b"")(element + plane)


def test_the_configuration_of_vp9_is_four_numbers_or_nothing() -> None:
    numbers = b"\1\1\0\2\1\x1e\3\1\x08\4\1\1"
    assert coding_of("vp9", numbers).configuration == numbers
    assert coding_of("vp9", numbers + CANARY).configuration == b""
    assert coding_of("vp8", CANARY).configuration == b""


def test_a_unit_of_av1_without_a_size_is_the_last() -> None:
    coding = coding_of("av1", b"")
    frame = b"\x30" + bytes(range(1, 30))
    assert coding.cleaned(b"\x12\0" + frame) == b"\x12\0" + frame
    assert coding.cleaned(b"\x7a\x12" + CANARY + frame) == frame


@pytest.mark.parametrize("place", [b"\x81\0\x0c\x0f", b"\x81\0\x0c\xe0"])
def test_reserved_bits_of_an_av1_record_are_cleared(place: bytes) -> None:
    assert coding_of("av1", place).configuration == b"\x81\0\x0c\0"


def test_supplemental_information_in_h263_is_refused() -> None:
    coded = stream("h263")
    coding = coding_of("h263", b"")
    announced = bytearray(coded.packets[0])
    announced[6] |= 0x40
    with pytest.raises(UnsupportedFormatError):
        coding.cleaned(bytes(announced))
    extended = bytearray(coded.packets[0])
    extended[4] |= 0x1C
    with pytest.raises(UnsupportedFormatError):
        coding.cleaned(bytes(extended))


def test_a_frame_of_prores_names_one_encoder_whoever_it_was() -> None:
    coded = stream("prores").packets[0]
    named = coded[:12] + b"CANR" + coded[16:]
    coding = coding_of("prores", b"")
    assert list(coding.messages(named)) == [("encoder identifier", "camera")]
    assert coding.cleaned(named) == coding.cleaned(coded)
    assert coding.cleaned(coded)[12:16] == b"apl0"


def field_of(image: bytes, order: int) -> bytes:
    """The image with the segment by which AVI tells that it is a field."""
    return image[:2] + b"\xff\xe0\0\x10AVI1" + bytes((order,)) + bytes(9) + image[2:]


def test_the_second_field_of_a_frame_stays() -> None:
    image = stream("mjpeg").packets[0]
    coding = coding_of("mjpeg", b"")
    first, second = (coding.cleaned(field_of(image, order)) for order in (1, 2))
    assert coding.cleaned(field_of(image, 1) + bytes(7) + field_of(image, 2)) == first + second
    assert coding.cleaned(first + second + first) == first + second
    assert pictures.rule("mjpeg", b"")(first + second)


def test_a_second_image_that_is_no_field_is_dropped_or_refused() -> None:
    image = stream("mjpeg").packets[0]
    coding = coding_of("mjpeg", b"")
    one = coding.cleaned(image)
    for second in (image, field_of(image, 2)):
        with pytest.raises(UnsupportedFormatError, match="two images"):
            coding.cleaned(image + second)
    height = one.index(b"\xff\xc0") + 5
    smaller = one[:height] + b"\0\x48" + one[height + 2 :]
    assert coding.cleaned(one + smaller) == one
    assert not pictures.rule("mjpeg", b"")(one + one)
    assert not pictures.rule("mjpeg", b"")(one + smaller)


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG image."""
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


TEXT = CANARY.ljust(64, b"!")
UNUSED = {
    "a quantisation table no component names": segment(0xDB, b"\3" + TEXT),
    "a Huffman table no scan names": segment(0xC4, b"\3" + bytes(15) + b"\x12" + CANARY),
    "a restart interval that is too long": segment(0xDD, b"\0\0" + TEXT),
    "a number of lines before the scan": segment(0xDC, TEXT[:2]) + segment(0xDC, TEXT),
    "conditions of a coding that is not used": segment(0xCC, TEXT),
    "a table that is defined anew": segment(0xDB, b"\0" + TEXT),
}


@pytest.mark.parametrize("name", UNUSED)
def test_text_in_tables_that_no_scan_uses_goes(name: str) -> None:
    coding, judge = coding_of("mjpeg", b""), pictures.rule("mjpeg", b"")
    image = coding.cleaned(stream("mjpeg").packets[0])
    laden = image[:2] + UNUSED[name] + image[2:]
    assert coding.cleaned(laden) == image
    with contextlib.suppress(Flaw):
        assert not judge(laden)


def test_text_behind_the_tables_of_a_segment_goes() -> None:
    image = coding_of("mjpeg", b"").cleaned(stream("mjpeg").packets[0])
    place = image.index(b"\xff\xdb") + 2
    size = int.from_bytes(image[place : place + 2], "big")
    longer = (size + len(CANARY)).to_bytes(2, "big") + image[place + 2 : place + size] + CANARY
    laden = image[:place] + longer + image[place + size :]
    assert coding_of("mjpeg", b"").cleaned(laden) == image
    with pytest.raises(Flaw):
        pictures.rule("mjpeg", b"")(laden)


def test_text_in_a_scan_header_and_scans_told_twice_are_refused() -> None:
    coding, judge = coding_of("mjpeg", b""), pictures.rule("mjpeg", b"")
    image = coding.cleaned(stream("mjpeg").packets[0])
    place = image.index(b"\xff\xda")
    size = int.from_bytes(image[place + 2 : place + 4], "big")
    longer = segment(0xDA, image[place + 4 : place + 2 + size] + CANARY) + image[place + 2 + size :]
    for laden in (image[:place] + longer, image[:-2] + image[place:]):
        with pytest.raises(DamagedFileError):
            coding.cleaned(laden)
        with contextlib.suppress(Flaw):
            assert not judge(laden)


def test_a_long_fill_before_a_stuffed_byte_takes_no_time() -> None:
    image = coding_of("mjpeg", b"").cleaned(stream("mjpeg").packets[0])
    filled = image[:-2] + b"\xff" * 400_000 + b"\0\xff\xd9"
    assert coding_of("mjpeg", b"").cleaned(filled) == filled
    assert pictures.rule("mjpeg", b"")(filled)
    assert coding_of("mjpeg", b"").cleaned(image[:-2] + b"\xff" * 400_000 + b"\xd9") == image


def test_an_empty_packet_of_motion_jpeg_tells_nothing() -> None:
    assert not list(coding_of("mjpeg", b"").messages(b""))


PLANE, OTHER_WAY = b"\0\0\1\xb6\x10plane", b"\0\0\1\xb6\x90plane"


def test_a_packet_of_mpeg4_holds_one_plane_or_one_more_that_is_predicted_both_ways() -> None:
    coding, judge = coding_of("mpeg4", b""), pictures.rule("mpeg4", b"")
    for packet in (PLANE, PLANE + OTHER_WAY):
        assert coding.cleaned(packet) is packet
        assert judge(packet)
    for packet in (PLANE + PLANE, OTHER_WAY + OTHER_WAY, PLANE + OTHER_WAY + OTHER_WAY):
        with pytest.raises(UnsupportedFormatError):
            coding.cleaned(packet)
        with pytest.raises(Flaw):
            judge(packet)


def test_a_layer_ends_where_its_fields_do_and_is_the_only_one() -> None:
    configuration = stream("mpeg4").packets[0]
    start = configuration.index(b"\0\0\1\x20")
    layer = configuration[start : configuration.find(b"\0\0\1", start + 4)]
    for laden in (layer + CANARY, layer + CANARY * 9):
        assert coding_of("mpeg4", laden).configuration == layer
        with pytest.raises(Flaw):
            pictures.rule("mpeg4", laden)
    second = layer[:3] + b"\x2f" + bytes((layer[4] ^ 0x80,)) + layer[5:]
    with pytest.raises(UnsupportedFormatError):
        coding_of("mpeg4", layer + second)
    with pytest.raises(Flaw):
        pictures.rule("mpeg4", layer + second)


def superframe(*frames: bytes) -> bytes:
    """Frames of VP9 with the index of their sizes."""
    marker = bytes((0xC0 | 3 << 3 | len(frames) - 1,))
    return b"".join(frames) + marker + b"".join(len(each).to_bytes(4, "little") for each in frames) + marker


KEY = b"\x82\x49\x83\x42" + bytes(range(1, 40))
HIDDEN_FRAME, SHOWN_FRAME = b"\x84\x01\xff" + bytes(9), b"\x86\x01\xff" + bytes(9)
REPEATED = b"\x88"


def test_a_superframe_hides_what_is_needed_and_shows_its_last_frame() -> None:
    coding, judge = coding_of("vp9", b""), pictures.rule("vp9", b"")
    for packet in (KEY, SHOWN_FRAME, REPEATED, superframe(HIDDEN_FRAME, SHOWN_FRAME), superframe(KEY)):
        assert coding.cleaned(packet) is packet
        assert judge(packet)
    useless = b"\x84\0\0" + bytes(9)
    ways = (
        CANARY * 3, useless, superframe(CANARY, SHOWN_FRAME), superframe(KEY, CANARY), superframe(KEY, SHOWN_FRAME),
        superframe(SHOWN_FRAME, HIDDEN_FRAME), superframe(useless, SHOWN_FRAME), superframe(REPEATED + CANARY),
        superframe(KEY, b""), b"\x82" + CANARY,
    )  # fmt: skip
    for packet in ways:
        with pytest.raises(DamagedFileError):
            coding.cleaned(packet)
        assert not judge(packet)
    assert coding.cleaned(REPEATED + CANARY) == REPEATED
    assert not judge(REPEATED + CANARY)


def test_a_frame_of_vp8_begins_as_one() -> None:
    coding, judge = coding_of("vp8", b""), pictures.rule("vp8", b"")
    key = stream("vp8").packets[0]
    for packet in (*stream("vp8").packets, b""):
        assert coding.cleaned(packet) is packet
        assert judge(packet)
    for packet in (CANARY, key[:3] + CANARY + key[3:], key[:6] + bytes(4) + key[10:], key[:60], b"\x0f" + key[1:]):
        with pytest.raises(DamagedFileError):
            coding.cleaned(packet)
        with contextlib.suppress(IndexError, Flaw):
            assert not judge(packet)


@pytest.mark.parametrize("name", ["iamf", "png", "rawvideo", "dvvideo", "flv1", ""])
def test_other_codings_are_refused(name: str) -> None:
    with pytest.raises(UnsupportedFormatError):
        coding_of(name, b"")


def test_a_garbled_unit_is_damage() -> None:
    for name, packet in (("av1", b"\x32\x7f"), ("mjpeg", b"\xff\xd8\xff\xe1\xff\xff"), ("prores", b"\0\0\0\x40icpf")):
        with pytest.raises(DamagedFileError):
            coding_of(name, b"").cleaned(packet)


@settings(deadline=None)
@given(st.sampled_from([*NAMES, "vvc"]), st.data())
def test_broken_packets_raise_only_errors_of_the_project(name: str, data: st.DataObject) -> None:
    packet = bytearray(data.draw(st.binary(max_size=60)) if name == "vvc" else stream(name).packets[0][:4000])
    for place in data.draw(st.lists(st.integers(0, max(len(packet) - 1, 0)), max_size=6)):
        packet[place : place + 1] = data.draw(st.binary(max_size=2))
    broken = bytes(packet[: data.draw(st.integers(0, len(packet)))])
    with contextlib.suppress(RedactError):
        coding = coding_of(name, b"")
        list(coding.messages(broken))
        once = coding.cleaned(broken)
        assert coding.cleaned(once) == once


@settings(deadline=None)
@given(
    st.sampled_from([*NAMES, "vvc"]), st.binary(max_size=80), st.sampled_from([b"", b"\1", b"\xff", b"\0\0\1", b"\x81"])
)
def test_a_garbled_configuration_raises_only_errors_of_the_project(name: str, rest: bytes, first: bytes) -> None:
    with contextlib.suppress(RedactError):
        once = coding_of(name, first + rest).configuration
        assert coding_of(name, once).configuration == once
