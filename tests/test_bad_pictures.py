"""Pictures nobody expects, arrays that are none, and detectors that break, through the whole pipeline."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

import redact
from redact.cli import main
from redact.errors import PluginError, UnsupportedFormatError
from redact.model import Findings, Image
from redact.redactor import Redactor
from redact.testing import faults
from tests.conftest import SAMPLES, InstallFault, badge_jpeg, badge_picture

FACE = redact.Policy(hide={"face": redact.Fill()})
FACE_AT = slice(45, 80), slice(98, 128)
"""Rows and columns well inside the face in the portrait of 256 pixels."""


@pytest.fixture(scope="module")
def face() -> Redactor:
    return Redactor(FACE)


@pytest.fixture(scope="module")
def portrait() -> Pillow.Image:
    with Pillow.open(SAMPLES / "portrait.jpg") as picture:
        return picture.convert("RGB").resize((256, 256))


def coded(picture: Pillow.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def deep(picture: Pillow.Image) -> bytes:
    """A PNG of 16 bits a sample."""
    return bytes(cv2.imencode(".png", np.asarray(picture)[..., ::-1].astype(np.uint16) * 257)[1])


def with_alpha(picture: Pillow.Image, mode: str) -> Pillow.Image:
    picture = picture.convert(mode)
    picture.putalpha(Pillow.linear_gradient("L"))
    return picture


COVERED: dict[str, Callable[[Pillow.Image], bytes]] = {
    "grey.jpg": lambda picture: coded(picture.convert("L"), "JPEG"),
    "grey.png": lambda picture: coded(picture.convert("L"), "PNG"),
    "palette.png": lambda picture: coded(picture.quantize(64), "PNG"),
    "bilevel.png": lambda picture: coded(picture.convert("1"), "PNG"),
    "deep.png": deep,
    "deep-grey.png": lambda picture: coded(
        Pillow.fromarray(np.asarray(picture.convert("L")).astype("<u2") * 257), "PNG"
    ),
    "progressive.jpg": lambda picture: coded(picture, "JPEG", progressive=True),
    "rgb.webp": lambda picture: coded(picture, "WebP"),
}

REFUSED: dict[str, Callable[[Pillow.Image], bytes]] = {
    "grey-alpha.png": lambda picture: coded(with_alpha(picture, "L"), "PNG"),
    "alpha.png": lambda picture: coded(with_alpha(picture, "RGB"), "PNG"),
    "alpha.webp": lambda picture: coded(with_alpha(picture, "RGB"), "WebP"),
    "palette-alpha.png": lambda picture: coded(picture.quantize(64), "PNG", transparency=3),
    "cmyk.jpg": lambda picture: coded(picture.convert("CMYK"), "JPEG"),
    # The last byte of the Adobe segment tells the colours: 2 is YCCK.
    "ycck.jpg": lambda picture: coded(picture.convert("CMYK"), "JPEG").replace(
        b"Adobe\0d\0\0\0\0\0", b"Adobe\0d\0\0\0\0\2"
    ),
}
"""Their colours or their transparency cannot be painted yet; to leave either out would show another picture."""


@pytest.mark.parametrize("name", COVERED)
def test_a_face_is_covered_however_its_pixels_are_stored(
    face: Redactor, portrait: Pillow.Image, tmp_path: Path, name: str
) -> None:
    source, target = tmp_path / name, tmp_path / "share" / name
    source.write_bytes(COVERED[name](portrait))
    receipt = face.file(source, target)
    assert receipt.status == "redacted", receipt.error
    before, after = (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in (source, target))
    assert before is not None
    assert after is not None
    assert after.shape == before.shape
    assert before[FACE_AT].std() > 20
    assert after[FACE_AT].std() < 8


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_painted_is_refused_and_nothing_written(
    face: Redactor, portrait: Pillow.Image, tmp_path: Path, name: str
) -> None:
    source = tmp_path / name
    source.write_bytes(REFUSED[name](portrait))
    receipt = face.file(source, tmp_path / "share" / name)
    assert (receipt.status, receipt.exit_code) == ("refused", 3)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with pytest.raises(UnsupportedFormatError):
        face.scan(source)


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 3), (1, 30000), (30000, 1)])
def test_a_picture_of_any_shape_is_looked_at(
    face: Redactor, tmp_path: Path, kind: str, width: int, height: int
) -> None:
    if kind == "webp":
        width, height = min(width, 16383), min(height, 16383)
    source = tmp_path / f"a.{kind}"
    Pillow.new("RGB", (width, height), (200, 100, 50)).save(source)
    receipt = face.file(source, tmp_path / "share" / source.name)
    assert (receipt.status, receipt.hidden) == ("clean", {}), receipt.error
    assert face.scan(source).size == (width, height)


def test_what_is_found_depends_on_no_picture_seen_before(portrait: Pillow.Image, tmp_path: Path) -> None:
    """A peer keeps the size of the first picture it met, and looks at all others in that one."""
    sides = [(256, 256), (200, 256), (384, 288), (256, 256), (123, 301), (512, 512)]
    paths = [tmp_path / f"{number}.png" for number in range(len(sides))]
    for path, size in zip(paths, sides, strict=True):
        portrait.resize(size).save(path)
    together = Redactor(FACE)
    found = [together.scan(path) for path in paths]
    assert all(each.tracks for each in found)
    assert found == [alone(path) for path in paths]
    assert found[::-1] == [together.scan(path) for path in reversed(paths)]


def alone(path: Path) -> Findings:
    """What a redactor finds that never saw another picture."""
    return Redactor(FACE).scan(path)


ARRAYS: dict[str, Callable[[Image], np.ndarray]] = {
    "from right to left": lambda image: image[:, ::-1],
    "every other row": lambda image: np.repeat(image, 2, 0)[::2],
    "lying down": lambda image: np.ascontiguousarray(image.transpose(1, 0, 2)).transpose(1, 0, 2),
    "column by column": np.asfortranarray,
    "blue first": lambda image: np.ascontiguousarray(image[..., ::-1])[..., ::-1],
    "part of a larger one": lambda image: np.pad(image, ((7, 5), (3, 9), (0, 0)))[7:-5, 3:-9],
}


@pytest.mark.parametrize("layout", ARRAYS)
@pytest.mark.parametrize("lock", ["open", "read-only"])
def test_an_array_is_covered_however_it_lies_in_memory(badge_plugin: str, layout: str, lock: str) -> None:
    redactor = Redactor(redact.Policy(hide={badge_plugin: redact.Fill()}))
    image = ARRAYS[layout](badge_picture())
    expected = redactor.image(np.ascontiguousarray(image))
    image.flags.writeable = lock == "open"
    before = image.copy()
    clean = redactor.image(image)
    assert np.array_equal(clean, expected)
    assert not np.array_equal(clean, before)
    assert np.array_equal(image, before)
    assert clean.flags.writeable


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((5, 5, 3), np.float32),
        np.zeros((5, 5, 3), bool),
        np.zeros((5, 5, 3), np.int8),
        np.zeros((5, 5, 3), np.uint16),
        np.zeros((5, 5, 3), object),
        np.zeros((5, 5, 1), np.uint8),
        np.zeros((2, 5, 5, 3), np.uint8),
        np.zeros((5, 0, 3), np.uint8),
        [[[0, 0, 0]]],
        None,
    ],
    ids=lambda array: f"{getattr(array, 'dtype', type(array).__name__)}-{getattr(array, 'shape', '')}",
)
def test_what_is_no_rgb_picture_is_refused_with_the_remedy(badge_plugin: str, array: object) -> None:
    redactor = Redactor(redact.Policy(hide={badge_plugin: redact.Fill()}))
    with pytest.raises(UnsupportedFormatError, match=r"uint8 array|without pixels"):
        redactor.image(array)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", faults.BROKEN)
def test_an_array_that_a_detector_broke_on_is_not_given_back_nor_written_to(
    install_fault: InstallFault, fault: type[faults.Sound]
) -> None:
    image = badge_picture()
    with pytest.raises(PluginError, match=rf"{fault.__name__} of redact-fault 1\.0"):
        redact.image(image, install_fault(fault))
    assert np.array_equal(image, badge_picture())


@pytest.mark.parametrize("fault", faults.BROKEN)
def test_a_detector_that_breaks_on_one_file_costs_that_file(
    install_fault: InstallFault, tmp_path: Path, fault: type[faults.Sound]
) -> None:
    policy = dataclasses.replace(install_fault(fault), detectors={"fault": {"width": 160}})
    Pillow.fromarray(badge_picture(60, 80)).save(_made(tmp_path / "card") / "a.png")
    badge_jpeg(tmp_path / "card" / "b.jpg")
    Pillow.fromarray(badge_picture(60, 90)).save(tmp_path / "card" / "c.png")
    report = redact.folder(tmp_path / "card", tmp_path / "share", policy)
    assert [receipt.status for receipt in report] == ["redacted", "failed", "redacted"]
    (failed,) = report.failed
    assert f"{fault.__name__} of redact-fault 1.0" in (failed.error or "")
    published = sorted(path.name for path in (tmp_path / "share").iterdir())
    assert published == ["a.png", "c.png", "redact-manifest.json"]
    manifest = (tmp_path / "share" / "redact-manifest.json").read_text()
    assert "51.5074" not in f"{manifest}{report}"
    assert json.loads(manifest)["not_published"] == 1


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_file_of_which_a_detector_says_something_else_each_time_is_withheld(
    install_fault: InstallFault, tmp_path: Path
) -> None:
    policy = dataclasses.replace(install_fault(faults.ChangesItsMind), detectors={"fault": {"width": 160}})
    badge_jpeg(tmp_path / "card" / "a.jpg")
    Pillow.fromarray(badge_picture(60, 90)).save(tmp_path / "card" / "b.png")
    report = redact.folder(tmp_path / "card", tmp_path / "share", policy)
    assert [receipt.status for receipt in report] == ["withheld", "redacted"]
    assert not (tmp_path / "share" / "a.jpg").exists()


@pytest.mark.parametrize("fault", [faults.Raises, faults.ScoresNaN, faults.ForcesItsWay])
def test_a_scan_that_could_not_look_says_so_and_fails(
    install_fault: InstallFault, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: type[faults.Sound]
) -> None:
    install_fault(fault)
    badge_jpeg(tmp_path / "a.jpg")
    code = main(["scan", str(tmp_path), "--hide", "fault"])
    told = "".join(capsys.readouterr())
    assert code in (3, 4)
    assert f"{fault.__name__} of redact-fault 1.0" in " ".join(told.split())
    assert "51.5074" not in told
