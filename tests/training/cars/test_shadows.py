import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.cars.shadows import cast

SHAPE = 60, 80


@given(st.integers(-40, 40), st.integers(-40, 40), st.integers(1, 12))
def test_a_shadow_is_gone_where_its_picture_ends(x: int, y: int, fade: int) -> None:
    outline = np.array([[x, y], [x + 70, y], [x + 70, y + 50], [x, y + 50]])
    shade = cast(outline, SHAPE, 0.02, fade)
    assert shade.min() >= 0
    assert shade.max() <= 1.001
    for border in (shade[0], shade[-1], shade[:, 0], shade[:, -1]):
        assert not border.any()


def test_a_shadow_is_full_in_its_middle_and_soft_at_its_edge() -> None:
    shade = cast(np.array([[20, 20], [60, 20], [60, 40], [20, 40]]), SHAPE, 0.02, 5)
    assert shade[30, 40] > 0.99
    assert 0.2 < shade[30, 20] < 0.8
