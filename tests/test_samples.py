"""The samples are what `samples.toml` says, small, whole, and fit to be published."""

from __future__ import annotations

import importlib.util
import tomllib
from types import ModuleType
from typing import Any

import av
import numpy as np
import piexif
import pytest
from PIL import Image as Pillow

from redact.formats import recognise
from redact.frames import STILLS, open_footage
from redact.model import Image
from redact.testing import check_detector
from tests.conftest import ROOT

FOLDER = ROOT / "samples"
LISTED = tomllib.loads((FOLDER / "samples.toml").read_text())
SAMPLES: list[dict[str, Any]] = LISTED["samples"]
WITH_EXIF = [sample for sample in SAMPLES if "EXIF GPS" in sample["planted"]]

each = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["file"])


def test_every_file_is_listed_and_every_listed_file_is_there() -> None:
    assert sorted(sample["file"] for sample in SAMPLES) == sorted(
        f"card/{path.name}" for path in (FOLDER / "card").iterdir()
    )


def test_the_samples_are_small() -> None:
    assert sum(path.stat().st_size for path in (FOLDER / "card").iterdir()) < 2_000_000


@each
def test_every_picture_has_an_origin_and_a_free_licence(sample: dict[str, Any]) -> None:
    for name in sample["pictures"]:
        picture = LISTED["pictures"][name]
        assert picture["origin"]
        assert picture["licence"] in ("public domain", "CC0-1.0")


@each
def test_what_is_listed_as_planted_is_in_the_file(sample: dict[str, Any]) -> None:
    data = (FOLDER / sample["file"]).read_bytes()
    for canary in sample["canaries"]:
        assert canary.encode() in data


@each
def test_a_location_is_found_where_one_is_planted_and_only_there(sample: dict[str, Any]) -> None:
    with (FOLDER / sample["file"]).open("rb") as source:
        kinds = {field.kind for field in recognise(source).fields(source)}
    assert ("location" in kinds) == ("place" in sample)
    assert ("preview" in kinds) == ("EXIF thumbnail" in sample["planted"])


@pytest.mark.parametrize("sample", WITH_EXIF, ids=lambda sample: sample["file"])
def test_exif_tells_the_listed_place(sample: dict[str, Any]) -> None:
    with Pillow.open(FOLDER / sample["file"]) as shown:
        place = shown.getexif().get_ifd(0x8825)
    latitude, longitude = (
        sum(float(part) / 60**power for power, part in enumerate(place[tag])) * (-1 if place[tag - 1] in "SW" else 1)
        for tag in (piexif.GPSIFD.GPSLatitude, piexif.GPSIFD.GPSLongitude)
    )
    assert (latitude, longitude) == pytest.approx(sample["place"], abs=1e-6)


@each
def test_every_picture_decodes_whole(sample: dict[str, Any]) -> None:
    path = FOLDER / sample["file"]
    with path.open("rb") as source:
        container = recognise(source).name
    if container in STILLS:
        (canvas,) = open_footage(path, container).canvases()
        assert canvas.view().std() > 10
    else:
        with av.open(str(path)) as movie:
            assert sum(1 for _ in movie.decode(video=0)) == movie.streams.video[0].frames > 20


def test_one_portrait_lies_on_its_side() -> None:
    with Pillow.open(FOLDER / "card/portrait-turned.jpg") as shown:
        assert shown.getexif()[piexif.ImageIFD.Orientation] == 6


def test_the_example_plugin_finds_the_badge_and_keeps_its_contract() -> None:
    detector = plugin().BadgeDetector()
    (badge,) = detector.detect(picture("badge.webp"))
    assert badge.label == "badge"
    assert badge.region.left <= 44 < 148 <= badge.region.right
    assert badge.region.top <= 316 < 388 <= badge.region.bottom
    check_detector(detector, picture("badge.webp"))


@pytest.mark.parametrize("name", ["portrait.jpg", "rocket.jpg", "cup.png", "car.jpg", "drone.jpg"])
def test_the_example_plugin_finds_no_badge_where_there_is_none(name: str) -> None:
    assert list(plugin().BadgeDetector().detect(picture(name))) == []


def test_the_example_plugin_registers_what_it_defines() -> None:
    project = tomllib.loads((FOLDER / "redact-badge/pyproject.toml").read_text())["project"]
    module, name = project["entry-points"]["redact.detectors"]["badge"].split(":")
    assert hasattr(plugin(), name)
    assert module == plugin().__name__


def plugin() -> ModuleType:
    spec = importlib.util.spec_from_file_location("redact_badge", FOLDER / "redact-badge/redact_badge.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def picture(name: str) -> Image:
    with Pillow.open(FOLDER / "card" / name) as shown:
        return np.asarray(shown.convert("RGB"))
