"""TIFF: what strips, tables and smaller pictures hold beside the page goes, or the file is refused."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.checks.reading import Flaw
from redact.checks.structure import tiff as walk
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.tiff.file import Tiff
from redact.model import Keep
from tests.formats.streams import SECRET, before, conditioning, huffman, intervals, one_scan_each, quantisation
from tests.formats.tiff.crafted import LONG, SHORT, UNDEFINED, Sheet, Told, built, grey, saved

KEEP = Keep(frozenset({"orientation", "colour"}))
PICTURE = Pillow.effect_mandelbrot((70, 50), (-2, -1.5, 1, 1.5), 60).convert("RGB")
CODINGS = ("tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits")


def stripped(data: bytes) -> bytes:
    target = BytesIO()
    Tiff().strip(BytesIO(data), target, KEEP)
    return target.getvalue()


def page(data: bytes) -> dict[int, tuple[int, ...]]:
    with tifffile.TiffFile(BytesIO(data)) as file:
        return {
            tag.code: tag.value if isinstance(tag.value, tuple) else (tag.value,)
            for tag in file.pages[0].tags.values()  # type: ignore[union-attr]
        }


def strips(data: bytes) -> list[bytes]:
    found = page(data)
    return [data[start : start + size] for start, size in zip(found[273], found[279], strict=True)]


def with_strips(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A file of Pillow's with its strips changed."""
    found = page(data)
    tags: dict[int, Told] = {
        tag: (LONG if tag in (256, 257, 278) else SHORT, tuple(int(each) for each in found[tag]))
        for tag in (256, 257, 258, 259, 262, 277, 278, 284, 317)
        if tag in found
    }
    return built(Sheet(tags, tuple(change(strip) for strip in strips(data))))


def coded(data: bytes) -> list[tuple[str, bytes]]:
    """What the verifier's walk says that the pictures depend on."""
    return [(name, data[start:end]) for name, start, end in walk.still(data).coded]


def demand_clean(source: bytes, copy: bytes) -> None:
    """The verifier finds nothing in a copy, and the pictures of the source."""
    assert walk.inspect(copy, KEEP) > 1
    assert coded(copy) == coded(source)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_a_strip_ends_where_its_stream_does(coding: str, mode: str) -> None:
    clean = with_strips(saved(PICTURE.convert(mode), compression=coding), bytes)
    laden = with_strips(clean, lambda strip: strip + SECRET)
    assert stripped(laden) == stripped(clean)
    assert strips(stripped(clean)) == strips(clean)
    assert Pillow.open(BytesIO(stripped(laden))).tobytes() == Pillow.open(BytesIO(clean)).tobytes()
    assert any(field.name == "slack" for field in Tiff().fields(BytesIO(laden)))
    demand_clean(laden, stripped(laden))
    with pytest.raises(Flaw):
        walk.inspect(with_strips(stripped(clean), lambda strip: strip + SECRET), KEEP)


