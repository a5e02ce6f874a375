"""A JPEG copy in which something shows nothing, or shows another picture, is refused."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image as Pillow

from redact.checks import pixels, structure
from redact.checks.reading import Flaw
from redact.checks.structure import jpeg
from redact.formats.jpeg import Jpeg
from redact.model import Keep
from tests.checks.conftest import Ask
from tests.formats.laden import saved, segment
from tests.formats.streams import (
    SECRET,
    arithmetic,
    before,
    conditioning,
    huffman,
    intervals,
    one_scan_each,
    quantisation,
)

PICTURE = Pillow.effect_mandelbrot((24, 16), (-2, -1.5, 1, 1.5), 40).convert("RGB")
DATA = saved(PICTURE, "JPEG")
PROGRESSIVE = saved(PICTURE, "JPEG", progressive=True)


def stripped(data: bytes) -> bytes:
    target = io.BytesIO()
    Jpeg().strip(io.BytesIO(data), target, Keep())
    return target.getvalue()


WASTE = {
    "a quantisation table of no component": before(DATA, 0xDA, quantisation(3)),
    "a quantisation table that is overwritten": before(DATA, 0xDB, quantisation(0)),
    "a Huffman table of no component": before(DATA, 0xDA, huffman(0x13)),
    "a Huffman table that is overwritten": before(DATA, 0xC4, huffman(0x00)),
    "a table of progressive coding": before(PROGRESSIVE, 0xC4, huffman(0x00)),
    "restart intervals that are overwritten": before(DATA, 0xDA, intervals()),
    "conditioning without arithmetic coding": before(DATA, 0xDA, conditioning()),
    "tables behind the last scan": DATA[:-2] + quantisation(0) + DATA[-2:],
    "an interval behind the last scan": DATA[:-2] + segment(0xDD, SECRET[:2]) + DATA[-2:],
    "the number of lines once more": DATA[:-2] + segment(0xDC, b"\0\x10") + DATA[-2:],
}


@pytest.mark.parametrize("what", WASTE)
def test_what_shows_nothing_is_seen_in_a_copy_and_no_part_of_the_picture(about: Ask, what: str) -> None:
    source = WASTE[what]
    check = structure.ask(about(source, source))
    assert not check.passed
    assert "47" not in check.detail
    copy = stripped(source)
    assert structure.ask(about(source, copy)).passed
    assert pixels.ask(about(source, copy)).passed


def test_another_table_is_another_picture() -> None:
    place = DATA.index(b"\xff\xdb") + 7
    other = DATA[:place] + bytes((DATA[place] + 1,)) + DATA[place + 1 :]
    described = [[data[start:end] for _, start, end in jpeg.still(data).coded] for data in (DATA, other)]
    assert described[0] != described[1]


@pytest.mark.parametrize(
    "hidden",
    [
        one_scan_each([PICTURE.rotate(180), PICTURE]),
        DATA[:-2] + DATA[DATA.index(b"\xff\xda") :],
        PROGRESSIVE[:-2] + PROGRESSIVE[PROGRESSIVE.index(b"\xff\xc4") :],
        PROGRESSIVE[:-2] + DATA[DATA.index(b"\xff\xc0") :],
    ],
    ids=["a scan for each component", "one scan for all", "progressive coding", "another frame"],
)
def test_a_picture_under_the_shown_one_is_seen(hidden: bytes) -> None:
    for look in (jpeg.still, lambda data: jpeg.inspect(data, Keep())):
        with pytest.raises(Flaw):
            look(hidden)


def test_one_scan_for_each_component_passes(about: Ask) -> None:
    copy = stripped(one_scan_each([PICTURE]))
    check = structure.ask(about(copy, copy))
    assert check.passed, check.detail


def test_conditioning_passes_with_arithmetic_coding_in_its_range_only() -> None:
    assert jpeg.inspect(arithmetic(b"\x00\x52\x10\x05"), Keep()) > 0
    for beyond in (b"\x00\x25", b"\x10\x00", b"\x10N", b"\x10\x07\x10\x05", b"\x00"):
        with pytest.raises(Flaw):
            jpeg.inspect(arithmetic(beyond), Keep())


def test_a_stuffed_byte_is_no_marker_of_a_segment() -> None:
    clean = stripped(DATA)
    assert jpeg.inspect(clean, Keep()) > 0
    with pytest.raises(Flaw, match="stuffed"):
        jpeg.inspect(before(clean, 0xDA, segment(0x00, SECRET)), Keep())


@pytest.mark.parametrize("look", [jpeg.still, lambda data: jpeg.inspect(data, Keep())], ids=["still", "inspect"])
def test_a_long_run_of_fill_bytes_takes_no_time(look: object) -> None:
    bytes_of_fill = stripped(DATA)[:-2] + b"\xff" * 400_000 + b"\0" + b"\xff\xd9"
    started = time.process_time()
    assert callable(look)
    look(bytes_of_fill)
    assert time.process_time() - started < 2
