"""Every byte of an AVI's copy is allowed, or the copy is refused."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.checks import structure
from redact.checks.reading import UNREADABLE, Flaw
from redact.checks.structure import avi
from redact.formats.avi import writer
from redact.formats.avi.file import Avi
from redact.model import KINDS, Keep
from tests.checks.conftest import KEEP, Ask
from tests.formats.avi import building
from tests.formats.avi.building import CODES, chunk, group

TIMED = Keep(frozenset({"time"}))


@cache
def clean(coder: str = "mjpeg", keep: Keep = KEEP, laden: bytes = b"CANARY") -> bytes:
    """A copy as it is published."""
    target = BytesIO()
    Avi().strip(BytesIO(building.film(coder, laden)), target, keep)
    return target.getvalue()


def flaw(data: bytes, keep: Keep = KEEP) -> str | None:
    """What is wrong with the copy; None when nothing is."""
    try:
        avi.inspect(data, keep)
    except Flaw as found:
        return str(found)
    except UNREADABLE as cause:
        return type(cause).__name__
    return None


def place_of(data: bytes | bytearray, code: bytes, number: int = 0) -> int:
    """Where a chunk's content begins."""
    place = -1
    for _ in range(number + 1):
        place = data.index(code, place + 1)
    return place + 8


def within(data: bytes, code: bytes, place: int, value: bytes) -> bytes:
    """The copy with bytes of the first chunk of a code changed."""
    start = place_of(data, code) + place
    return data[:start] + value + data[start + len(value) :]


def inserted(data: bytes, place: int, added: bytes, *holders: int) -> bytes:
    """The copy with bytes added, and the sizes of the chunks whose sizes stand at `holders` told anew."""
    changed = bytearray(data)
    for holder in (4, *holders):
        size = int.from_bytes(data[holder : holder + 4], "little") + len(added)
        changed[holder : holder + 4] = size.to_bytes(4, "little")
    return bytes(changed[:place] + added + changed[place:])


def in_header(data: bytes, added: bytes) -> bytes:
    """The copy with a chunk at the end of its headers."""
    end = 20 + int.from_bytes(data[16:20], "little")
    return inserted(data, end, added, 16)


@pytest.mark.parametrize("coder", CODES)
def test_a_clean_copy_passes(about: Ask, coder: str) -> None:
    for keep in (KEEP, TIMED, Keep(KINDS)):
        copy = clean(coder, keep)
        assert structure.ask(about(copy, copy, keep=keep)).passed


def test_a_copy_in_parts_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PART_BYTES", 20_000)
    target = BytesIO()
    Avi().strip(BytesIO(building.film()), target, KEEP)
    copy = target.getvalue()
    assert flaw(copy) is None
    assert flaw(copy.replace(b"AVIX", b"AVI "))
    last = copy.rindex(b"RIFF")
    assert flaw(copy[:last])
    assert flaw(copy[:last] + group(b"AVIX", chunk(b"JUNK", b"CANARY"), code=b"RIFF"))
    assert flaw(copy + group(b"AVIX", group(b"movi"), chunk(b"JUNK", b"CANARY"), code=b"RIFF"))


def test_a_source_as_cameras_write_it_does_not_pass() -> None:
    for coder in CODES:
        assert flaw(building.film(coder))


def test_the_time_passes_where_it_may_stay_and_in_one_form() -> None:
    timed = clean(keep=TIMED)
    assert flaw(timed, TIMED) is None
    assert flaw(timed, KEEP) == "INFO is not allowed"
    for other in (b"2003-03-10 near Bern", b"2003-03-10_15:04:43\0", b"CANARY, 47.58210 N \0"):
        assert flaw(within(timed, b"ICRD", 0, other[:20].ljust(20, b"\0")), TIMED) == "INFO is not allowed"
    assert flaw(timed.replace(b"ICRD", b"ICMT"), TIMED) == "INFO is not allowed"


@pytest.mark.parametrize("added", [chunk(b"JUNK", b"CANARY"), chunk(b"JUNK", bytes(8)), group(b"INFO"), b"CANARY"])
def test_parts_that_are_not_needed_are_seen_wherever_they_are(added: bytes) -> None:
    copy = clean()
    movi = copy.index(b"movi") - 8
    old_index = copy.rindex(b"idx1")
    assert flaw(copy + added)
    assert flaw(inserted(copy, len(copy), added))
    assert flaw(in_header(copy, added))
    assert flaw(inserted(copy, movi, added))
    assert flaw(inserted(copy, movi + 12, added, movi + 4))
    assert flaw(inserted(copy, old_index, added, movi + 4))
    assert flaw(inserted(copy, old_index, added))


