"""WebP: lossless pictures stay so, lossy ones are coded once more and well."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError
from redact.model import Box
from tests.frames.conftest import CanvasOf, Redacted, photograph, saved

REGION = Box(10, 8, 25, 20)


def cut_out() -> Pillow.Image:
    """Transparency of a picture of 40 x 30 whose left half is nearly cut out."""
    alpha = np.full((30, 40), 255, np.uint8)
    alpha[:, :6] = 1
    return Pillow.fromarray(alpha)


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(data)).convert("RGBA"))


def test_lossless_pictures_keep_every_pixel_outside(redacted: Redacted) -> None:
    picture = Pillow.fromarray(photograph(40, 30))
    picture.putalpha(cut_out())
    source = saved(picture, "WebP", lossless=True, exact=True)
    copy = redacted(source, "WebP", [REGION])
    outside = np.ones((30, 40), bool)
    outside[8:20, 10:25] = False
    assert b"VP8L" in copy
    assert np.array_equal(opened(copy)[outside], opened(source)[outside])
    assert (opened(copy)[~outside][:, 3] == 255).all()


def test_lossy_pictures_stay_lossy_and_look_the_same_outside(redacted: Redacted) -> None:
    source = saved(photograph(160, 120), "WebP", quality=80)
    copy = redacted(source, "WebP", [Box(0, 0, 32, 32)])
    assert b"VP8 " in copy
    assert np.abs(opened(copy)[40:, 40:].astype(int) - opened(source)[40:, 40:]).mean() < 4


def test_lossy_pictures_with_alpha_are_painted(redacted: Redacted) -> None:
    picture = Pillow.fromarray(photograph(40, 30))
    picture.putalpha(cut_out())
    copy = redacted(saved(picture, "WebP", quality=80), "WebP", [REGION])
    assert (opened(copy)[10:18, 12:23, 3] == 255).all()
    assert opened(copy)[..., 3].min() < 128


def test_animations_are_refused(canvas_of: CanvasOf) -> None:
    frames = [Pillow.fromarray(photograph(20, 20, seed)) for seed in (1, 2)]
    with pytest.raises(UnsupportedFormatError, match="animated"):
        canvas_of(saved(frames[0], "WebP", save_all=True, append_images=frames[1:]), "WebP")


def test_a_chunk_that_leaves_the_file_is_damage(canvas_of: CanvasOf) -> None:
    source = bytearray(saved(photograph(40, 30), "WebP"))
    source[16:20] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(DamagedFileError, match="outside"):
        canvas_of(bytes(source), "WebP")


def test_half_a_picture_in_a_whole_envelope_is_damage(canvas_of: CanvasOf) -> None:
    for options in ({"lossless": True}, {"quality": 80}):
        source = saved(photograph(160, 120), "WebP", **options)
        half = source[20 : 20 + (len(source) - 20) // 2 & ~1]
        kind = source[12:16]
        body = kind + len(half).to_bytes(4, "little") + half
        with pytest.raises(DamagedFileError):
            canvas_of(b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body, "WebP")


def test_two_pictures_in_one_file_are_damage(canvas_of: CanvasOf) -> None:
    source = saved(photograph(40, 30), "WebP", quality=80)
    body = source[12:] * 2
    with pytest.raises(DamagedFileError, match="two"):
        canvas_of(b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body, "WebP")


def test_too_many_pixels_are_refused_before_decoding(canvas_of: CanvasOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redact.frames.codings.picture.MAX_PIXELS", 1000)
    with pytest.raises(MediaError, match="40 x 30 pixels"):
        canvas_of(saved(photograph(40, 30), "WebP"), "WebP")
