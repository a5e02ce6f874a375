"""Every byte of a JPEG 2000 copy is allowed, or the copy is refused."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from redact.checks import pixels, structure
from redact.checks.reading import Flaw
from redact.checks.structure import jpeg2000
from redact.formats.jpeg2000.file import Jpeg2000
from redact.model import Keep
from tests.checks.conftest import KEEP, Ask, noise
from tests.formats.laden import saved
from tests.formats.test_jpeg2000 import (
    SRGB,
    before_picture,
    box,
    codestream_of,
    coloured,
    in_header,
    resolution,
    with_codestream,
)

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
COMMENT = b"\xff\x64\0\x0a\0\1CANARY"
LIST = b"\xff\x55\0\x1c\0\x60"


def clean(**options: object) -> bytes:
    target = BytesIO()
    Jpeg2000().strip(BytesIO(saved(Pillow.fromarray(noise(40, 48)), "JPEG2000", **options)), target, KEEP)
    return target.getvalue()


JP2 = clean()
TILED = clean(tile_size=(32, 32))
BARE = clean(no_jp2=True)


def before(mark: bytes, extra: bytes, data: bytes = JP2) -> bytes:
    """With a segment in the codestream before a mark."""
    codestream = codestream_of(data)
    place = codestream.index(mark)
    return with_codestream(data, codestream[:place] + extra + codestream[place:])


def in_tile(extra: bytes) -> bytes:
    """With a segment in the one tile's header, and its length put right."""
    codestream = codestream_of(JP2)
    place = codestream.index(b"\xff\x90\0\x0a")
    size = struct.pack(">I", int.from_bytes(codestream[place + 6 : place + 10], "big") + len(extra))
    return with_codestream(
        JP2, codestream[: place + 6] + size + codestream[place + 10 : place + 12] + extra + codestream[place + 12 :]
    )


def listing(*pairs: tuple[int, int]) -> bytes:
    return (
        b"\xff\x55"
        + struct.pack(">HBB", 4 + 6 * len(pairs), 0, 0x60)
        + b"".join(struct.pack(">HI", *pair) for pair in pairs)
    )


def tiles(data: bytes) -> list[tuple[int, int]]:
    codestream = codestream_of(data)
    start, found = codestream.index(b"\xff\x90\0\x0a"), []
    while codestream[start : start + 2] == b"\xff\x90":
        tile, size = struct.unpack_from(">HI", codestream, start + 4)
        found.append((tile, size))
        start += size
    return found


CODED = codestream_of(JP2)[codestream_of(JP2).index(b"\xff\x52") :][:14]
UNREAD = box(b"pclr", b"\0\2\3\7\7\7CANARY")
PICTURE_SIZE = struct.pack(">I", len(codestream_of(JP2)) + 8)
WITH_PROFILE = coloured(JP2, box(b"colr", b"\2\0\0", PROFILE))


@pytest.mark.parametrize(
    "copy",
    [
        JP2,
        TILED,
        BARE,
        WITH_PROFILE,
        in_header(JP2, resolution()),
        before(b"\xff\x90\0\x0a", listing(*tiles(TILED)), TILED),
        JP2.replace(box(b"ftyp", b"jp2 \0\0\0\0jp2 "), box(b"ftyp", b"jpx \0\0\0\0jpx jpxb")),
    ],
    ids=["JP2", "tiled", "bare", "profile", "resolution", "listed", "JPX"],
)
def test_a_clean_jpeg_2000_passes_and_is_the_same_picture_as_itself(about: Ask, copy: bytes) -> None:
    check = structure.ask(about(copy, copy))
    assert check.passed, check.detail
    assert pixels.ask(about(copy, copy)).detail == "the coded data is bit-identical"


