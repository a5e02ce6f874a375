"""What lies beside photos and clips is told by content and suffix, named without a value, and never copied."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redact
from redact.errors import MediaError, UnsupportedFormatError
from redact.formats import sidecar
from redact.formats.sidecars import SIDECARS
from redact.model import KINDS, Keep
from tests.conftest import badge_jpeg
from tests.formats.sidecars.planted import CANARIES, CSV, GPX, JSON, KML, RECORDS, SRT, TEXTS, XMP

EVERY = {**TEXTS, **RECORDS, "a.xmp": XMP}


def kinds(name: str, content: bytes) -> set[str]:
    found = sidecar(io.BytesIO(content), Path(name).suffix)
    assert found is not None
    return {field.kind for field in found.fields(io.BytesIO(content))}


@pytest.mark.parametrize("name", EVERY)
def test_each_kind_is_recognised_and_names_its_fields_and_no_value(name: str) -> None:
    stream = io.BytesIO(EVERY[name])
    stream.seek(3)
    found = sidecar(stream, Path(name).suffix)
    assert found is not None
    assert stream.tell() == 0
    fields = list(found.fields(stream))
    assert fields
    assert {field.kind for field in fields} <= KINDS
    told = "".join(f"{field.name} {field.where}" for field in fields).encode()
    assert not any(canary in told for canary in CANARIES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("clip.SRT", {"location", "camera", "telemetry", "time"}),
        ("old.srt", {"location", "camera", "time"}),
        ("clip-16.srt", {"location", "camera", "telemetry", "time"}),
        ("clip.vtt", {"location"}),
        ("walk.gpx", {"location", "time", "device"}),
        ("walk.kml", {"location", "text"}),
        ("IMG_1.AAE", {"time", "device", "unknown"}),
        ("log.nmea", {"location"}),
        ("flight.igc", {"location", "time", "author", "device"}),
        ("IMG_1.jpg.json", {"location", "time", "text"}),
        ("flight.csv", {"location", "time", "telemetry"}),
        ("walk.kmz", {"location", "preview"}),
        ("run.fit", {"location", "time", "device", "telemetry"}),
        ("note.WAV", {"text"}),
    ],
)
def test_fields_are_named_by_what_they_tell(name: str, expected: set[str]) -> None:
    assert kinds(name, EVERY[name]) == expected


def test_a_subtitle_without_telemetry_is_a_text() -> None:
    assert kinds("a.srt", b"1\n00:00:00,000 --> 00:00:01,000\nHello there\n") == {"text"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.txt", b"The GPS track, with latitude and longitude, is in walk.gpx\n"),
        ("notes.md", JSON),
        ("prices.csv", b"name,price\nlatte,3\nlatin,4\n"),
        (".DS_Store", b"\0\0\0\1Bud1\0\0"),
        ("index.html", b"<!DOCTYPE html><html><body>a gpx file</body></html>"),
        ("drawing.svg", b"<?xml version='1.0'?><svg><metadata><rdf:RDF xmlns:rdf='r'></rdf:RDF></metadata></svg>"),
        ("page.html", b"<html><pre><gpx version='1.1'></gpx></pre></html>"),
        ("Info.plist", b"<?xml version='1.0'?><plist><dict><key>CFBundleName</key></dict></plist>"),
        ("archive.zip", RECORDS["walk.kmz"]),
        ("data.bin", os.urandom(64)),
        ("empty.srt", b""),
    ],
)
def test_other_files_are_no_sidecars(name: str, content: bytes) -> None:
    assert sidecar(io.BytesIO(content), Path(name).suffix) is None


@pytest.mark.parametrize("name", [*TEXTS, *RECORDS])
def test_no_copy_can_be_made_of_them(name: str) -> None:
    found = sidecar(io.BytesIO(EVERY[name]), Path(name).suffix)
    assert found is not None
    assert not found.publishable
    target = io.BytesIO()
    with pytest.raises(UnsupportedFormatError, match="leave it out"):
        found.strip(io.BytesIO(EVERY[name]), target, Keep(KINDS))
    assert target.getvalue() == b""


def test_their_names_are_distinct() -> None:
    assert len({each.name for each in SIDECARS}) == len(SIDECARS)


@given(st.binary(max_size=400), st.sampled_from([".srt", ".json", ".csv", ".kmz", ".xmp", ""]))
@settings(deadline=None)
def test_whatever_the_content_it_is_told_or_it_is_none(content: bytes, suffix: str) -> None:
    found = sidecar(io.BytesIO(content), suffix)
    if found is not None:
        assert {field.kind for field in found.fields(io.BytesIO(content))} <= KINDS


@given(st.sampled_from(sorted(EVERY)), st.data())
@settings(max_examples=150, deadline=None)
def test_broken_ones_raise_only_errors_of_the_project(name: str, data: st.DataObject) -> None:
    content = bytearray(EVERY[name])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    broken = bytes(content[: data.draw(st.integers(1, len(content)))])
    found = sidecar(io.BytesIO(broken), Path(name).suffix)
    if found is not None:
        with contextlib.suppress(MediaError):
            list(found.fields(io.BytesIO(broken)))
            found.strip(io.BytesIO(broken), io.BytesIO(), Keep(KINDS))


@pytest.mark.parametrize(
    "content",
    [
        b"\n" * 9000,
        b"1" + b"\n " * 9000,
        b"<" * 9000,
        b"<plist" * 2000,
        b"A" * 9000,
        b"<?" * 4500,
        b"<??>" * 2200 + b"<",
    ],
)
def test_content_made_to_be_searched_for_long_is_not(content: bytes) -> None:
    for suffix in (".srt", ".csv", ".json", ""):
        found = sidecar(io.BytesIO(content), suffix)
        assert found is None or list(found.fields(io.BytesIO(content * 50)))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("hide", [{}, {"badge": redact.Fill()}])
def test_by_default_it_is_dropped_and_its_receipt_names_what_is_in_it(
    badge_plugin: str, tmp_path: Path, name: str, hide: dict[str, redact.Fill]
) -> None:
    assert badge_plugin == "badge"
    source = tmp_path / name
    source.write_bytes(EVERY[name])
    receipt = redact.file(source, tmp_path / "share" / name, redact.Policy(hide=hide))
    assert (receipt.status, receipt.ok, receipt.exit_code) == ("dropped", False, 0)
    assert "not copied" in (receipt.error or "")
    assert receipt.removed
    assert receipt.target is None
    assert not (tmp_path / "share").exists()
    with pytest.raises(UnsupportedFormatError, match="sidecar"):
        receipt.raise_for_status()
    findings = redact.scan(source, redact.Policy(hide=hide))
    assert findings.dropped
    assert findings.fields == receipt.removed


@pytest.mark.parametrize("name", [*TEXTS, *RECORDS])
def test_those_that_cannot_be_stripped_are_dropped_all_the_same(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    source.write_bytes(EVERY[name])
    receipt = redact.file(source, tmp_path / "share" / name, redact.Policy(hide={}, sidecars="strip"))
    assert receipt.status == "dropped"
    assert not (tmp_path / "share").exists()


@pytest.mark.parametrize("content", [GPX, SRT, KML, XMP])
def test_one_that_is_named_like_a_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    assert redact.file(tmp_path / "a.jpg", tmp_path / "share" / "a.jpg", redact.Policy(hide={})).status == "refused"


def test_a_batch_with_sidecars_is_a_good_one(tmp_path: Path) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    for name, content in EVERY.items():
        (tmp_path / "card" / name).write_bytes(content)
    report = redact.folder(tmp_path / "card", tmp_path / "share", redact.Policy(hide={}))
    assert report.ok
    assert report.failed == ()
    assert {receipt.source.name for receipt in report.dropped} == set(EVERY)
    assert {path.name for path in (tmp_path / "share").iterdir()} == {"a.jpg", "redact-manifest.json"}


def test_a_table_that_names_columns_of_positions_is_one_whatever_stands_before_them() -> None:
    assert kinds("a.csv", b"sep=,\nCUSTOM.date [local],OSD.latitude,OSD.longitude\n") >= {"location"}
    assert kinds("a.CSV", CSV) >= {"location"}
