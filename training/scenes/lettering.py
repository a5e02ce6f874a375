"""Text as ink: a line of letters in a free font, cut to what it covers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.fonts import fonts

_FONTS_KEPT = 256


def face(random: Generator, kind: str) -> Path:
    """A font of a kind that `training.fonts` knows."""
    paths = fonts(kind)
    return paths[random.integers(len(paths))]


def ink(text: str, path: Path, size: int) -> NDArray[np.uint8]:
    """How much of each pixel a line's letters cover, uint8 (height, width), no empty margin.

    `size` is the font's, in pixels. A line that covers nothing, such as one of spaces, is one empty pixel.
    """
    font = _font(path, size)
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text))
    sheet = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
    ImageDraw.Draw(sheet).text((-left, -top), text, fill=255, font=font)
    return np.array(sheet)


@lru_cache(_FONTS_KEPT)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    # Pillow's own shaping, so that the same text gives the same pixels whatever libraries a machine has.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