@pytest.mark.parametrize("shape", [(300, 400, 3), (64, 64), (1000, 700)])
def test_streams_of_many_codes_are_gone_through_to_their_end(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(7).integers(0, 256, shape, np.uint8)
    flat = np.zeros(shape, np.uint8)
    steps = np.broadcast_to(np.arange(shape[1], dtype=np.uint8).reshape(1, -1, *(1 for _ in shape[2:])), shape)
    for samples in (noise, flat, steps):
        data = with_strips(saved(Pillow.fromarray(samples), compression="tiff_lzw"), bytes)
        assert strips(stripped(with_strips(data, lambda strip: strip + SECRET))) == strips(data)


@given(samples=st.binary(min_size=1, max_size=3000), more=st.binary(max_size=40))
def test_any_bytes_in_lzw_and_packbits_end_where_they_do(samples: bytes, more: bytes) -> None:
    picture = Pillow.frombytes("L", (len(samples), 1), samples)
    for coding in ("tiff_lzw", "packbits"):
        data = with_strips(saved(picture, compression=coding), bytes)
        laden = with_strips(data, lambda strip: strip + more)
        assert strips(stripped(laden)) == strips(data)
        assert coded(laden) == coded(data)


def lzw(codes: list[int]) -> bytes:
    """Codes of nine bits, the first ones after a clear code."""
    bits = "".join(f"{code:09b}" for code in [256, *codes])
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def test_lzw_without_an_end_or_with_more_is_cut_behind_the_last_pixel() -> None:
    tags = grey(t259=(SHORT, (5,)))
    shown = list(range(12))
    expected = lzw(shown)
    for codes in ([*shown, *SECRET, 257], [*shown, *SECRET], shown):
        clean = stripped(built(Sheet(tags, (lzw(codes),))))
        (strip,) = strips(clean)
        # The bits behind the last code fill its byte.
        assert strip[:-1] == expected[:-1]
        assert len(strip) == len(expected)
        assert stripped(clean) == clean
        assert walk.inspect(clean, KEEP) == 2


def test_streams_that_hold_more_or_less_than_their_page_are_refused() -> None:
    twelve = bytes(range(12))
    spoilt = {
        (8, zlib.compress(twelve + SECRET)): DamagedFileError,
        (8, zlib.compress(twelve)[:-5]): DamagedFileError,
        (8, b"47.5821"): DamagedFileError,
        (32773, b"\x0d" + twelve + b"47"): DamagedFileError,
        (32773, b"\x0b" + twelve[:9]): DamagedFileError,
        (5, lzw([1, 2, 3])): DamagedFileError,
        (5, lzw([1, 300])): DamagedFileError,
        (5, lzw([256] * 200 + [257])): DamagedFileError,
        (5, b"\0\1" + twelve): UnsupportedFormatError,
    }
    for (coding, stream), error in spoilt.items():
        data = built(Sheet(grey(t259=(SHORT, (coding,))), (stream,)))
        with pytest.raises(error):
            stripped(data)
        with pytest.raises(Flaw):
            walk.still(data)


def test_a_last_strip_with_all_of_its_rows_is_read() -> None:
    tags = {**grey(4, 5, t259=(SHORT, (8,))), 278: (LONG, (4,))}
    whole = zlib.compress(bytes(range(16)))
    data = built(Sheet(tags, (whole, whole)))
    assert strips(stripped(data)) == [whole, whole]


def test_bits_in_reverse_are_read_in_reverse() -> None:
    stream = zlib.compress(bytes(range(12)))
    flipped = bytes(int(f"{each:08b}"[::-1], 2) for each in stream)
    data = built(Sheet(grey(t259=(SHORT, (8,)), t266=(SHORT, (2,))), (flipped + SECRET,)))
    assert strips(stripped(data)) == [flipped]
    assert walk.inspect(stripped(data), KEEP) == 2


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    bomb = zlib.compress(bytes(2**26))
    data = built(Sheet(grey(t259=(SHORT, (8,))), (bomb,)))
    started = time.process_time()
    with pytest.raises(DamagedFileError):
        stripped(data)
    assert time.process_time() - started < 1
    wide = built(Sheet(grey(2**20, 2**20, t259=(SHORT, (8,))), (bomb,)))
    with pytest.raises(UnsupportedFormatError, match="GiB"):
        stripped(wide)


def reduced(width: int, length: int, bits: tuple[int, ...] = (8,), **more: Told) -> Sheet:
    tags = grey(width, length, t254=(LONG, (1,)), t258=(SHORT, bits), t277=(SHORT, (len(bits),)), **more)
    return Sheet(tags, (bytes(width * length * len(bits)),))


WHOLE = (bytes(range(7 * 6)),)
LEVELS = [(4, 3), (3, 3), (2, 2), (1, 1)]
PREVIEWS = [(5, 3), (7, 6), (2, 3), (6, 7)]


@pytest.mark.parametrize(("width", "length"), LEVELS)
def test_levels_of_a_pyramid_stay(width: int, length: int) -> None:
    small = reduced(width, length)
    for data in (built(Sheet(grey(7, 6), WHOLE, smaller=(small,))), built(Sheet(grey(7, 6), WHOLE), small)):
        clean = stripped(data)
        assert bytes(width * length) in clean
        demand_clean(data, clean)
        assert not any(field.kind == "preview" for field in Tiff().fields(BytesIO(data)))


def other_pictures() -> dict[str, Sheet]:
    return {
        **{f"{width} by {length}": reduced(width, length) for width, length in PREVIEWS},
        "of other samples": reduced(4, 3, (8, 8, 8)),
        "of another meaning": reduced(4, 3, t262=(SHORT, (0,))),
        "a mask": Sheet({**reduced(4, 3).tags, 254: (LONG, (5,))}, reduced(4, 3).strips),
        "by its old name": Sheet({**grey(5, 3), 255: (SHORT, (2,))}, (bytes(15),)),
    }


@pytest.mark.parametrize("what", other_pictures())
def test_other_smaller_pictures_go(what: str) -> None:
    small = other_pictures()[what]
    alone = stripped(built(Sheet(grey(7, 6), WHOLE)))
    for data in (built(Sheet(grey(7, 6), WHOLE, smaller=(small,))), built(Sheet(grey(7, 6), WHOLE), small)):
        assert stripped(data) == alone
        assert {field.name for field in Tiff().fields(BytesIO(data))} >= {"thumbnail"}
        demand_clean(data, alone)
        with pytest.raises(Flaw):
            walk.inspect(data, KEEP)


def test_what_hangs_on_a_page_is_one_of_its_levels_or_goes() -> None:
    beside = Sheet(grey(5, 3), (SECRET[:15],))
    assert SECRET[:15] not in stripped(built(Sheet(grey(7, 6), WHOLE, smaller=(beside,))))


def test_masks_and_their_levels_stay() -> None:
    mask = grey(8, 8, t254=(LONG, (4,)), t258=(SHORT, (1,)), t262=(SHORT, (4,)))
    level = grey(4, 4, t254=(LONG, (5,)), t258=(SHORT, (1,)), t262=(SHORT, (4,)))
    half = Sheet(grey(4, 4, t254=(LONG, (1,))), (bytes(16),))
    data = built(Sheet(grey(8, 8), (bytes(64),)), Sheet(mask, (bytes(8),)), half, Sheet(level, (bytes(4),)))
    with tifffile.TiffFile(BytesIO(stripped(data))) as file:
        assert [each.shape for each in file.pages] == [(8, 8), (8, 8), (4, 4), (4, 4)]


def jpeg_page(stream: bytes, tables: bytes | None = None) -> bytes:
    width, length = PICTURE.size
    tags = grey(
        width, length, t258=(SHORT, (8, 8, 8)), t259=(SHORT, (7,)), t262=(SHORT, (6,)), t277=(SHORT, (3,)),
        t530=(SHORT, (1, 1)),
    )  # fmt: skip
    return built(Sheet(tags if tables is None else {**tags, 347: (UNDEFINED, tables)}, (stream,)))


def jpeg_stream() -> bytes:
    target = BytesIO()
    PICTURE.save(target, "JPEG", subsampling=0)
    data = target.getvalue()
    return data[:2] + data[20:]


def wasteful_streams() -> dict[str, bytes]:
    data = jpeg_stream()
    return {
        "a table of no component": before(data, 0xDA, quantisation(3) + huffman(0x12)),
        "a table that is overwritten": before(data, 0xDB, quantisation(0)),
        "conditioning": before(data, 0xDA, conditioning()),
    }


@pytest.mark.parametrize("what", wasteful_streams())
def test_what_no_scan_of_a_strip_refers_to_goes(what: str) -> None:
    source = jpeg_page(wasteful_streams()[what])
    clean = stripped(source)
    assert clean == stripped(jpeg_page(jpeg_stream()))
    assert strips(clean) == [jpeg_stream()]
    assert any(field.name.startswith("unused ") for field in Tiff().fields(BytesIO(source)))
    demand_clean(source, clean)
    with pytest.raises(Flaw):
        walk.inspect(source, KEEP)


def test_of_restart_intervals_in_a_strip_the_last_stays() -> None:
    clean = stripped(jpeg_page(before(jpeg_stream(), 0xDA, intervals())))
    assert strips(clean)[0].count(b"\xff\xdd") == 1


def test_a_picture_under_that_of_a_strip_is_refused() -> None:
    data = jpeg_page(one_scan_each([PICTURE.rotate(180), PICTURE]))
    with pytest.raises(DamagedFileError, match="twice"):
        stripped(data)
    with pytest.raises(Flaw):
        walk.still(data)


def test_shared_tables_that_no_strip_uses_go() -> None:
    data = jpeg_stream()
    frame = data.index(b"\xff\xc0")
    scan = data.index(b"\xff\xda")
    tables, huffmans = data[2:frame], data[frame + 19 : scan]
    lean = b"\xff\xd8" + data[frame : frame + 19] + data[scan:]
    clean = stripped(jpeg_page(lean, b"\xff\xd8" + tables + huffmans + b"\xff\xd9"))
    assert Pillow.open(BytesIO(clean)).tobytes() == Pillow.open(BytesIO(jpeg_page(data))).tobytes()
    for waste in (quantisation(3), huffman(0x12), intervals(), conditioning()):
        source = jpeg_page(lean, b"\xff\xd8" + waste + tables + huffmans + b"\xff\xd9")
        assert stripped(source) == clean
        demand_clean(source, clean)
        with pytest.raises(Flaw):
            walk.inspect(source, KEEP)
    unused = jpeg_page(data, b"\xff\xd8" + quantisation(0) + b"\xff\xd9")
    assert stripped(unused) == stripped(jpeg_page(data))
    demand_clean(unused, stripped(unused))
    with pytest.raises(DamagedFileError, match="tables"):
        stripped(jpeg_page(lean))


def test_a_laden_file_goes_all_the_way(tmp_path: Path) -> None:
    laden = with_strips(saved(PICTURE, compression="tiff_lzw"), lambda strip: strip + SECRET)
    (tmp_path / "scene.tif").write_bytes(laden)
    receipt = redact.Redactor(redact.Policy(hide={})).file(tmp_path / "scene.tif", tmp_path / "shared.tif")
    assert receipt.status == "redacted", receipt.error
    assert SECRET not in (tmp_path / "shared.tif").read_bytes()
