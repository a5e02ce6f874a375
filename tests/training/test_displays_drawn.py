from __future__ import annotations

import numpy as np

from training.scenes.displays import display
from training.scenes.posing import outline


def test_a_line_is_where_its_quad_says() -> None:
    for seed in range(30):
        image = np.full((256, 256, 3), 128, np.uint8)
        lines = display(np.random.default_rng(seed), image, [])
        written = (image != 128).any(axis=2)
        for quad in lines:
            (left, top), (right, bottom) = quad[0].astype(int), quad[2].astype(int)
            assert written[top:bottom, left:right].any()
            written[max(top - 4, 0) : bottom + 4, max(left - 4, 0) : right + 4] = False
        assert not written.any()


def test_a_display_keeps_off_what_is_taken() -> None:
    taken = outline(256, 200)
    for seed in range(30):
        image = np.full((256, 256, 3), 128, np.uint8)
        display(np.random.default_rng(seed), image, [taken])
        assert (image[:196] == 128).all()


def test_a_full_picture_is_left_alone() -> None:
    image = np.full((64, 64, 3), 128, np.uint8)
    assert display(np.random.default_rng(1), image, [outline(64, 64)]) == []
    assert (image == 128).all()
