"""A picture of a hundred megapixels is looked at, painted and verified in bounded memory, by the command itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.conftest import SAMPLES

WIDTH, HEIGHT = 12000, 8400
MOST_BYTES = 1_000_000_000


@pytest.mark.slow
def test_a_photo_of_a_hundred_megapixels_takes_less_than_a_gigabyte(tmp_path: Path) -> None:
    portrait = cv2.imread(str(SAMPLES / "portrait.jpg"))
    assert portrait is not None
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for top, left in ((300, 500), (4000, 6000), (HEIGHT - 520, WIDTH - 520)):
        picture[top : top + 512, left : left + 512] = cv2.resize(portrait, (512, 512))
    source, target = tmp_path / "vast.jpg", tmp_path / "share" / "vast.jpg"
    cv2.imwrite(str(source), picture)
    command = [sys.executable, "-m", "redact", "run", str(source), str(target.parent), "--hide", "face"]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert used.ru_maxrss * 1024 < MOST_BYTES
    covered = cv2.imread(str(target))
    assert covered is not None
    assert covered.shape == picture.shape
    changed = [place for place in ((300, 500), (4000, 6000)) if _differs(picture, covered, *place)]
    assert len(changed) == 2


def _differs(before: np.ndarray, after: np.ndarray, top: int, left: int) -> bool:
    """True where a face of half a thousand pixels no longer shows."""
    place = slice(top, top + 512), slice(left, left + 512)
    return float(cv2.absdiff(before[place], after[place]).mean()) > 4
