"""Regions are emptied before a style paints, each is painted in the style of its label, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

import redact
from redact.contracts import Edit
from redact.model import Box, Image, Region
from redact.rewriter import paint


class Slate:
    """A canvas over an array that notes each edit."""

    index = 0
    time = Fraction(0)
    size = (60, 40)

    def __init__(self) -> None:
        self.image: Image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        self.edits: list[list[Region]] = []

    def view(self, long_side: int | None = None) -> Image:
        return self.image

    def luma(self, long_side: int) -> NDArray[np.uint8]:
        return self.image[..., 1]

    def edit(self, regions: Sequence[Region], edit: Edit) -> None:
        self.edits.append(list(regions))
        edit(self.image, regions)


FACE, PLATE = Box(5, 5, 20, 20), Box(15, 10, 40, 30)


def test_each_region_is_painted_in_the_style_of_its_label() -> None:
    slate = Slate()
    paint(slate, [("face", FACE), ("plate", PLATE)], {"face": redact.Fill((1, 1, 1)), "plate": redact.Fill((2, 2, 2))})
    assert (slate.image[6:9, 6:14] == 1).all()
    assert (slate.image[21:29, 21:39] == 2).all()


def test_everything_is_emptied_before_anything_is_painted() -> None:
    slate = Slate()
    paint(slate, [("face", FACE), ("plate", PLATE)], {"face": redact.Fill(), "plate": redact.Pixelate()})
    assert slate.edits[0] == [FACE, PLATE]
    assert slate.edits[1:] == [[FACE], [PLATE]]


def test_a_blur_needs_no_second_pass() -> None:
    slate = Slate()
    paint(slate, [("face", FACE)], {"face": redact.Blur()})
    assert slate.edits == [[FACE]]


def test_a_frame_without_regions_is_not_touched() -> None:
    slate = Slate()
    paint(slate, [], {"face": redact.Blur()})
    assert slate.edits == []
