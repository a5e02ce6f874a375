"""What users learn: the names, what importing costs, and that the README tells the truth."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import redact
from redact.cli import main
from tests.conftest import SAMPLES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_every_public_name_is_there() -> None:
    assert {"file", "folder", "image", "scan", "Policy", "Blur", "Pixelate", "Fill"} <= set(redact.__all__)
    for name in redact.__all__:
        assert getattr(redact, name).__doc__


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import redact, sys; print([m for m in ('cv2', 'av', 'piexif', 'rich', 'simplejpeg') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_the_version_is_the_distributions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == redact.__version__


def test_every_dependency_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[<>=]", line)[0] for line in declared}
    assert {"numpy", "opencv-python-headless", "av", "piexif"} <= names


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    program = "\n".join(blocks)
    for name in ("beach.jpg", "drive.mp4", "card/a.jpg"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        sample = "pan.mp4" if name.endswith("mp4") else "portrait.jpg"
        place.write_bytes((ROOT / "samples" / "card" / sample).read_bytes())
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "share" / "drive.mp4").exists()


def test_the_samples_come_out_as_the_readme_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(SAMPLES), str(tmp_path / "share")]) == 0
    told = capsys.readouterr().out.splitlines()
    (shown,) = re.findall(r"```\n(redacted .*?)```", README, re.DOTALL)
    assert set(shown.splitlines()) - {"..."} <= set(told)


def test_the_readme_shows_the_verbs_of_the_command() -> None:
    for verb in ("run", "scan", "verify", "detectors", "doctor"):
        assert f"redact {verb}" in README
