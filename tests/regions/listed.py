"""Regions to try layouts with: drawn by hypothesis, and a few by hand."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st

from redact.model import Box, Findings, Polygon, Region, Track
from redact.regions import Regions

LABELS = ("face", "plate", "number plate", "gesicht-ä")
NAMES = ("a.jpg", "b.png", "sub/c.jpg", "sub/d é.mp4", "b.jpg", "nom <&>.png")


def sides(length: int) -> st.SearchStrategy[tuple[float, float]]:
    """Two ends of a region of which a part lies between 0 and `length`."""
    ends = st.tuples(
        st.floats(-5, length - 0.5, allow_nan=False), st.floats(0.25, length + 5, allow_nan=False, width=64)
    )
    return ends.filter(lambda pair: pair[0] + 0.01 < pair[1] and pair[1] > 0.1)


def boxes(size: tuple[int, int]) -> st.SearchStrategy[Box]:
    pairs = st.tuples(sides(size[0]), sides(size[1]))
    return pairs.map(lambda each: Box(each[0][0], each[1][0], each[0][1], each[1][1]))


def triangles(size: tuple[int, int]) -> st.SearchStrategy[Polygon]:
    """Three corners within a box; simple, as every triangle is."""
    return boxes(size).map(lambda box: Polygon(((box.left, box.top), (box.right, box.top), (box.left, box.bottom))))


@st.composite
def findings(draw: st.DrawFn, *, polygons: bool = True, clips: bool = True) -> Findings:
    size = draw(st.tuples(st.integers(1, 4000), st.integers(1, 4000)))
    frames = draw(st.integers(1, 5)) if clips else 1
    shape: st.SearchStrategy[Region] = boxes(size) | triangles(size) if polygons else boxes(size)
    regions = st.dictionaries(st.integers(0, frames - 1), shape, min_size=1, max_size=frames)
    scores = st.floats(0, 1)
    track = st.builds(Track, st.sampled_from(LABELS), regions, scores, st.just(()))
    return Findings(tracks=tuple(draw(st.lists(track, max_size=4))), frames=frames, size=size)


def regions(*, polygons: bool = True, clips: bool = True) -> st.SearchStrategy[Regions]:
    files = st.dictionaries(st.sampled_from(NAMES), findings(polygons=polygons, clips=clips), max_size=4)
    return files.map(Regions)


def tracks(found: Findings) -> Counter[tuple[str, tuple[tuple[int, Region], ...]]]:
    """Its tracks, in whatever order, without scores."""
    return Counter((track.label, tuple(sorted(track.regions.items()))) for track in found.tracks)


def demand_held(before: Regions, after: Regions) -> None:
    """Everything that one listing speaks of lies under what the other one does: same files, frames and labels."""
    assert after.files.keys() == before.files.keys()
    for name, found in before.files.items():
        again = after.files[name]
        assert (again.size, again.frames) == (found.size, found.frames)
        for frame in range(found.frames):
            wanted = Counter(label for label, _ in found.regions(frame))
            assert Counter(label for label, _ in again.regions(frame)) == wanted
            for label, region in found.regions(frame):
                part = region.bounds.clipped(*found.size)
                assert part is not None
                assert any(other == label and there.bounds.holds(part) for other, there in again.regions(frame))


STILL = Findings(tracks=(Track("face", {0: Box(10, 20, 30.5, 40)}, 0.9),), frames=1, size=(160, 120))
CLIP = Findings(
    tracks=(
        Track("face", {0: Box(0, 0, 10, 10), 1: Box(0, 0, 10, 10), 3: Box(5, 5, 15, 15)}, 0.5, ("near-threshold",)),
        Track("plate", {2: Polygon(((1, 1), (9, 2), (4, 8)))}),
    ),
    frames=5,
    size=(64, 48),
)
NOTHING = Findings(frames=1, size=(8, 8))
LISTED = Regions({"a.jpg": STILL, "sub/b.mp4": CLIP, "c.png": NOTHING})
