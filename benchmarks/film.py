"""How long one large film takes to be copied without its metadata, and how much memory, beside `cp`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

_STRIP = """
import sys
from redact.formats.film.mp4 import Mp4
from redact.model import Keep
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "w+b") as target:
    Mp4().strip(source, target, Keep(frozenset({"orientation", "colour"})))
"""
_WHOLE = """
import sys
import redact
redact.file(sys.argv[1], sys.argv[2], redact.Policy(hide={})).raise_for_status()
"""


def print_film_speed(clip: Path, megabytes: int, exiftool: str | None) -> None:
    """Print wall time and memory of each way to copy a film of that size, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        film, copy = Path(folder) / "film.mp4", Path(folder) / "copy.mp4"
        repeat(clip, megabytes, film)
        names = [str(film), str(copy)]
        commands = {
            "cp": ["cp", *names],
            "redact, strip": [sys.executable, "-c", _STRIP, *names],
            "redact, verified and published": [sys.executable, "-c", _WHOLE, *names],
            "ffmpeg -c copy": [
                "ffmpeg",
                "-v",
                "error",
                "-i",
                *_with_options(names, "-map_metadata", "-1", "-c", "copy"),
            ],
        }
        if exiftool:
            commands["exiftool -all="] = [exiftool, "-q", "-all=", str(film), "-o", str(copy)]
        size = film.stat().st_size / 1e6
        print(f"\na film of {size:.0f} MB, median of three: wall s, times cp's, CPU s, most memory in MB")
        cp = 0.0
        for name, command in commands.items():
            figures = median([timed(command, copy) for _ in range(3)])
            cp = cp or figures["wall"]
            share = figures["wall"] / cp
            print(f"{name:34}{figures['wall']:>8.2f}{share:>8.2f}{figures['cpu']:>8.2f}{figures['memory']:>8.0f}")


def repeat(clip: Path, megabytes: int, film: Path) -> None:
    """Write a film of about that size: the clip again and again, its packets copied."""
    loops = str(int(megabytes * 1e6 / clip.stat().st_size))
    command = ["ffmpeg", "-v", "error", "-stream_loop", loops, "-i", str(clip), "-c", "copy", str(film)]
    subprocess.run(command, check=True)


def timed(command: Sequence[str], copy: Path) -> dict[str, float]:
    """Seconds and the most memory of one process, whose output is removed."""
    os.sync()
    began = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        message = f"{command[0]} failed"
        raise SystemExit(message)
    copy.unlink(missing_ok=True)
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}


def median(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Of each figure, the one in the middle."""
    return {key: sorted(each[key] for each in rounds)[len(rounds) // 2] for key in rounds[0]}


def _with_options(names: Sequence[str], *options: str) -> list[str]:
    return [names[0], *options, names[1]]