@pytest.mark.parametrize(
    ("copy", "word"),
    [
        (before_picture(JP2, box(b"uuid", b"CANARY7890123456")), "uuid"),
        (before_picture(JP2, box(b"xml ", b"CANARY")), "xml"),
        (before_picture(JP2, box(b"asoc", b"CANARY")), "asoc"),
        (before_picture(JP2, box(b"free", b"CANARY")), "free"),
        (before_picture(JP2, box(b"jp2h", b"CANARY")), "twice"),
        (JP2 + box(b"jp2c", codestream_of(JP2)), "twice"),
        (JP2 + box(b"xml ", b"CANARY"), "xml"),
        (JP2 + b"CANARY", "after the last box"),
        (JP2 + b"CANARY7890", "after the last box"),
        (JP2.replace(PICTURE_SIZE + b"jp2c", bytes(4) + b"jp2c"), "plainly"),
        (with_codestream(JP2, codestream_of(JP2) + b"CANARY"), "after the codestream"),
        (BARE + b"CANARY", "after the codestream"),
        (BARE[:-2], "ends"),
        (JP2.replace(b"ftypjp2 \0\0\0\0", b"ftypjp2 CANA"), "brand"),
        (JP2.replace(box(b"ftyp", b"jp2 \0\0\0\0jp2 "), box(b"ftyp", b"jp2 \0\0\0\0jp2 CANA")), "brand"),
        (JP2.replace(box(b"ftyp", b"jp2 \0\0\0\0jp2 "), box(b"ftyp", b"jp2 \0\0\0\0jp2 jp2 ")), "brand is there twice"),
        (in_header(JP2, box(b"teSt", b"CANARY")), "teSt"),
        (in_header(JP2, b"\0\0\0\0"), "after the last box"),
        (in_header(JP2, SRGB), "twice"),
        (in_header(JP2, box(b"bpcc", b"CANARY")), "bpcc"),
        (in_header(JP2, box(b"cmap", b"CANARY")), "cmap"),
        (in_header(JP2, box(b"cdef", b"\0\1CANARY12")), "cdef"),
        (in_header(JP2, box(b"pclr", b"\0\1\3\7\7\7CANARY")), "pclr"),
        (in_header(JP2, UNREAD), "pclr"),
        (
            in_header(JP2, box(b"pclr", b"\0\1\3\7\7\7CAN"), box(b"cmap", bytes.fromhex("000001000000010100000109"))),
            "cmap",
        ),
        (
            in_header(JP2, box(b"pclr", b"\0\1\3\7\7\7CAN"), box(b"cmap", bytes.fromhex("000001000000010100030102"))),
            "cmap",
        ),
        (in_header(JP2, box(b"pclr", b"\0\1\3\7\7\7CAN"), box(b"cmap", bytes.fromhex("0000010000000101"))), "cmap"),
        (in_header(JP2, box(b"pclr", b"\4\0\1\7" + b"CANA" * 256), box(b"cmap", bytes.fromhex("00000100"))), "cmap"),
        (in_header(JP2, box(b"cdef", bytes.fromhex("0002000000000001000000000001"))), "cdef"),
        (in_header(JP2, box(b"cdef", bytes.fromhex("0001000300000001"))), "cdef"),
        (in_header(JP2, box(b"cdef", bytes.fromhex("0001000043410001"))), "cdef"),
        (in_header(JP2, box(b"cdef", bytes.fromhex("0001000000004341"))), "cdef"),
        (in_header(JP2, box(b"bpcc", b"CAN")), "bpcc"),
        (in_header(JP2, box(b"res ", b"CANARY")), "after the last box"),
        (in_header(JP2, resolution(4758, 1, 8541)), "res"),
        (in_header(JP2, box(b"res ", box(b"teSt", b"CANARY"))), "res"),
        (coloured(JP2), "none for colours"),
        (coloured(JP2, box(b"colr", SRGB[8:], b"CANARY")), "colr"),
        (coloured(JP2, box(b"colr", b"\1\7\0\0\0\0\x10")), "colr"),
        (coloured(JP2, box(b"colr", b"\2\0\0", PROFILE, b"CANARY")), "colr"),
        (coloured(JP2, box(b"colr", b"\3\0\0CANARY")), "colr"),
        (coloured(JP2, box(b"colr", b"\4\0\0CANARY")), "colr"),
        (before(b"\xff\x90\0\x0a", COMMENT), "COM"),
        (in_tile(COMMENT), "COM"),
        (in_tile(b"\xff\x58\0\x09\0CANARY"), "PLT"),
        (before(b"\xff\x90\0\x0a", b"\xff\x57\0\x09\0CANARY"), "PLM"),
        (before(b"\xff\x90\0\x0a", b"\xff\x74\0\x08CANARY"), "0x74"),
        (before(b"\xff\x90\0\x0a", b"\xff\x63\0\x08CANARY"), "CRG"),
        (before(b"\xff\x90\0\x0a", b"\xff\x52\0\x0dCANARY78901"), "0x52"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5c\0\x08CANARY"), "0x5c"),
        (before(b"\xff\x90\0\x0a", b"\xff\x56\0\x04CA"), "PRF"),
        (before(b"\xff\x90\0\x0a", b"\xff\x59\0\x04CA"), "CPF"),
        (before(b"\xff\x90\0\x0a", b"\xff\x50\0\x08CANARY"), "0x50"),
        (before(b"\xff\x90\0\x0a", CODED), "a thing twice"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5c\0\x05\x41CA"), "a thing twice"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5e\0\x05\0\0C" * 2), "a thing twice"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5e\0\x05C\0C"), "0x5e"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5d\0\x04C\1"), "0x5d"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5d\0\x06\x09\x41CA"), "0x5d"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5d\0\x65\0\x40" + b"C" * 97), "no band"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5f\0\x09\0\0CA\1\1\0"), "layers"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5f\0\x10" + b"\0\0\0\1\1\1\0" * 2), "0x5f"),
        (before(b"\xff\x90\0\x0a", b"\xff\x5f\0\x09CANARY7"), "0x5f"),
        (before(b"\xff\x90\0\x0a", b"\xff\x61\0\x09\0CANARY"), "does not belong"),
        (in_tile(b"\xff\x60\0\x09\0CANARY"), "does not belong"),
        (in_tile(b"\xff\x61\0\x09\0CANARY" * 2), "a thing twice"),
        (before(b"\xff\x90\0\x0a", b"\xff\x51\0\x08CANARY"), "size is not told once"),
        (before(b"\xff\x90\0\x0a", listing((0, 47))), "list of tiles"),
        (before(b"\xff\x90\0\x0a", b"\xff\x55\0\x0a\0\x40CANARY"), "list of tiles"),
        (before(b"\xff\xd9", b"CANARY"), "does not end where its tiles do"),
    ],
)
def test_what_does_not_belong_is_seen_and_named_without_its_value(about: Ask, copy: bytes, word: str) -> None:
    check = structure.ask(about(JP2, copy))
    assert not check.passed
    assert word in check.detail
    assert "CANA" not in check.detail


