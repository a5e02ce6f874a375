"""How long one large film takes to be copied without its metadata, and how much memory, beside `cp`.

    python -m benchmarks.film CLIP [--megabytes 1000] [--exiftool PATH]

The film is CLIP again and again, joined by FFmpeg. Each way of copying runs in a process of its own, three times, and
the median is printed. "strip, once it runs" is the time of the strip alone, without starting Python and loading
libraries. This module loads none itself: what a process takes is counted from what its parent had.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

_STRIP = """
import sys, time
from redact.formats.film.mp4 import Mp4
from redact.model import Keep
began = time.perf_counter()
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "w+b") as target:
    Mp4().strip(source, target, Keep(frozenset({"orientation", "colour"})))
print(time.perf_counter() - began)
"""
_WHOLE = """
import sys, redact
redact.file(sys.argv[1], sys.argv[2], redact.Policy(hide={})).raise_for_status()
"""


def main() -> None:
    """Print wall time and memory of each way to copy a film of that size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--exiftool", default=os.environ.get("EXIFTOOL") or shutil.which("exiftool"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        film, copy = Path(folder) / "film.mp4", Path(folder) / "copy.mp4"
        repeat(options.clip, options.megabytes, film)
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
                names[0],
                *["-map_metadata", "-1", "-c", "copy"],
                names[1],
            ],
        }
        if options.exiftool:
            commands["exiftool -all="] = [options.exiftool, "-q", "-all=", names[0], "-o", names[1]]
        print(f"\na film of {film.stat().st_size / 1e6:.0f} MB, median of three: wall s, times cp's, CPU s, most MB")
        cp = 0.0
        for name, command in commands.items():
            figures = median([timed(command, copy) for _ in range(3)])
            cp = cp or figures["wall"]
            share = figures["wall"] / cp
            print(f"{name:34}{figures['wall']:>8.2f}{share:>8.2f}{figures['cpu']:>8.2f}{figures['memory']:>8.0f}")
            if figures["running"]:
                print(f"{'  strip, once it runs':34}{figures['running']:>8.2f}{figures['running'] / cp:>8.2f}")


def repeat(clip: Path, megabytes: int, film: Path) -> None:
    """Write a film of about that size: the clip again and again, its packets copied."""
    loops = str(int(megabytes * 1e6 / clip.stat().st_size))
    command = ["ffmpeg", "-v", "error", "-stream_loop", loops, "-i", str(clip), "-c", "copy", str(film)]
    subprocess.run(command, check=True)


def timed(command: Sequence[str], copy: Path) -> dict[str, float]:
    """Seconds, those that the process itself tells, and its most memory; what it wrote is removed."""
    os.sync()
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    told = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        message = f"{command[0]} failed"
        raise SystemExit(message)
    copy.unlink(missing_ok=True)
    return {
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024,
        "running": float(told or 0),
    }


def median(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Of each figure, the one in the middle."""
    return {key: sorted(each[key] for each in rounds)[len(rounds) // 2] for key in rounds[0]}


if __name__ == "__main__":
    main()
