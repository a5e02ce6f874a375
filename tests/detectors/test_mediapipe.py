"""Faces by the real MediaPipe: found with either model, by a process that holds no socket and is told from outside."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact
from redact.detectors.mediapipe import MediapipeDetector, doubted, scales, starts
from redact.errors import PluginError, PolicyError
from redact.model import Image
from redact.testing import check_detector
from tests.detectors.conftest import FACE, covered, resized

MODELS = Path(__file__).parent / "blazeface" / "files"
SHORT, FULL = "face_detection_short_range.tflite", "face_detection_full_range_sparse.tflite"

with_mediapipe = pytest.mark.skipif(
    find_spec("mediapipe") is None or not (MODELS / SHORT).exists(),
    reason="MediaPipe and its models are not installed: .ci/run does that",
)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def built(path: Path, tile: int = 128, threshold: float = 0.5) -> MediapipeDetector:
    return MediapipeDetector(("face",), str(path), digest(path), tile, threshold)


@pytest.fixture(scope="module")
def detector() -> MediapipeDetector:
    return built(MODELS / SHORT)


@with_mediapipe
@pytest.mark.parametrize("size", [128, 512, 1024])
def test_a_face_is_covered_whatever_its_size(detector: MediapipeDetector, portrait: Image, size: int) -> None:
    scale = size / 512
    assert covered(FACE.scaled(scale, scale), detector, resized(portrait, size)) > 0.85


@with_mediapipe
def test_the_full_range_finds_it_too(portrait: Image) -> None:
    assert covered(FACE, built(MODELS / FULL, tile=192), portrait) > 0.85


@with_mediapipe
def test_no_face_is_found_where_nothing_is(detector: MediapipeDetector) -> None:
    assert list(detector.detect(np.full((300, 400, 3), 128, np.uint8))) == []


@with_mediapipe
def test_it_keeps_the_contract(detector: MediapipeDetector, portrait: Image) -> None:
    check_detector(detector, resized(portrait, 256))


@with_mediapipe
def test_a_higher_threshold_finds_less(portrait: Image) -> None:
    crowd = np.tile(resized(portrait, 64), (3, 3, 1))
    eager, strict = (list(built(MODELS / SHORT, threshold=value).detect(crowd)) for value in (0.2, 0.9))
    assert len(strict) < len(eager)


@with_mediapipe
def test_its_process_is_confined_and_holds_no_socket(detector: MediapipeDetector, portrait: Image) -> None:
    assert list(detector.detect(resized(portrait, 128)))
    process = Path(f"/proc/{detector._find._companion._process.pid}")
    status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    # Every thread: Landlock takes them one by one, and a filter could.
    assert {line for each in (process / "task").iterdir() for line in _confinement(each / "status")} == {"1", "2"}
    held = [str(each.readlink()) for each in (process / "fd").iterdir()]
    assert not [each for each in held if "socket" in each]


def _confinement(status: Path) -> list[str]:
    lines = status.read_text().splitlines()
    return [line.split()[1] for line in lines if line.startswith(("NoNewPrivs:", "Seccomp:"))]


@with_mediapipe
def test_a_policy_names_it_and_workers_run_it(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "portrait.jpg").write_bytes((samples / "portrait.jpg").read_bytes())
    (tmp_path / SHORT).write_bytes((MODELS / SHORT).read_bytes())
    (tmp_path / "share.toml").write_text(
        f"[hide]\nface = 'blur'\n[detectors.face]\nkind = 'mediapipe'\npath = '{SHORT}'\nthreshold = 0.85\n"
        f"sha256 = '{digest(MODELS / SHORT)}'\n"
    )
    report = redact.folder(
        tmp_path / "card", tmp_path / "share", redact.Policy.from_file(tmp_path / "share.toml"), workers=2
    )
    (receipt,) = report
    assert receipt.ok, receipt.error
    assert receipt.hidden == {"face": 1}


@with_mediapipe
def test_a_file_that_is_no_model_of_faces_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.tflite").write_bytes(bytes(1000))
    with pytest.raises(PluginError, match=r"MediaPipe with other.tflite did not start: MediaPipe does not take"):
        built(tmp_path / "other.tflite")


def test_a_mediapipe_that_does_not_load_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mediapipe.py").write_text("raise ImportError('libGL.so.1 is not there')")
    (tmp_path / "model.tflite").write_bytes(b"a model")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match=r"libGL.so.1 is not there.*pip install --no-deps"):
        built(tmp_path / "model.tflite")


def test_a_model_that_is_missing_or_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(b"a model")
    with pytest.raises(PluginError, match=r"model.tflite is not the model"):
        MediapipeDetector(("face",), str(tmp_path / "model.tflite"), "0" * 64)
    with pytest.raises(PluginError, match=r"missing.tflite cannot be read"):
        MediapipeDetector(("face",), str(tmp_path / "missing.tflite"), "0" * 64)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"tile": 20}, "whole number of pixels"),
        ({"tile": 128.0}, "whole number of pixels"),
        ({"tile": True}, "whole number of pixels"),
        ({"threshold": 0}, "between 0 and 1"),
        ({"threshold": float("nan")}, "between 0 and 1"),
        ({"threshold": "high"}, "between 0 and 1"),
        ({"labels": ("face", "head")}, "serves one label"),
        ({"sha256": "abc"}, "64 hexadecimal digits"),
        ({"path": ""}, "path names"),
        ({"path": "beside.tflite"}, "counts from the policy file"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object], problem: str) -> None:
    sensible: dict[str, object] = {"labels": ("face",), "path": "/models/face.tflite", "sha256": "0" * 64}
    with pytest.raises(PolicyError, match=problem):
        MediapipeDetector(**(sensible | options))  # type: ignore[arg-type]


@given(st.integers(1, 60_000), st.integers(64, 1024))
def test_tiles_cover_every_pixel_and_overlap_by_a_quarter(length: int, tile: int) -> None:
    places = starts(length, tile)
    assert places[0] == 0
    assert places[-1] + tile >= length
    assert all(0 < after - before <= tile - tile // 4 for before, after in pairwise(places))


@given(st.integers(1, 60_000), st.integers(64, 1024))
def test_the_last_look_sees_the_picture_in_one_tile_and_the_first_in_its_own_size(length: int, tile: int) -> None:
    looked_at = scales(length, tile)
    assert looked_at[0] == 1
    assert starts(max(1, round(length * looked_at[-1])), tile) == (0,)


@given(st.floats(0, 1), st.floats(1, 5000), st.floats(1, 5000))
def test_a_larger_face_is_doubted_more_and_every_score_stays_one(score: float, size: float, side: float) -> None:
    assert 0 <= doubted(score, 2 * size, side) <= doubted(score, size, side) <= 1