def test_a_profile_stays_only_with_colour(about: Ask) -> None:
    assert not structure.ask(about(JP2, WITH_PROFILE, keep=Keep(frozenset({"orientation"})))).passed
    assert structure.ask(about(JP2, JP2, keep=Keep(frozenset({"orientation"})))).passed


def test_a_tile_tells_its_length(about: Ask) -> None:
    place = BARE.index(b"\xff\x90\0\x0a") + 6
    opened = BARE[:place] + bytes(4) + BARE[place + 4 :]
    assert "length open" in structure.ask(about(BARE, opened)).detail
    assert pixels.ask(about(opened, BARE)).passed


def test_another_packet_is_another_picture(about: Ask) -> None:
    spoilt = JP2[:-20] + bytes((JP2[-20] ^ 1,)) + JP2[-19:]
    assert not pixels.ask(about(JP2, spoilt)).passed


def test_what_nobody_reads_is_no_difference(about: Ask) -> None:
    laden = before(b"\xff\x90\0\x0a", b"\xff\x63\0\x0eCANARYCANARY" * 3, in_header(JP2, UNREAD))
    assert pixels.ask(about(laden, JP2)).detail == "the coded data is bit-identical"


def test_a_segment_for_every_four_bytes_is_not_gone_through() -> None:
    with pytest.raises(Flaw, match="more segments"):
        jpeg2000.still(before(b"\xff\x90\0\x0a", b"\xff\x64\0\2" * 2**17))
    many = JP2 + box(b"free") * 2**15
    assert jpeg2000.still(many).coded == jpeg2000.still(JP2).coded


def test_a_copy_cut_anywhere_is_refused(about: Ask) -> None:
    for end in range(1, len(JP2), 61):
        assert not structure.ask(about(JP2, JP2[:end])).passed


@given(changes=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=4))
@pytest.mark.parametrize("data", [TILED, BARE], ids=["tiled", "bare"])
def test_garbled_bytes_are_described_or_are_a_flaw(data: bytes, changes: list[tuple[int, int]]) -> None:
    spoilt = bytearray(data)
    for place, value in changes:
        spoilt[place] = value
    try:
        told = jpeg2000.still(bytes(spoilt))
        jpeg2000.inspect(bytes(spoilt), KEEP)
    except Flaw:
        return
    assert all(0 <= start <= end <= len(data) for _, start, end in told.coded)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(code=st.binary(min_size=4, max_size=4), content=st.binary(max_size=40))
def test_no_foreign_box_slips_in(about: Ask, code: bytes, content: bytes) -> None:
    assert not structure.ask(about(JP2, before_picture(JP2, box(code, content)))).passed
    if code not in (b"bpcc", b"cmap", b"cdef", b"pclr"):
        assert not structure.ask(about(JP2, in_header(JP2, box(code, content)))).passed
