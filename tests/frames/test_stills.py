"""Stills of every coding as footage: upright to look at, painted where they are stored, gone where they are painted."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageOps

from redact.contracts import Canvas, Footage
from redact.errors import MediaError, UnsupportedFormatError
from redact.frames import open_footage
from redact.frames.stills import Still
from redact.model import Box, Image, Polygon, Region
from tests.frames.conftest import CanvasOf, Redacted, photograph, saved, touched, turned

CODINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("JPEG", {"quality": 90, "subsampling": "4:2:0"}),
    "PNG": ("PNG", {}),
    "WebP": ("WebP", {"lossless": True}),
}
UPRIGHT_TO_STORED = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_90,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_270,
}
SIZES = [(1, 1), (7, 5), (1, 300), (300, 1), (16, 16), (33, 17)]


def red(image: Image, regions: Sequence[Region]) -> None:
    for region in regions:
        image[touched(region)] = (220, 20, 30)


def stored(upright: Image, orientation: int) -> Pillow.Image:
    picture = Pillow.fromarray(upright)
    return picture.transpose(UPRIGHT_TO_STORED[orientation]) if orientation in UPRIGHT_TO_STORED else picture


def seen(data: bytes) -> Image:
    """What any viewer shows, upright."""
    return np.asarray(ImageOps.exif_transpose(Pillow.open(io.BytesIO(data))).convert("RGB"))


def test_the_picture_is_let_go_of_before_what_was_painted_is_coded(canvas_of: CanvasOf) -> None:
    upright = photograph(1600, 1200)
    data = saved(upright, "JPEG", quality=90, subsampling="4:2:0")
    tracemalloc.start()
    try:
        canvas = canvas_of(data, "JPEG")
        canvas.edit([Box(100, 100, 180, 160)], red)
        assert len(canvas.coded()) > 1000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1.75 * upright.nbytes


def test_a_still_is_footage_of_one_frame(canvas_of: CanvasOf, tmp_path: Path) -> None:
    canvas: Canvas = canvas_of(saved(photograph(40, 30), "PNG"), "PNG")
    footage: Footage = Still(tmp_path / "still", "PNG")
    assert len(list(footage.canvases())) == 1
    assert (canvas.index, canvas.time, canvas.size) == (0, Fraction(0), (40, 30))


@pytest.mark.parametrize("container", CODINGS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_seen_upright_and_painted_where_it_is_seen(
    canvas_of: CanvasOf, container: str, orientation: int
) -> None:
    upright = photograph(83, 61)
    name, options = CODINGS[container]
    data = saved(stored(upright, orientation), name, exif=turned(orientation), **options)
    canvas = canvas_of(data, container)
    assert canvas.size == (83, 61)
    assert np.abs(canvas.view().astype(int) - seen(data)).mean() < 4
    canvas.edit([Box(50, 6, 70, 20)], red)
    # The copy has no metadata, so Pillow shows it as stored.
    copy = stored_to_upright(canvas.coded(), orientation)
    assert (np.abs(copy[7:19, 51:69].astype(int) - (220, 20, 30)) < 16).all()
    assert np.abs(copy[:, :32].astype(int) - seen(data)[:, :32]).max() < 4
    assert np.abs(copy[44:].astype(int) - seen(data)[44:]).max() < 4


def stored_to_upright(coded: bytes, orientation: int) -> Image:
    picture: Pillow.Image = Pillow.open(io.BytesIO(coded))
    assert not picture.getexif()
    if orientation in UPRIGHT_TO_STORED:
        picture = picture.transpose(UPRIGHT_TO_STORED[{6: 8, 8: 6}.get(orientation, orientation)])
    return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("container", CODINGS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_pictures_of_any_size_are_painted_whole(redacted: Redacted, container: str, size: tuple[int, int]) -> None:
    name, options = CODINGS[container]
    one, other = (saved(photograph(*size, seed=seed), name, **options) for seed in (1, 2))
    everything = [Box(-5, -5, size[0] + 5, size[1] + 5)]
    copy = redacted(one, container, everything)
    assert copy == redacted(other, container, everything)
    assert seen(copy).shape[1::-1] == size


@pytest.mark.parametrize("container", CODINGS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_inputs_that_differ_only_inside_regions_give_one_output_to_the_byte(
    redacted: Redacted, container: str, data: st.DataObject
) -> None:
    width, height = data.draw(st.integers(1, 70)), data.draw(st.integers(1, 70))
    regions = data.draw(st.lists(boxes(width, height), min_size=1, max_size=4))
    one = photograph(width, height)
    other = one.copy()
    for region in regions:
        other[touched(region)] = photograph(width, height, seed=9)[touched(region)]
    name, options = CODINGS[container]
    if name == "JPEG":
        options = options | {"subsampling": data.draw(st.sampled_from(("4:4:4", "4:2:2", "4:2:0")))}
    first, second = (redacted(saved(pixels, name, **options), container, regions) for pixels in (one, other))
    assert first == second


@st.composite
def boxes(draw: st.DrawFn, width: int, height: int) -> Box:
    left, top = draw(st.floats(-9, width - 0.5)), draw(st.floats(-9, height - 0.5))
    return Box(left, top, left + draw(st.floats(0.5, 40)), top + draw(st.floats(0.5, 40)))


@pytest.mark.parametrize("container", ["PNG", "WebP"])
def test_a_polygon_hides_what_it_touches_and_spares_its_corners(canvas_of: CanvasOf, container: str) -> None:
    name, options = CODINGS[container]
    pixels = photograph(60, 60)
    canvas = canvas_of(saved(pixels, name, **options), container)
    canvas.edit([Polygon(((30.0, 10.0), (50.0, 30.0), (30.0, 50.0), (10.0, 30.0)))], red)
    copy = seen(canvas.coded())
    assert (copy[20:40, 20:40] == (220, 20, 30)).all()
    assert np.array_equal(copy[10:18, 10:18], pixels[10:18, 10:18])


def test_a_polygon_in_a_jpeg_takes_whole_blocks(canvas_of: CanvasOf) -> None:
    canvas = canvas_of(saved(photograph(64, 64), "JPEG", subsampling="4:2:0"), "JPEG")
    given_regions: list[Region] = []
    canvas.edit([Polygon(((20.0, 5.0), (40.0, 20.0), (17.0, 30.0)))], lambda _, regions: given_regions.extend(regions))
    assert given_regions == [Box(16, 0, 48, 32)]


def test_a_polygon_with_corners_far_away_is_painted(canvas_of: CanvasOf) -> None:
    canvas = canvas_of(saved(photograph(30, 30), "PNG"), "PNG")
    canvas.edit([Polygon(((-1e12, -1e12), (1e12, -1e12), (1e12, 1e12), (-1e12, 1e12)))], red)
    assert (seen(canvas.coded()) == (220, 20, 30)).all()


def test_regions_keep_their_order_and_those_outside_are_left_out(canvas_of: CanvasOf) -> None:
    canvas = canvas_of(saved(photograph(30, 30), "PNG"), "PNG")
    asked = [Box(20, 20, 25, 25), Box(-9, -9, -2, -2), Box(1.5, 1.5, 4, 4)]
    given_regions: list[Region] = []
    canvas.edit(asked, lambda _, regions: given_regions.extend(regions))
    assert given_regions == [Box(20, 20, 25, 25), Box(1, 1, 4, 4)]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("container", CODINGS)
def test_a_region_thinner_than_numbers_are_fine_is_painted_as_a_cell(
    canvas_of: CanvasOf, container: str, orientation: int
) -> None:
    name, options = CODINGS[container]
    canvas = canvas_of(saved(photograph(64, 48), name, exif=turned(orientation), **options), container)
    given_regions: list[Region] = []
    canvas.edit([Box(0.0, 0.0, 1e-17, 1e-17)], lambda _, regions: given_regions.extend(regions))
    side = 16 if container == "JPEG" else 1
    assert given_regions == [Box(0, 0, side, side)]


@pytest.mark.parametrize("container", CODINGS)
def test_what_an_edit_does_outside_its_regions_is_not_kept(canvas_of: CanvasOf, container: str) -> None:
    name, options = CODINGS[container]
    data = saved(photograph(64, 48), name, **options)
    canvas = canvas_of(data, container)

    def reckless(image: Image, _: Sequence[Region]) -> None:
        image[:] = 0

    before = canvas.view()
    canvas.edit([Box(0, 0, 16, 16)], reckless)
    after = canvas_of(canvas.coded(), container).view()
    assert np.array_equal(after[16:], before[16:])
    assert np.array_equal(after[:, 16:], before[:, 16:])
    assert after[:16, :16].max() < 3


def test_a_second_edit_sees_and_keeps_the_first(canvas_of: CanvasOf) -> None:
    canvas = canvas_of(saved(photograph(64, 48), "JPEG"), "JPEG")
    canvas.edit([Box(0, 0, 16, 16)], red)
    canvas.edit([Box(16, 16, 32, 32)], lambda image, _: np.copyto(image[16:32, 16:32], image[0:16, 0:16]))
    copy = seen(canvas.coded())
    assert (np.abs(copy[2:14, 2:14].astype(int) - (220, 20, 30)) < 16).all()
    assert (np.abs(copy[18:30, 18:30].astype(int) - (220, 20, 30)) < 16).all()


@pytest.mark.parametrize("container", CODINGS)
def test_an_unpainted_picture_leaves_bit_for_bit_and_bare_of_metadata(canvas_of: CanvasOf, container: str) -> None:
    name, options = CODINGS[container]
    data = saved(photograph(64, 48), name, exif=turned(1), **options)
    bare = canvas_of(data, container).coded()
    assert b"Samplecam" in data
    assert b"Samplecam" not in bare
    assert np.array_equal(seen(bare), seen(data))
    assert canvas_of(bare, container).coded() == bare


@pytest.mark.parametrize("container", CODINGS)
def test_a_painted_copy_holds_no_metadata(redacted: Redacted, container: str) -> None:
    name, options = CODINGS[container]
    copy = redacted(saved(photograph(64, 48), name, exif=turned(6), **options), container, [Box(3, 3, 20, 20)])
    assert b"Samplecam" not in copy
    assert b"Exif" not in copy
    assert b"eXIf" not in copy


def test_views_are_read_only_and_scaled_down_only(canvas_of: CanvasOf) -> None:
    canvas = canvas_of(saved(photograph(64, 48), "PNG"), "PNG")
    assert canvas.view(32).shape == (24, 32, 3)
    assert canvas.view(500).shape == (48, 64, 3)
    assert canvas.luma(32).shape == (24, 32)
    for view in (canvas.view(), canvas.view(32)):
        with pytest.raises(ValueError, match="read-only"):
            view[0, 0] = 0


@pytest.mark.parametrize("container", CODINGS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_refused(canvas_of: CanvasOf, container: str, cut: float) -> None:
    name, options = CODINGS[container]
    whole = saved(photograph(64, 48), name, **options)
    with pytest.raises(MediaError):
        canvas_of(whole[: int(cut * len(whole))], container)


@pytest.mark.parametrize("container", CODINGS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_garbled_file_is_refused_or_painted_and_nothing_else_happens(
    redacted: Redacted, container: str, data: st.DataObject
) -> None:
    name, options = CODINGS[container]
    garbled = bytearray(saved(photograph(40, 30), name, **options))
    for _ in range(data.draw(st.integers(1, 4))):
        garbled[data.draw(st.integers(0, len(garbled) - 1))] = data.draw(st.integers(0, 255))
    try:
        copy = redacted(bytes(garbled), container, [Box(5, 5, 20, 20)])
    except MediaError:
        return
    assert seen(copy).size


def test_a_container_without_painter_is_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="TIFF"):
        open_footage(Path("scan.tif"), "TIFF")


def test_a_missing_file_is_a_media_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        list(open_footage(tmp_path / "gone.jpg", "JPEG").canvases())


def test_a_still_writes_no_foreign_canvas(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        Still(tmp_path / "a.png", "PNG").write([object()], io.BytesIO())  # type: ignore[list-item]
