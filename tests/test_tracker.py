"""The tracker is a pure function of a window of pictures: no clip is needed to ask what it does."""

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.model import Box
from redact.tracker import Sighting, bridge

Grey = NDArray[np.uint8]


def textured(height: int, width: int, seed: int) -> Grey:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2).astype(np.float64)
    stretched: Grey = np.rint(255 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)
    return stretched


def scene(places: list[tuple[int, int]], side: int = 40) -> list[Grey]:
    """A textured square at the given (left, top) places over a still background."""
    background, thing = textured(180, 320, 1), textured(side, side, 2)
    views = []
    for left, top in places:
        view = background.copy()
        view[top : top + side, left : left + side] = thing
        views.append(view)
    return views


def square(left: float, top: float, side: float = 40) -> Box:
    return Box(left, top, left + side, top + side)


def holds(outer: Box, inner: Box, share: float = 0.9) -> bool:
    return outer.overlap(inner) >= share * inner.area


def test_a_thing_seen_at_both_ends_is_covered_in_every_frame_between() -> None:
    places = [(20 + 6 * step, 60 + 2 * step) for step in range(13)]
    frames = bridge(
        scene(places), [Sighting(0, "face", square(*places[0]))], [Sighting(1, "face", square(*places[-1]))]
    )
    for place, sightings in zip(places, frames, strict=True):
        assert [sighting.track for sighting in sightings] == [0]
        assert holds(sightings[0].box, square(*place))


def test_a_thing_found_late_is_covered_before_it_was_found() -> None:
    places = [(200 - 5 * step, 50) for step in range(10)]
    frames = bridge(scene(places), [], [Sighting(7, "plate", square(*places[-1]))])
    for place, (sighting,) in zip(places, frames, strict=True):
        assert sighting.track == 7
        assert holds(sighting.box, square(*place))


def test_a_thing_missed_at_the_end_is_carried_on_and_its_age_told() -> None:
    places = [(20 + 4 * step, 60) for step in range(8)]
    frames = bridge(scene(places), [Sighting(0, "face", square(*places[0]), unseen=5)], [])
    assert [sightings[0].unseen for sightings in frames] == list(range(5, 13))
    assert holds(frames[-1][0].box, square(*places[-1]))


def test_a_thing_that_vanishes_stays_covered_where_it_was() -> None:
    views = [*scene([(100, 60)] * 3), *[textured(180, 320, 9 + step) for step in range(3)]]
    frames = bridge(views, [Sighting(0, "face", square(100, 60))], [])
    assert all(holds(sightings[0].box, square(100, 60), 0.6) for sightings in frames)


def test_two_things_keep_their_own_tracks() -> None:
    views = scene([(20, 20)] * 5)
    before = [Sighting(0, "face", square(20, 20)), Sighting(1, "face", square(220, 100))]
    after = [Sighting(2, "face", square(221, 100)), Sighting(3, "face", square(20, 21))]
    last = {sighting.track: sighting.box for sighting in bridge(views, before, after)[-1]}
    assert last == {0: square(20, 21), 1: square(221, 100)}


def test_labels_are_not_mixed() -> None:
    views = scene([(20, 20)] * 3)
    frames = bridge(views, [Sighting(0, "face", square(20, 20))], [Sighting(1, "plate", square(20, 20))])
    assert sorted((each.track, each.label) for each in frames[1]) == [(0, "face"), (1, "plate")]


def test_an_overlay_over_a_moving_background_stays_covered() -> None:
    world = textured(180, 800, 3)
    views = []
    for step in range(10):
        view = world[:, 12 * step : 12 * step + 320].copy()
        cv2.putText(view, "51.50 -0.12", (20, 160), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 2)
        views.append(np.ascontiguousarray(view))
    place = Box(15, 140, 150, 168)
    frames = bridge(views, [Sighting(0, "coordinates", place)], [Sighting(1, "coordinates", place)])
    assert all(holds(sightings[0].box, place, 1.0) for sightings in frames)


def test_a_window_of_one_frame_joins_what_is_one_thing() -> None:
    frames = bridge(scene([(20, 20)]), [Sighting(0, "face", square(20, 20))], [Sighting(1, "face", square(24, 20))])
    assert frames == ((Sighting(0, "face", Box(20, 20, 64, 60)),),)


def test_a_window_without_sightings_has_none() -> None:
    assert bridge(scene([(20, 20)] * 3), [], []) == ((), (), ())


def test_things_at_and_beyond_the_border_do_not_disturb() -> None:
    views = scene([(0, 0)] * 4)
    frames = bridge(views, [Sighting(0, "face", Box(-30, -30, 8, 8)), Sighting(1, "face", Box(310, 170, 330, 190))], [])
    assert all(len(sightings) == 2 for sightings in frames)
