"""The doctor says what is wrong, and the command that mends it."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import cv2
import pytest

from redact import doctor, weights


def sick() -> dict[str, str]:
    return {finding.topic: finding.remedy for finding in doctor.examined() if finding.remedy}


def test_this_installation_is_well() -> None:
    assert sick() == {}


def test_each_model_is_told_with_digest_licence_and_origin() -> None:
    told = {finding.topic: finding.state for finding in doctor.examined()}
    for each in weights.table():
        assert each.sha256 in told[f"model {each.name}"]
        assert each.licence in told[f"model {each.name}"]
        assert each.origin in told[f"model {each.name}"]


def test_a_model_that_is_missing_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "table.toml").write_bytes((Path(weights.__file__).parent / "table.toml").read_bytes())
    monkeypatch.setattr(weights, "_folder", lambda: tmp_path)
    found = sick()
    assert "pip install" in found["model centerface"]
    assert "pip install" in found["detectors"]


def test_a_second_opencv_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"opencv-python": "4.11.0", "opencv-python-headless": "5.0.0"}
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: versions.get(name) or real(name))
    assert "pip uninstall -y opencv-python &&" in sick()["cv2"]


@pytest.mark.parametrize("other", ["opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless"])
def test_an_older_opencv_that_has_overwritten_the_right_one_is_taken_away(
    monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "4.11.0" if name == other else real(name))
    monkeypatch.setattr(cv2, "__version__", "4.11.0")
    (found,) = [finding for finding in doctor.examined() if finding.topic == "cv2"]
    assert f"{other} 4.11.0" in found.state
    assert found.state.endswith("overwrite one another, and 4.11.0 is what runs")
    assert found.remedy == (
        f"pip uninstall -y {other} && pip install --force-reinstall --no-deps 'opencv-python-headless>=5'"
    )


@pytest.mark.parametrize("content", [b"another", None])
def test_an_opencv_whose_files_were_overwritten_or_taken_away_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    library = tmp_path / "cv2" / "cv2.abi3.so"
    library.parent.mkdir()
    if content is not None:
        library.write_bytes(content)
    info = tmp_path / "opencv_python_headless-5.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: opencv-python-headless\nVersion: 5.0.0\n")
    (info / "RECORD").write_text("cv2/cv2.abi3.so,sha256=AAAA,73874137\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert sick()["cv2"] == "pip install --force-reinstall --no-deps 'opencv-python-headless>=5'"


def test_a_package_that_is_missing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "jpeglib":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    assert sick()["jpeglib"] == "pip install jpeglib"
