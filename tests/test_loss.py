"""What a partner loses, on labels small enough to count by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redact.cli import main
from redact.errors import PolicyError
from redact.loss import loss
from redact.model import Box, Findings, Region, Track
from redact.regions import Regions, save

SIZE = (100, 100)


def still(**things: list[Region]) -> Findings:
    tracks = tuple(Track(label, {0: region}) for label, each in things.items() for region in each)
    return Findings(tracks=tracks, frames=1, size=SIZE)


PAINTED = Regions({"a.jpg": still(face=[Box(0, 0, 10, 10), Box(5, 0, 15, 10)], plate=[Box(80, 80, 90, 90)])})
LABELS = Regions(
    {
        "a.jpg": still(person=[Box(0, 0, 20, 10), Box(0, 0, 15, 10), Box(50, 50, 60, 60)], car=[Box(80, 70, 90, 90)]),
        "b.jpg": still(car=[Box(0, 0, 9, 9)]),
    }
)


def test_objects_are_counted_by_class_and_paint_that_overlaps_itself_counts_once() -> None:
    found = loss(PAINTED, LABELS)
    car, person = found.classes
    assert (car.label, car.objects, car.touched, car.area) == ("car", 1, 1, 0.5)
    assert car.over == {0.1: 1, 0.5: 0, 0.9: 0}
    assert (person.label, person.objects, person.touched) == ("person", 3, 2)
    assert person.area == pytest.approx((0.75 + 1 + 0) / 3)
    assert person.over == {0.1: 2, 0.5: 2, 0.9: 1}
    assert (found.compared, found.left_out) == (1, 1)


def test_objects_of_a_clip_count_once_in_every_frame() -> None:
    thing = {frame: Box(0, 0, 10, 10) for frame in range(4)}
    labels = Regions({"a.mp4": Findings(tracks=(Track("car", thing),), frames=4, size=SIZE)})
    painted = Regions({"a.mp4": Findings(tracks=(Track("face", {2: Box(0, 0, 10, 10)}),), frames=4, size=SIZE)})
    (car,) = loss(painted, labels).classes
    assert (car.objects, car.touched, car.area) == (4, 1, 0.25)


def test_files_that_differ_in_size_are_not_compared() -> None:
    with pytest.raises(PolicyError, match="another size"):
        loss(PAINTED, Regions({"a.jpg": Findings(frames=1, size=(50, 50))}))


def test_the_command_shows_a_table_or_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(PAINTED, tmp_path / "painted.json")
    save(LABELS, tmp_path / "labels.json", "coco")
    assert main(["loss", str(tmp_path / "painted.json"), str(tmp_path / "labels.json")]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["person", "3", "66.7%", "58.3%", "66.7%", "66.7%", "33.3%"] in lines
    assert main(["loss", str(tmp_path / "painted.json"), str(tmp_path / "labels.json"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["classes"]["car"] == {"objects": 1, "touched": 1, "area": 0.5, "over_10": 1, "over_50": 0, "over_90": 0}
    assert told["files"] == {"compared": 1, "left_out": 1}


def test_labels_of_yolo_take_the_sizes_of_the_regions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(PAINTED, tmp_path / "painted.json")
    save(LABELS, tmp_path / "labels", "yolo")
    assert main(["loss", str(tmp_path / "painted.json"), str(tmp_path / "labels"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"]["person"]["over_90"] == 1
    assert main(["loss", str(tmp_path / "labels"), str(tmp_path / "labels")]) == 2
