"""Regions are places below a folder, and nothing else."""

from __future__ import annotations

import pickle
from pathlib import PurePosixPath

import pytest

from redact.errors import MediaError, PolicyError
from redact.model import Box, Field, Findings, Track
from redact.regions import Regions
from redact.regions.listing import Mark, tracked
from tests.regions.listed import CLIP, LISTED, NOTHING, STILL


def test_regions_keep_no_metadata() -> None:
    found = Findings((Field("GPSLatitude", "location", "EXIF"),), STILL.tracks, 1, size=STILL.size)
    assert Regions({"a.jpg": found}).files["a.jpg"].fields == ()


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../a.jpg", "a/../../b.jpg", "a//b.jpg", "./a.jpg", "a\0.jpg", "a/"]
)
def test_a_name_that_is_no_path_below_the_folder_is_refused(name: str) -> None:
    with pytest.raises(PolicyError, match="no path below the folder"):
        Regions({name: STILL})


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (Findings(tracks=STILL.tracks, frames=1), "at least one pixel"),
        (Findings(tracks=STILL.tracks, frames=0, size=(9, 9)), "at least one frame"),
        (Findings(tracks=(Track("face", {1: Box(0, 0, 1, 1)}),), frames=1, size=(9, 9)), "no frame '1'"),
        (Findings(tracks=(Track("face", {-1: Box(0, 0, 1, 1)}),), frames=1, size=(9, 9)), "no frame '-1'"),
        (Findings(tracks=(Track("face", {0: Box(9, 0, 10, 1)}),), frames=1, size=(9, 9)), "outside the frame"),
        (Findings(tracks=(Track("", {0: Box(0, 0, 1, 1)}),), frames=1, size=(9, 9)), "needs a label"),
        (Findings(tracks=(Track("face", {}, float("nan")),), frames=1, size=(9, 9)), "between 0 and 1"),
    ],
)
def test_what_is_not_in_order_is_refused_with_its_place(found: Findings, problem: str) -> None:
    with pytest.raises(PolicyError, match=problem) as refused:
        Regions({"a.jpg": found})
    assert "a.jpg" in str(refused.value)


def test_regions_used_in_a_way_nobody_knows_are_refused() -> None:
    with pytest.raises(PolicyError, match="instead or besides"):
        Regions({}, use="never")  # type: ignore[arg-type]


def test_the_digest_tells_every_change_and_nothing_else() -> None:
    same = Regions(dict(sorted(LISTED.files.items(), reverse=True)))
    assert same.digest == LISTED.digest == pickle.loads(pickle.dumps(LISTED)).digest
    others = [
        Regions(LISTED.files, use="besides"),
        Regions({**LISTED.files, "d.jpg": NOTHING}),
        Regions({**LISTED.files, "a.jpg": NOTHING}),
        Regions({**LISTED.files, "a.jpg": Findings(tracks=STILL.tracks, frames=1, size=(160, 121))}),
        Regions({**LISTED.files, "a.jpg": Findings(tracks=STILL.tracks, frames=2, size=(160, 120))}),
    ]
    assert len({LISTED.digest, *(each.digest for each in others)}) == 6
    whole = Regions({"a.jpg": Findings(tracks=(Track("face", {0: Box(1, 1, 2, 2)}),), frames=1, size=(9, 9))})
    decimal = Regions({"a.jpg": Findings(tracks=(Track("face", {0: Box(1.0, 1.0, 2.0, 2.0)}),), frames=1, size=(9, 9))})
    assert whole.digest == decimal.digest


def test_a_file_that_is_not_listed_is_an_error_where_nobody_looks_and_none_where_detectors_do() -> None:
    with pytest.raises(MediaError, match=r"z\.jpg is not listed"):
        LISTED.of(PurePosixPath("sub/z.jpg"))
    assert Regions(LISTED.files, use="besides").of(PurePosixPath("sub/z.jpg")) is None


def test_a_part_lists_one_file_and_knows_the_labels_of_all() -> None:
    part = LISTED.only(PurePosixPath("a.jpg"), PurePosixPath("none.jpg"))
    assert list(part.files) == ["a.jpg"]
    assert part.labels == LISTED.labels == {"face", "plate"}


def test_a_file_in_a_folder_is_listed_by_its_path() -> None:
    assert LISTED.of(PurePosixPath("sub/b.mp4")) == CLIP


def test_marks_of_nobody_knows_what_become_as_few_tracks_as_can_be() -> None:
    box = Box(0, 0, 1, 1)
    marks = [Mark(0, "face", box), Mark(0, "face", box, 0.5), Mark(1, "face", box), Mark(1, "plate", box)]
    assert tracked(marks) == (
        Track("face", {0: box, 1: box}, 1.0),
        Track("face", {0: box}, 0.5),
        Track("plate", {1: box}, 1.0),
    )
