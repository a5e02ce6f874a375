"""What was to be hidden is not seen again; what is seen under the paint is the paint."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import numpy as np
import piexif
import pytest
from PIL import Image as Pillow

from redact.checks import second_look
from redact.checks.timeline import Timeline
from redact.errors import PluginError
from redact.model import Box, Detection, Findings, Image, Polygon
from tests.checks.conftest import Ask, MakeClip, encoded, found, red_squares

BADGE = Box(16, 16, 48, 48)
STORED_BY = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_90,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_270,
}


def grey(height: int = 64, width: int = 96) -> Image:
    return np.full((height, width, 3), 120, np.uint8)


def badge(left: int = 16, top: int = 16, side: int = 32) -> Image:
    picture = grey()
    picture[top : top + side, left : left + side] = (230, 20, 20)
    return picture


def never(_image: Image) -> Sequence[Detection]:
    pytest.fail("there was nothing to look for")


def broken(_image: Image) -> Sequence[Detection]:
    message = "the model is gone"
    raise PluginError(message)


def test_a_covered_still_passes(about: Ask) -> None:
    source, copy = encoded(badge(), "PNG"), encoded(grey(), "PNG")
    assert second_look.ask(about(source, copy, findings=found((0, BADGE)), detect=red_squares)).passed


def test_a_badge_that_still_shows_is_counted(about: Ask) -> None:
    source, copy = encoded(badge(), "PNG"), encoded(badge(left=60, side=24), "PNG")
    check = second_look.ask(about(source, copy, findings=found((0, BADGE)), detect=red_squares))
    assert not check.passed
    assert check.detail == "still visible: 1 x badge"


def test_what_is_seen_in_the_paint_itself_is_no_miss(about: Ask) -> None:
    copy = encoded(badge(), "PNG")
    assert second_look.ask(about(copy, copy, findings=found((0, BADGE)), detect=red_squares)).passed


def test_half_under_paint_is_the_border() -> None:
    seen = [Detection(Box(0, 0, 10, 10), "face", 0.5)]
    assert second_look.misses(seen, [Box(0, 0, 4.9, 10)], (100, 100)) == []
    assert second_look.misses(seen, [Box(0, 0, 4, 10)], (100, 100)) == seen
    assert second_look.misses(seen, [Box(0, 0, 3, 10), Box(7, 0, 10, 10)], (100, 100)) == []
    assert second_look.misses(seen, [], (100, 100)) == seen


def test_polygons_cover_what_is_inside_them() -> None:
    corners = ((0.0, 0.0), (40.0, 0.0), (0.0, 40.0))
    inside, outside = Detection(Box(2, 2, 12, 12), "face", 1), Detection(Box(30, 30, 40, 40), "face", 1)
    assert second_look.misses([inside, outside], [Polygon(corners)], (100, 100)) == [outside]
    assert second_look.misses([Detection(Polygon(corners), "face", 1)], [Box(0, 0, 40, 40)], (100, 100)) == []


def test_what_lies_outside_the_frame_is_no_miss() -> None:
    assert second_look.misses([Detection(Box(200, 0, 210, 10), "face", 1)], [], (100, 100)) == []


def test_a_still_in_which_nothing_was_painted_is_not_looked_at_again(about: Ask) -> None:
    copy = encoded(badge(), "PNG")
    check = second_look.ask(about(copy, copy, findings=Findings(frames=1), detect=never))
    assert check.passed
    assert "first look" in check.detail


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_still_is_looked_at_upright(about: Ask, orientation: int) -> None:
    exif = piexif.dump({"0th": {piexif.ImageIFD.Orientation: orientation}})
    copy = encoded(badge(left=4, top=8, side=20), "JPEG", exif=exif, subsampling=0)
    seen: list[Detection] = []

    def remember(image: Image) -> Sequence[Detection]:
        assert image.shape == ((64, 96, 3) if orientation < 5 else (96, 64, 3))
        assert not image.flags.writeable
        seen.extend(red_squares(image))
        return ()

    assert second_look.ask(about(copy, copy, findings=found((0, BADGE)), detect=remember)).passed
    x, y = (seen[0].region.bounds.left + 10, seen[0].region.bounds.top + 10)
    width, height = (96, 64) if orientation < 5 else (64, 96)
    corner = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[orientation]
    assert (x > width / 2, y > height / 2) == (bool(corner[0]), bool(corner[1]))


def wide(*badges: tuple[int, int]) -> Image:
    """A large picture with badges of 40 pixels in places told by left and top."""
    picture = grey(1500, 2000)
    for left, top in badges:
        picture[top : top + 40, left : left + 40] = (230, 20, 20)
    return picture


PLACE = Box(600, 400, 640, 440)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_still_is_looked_at_around_the_paint_and_once_at_a_glance(about: Ask, kind: str) -> None:
    shapes: list[tuple[int, ...]] = []

    def remember(image: Image) -> Sequence[Detection]:
        shapes.append(image.shape)
        assert not image.flags.writeable
        return ()

    copy = encoded(wide(), kind)
    check = second_look.ask(about(encoded(wide((600, 400)), kind), copy, findings=found((0, PLACE)), detect=remember))
    assert check.passed, check.detail
    assert shapes == [(720, 960, 3), (552, 552, 3)]


def test_detectors_have_the_memory_that_the_decoded_copy_held(about: Ask) -> None:
    held: list[int] = []

    def weigh(_image: Image) -> Sequence[Detection]:
        held.append(tracemalloc.get_traced_memory()[0])
        return ()

    copy = encoded(wide(), "JPEG")
    evidence = about(encoded(wide((600, 400)), "JPEG"), copy, findings=found((0, PLACE)), detect=weigh)
    tracemalloc.start()
    try:
        assert second_look.ask(evidence).passed
    finally:
        tracemalloc.stop()
    assert len(held) == 2
    assert max(held) < wide().nbytes / 2


def test_a_large_webp_with_loss_is_looked_at_whole(about: Ask) -> None:
    shapes: list[tuple[int, ...]] = []

    def remember(image: Image) -> Sequence[Detection]:
        shapes.append(image.shape)
        return ()

    for lossless in (False, True):
        copy = encoded(wide(), "WebP", lossless=lossless)
        second_look.ask(about(copy, copy, findings=found((0, PLACE)), detect=remember))
    assert shapes == [(1500, 2000, 3), (720, 960, 3), (552, 552, 3)]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("shows", "passed"),
    [((600, 400), True), ((630, 400), False), ((645, 425), False), ((560, 360), False), ((1500, 1000), True)],
)
def test_what_shows_beside_the_paint_is_seen_and_what_shows_far_from_it_is_the_first_looks_business(
    about: Ask, orientation: int, shows: tuple[int, int], *, passed: bool
) -> None:
    exif = piexif.dump({"0th": {piexif.ImageIFD.Orientation: orientation}})
    picture = wide(shows)
    stored = Pillow.fromarray(picture)
    if orientation > 1:
        stored = stored.transpose(STORED_BY[orientation])
    copy = encoded(np.asarray(stored), "PNG", exif=exif)
    check = second_look.ask(about(copy, copy, findings=found((0, PLACE)), detect=red_squares))
    assert check.passed == passed, check.detail


def test_what_a_glance_shows_is_judged_in_full_size(about: Ask) -> None:
    picture = grey(1500, 2000)
    picture[300:1100, 500:1300] = (230, 20, 20)
    copy = encoded(picture, "PNG")
    small, most = Box(800, 600, 840, 640), Box(500, 300, 1300, 900)
    assert not second_look.ask(about(copy, copy, findings=found((0, small)), detect=large_squares)).passed
    assert second_look.ask(about(copy, copy, findings=found((0, most)), detect=large_squares)).passed


def large_squares(image: Image) -> Sequence[Detection]:
    """Squares that do not touch the border: a thing cut is no thing."""
    height, width = image.shape[:2]
    return [
        one
        for one in red_squares(image)
        if one.region.bounds.left > 0 and one.region.bounds.right < width and one.region.bounds.bottom < height
    ]


def test_a_broken_detector_is_not_an_answer(about: Ask) -> None:
    copy = encoded(grey(), "PNG")
    with pytest.raises(PluginError):
        second_look.ask(about(copy, copy, findings=found((0, BADGE)), detect=broken))


def test_a_copy_that_does_not_decode_is_a_failed_check(about: Ask) -> None:
    source = encoded(badge(), "PNG")
    assert not second_look.ask(about(source, source[:-200], findings=found((0, BADGE)), detect=never)).passed
    assert not second_look.ask(about(source, b"", findings=found((0, BADGE)), detect=never)).passed


def everywhere(frames: int, region: Box = BADGE) -> Findings:
    return found(*((index, region) for index in range(frames)))


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_a_covered_clip_passes_and_an_uncovered_one_does_not(about: Ask, make_clip: MakeClip, rotation: int) -> None:
    source, copy = (make_clip([frame] * 20, sound="", rotation=rotation) for frame in (badge(), grey()))
    assert second_look.ask(about(source, copy, findings=everywhere(20), detect=red_squares)).passed
    check = second_look.ask(about(source, source, findings=found((0, Box(80, 50, 90, 60))), detect=red_squares))
    assert not check.passed
    assert check.detail == "still visible in frame 0: 1 x badge"


def test_regions_are_those_of_the_frame_as_it_is_shown(about: Ask, make_clip: MakeClip) -> None:
    source = make_clip([badge(left=0, top=0, side=20)] * 20, sound="", rotation=90)
    turned = Box(0, 76, 20, 96)
    assert second_look.ask(about(source, source, findings=everywhere(20, turned), detect=red_squares)).passed
    stored = Box(0, 0, 20, 20)
    assert not second_look.ask(about(source, source, findings=everywhere(20, stored), detect=red_squares)).passed


def test_a_large_clip_is_looked_at_small_and_judged_large(about: Ask, make_clip: MakeClip) -> None:
    large = np.full((720, 1280, 3), 120, np.uint8)
    large[200:400, 900:1100] = (230, 20, 20)
    source = make_clip([large] * 3, sound="")

    def small(image: Image) -> Sequence[Detection]:
        assert image.shape == (540, 960, 3)
        return red_squares(image)

    assert second_look.ask(about(source, source, findings=everywhere(3, Box(900, 200, 1100, 400)), detect=small)).passed
    assert not second_look.ask(
        about(source, source, findings=everywhere(3, Box(600, 150, 800, 300)), detect=small)
    ).passed


def test_a_clip_is_looked_at_as_large_as_the_first_look_was(about: Ask, make_clip: MakeClip) -> None:
    source = make_clip([badge()] * 3, sound="")

    def small(image: Image) -> Sequence[Detection]:
        assert image.shape == (32, 48, 3)
        return red_squares(image)

    assert second_look.ask(about(source, source, findings=everywhere(3), detect=small, long_side=48)).passed


def test_a_badge_that_shows_for_two_frames_is_seen_where_a_sample_falls(about: Ask, make_clip: MakeClip) -> None:
    times = list(range(40))
    sampled = Timeline(times, [0]).sample(second_look.SAMPLES)
    missed = next(index for index in times if index not in sampled and index + 1 not in sampled)
    for bare, passed in ((0, False), (sampled[5], False), (38, False), (missed, True)):
        frames = [grey()] * 40
        frames[bare : bare + 2] = [badge()] * 2
        clip = make_clip(frames, times, sound="")
        check = second_look.ask(about(clip, clip, findings=found((missed, Box(0, 0, 9, 9))), detect=red_squares))
        assert check.passed == passed


def test_a_flicker_of_one_frame_needs_a_witness_but_the_last_frame_does_not(about: Ask, make_clip: MakeClip) -> None:
    frames = [grey()] * 20
    for index, passed in ((0, True), (19, False)):
        flicker = [*frames[:index], badge(), *frames[index + 1 :]]
        clip = make_clip(flicker, sound="")
        check = second_look.ask(about(clip, clip, findings=Findings(frames=20), detect=red_squares))
        assert check.passed == passed


def test_a_clip_in_which_nothing_was_looked_for_is_not_decoded(about: Ask, clip: bytes) -> None:
    assert second_look.ask(about(clip, clip, findings=Findings(), detect=never)).passed


def test_a_clip_that_does_not_decode_is_a_failed_check(about: Ask, clip: bytes) -> None:
    place = clip.index(b"mdat") + 12
    garbled = clip[:place] + bytes(600) + clip[place + 600 :]
    assert not second_look.ask(about(clip, garbled, findings=everywhere(12), detect=red_squares)).passed
