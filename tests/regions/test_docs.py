"""The page about regions tells the truth."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from redact.regions import own
from tests.conftest import ROOT, SAMPLES

PAGE = (ROOT / "docs" / "regions.md").read_text()


def test_the_layout_it_shows_is_read() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert own.read(json.loads(shown)).labels == {"face", "plate"}


def test_its_python_runs(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "card").mkdir()
    for name in ("beach.jpg", "card/beach.jpg"):
        shutil.copy(SAMPLES / "portrait.jpg", tmp_path / name)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "given\n"
    assert (tmp_path / "shared-card" / "beach.jpg").exists()
