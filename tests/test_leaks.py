"""Canaries planted in every carrier of every format: none is in what is published, printed or written down.

The samples carry positions of their own, listed in samples.toml; they are searched for as well.
"""

from __future__ import annotations

import itertools
import struct
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import exifread
import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

import redact
from redact.cli import main
from tests.conftest import LATITUDE, LONGITUDE, ROOT, badge_jpeg, badge_picture, gps_exif

XMP = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:drone="http://www.dji.com/drone-dji/1.0/"
exif:GPSLatitude="12,20.7407N" drone:GpsLongitude="{LONGITUDE}" note="XMP-CANARY"/></rdf:RDF></x:xmpmeta>""".encode()


def spellings(latitude: float, longitude: float) -> Iterator[bytes]:
    """How a position shows in bytes: decimal text, EXIF rationals, doubles, scaled integers."""
    for degrees in (abs(latitude), abs(longitude)):
        decimal = f"{degrees:.4f}"
        yield decimal.encode()
        yield decimal.encode("utf-16-le")
        whole, rest = int(degrees), degrees % 1 * 60
        for order in "<>":
            yield struct.pack(f"{order}4I", whole, 1, int(rest), 1)
            yield struct.pack(f"{order}d", degrees)
            yield struct.pack(f"{order}i", round(degrees * 10**7))


CANARIES = [*spellings(LATITUDE, LONGITUDE), b"CANARY", b"CanaryCam", b"12,20.74", b"07:08:09", b"drone-dji"]


def canary_segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def jpeg(path: Path) -> None:
    badge_jpeg(path)
    whole = path.read_bytes()
    extras = b"".join(
        [
            canary_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
            canary_segment(
                0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x1a\x1c\x02\x5a\0\x0bCITY-CANARY" + bytes(10)
            ),
            *[canary_segment(0xE0 + number, b"APP-CANARY" + str(LATITUDE).encode()) for number in range(3, 16)],
        ]
    )
    path.write_bytes(whole[:2] + extras + whole[2:] + b"TRAILER-CANARY" + whole)


def png(path: Path) -> None:
    notes = PngInfo()
    notes.add_text("Comment", "TEXT-CANARY")
    notes.add_text("Location", str(LATITUDE), zip=True)
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    Pillow.fromarray(badge_picture()).save(path, pnginfo=notes, exif=gps_exif())
    path.write_bytes(path.read_bytes() + b"TRAILER-CANARY")


def webp(path: Path) -> None:
    Pillow.fromarray(badge_picture()).save(path, exif=gps_exif(), xmp=XMP, lossless=True)
    path.write_bytes(path.read_bytes() + b"TRAILER-CANARY")


@pytest.mark.parametrize("hide", ["none", "badge"])
@pytest.mark.parametrize(("name", "plant"), [("a.jpg", jpeg), ("a.png", png), ("a.webp", webp)])
def test_no_canary_is_published_printed_or_written_down(
    badge_plugin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, plant: object, hide: str
) -> None:
    assert badge_plugin
    (tmp_path / "card").mkdir()
    plant(tmp_path / "card" / name)  # type: ignore[operator]
    original = (tmp_path / "card" / name).read_bytes()
    assert sum(canary in original for canary in CANARIES) >= 3
    assert main(["scan", str(tmp_path / "card"), "--hide", hide]) == 1
    assert main(["run", str(tmp_path / "card"), str(tmp_path / "share"), "--hide", hide]) == 0
    told = capsys.readouterr()
    everything = {path.name: path.read_bytes() for path in (tmp_path / "share").iterdir()}
    everything |= {"stdout": told.out.encode(), "stderr": told.err.encode()}
    for (place, content), canary in itertools.product(everything.items(), CANARIES):
        assert canary not in content, f"{canary!r} in {place}"


def test_a_second_reader_finds_no_position_and_no_thumbnail(tmp_path: Path) -> None:
    jpeg(tmp_path / "a.jpg")
    redact.file(tmp_path / "a.jpg", tmp_path / "share" / "a.jpg", redact.Policy(hide={})).raise_for_status()
    with (tmp_path / "a.jpg").open("rb") as original, (tmp_path / "share" / "a.jpg").open("rb") as published:
        assert any(name.startswith("GPS") for name in exifread.process_file(original))
        assert not [
            name for name in exifread.process_file(published) if name.startswith(("GPS", "Thumbnail", "Image M"))
        ]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(("name", "plant"), [("a.jpg", jpeg), ("a.png", png), ("a.webp", webp)])
def test_errors_hold_no_value(tmp_path: Path, name: str, plant: object, cut: float) -> None:
    source = tmp_path / name
    plant(source)  # type: ignore[operator]
    source.write_bytes(source.read_bytes()[: int(len(source.read_bytes()) * cut)])
    receipt = redact.file(source, tmp_path / "share" / name, redact.Policy(hide={}))
    told = repr(receipt).encode()
    assert not any(canary in told for canary in CANARIES)


PLANTED = tomllib.loads((ROOT / "samples" / "samples.toml").read_text())["samples"]


@pytest.mark.parametrize("sample", PLANTED, ids=lambda sample: sample["file"])
def test_the_samples_lose_what_was_planted_in_them(tmp_path: Path, sample: dict[str, Any]) -> None:
    target = tmp_path / "share" / Path(sample["file"]).name
    receipt = redact.file(ROOT / "samples" / sample["file"], target, redact.Policy(hide={}))
    assert receipt.ok, receipt.error
    published = target.read_bytes()
    for canary in sample.get("canaries", []):
        assert canary.encode() not in published
    if "place" in sample:
        for spelling in spellings(*sample["place"]):
            assert spelling not in published
