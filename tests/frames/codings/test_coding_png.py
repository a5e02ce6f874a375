"""PNGs of every depth keep it, and every pixel that is not painted."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError
from redact.frames.codings.picture import check_size
from redact.frames.codings.png import SIGNATURE
from redact.model import Box
from tests.frames.conftest import CanvasOf, Redacted, photograph, saved

REGION = Box(10, 8, 25, 20)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def raw_png(width: int, height: int, rows: bytes, interlace: int = 0) -> bytes:
    """An 8-bit RGB file of those rows, however many they are."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlace)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def untouched(before: np.ndarray, after: np.ndarray) -> bool:
    outside = np.ones(before.shape[:2], bool)
    outside[8:20, 10:25] = False
    return bool((before[outside] == after[outside]).all() and (before[~outside] != after[~outside]).any())


def deep(channels: int) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 65536, (30, 40, channels)).astype(np.uint16)
    pixels[..., 3:] = cut_out(30, 40)[..., None].astype(np.uint16) * 257
    return cv2.imencode(".png", pixels)[1].tobytes()


def cut_out(height: int, width: int) -> np.ndarray:
    """Transparency of a picture whose left half is cut out, with a soft edge."""
    alpha = np.zeros((height, width), np.uint8)
    alpha[:, width // 2 :] = 255
    alpha[:, width // 2] = 128
    return alpha


def decoded(data: bytes) -> np.ndarray:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return np.asarray(pixels)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_stay_sixteen(redacted: Redacted, channels: int) -> None:
    source = deep(channels)
    copy = redacted(source, "PNG", [REGION])
    before, after = decoded(source), decoded(copy)
    assert after.dtype == np.uint16
    assert after.shape == before.shape
    assert untouched(before, after)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_grey_colour_and_alpha_stay_what_they_are(redacted: Redacted, mode: str) -> None:
    picture = Pillow.fromarray(photograph(40, 30)).convert(mode)
    if mode == "RGBA":
        picture.putalpha(Pillow.fromarray(cut_out(30, 40)))
    copy = Pillow.open(io.BytesIO(redacted(saved(picture, "PNG"), "PNG", [REGION])))
    assert copy.mode == mode
    assert untouched(np.asarray(picture), np.asarray(copy))


@pytest.mark.parametrize("mode", ["P", "LA", "1"])
def test_other_modes_become_plain_ones_without_changing_what_is_seen(redacted: Redacted, mode: str) -> None:
    picture = Pillow.fromarray(photograph(40, 30)).convert(mode)
    copy = Pillow.open(io.BytesIO(redacted(saved(picture, "PNG"), "PNG", [REGION])))
    assert untouched(np.asarray(picture.convert("RGBA")), np.asarray(copy.convert("RGBA")))


def test_painted_pixels_become_opaque_whatever_they_were(redacted: Redacted) -> None:
    black = np.zeros((30, 40, 4), np.uint8)
    written = black.copy()
    written[10:18, 12:22, 3] = 255
    copy = redacted(saved(written, "PNG"), "PNG", [REGION])
    assert copy == redacted(saved(black, "PNG"), "PNG", [REGION])
    assert (decoded(copy)[8:20, 10:25, 3] == 255).all()


@pytest.mark.parametrize(("container", "options"), [("PNG", {}), ("WebP", {"lossless": True, "exact": True})])
def test_a_picture_under_transparent_pixels_is_looked_at(
    canvas_of: CanvasOf, container: str, options: dict[str, object]
) -> None:
    under = np.dstack((photograph(40, 30), np.zeros((30, 40), np.uint8)))
    assert np.array_equal(canvas_of(saved(under, container, **options), container).view(), under[..., :3])


def test_a_palette_is_looked_at_without_its_transparency(canvas_of: CanvasOf) -> None:
    picture = Pillow.fromarray(photograph(40, 30)).convert("P")
    data = saved(picture, "PNG", transparency=bytes(256))
    assert np.array_equal(canvas_of(data, "PNG").view(), np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("container", ["PNG", "WebP"])
def test_a_picture_in_the_transparency_is_refused(canvas_of: CanvasOf, container: str) -> None:
    picture = Pillow.new("RGBA", (40, 30), "white")
    picture.putalpha(Pillow.fromarray(photograph(40, 30)[..., 0]))
    with pytest.raises(UnsupportedFormatError, match="flatten it first"):
        canvas_of(saved(picture, container, **({"lossless": True} if container == "WebP" else {})), container)


def test_a_picture_in_the_transparency_of_a_palette_is_refused(canvas_of: CanvasOf) -> None:
    picture = Pillow.fromarray(photograph(40, 30)[..., 0])
    picture.putpalette(bytes(768))
    with pytest.raises(UnsupportedFormatError, match="flatten it first"):
        canvas_of(saved(picture, "PNG", transparency=bytes(range(256))), "PNG")


def test_letters_that_transparency_alone_shows_are_refused(canvas_of: CanvasOf) -> None:
    stencil = np.zeros((60, 200, 4), np.uint8)
    stencil[20:40, 10:190:4, 3] = 255
    with pytest.raises(UnsupportedFormatError, match="flatten it first"):
        canvas_of(saved(stencil, "PNG"), "PNG")
    stencil[20:40, 10:190:4, :3] = 255
    assert canvas_of(saved(stencil, "PNG"), "PNG").view()[30, 10].tolist() == [255, 255, 255]


def test_a_quarter_of_soft_pixels_is_an_edge_and_one_more_a_picture(canvas_of: CanvasOf) -> None:
    soft = np.dstack((photograph(40, 30), np.full((30, 40), 255, np.uint8)))
    soft[:, :10, 3] = 250
    canvas_of(saved(soft, "PNG"), "PNG")
    soft[0, 10, 3] = 250
    with pytest.raises(UnsupportedFormatError, match="flatten it first"):
        canvas_of(saved(soft, "PNG"), "PNG")


def test_no_low_bits_of_a_deep_picture_survive_under_the_paint(redacted: Redacted) -> None:
    source = decoded(deep(3))
    other = source.copy()
    other[8:20, 10:25] ^= 0x00FF
    one, two = (redacted(cv2.imencode(".png", pixels)[1].tobytes(), "PNG", [REGION]) for pixels in (source, other))
    assert one == two


def test_an_interlaced_picture_is_painted(redacted: Redacted) -> None:
    # Of a picture of 3 x 2 pixels, passes 1, 4 and 6 hold one pixel each, and pass 7 the second row.
    source = raw_png(3, 2, b"\0abc" + b"\0ABC" + b"\0xyz" + b"\0" + bytes(9), interlace=1)
    shown = np.asarray(Pillow.open(io.BytesIO(source)).convert("RGB"))
    copy = np.asarray(Pillow.open(io.BytesIO(redacted(source, "PNG", [Box(0, 1, 3, 2)]))))
    assert np.array_equal(copy[0], shown[0])
    assert not np.array_equal(copy[1], shown[1])


def test_a_hundred_megapixels_are_decoded_and_twice_as_many_are_not() -> None:
    assert check_size(12000, 9000) == (12000, 9000)
    with pytest.raises(MediaError, match="more than"):
        check_size(20000, 10000)


def test_too_many_pixels_are_refused_before_decoding(canvas_of: CanvasOf) -> None:
    with pytest.raises(MediaError, match="40000 x 40000 pixels"):
        canvas_of(raw_png(40000, 40000, bytes(100)), "PNG")


def test_a_bomb_is_not_inflated_to_its_end(canvas_of: CanvasOf) -> None:
    with pytest.raises(DamagedFileError, match="more or less"):
        canvas_of(raw_png(2, 2, bytes(200_000_000)), "PNG")


def test_half_a_picture_under_good_checksums_is_damage(canvas_of: CanvasOf) -> None:
    with pytest.raises(DamagedFileError, match="more or less"):
        canvas_of(raw_png(20, 20, bytes(61 * 10)), "PNG")


def test_a_row_with_an_unknown_filter_is_damage(canvas_of: CanvasOf) -> None:
    with pytest.raises(DamagedFileError):
        canvas_of(raw_png(20, 20, bytes(61 * 10) + b"\x09" + bytes(61 * 10 - 1)), "PNG")


def test_animations_are_refused(canvas_of: CanvasOf) -> None:
    frames = [Pillow.fromarray(photograph(20, 20, seed)) for seed in (1, 2)]
    with pytest.raises(UnsupportedFormatError, match="animated"):
        canvas_of(saved(frames[0], "PNG", save_all=True, append_images=frames[1:]), "PNG")


def test_a_second_header_and_a_missing_one_are_damage(canvas_of: CanvasOf) -> None:
    good = raw_png(2, 2, bytes(14))
    header = good[8:33]
    for bad in (SIGNATURE + header + good[8:], SIGNATURE + good[33:], SIGNATURE + chunk(b"IEND", b"")):
        with pytest.raises(DamagedFileError):
            canvas_of(bad, "PNG")
