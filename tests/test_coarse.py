"""A place told no finer than asked for, from the file to the published copy and its receipt."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import exifread
import numpy as np
import piexif
import pytest
from PIL import Image as Pillow

import redact
from redact.model import Field

LATITUDE, LONGITUDE = ((47, 1), (34, 1), (556789, 10007)), ((8, 1), (32, 1), (301234, 10007))
ELSEWHERE = ((47, 1), (34, 1), (50, 1)), ((8, 1), (32, 1), (25, 1))
STILLS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}


def photo(path: Path, latitude: object = LATITUDE, longitude: object = LONGITUDE) -> Path:
    """A picture with a place, its height and its time."""
    gps = {
        piexif.GPSIFD.GPSLatitudeRef: b"N",
        piexif.GPSIFD.GPSLatitude: latitude,
        piexif.GPSIFD.GPSLongitudeRef: b"E",
        piexif.GPSIFD.GPSLongitude: longitude,
        piexif.GPSIFD.GPSAltitude: (4085, 10),
        piexif.GPSIFD.GPSDateStamp: b"2024:05:06",
    }
    block = piexif.dump({"0th": {piexif.ImageIFD.Orientation: 6}, "GPS": gps})
    samples = np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)
    kind = STILLS[path.suffix[1:]]
    Pillow.fromarray(samples).save(path, kind, exif=block if kind == "JPEG" else block[6:])
    return path


def share(path: Path, target: Path, location: str) -> redact.Receipt:
    return redact.file(path, target, redact.Policy(hide={}, location=location))


def told(path: Path) -> dict[str, str]:
    """GPS tags as a foreign reader sees them."""
    with Pillow.open(path) as picture:
        block = picture.info.get("exif", b"").removeprefix(b"Exif\0\0")
    tags = exifread.process_file(BytesIO(block)) if block else {}
    return {name: str(tag) for name, tag in tags.items() if name.startswith("GPS")}


@pytest.mark.parametrize("suffix", STILLS)
def test_the_copy_tells_the_cell_and_the_receipt_says_that_the_place_went(tmp_path: Path, suffix: str) -> None:
    source, target = photo(tmp_path / f"photo.{suffix}"), tmp_path / f"copy.{suffix}"
    receipt = share(source, target, "coarsen:1km")
    assert receipt.ok, receipt.error
    assert told(target) == {
        "GPS GPSVersionID": "[2, 3, 0, 0]",
        "GPS GPSLatitudeRef": "N",
        "GPS GPSLatitude": "[47, 34, 41]",
        "GPS GPSLongitudeRef": "E",
        "GPS GPSLongitude": "[8, 32, 31]",
    }
    carrier = {"jpg": "EXIF", "png": "PNG eXIf", "webp": "WebP EXIF"}[suffix]
    names = ("GPSLatitudeRef", "GPSLatitude", "GPSLongitudeRef", "GPSLongitude", "GPSAltitude", "GPSDateStamp")
    assert {Field(name, "location", f"{carrier} GPS IFD") for name in names} <= set(receipt.removed)
    assert "cell of 1 km" in next(check.detail for check in receipt.checks if check.name == "structure")
    left = redact.scan(target, redact.Policy(hide={})).fields
    assert Field("GPSLatitude", "location", f"{carrier} GPS IFD, coarse to 1 km") in left


@pytest.mark.parametrize("suffix", STILLS)
def test_two_places_in_one_cell_give_one_file(tmp_path: Path, suffix: str) -> None:
    one, other = photo(tmp_path / f"one.{suffix}"), photo(tmp_path / f"other.{suffix}", *ELSEWHERE)
    copies = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    for source, copy in zip((one, other), copies, strict=True):
        share(source, copy, "coarsen:5km").raise_for_status()
    assert copies[0].read_bytes() == copies[1].read_bytes()


@pytest.mark.parametrize("suffix", STILLS)
def test_a_coarse_copy_is_clean_and_can_be_made_coarser_but_not_finer(tmp_path: Path, suffix: str) -> None:
    coarse, again, coarser, none = (tmp_path / f"{name}.{suffix}" for name in ("coarse", "again", "coarser", "none"))
    share(photo(tmp_path / f"photo.{suffix}"), coarse, "coarsen:10km").raise_for_status()
    receipt = share(coarse, again, "coarsen:10km")
    assert receipt.status == "clean", receipt.error
    assert again.read_bytes() == coarse.read_bytes()
    receipt = share(coarse, coarser, "coarsen:100km")
    assert receipt.status == "redacted", receipt.error
    assert told(coarser)["GPS GPSLatitude"] != told(coarse)["GPS GPSLatitude"]
    receipt = share(coarse, none, "drop")
    assert receipt.status == "redacted", receipt.error
    assert told(none) == {}


def test_no_place_is_made_up(tmp_path: Path) -> None:
    source, target = tmp_path / "photo.jpg", tmp_path / "copy.jpg"
    Pillow.new("RGB", (16, 16)).save(source)
    assert share(source, target, "coarsen:1km").status == "clean"
    assert told(target) == {}
