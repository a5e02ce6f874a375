"""JPEG: what no scan refers to goes, and what codes another picture is refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image as Pillow

import redact
from redact.errors import DamagedFileError
from redact.formats.jpeg import Jpeg
from tests.formats.conftest import Strip
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


def pixels(data: bytes) -> bytes:
    return Pillow.open(BytesIO(data)).tobytes()


def laden(data: bytes) -> dict[str, bytes]:
    return {
        "a quantisation table of no component": before(data, 0xDA, quantisation(3)),
        "a quantisation table that is overwritten": before(data, 0xDB, quantisation(0)),
        "a quantisation table of another precision": before(data, 0xDA, segment(0xDB, b"\x13" + SECRET * 2 + bytes(6))),
        "a Huffman table of no component": before(data, 0xDA, huffman(0x13)),
        "a Huffman table that is overwritten": before(data, 0xC4, huffman(0x00)),
        "a table beside one that is used": before(data, 0xDA, quantisation(2) + huffman(0x12)),
        "conditioning without arithmetic coding": before(data, 0xDA, conditioning()),
        "tables behind the last scan": data[:-2] + quantisation(0) + huffman(0x00) + data[-2:],
        "an interval behind the last scan": data[:-2] + segment(0xDD, SECRET[:2]) + data[-2:],
        "the number of lines once more": data[:-2] + segment(0xDC, b"\0\x10") + data[-2:],
        "empty table segments": before(data, 0xDA, segment(0xDB, b"") + segment(0xC4, b"") + segment(0xCC, b"")),
    }


@pytest.fixture
def plain() -> Pillow.Image:
    return Pillow.effect_mandelbrot((24, 16), (-2, -1.5, 1, 1.5), 40).convert("RGB")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}], ids=str)
@pytest.mark.parametrize("what", laden(b"\xff\xd8\xff\xdb\xff\xc4\xff\xda\xff\xd9"))
def test_what_no_scan_refers_to_is_named_and_dropped(
    plain: Pillow.Image, strip: Strip, what: str, options: dict[str, object]
) -> None:
    data = saved(plain, "JPEG", **options)
    source = laden(data)[what]
    assert source != data
    clean = strip(Jpeg(), source)
    assert clean == strip(Jpeg(), data)
    assert pixels(clean) == pixels(source)
    assert any(field.name.startswith("unused ") for field in Jpeg().fields(BytesIO(source)))
    assert not list(Jpeg().fields(BytesIO(clean)))


def test_of_restart_intervals_the_last_before_a_scan_stays(plain: Pillow.Image, strip: Strip) -> None:
    data = saved(plain, "JPEG")
    clean = strip(Jpeg(), before(data, 0xDA, intervals()))
    assert clean == before(strip(Jpeg(), data), 0xDA, segment(0xDD, b"\0\0"))
    assert pixels(clean) == pixels(data)


def test_a_table_that_shares_its_segment_with_unused_ones_stays_alone(plain: Pillow.Image, strip: Strip) -> None:
    data = saved(plain, "JPEG")
    place = data.index(b"\xff\xdb")
    size = int.from_bytes(data[place + 2 : place + 4], "big")
    table = data[place + 4 : place + 2 + size]
    shared = data[:place] + segment(0xDB, b"\2" + SECRET + bytes(3) + table) + data[place + 2 + size :]
    assert strip(Jpeg(), shared) == strip(Jpeg(), data)


def test_one_scan_for_each_component_is_a_picture(plain: Pillow.Image, strip: Strip) -> None:
    data = one_scan_each([plain])
    assert pixels(strip(Jpeg(), data)) == pixels(data)


def test_a_picture_under_the_shown_one_is_refused(plain: Pillow.Image, strip: Strip, tmp_path: Path) -> None:
    hidden = one_scan_each([plain.rotate(180), plain])
    with pytest.raises(DamagedFileError, match="twice"):
        strip(Jpeg(), hidden)
    (tmp_path / "scene.jpg").write_bytes(hidden)
    receipt = redact.Redactor(redact.Policy(hide={})).file(tmp_path / "scene.jpg", tmp_path / "shared.jpg")
    assert receipt.status == "failed"
    assert not (tmp_path / "shared.jpg").exists()


def scans(data: bytes) -> list[bytes]:
    """Each scan of a progressive JPEG with the tables before it."""
    starts = [place for place in range(len(data) - 1) if data[place : place + 2] == b"\xff\xda"]
    ends = []
    for start in starts:
        place = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        while data[place] != 0xFF or data[place + 1] in (0, *range(0xD0, 0xD8)):
            place += 1
        ends.append(place)
    begins = [data.index(b"\xff\xc4"), *ends[:-1]]
    return [data[begin:end] for begin, end in zip(begins, ends, strict=True)]


def test_scans_of_progressive_coding_come_once_and_in_order(plain: Pillow.Image, strip: Strip) -> None:
    data = saved(plain, "JPEG", progressive=True)
    head, passes = data[: data.index(b"\xff\xc4")], scans(data)
    assert head + b"".join(passes) + b"\xff\xd9" == data
    assert len(passes) > 5
    for number, each in enumerate(passes):
        again = b"".join([*passes[: number + 1], each, *passes[number + 1 :]])
        swapped = b"".join([each, *passes[:number], *passes[number + 1 :]])
        for spoilt in (again, swapped) if number else (again,):
            with pytest.raises(DamagedFileError):
                strip(Jpeg(), head + spoilt + b"\xff\xd9")


@pytest.mark.parametrize(
    "header",
    [b"\1\4\0\0\x3f\0", b"\2\1\0\1\0\0\x3f\0", b"\1\1\0\1\x3f\0", b"\1\1\0\0\x3e\0", b"\1\1\0\0\x3f\x10"],
    ids=["another component", "a component twice", "no average", "not all coefficients", "a bit more"],
)
def test_a_scan_that_is_none_of_its_picture_is_refused(strip: Strip, header: bytes) -> None:
    data = saved(Pillow.new("L", (8, 8)), "JPEG")
    place = data.index(b"\xff\xda")
    with pytest.raises(DamagedFileError):
        strip(Jpeg(), data[:place] + segment(0xDA, header) + data[place + 10 :])


def test_conditioning_stays_with_arithmetic_coding_in_its_range_only(strip: Strip) -> None:
    kept = arithmetic(b"\x00\x52\x10\x05")
    assert strip(Jpeg(), kept) == kept
    assert strip(Jpeg(), arithmetic(b"\x00\x52\x10\x07\x10\x05")) == kept
    assert strip(Jpeg(), arithmetic(b"\x00\x52\x47\x47\x10\x05")) == kept
    for beyond in (b"\x00\x25", b"\x10\x00", b"\x10\x40", b"\x10N"):
        with pytest.raises(DamagedFileError, match="arithmetic"):
            strip(Jpeg(), arithmetic(beyond))


def test_a_number_of_lines_is_told_once(strip: Strip) -> None:
    data = saved(Pillow.new("L", (8, 8)), "JPEG")
    place = data.index(b"\xff\xc0") + 5
    untold = data[:place] + b"\0\0" + data[place + 2 : -2]
    later = untold + segment(0xDC, b"\0\x08")
    assert strip(Jpeg(), later + b"\xff\xd9").endswith(segment(0xDC, b"\0\x08") + b"\xff\xd9")
    assert strip(Jpeg(), later + segment(0xDC, b"\0\x08") + b"\xff\xd9") == strip(Jpeg(), later + b"\xff\xd9")
    for contradiction in (later + segment(0xDC, b"47"), data[:-2] + segment(0xDC, b"47")):
        with pytest.raises(DamagedFileError, match="lines"):
            strip(Jpeg(), contradiction + b"\xff\xd9")