@pytest.mark.parametrize("place", [4, 8, 12, 16, 24, 28, 32, 36, 40, 52])
def test_the_header_of_the_film_tells_of_the_film(place: int) -> None:
    assert flaw(within(clean(), b"avih", place, b"C"))


@pytest.mark.parametrize("place", [4, 8, 12, 14, 32, 36, 40, 48, 50, 52, 54])
@pytest.mark.parametrize("stream", [0, 1])
def test_the_header_of_a_stream_tells_times_alone(place: int, stream: int) -> None:
    copy = bytearray(clean())
    copy[place_of(copy, b"strh", stream) + place] ^= 0x43
    assert flaw(bytes(copy))


@pytest.mark.parametrize("place", [0, 4, 12, 14, 16, 20, 24, 28, 32, 36])
def test_the_description_of_pictures_tells_size_and_coding_alone(place: int) -> None:
    copy = bytearray(clean())
    copy[place_of(copy, b"strf") + place] ^= 0x43
    assert flaw(bytes(copy))


def test_what_follows_a_description_is_seen() -> None:
    copy = clean()
    for number in (0, 1):
        strf = place_of(copy, b"strf", number)
        size = int.from_bytes(copy[strf - 4 : strf], "little")
        strl = copy.rindex(b"strl", 0, strf) - 4
        assert flaw(inserted(copy, strf + size, b"CANARY", strf - 4, strl, 16))


@pytest.mark.parametrize("tag", [0x0161, 0x0055, 0x0011, 0x0002, 0x00FF, 0xFFFE])
def test_sound_that_is_not_described_as_its_coding_needs_it_is_seen(tag: int) -> None:
    copy = clean()
    strf = place_of(copy, b"strf", 1)
    assert flaw(copy[:strf] + struct.pack("<H", tag) + copy[strf + 2 :])


@pytest.mark.parametrize("place", [0, 12, 24, 32, 36, 44])
def test_the_shape_tells_the_ratio_of_the_sides_alone(place: int) -> None:
    assert flaw(within(clean(), b"vprp", place, b"C"))
    assert flaw(within(clean(), b"vprp", 20, bytes(4)))


@pytest.mark.parametrize("code", [b"indx", b"ix00", b"ix01", b"idx1", b"dmlh"])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_indexes_tell_of_what_is_there(code: bytes, place: int) -> None:
    assert flaw(within(clean(), code, place, b"C"))


def test_no_byte_of_an_index_is_free_but_where_decoding_begins() -> None:
    copy = clean()
    for code in (b"indx", b"ix00", b"idx1"):
        start = place_of(copy, code)
        size = int.from_bytes(copy[start - 4 : start], "little")
        for place in range(start, start + size, 5):
            assert flaw(copy[:place] + bytes((copy[place] ^ 1,)) + copy[place + 1 :])


def test_a_coded_picture_with_a_comment_is_seen() -> None:
    copy = clean(laden=b"")
    start = place_of(copy, b"00dc", 2)
    commented = bytearray(copy)
    # Over its first table: as long as that, and nothing a decoder needs.
    commented[start + 2 : start + 4] = b"\xff\xfe"
    assert copy[start : start + 2] == b"\xff\xd8"
    assert flaw(bytes(commented))


def test_padding_that_is_not_zero_is_seen() -> None:
    copy = bytearray(clean())
    start = place_of(copy, b"00dc", 2)
    for _ in range(20):
        size = int.from_bytes(copy[start - 4 : start], "little")
        if size % 2:
            copy[start + size] = 0x43
            assert flaw(bytes(copy))
            return
        start += size + 8
    pytest.fail("no chunk is padded")


@given(place=st.integers(0, 1200), value=st.integers(1, 255))
def test_a_changed_header_is_seen_or_a_time(place: int, value: int) -> None:
    """Of all bytes before the pictures those are free that tell a time, a number of channels or a rate of sound."""
    copy = bytearray(clean())
    place %= copy.index(b"movi")
    free = set(range(32, 36)) | set(range(44, 48)) | set(range(52, 56))
    for number in (0, 1):
        strh, strf = place_of(copy, b"strh", number), place_of(copy, b"strf", number)
        free |= set(range(strh + 16, strh + 32))
        free |= set(range(strf, strf + 16)) if number else {*range(strf + 8, strf + 12), *range(strf + 16, strf + 20)}
    shape = place_of(copy, b"vprp") + 20
    free |= set(range(shape, shape + 4))
    copy[place] ^= value
    if place not in free:
        assert flaw(bytes(copy))


@given(st.binary(max_size=2000))
def test_any_bytes_are_answered(data: bytes) -> None:
    assert flaw(b"RIFF" + data)
    assert flaw(clean()[:300] + data)
