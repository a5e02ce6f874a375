"""The table of a scan shows what is there and what becomes of it, and no value."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePath

import piexif
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

import redact
from redact.errors import DamagedFileError
from redact.model import Box, Field, Findings, Track
from redact.redactor import Redactor
from redact.scanning import Told, Totals, heading, rows, table
from tests.conftest import SAMPLES, badge_jpeg, badge_picture, gps_exif
from tests.formats.avi import building
from tests.formats.heif.test_file import laden as laden_heif
from tests.formats.laden import laden_jpeg, laden_png, laden_webp
from tests.formats.matroska import films
from tests.formats.test_bmp import with_profile
from tests.formats.test_gif import laden_gif
from tests.formats.test_jpeg2000 import laden_jp2
from tests.formats.test_jpegxl import laden_container, naked
from tests.formats.tiff import crafted
from tests.formats.transport import muxing

GPS = Field("GPSLatitude", "location", "EXIF GPS IFD")
TURN = Field("Orientation", "orientation", "EXIF IFD0")
NAME = Field("file name", "time", "file name")
POLICY = redact.Policy(hide={})
NO_TIME = b"Tuesday at Ada's\0\0\0"

KEEPS = {
    "default": POLICY,
    "nothing": redact.Policy(hide={}, keep=frozenset()),
    "credit": redact.Policy(hide={}, keep=frozenset({"author", "copyright"})),
    "time and camera": redact.Policy(hide={}, keep=frozenset({"orientation", "time", "camera"})),
    "a coarse place": redact.Policy(hide={}, location="coarsen:5km"),
}

Made = Callable[[Pillow.Image, bytes, bytes], bytes]

FILES: dict[str, Made] = {
    "a.jpg": laden_jpeg,
    "2024-05-06.jpg": laden_jpeg,
    "no-time.jpg": lambda picture, block, profile: laden_jpeg(picture, untimely(block), profile),
    "a.png": laden_png,
    "a.webp": laden_webp,
    "a.gif": lambda picture, _, profile: laden_gif(picture, profile),
    "a.bmp": lambda _picture, _block, profile: with_profile(profile),
    "a.tif": lambda _picture, _block, profile: crafted.laden(profile),
    "a.heic": lambda _, block, profile: laden_heif(block, profile),
    "a.jp2": laden_jp2,
    "a.jxl": lambda picture, block, _: laden_container(naked(picture), block),
    "a.mp4": lambda *_: (SAMPLES / "pan.mp4").read_bytes(),
    "a.mov": lambda *_: (SAMPLES / "turned.mov").read_bytes(),
    "a.mkv": lambda *_: films.changed(films.encoded(), films.LADEN["tags, chapters and attachments"]),
    "a.ts": lambda *_: muxing.film(laden=b"CANARY"),
    "a.avi": lambda *_: building.film(laden=b"CANARY"),
}


def untimely(block: bytes) -> bytes:
    """The block with something else where its time should be, as long as a time."""
    return block.replace(b"2024:05:06 07:08:09", NO_TIME)


@cache
def made(name: str) -> bytes:
    """A file with metadata in every carrier."""
    known = piexif.load(gps_exif(6))
    known["0th"] |= {
        piexif.ImageIFD.Artist: b"Ada",
        piexif.ImageIFD.Copyright: b"(c)too",
        piexif.ImageIFD.DateTime: b"2024:05:06 07:08:09",
    }
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return FILES[name](Pillow.fromarray(badge_picture()), piexif.dump(known).removeprefix(b"Exif\0\0"), profile)


def shown(*fields: Field, left: tuple[Field, ...] = (), policy: redact.Policy = POLICY) -> list[tuple[str, str | None]]:
    return list(table(rows(Findings(fields), left, policy)))


def scanned(source: Path, policy: redact.Policy) -> dict[str, list[tuple[Field, int]]]:
    """What becomes of the metadata of a file, as a scan tells it."""
    redactor = Redactor(policy)
    told: dict[str, list[tuple[Field, int]]] = {}
    for row in rows(redactor.scan(source), redactor.remaining(source), policy):
        told.setdefault(row.becomes, []).append((row.field, row.times))
    return told


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("name", FILES)
def test_what_a_scan_says_is_dropped_is_what_a_run_removes(name: str, keep: str, tmp_path: Path) -> None:
    source, policy = tmp_path / name, KEEPS[keep]
    source.write_bytes(made(name))
    told = scanned(source, policy)
    receipt = redact.file(source, tmp_path / "share" / name, policy)
    assert receipt.ok, receipt.error
    dropped = [field for field, times in told.pop("dropped") for _ in range(times)]
    assert sorted(dropped, key=repr) == sorted(receipt.removed, key=repr)
    assert all(field.kind in policy.keep for field, _ in told.pop("kept", ()))
    assert all(field.kind == "location" for field, _ in told.pop("coarsened", ()))
    assert {field for each in told.values() for field, _ in each} == ({NAME} if told else set())


def test_a_time_that_is_none_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(made("no-time.jpg"))
    told = scanned(tmp_path / "a.jpg", KEEPS["time and camera"])
    assert Field("DateTimeOriginal", "time", "EXIF Exif IFD") in {field for field, _ in told["dropped"]}


def test_a_scan_of_a_file_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    source = badge_jpeg(tmp_path / "card" / "a.jpg")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert scanned(source, POLICY)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_where_no_copy_can_be_made_nothing_is_said_to_be_dropped_or_kept(tmp_path: Path) -> None:
    whole = made("a.jpg")
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedFileError):
        Redactor(POLICY).remaining(tmp_path / "a.jpg")
    found = rows(Findings((TURN, GPS)), None, POLICY)
    assert {row.becomes for row in found} == {"not copied"}
    assert all(row.found for row in found)


def test_what_is_kept_comes_last_and_dim() -> None:
    assert shown(TURN, GPS, GPS, left=(TURN,)) == [
        ("  kind         name         carrier       times  becomes", "dim"),
        ("  location     GPSLatitude  EXIF GPS IFD      2  dropped", None),
        ("  orientation  Orientation  EXIF IFD0         1  kept", "dim"),
    ]


def test_what_is_kept_once_and_dropped_once_has_two_rows() -> None:
    assert [row.becomes for row in rows(Findings((TURN, TURN)), (TURN,), POLICY)] == ["dropped", "kept"]


def test_a_file_without_metadata_has_no_table() -> None:
    assert shown() == []
    assert heading(Findings(), ()) == "nothing"


def test_a_heading_counts_what_is_not_kept_and_what_is_hidden() -> None:
    findings = Findings((TURN, GPS, GPS), (Track("face", {0: Box(0, 0, 1, 1)}),), 1)
    assert heading(findings, rows(findings, (TURN,), POLICY)) == "1 face, 2 location"


def test_of_a_dropped_sidecar_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.SRT").write_text("1\n00:00:00,000 --> 00:00:01,000\n[latitude: 12.345678]\n")
    findings, left = Redactor(POLICY).scan(tmp_path / "a.SRT"), Redactor(POLICY).remaining(tmp_path / "a.SRT")
    table = rows(findings, left, POLICY)
    assert {row.becomes for row in table} == {"dropped"}
    assert heading(findings, table) == "sidecar, 1 location"


@pytest.mark.parametrize(
    ("policy", "becomes"),
    [
        (POLICY, "stays"),
        (redact.Policy(hide={}, location="coarsen:5km"), "stays"),
        (redact.Policy(hide={}, names="serial"), "dropped"),
        (redact.Policy(hide={}, keep=frozenset({"time"})), "kept"),
    ],
)
def test_a_name_that_tells_stays_unless_it_is_changed_or_may_tell(
    policy: redact.Policy, becomes: str, tmp_path: Path
) -> None:
    source = badge_jpeg(tmp_path / "2024-05-06.jpg")
    assert (NAME, 1) in scanned(source, policy)[becomes]


def test_a_position_may_become_coarse() -> None:
    (row,) = rows(Findings((GPS,)), (GPS,), redact.Policy(hide={}, location="coarsen:5km"))
    assert (row.becomes, row.found) == ("coarsened", True)


def test_names_of_fields_move_no_cursor() -> None:
    lines = [line for line, _ in shown(Field("a\x1b[2J\nb", "text", "XMP"))]
    assert all(line.isprintable() for line in lines)


def test_totals_are_told_by_folder_and_for_all(tmp_path: Path) -> None:
    totals = Totals(tmp_path, POLICY)
    for source, fields in (("a.jpg", (GPS, TURN)), ("2024-05-06/b.jpg", ()), ("2024-05-06/c.srt", (GPS,))):
        findings = Findings(fields, dropped=source.endswith(".srt"))
        totals.add(Told(tmp_path / source, PurePath(source), findings, rows(findings, (TURN,), POLICY)))
    assert list(totals.lines()) == [
        f"{tmp_path}/: 1 files, 1 with something to drop or hide; found 1 location; kept 1 orientation",
        f"{tmp_path}/2024-05-06/: 2 files, 1 with something to drop or hide; 1 sidecars; found 1 location; "
        "its name tells time",
        "in all: 3 files, 2 with something to drop or hide; 1 sidecars; found 2 location; kept 1 orientation",
    ]


def test_a_file_that_could_not_be_read_is_counted_as_missed(tmp_path: Path) -> None:
    totals = Totals(tmp_path, POLICY)
    totals.add(Told(tmp_path / "a.jpg", PurePath("a.jpg"), problem=DamagedFileError("a.jpg is cut short")))
    assert list(totals.lines()) == [f"{tmp_path}/: 0 files, 0 with something to drop or hide; 1 that could not be read"]
    assert not totals.found


def test_one_file_needs_no_totals(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    totals = Totals(tmp_path / "a.jpg", POLICY)
    findings = Findings((GPS,))
    totals.add(Told(tmp_path / "a.jpg", PurePath("a.jpg"), findings, rows(findings, (), POLICY)))
    assert list(totals.lines()) == []


@pytest.mark.parametrize(("folder", "told"), [("", 0), ("plain", 0), ("2024-05-06", 1), ("2024-05-06/deep", 1)])
def test_what_the_name_of_a_folder_tells_is_found_but_not_that_of_the_root(
    tmp_path: Path, folder: str, told: int
) -> None:
    root = tmp_path / "2023-02-03"
    root.mkdir()
    totals = Totals(root, POLICY)
    totals.add(Told(root / folder / "a.jpg", PurePath(folder, "a.jpg"), Findings()))
    assert totals.found == bool(told)
    assert sum("its name tells time" in line for line in totals.lines()) == told


def test_a_folder_may_tell_what_may_be_kept(tmp_path: Path) -> None:
    totals = Totals(tmp_path, redact.Policy(hide={}, keep=frozenset({"time"})))
    totals.add(Told(tmp_path / "2024-05-06" / "a.jpg", PurePath("2024-05-06/a.jpg"), Findings()))
    assert not totals.found
