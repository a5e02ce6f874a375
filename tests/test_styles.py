"""What is painted depends on nothing inside the region: the promise the whole package stands on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from redact.contracts import Style
from redact.errors import PluginError, PolicyError
from redact.model import Box, Image, Polygon, Region
from redact.styles import Blur, Fill, Pixelate, cover, covered_pixels, empty

STYLES: tuple[Style, ...] = (Blur(), Pixelate(), Pixelate(cells=3), Fill(), Fill((200, 10, 30)))


@st.composite
def boxes(draw: st.DrawFn, side: int = 60) -> Region:
    left, top = draw(st.floats(-20, side)), draw(st.floats(-20, side))
    return Box(left, top, left + draw(st.floats(0.5, side)), top + draw(st.floats(0.5, side)))


@st.composite
def polygons(draw: st.DrawFn, side: int = 60) -> Region:
    corner = st.tuples(st.floats(-10, side + 10), st.floats(-10, side + 10))
    points = draw(st.lists(corner, min_size=3, max_size=5, unique=True))
    across, down = zip(*points, strict=True)
    if max(across) - min(across) < 1 or max(down) - min(down) < 1:
        return Box(0, 0, 5, 5)
    return Polygon(tuple(points))


regions = st.lists(st.one_of(boxes(), polygons()), min_size=1, max_size=4)


def noise(seed: int, height: int = 60, width: int = 60) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def inside(places: list[Region], height: int = 60, width: int = 60) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = np.any([covered_pixels(place, height, width) for place in places], axis=0)
    return mask


@given(regions, st.integers(0, 9), st.lists(st.sampled_from(STYLES), min_size=4, max_size=4))
@settings(max_examples=150, deadline=None)
def test_pictures_that_differ_only_inside_regions_become_equal(
    places: list[Region], seed: int, styles: list[Style]
) -> None:
    one, other = noise(seed), noise(seed)
    mask = inside(places)
    other[mask] = noise(seed + 100)[mask]
    covers = list(zip(places, styles, strict=False))
    cover(one, covers)
    cover(other, covers)
    assert one.tobytes() == other.tobytes()


@given(regions, st.sampled_from(STYLES))
@settings(max_examples=80, deadline=None)
def test_pixels_outside_regions_stay_as_they_were(places: list[Region], style: Style) -> None:
    image = noise(1)
    cover(image, [(place, style) for place in places])
    untouched = ~inside(places)
    assert np.array_equal(image[untouched], noise(1)[untouched])


@given(st.one_of(boxes(), polygons()), st.sampled_from(STYLES))
@settings(max_examples=80, deadline=None)
def test_a_style_alone_holds_nothing_either(place: Region, style: Style) -> None:
    one, other = noise(1), noise(1)
    mask = covered_pixels(place, 60, 60)
    other[mask] = 7
    style.paint(one, place)
    style.paint(other, place)
    assert one.tobytes() == other.tobytes()


def test_a_style_of_another_package_sees_nothing_of_what_it_covers() -> None:
    class Copier:
        name = "copier"

        def paint(self, image: Image, region: Region) -> None:
            """Leaves what it finds."""

    one, other = noise(1), noise(1)
    other[10:30, 10:30] = 0
    cover(one, [(Box(10, 10, 30, 30), Copier())])
    cover(other, [(Box(10, 10, 30, 30), Copier())])
    assert one.tobytes() == other.tobytes()


def test_a_style_that_raises_is_an_error_that_names_it() -> None:
    class Broken:
        name = "broken"

        def paint(self, image: Image, region: Region) -> None:
            raise KeyError(region)

    with pytest.raises(PluginError, match="style broken raised KeyError"):
        cover(noise(1), [(Box(1, 1, 5, 5), Broken())])


def test_a_region_that_covers_everything_becomes_grey() -> None:
    image = noise(1)
    empty(image, [Box(-5, -5, 100, 100)])
    assert (image == 128).all()


def test_the_smooth_patch_continues_its_surroundings() -> None:
    image = np.full((80, 80, 3), (10, 120, 240), np.uint8)
    image[20:60, 20:60] = 0
    Blur().paint(image, Box(20, 20, 60, 60))
    assert np.abs(image.astype(int) - (10, 120, 240)).max() <= 1


def test_fill_paints_its_colour_on_every_pixel_the_region_touches() -> None:
    image = noise(1)
    Fill((1, 2, 3)).paint(image, Box(10.6, 10.6, 12.1, 12.1))
    assert (image[10:13, 10:13] == (1, 2, 3)).all()


def test_pixelate_paints_squares() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:] = 255
    Pixelate(cells=4).paint(image, Box(16, 16, 48, 48))
    squares = image[16:48, 16:48].reshape(4, 8, 4, 8, 3)
    assert (squares == squares[:, :1, :, :1]).all()


@pytest.mark.parametrize("place", [Box(200, 200, 300, 300), Box(-50, -50, -1, -1)])
@pytest.mark.parametrize("style", STYLES)
def test_a_region_outside_the_picture_paints_nothing(style: Style, place: Box) -> None:
    image = noise(1)
    cover(image, [(place, style)])
    assert np.array_equal(image, noise(1))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 50), (50, 1), (2, 3)])
@pytest.mark.parametrize("style", STYLES)
def test_tiny_pictures_can_be_painted(style: Style, height: int, width: int) -> None:
    image = noise(1, height, width)
    cover(image, [(Box(0, 0, 1, 1), style)])


@pytest.mark.parametrize("options", [{"colour": (0, 0)}, {"colour": (0, 0, 256)}])
def test_a_colour_that_is_none_is_refused(options: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(PolicyError, match="colour"):
        Fill(**options)  # type: ignore[arg-type]


def test_pixelate_refuses_so_many_cells_that_it_would_show_something() -> None:
    with pytest.raises(PolicyError, match="cells"):
        Pixelate(cells=100)
