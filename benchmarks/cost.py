"""What a command costs as people run it: processor seconds, and the most memory of it and of all that it starts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

EVERY_SECONDS = 0.05
"""How often the memory of all processes is added up; that of the largest is the kernel's own figure."""


def cost(command: Sequence[str], environment: Mapping[str, str]) -> dict[str, float]:
    """Seconds, MB of the process that held most, the most MB that all held together, and the exit code.

    What processes share is counted once.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    together = 0.0
    while _runs(process.pid):
        together = max(together, sum(_megabytes(each) for each in (process.pid, *_started_by(process.pid))))
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    largest = used.ru_maxrss / 1024
    return {
        "seconds": used.ru_utime + used.ru_stime,
        "megabytes": largest,
        "together": max(together, largest),
        "code": process.returncode,
    }


def _runs(process: int) -> bool:
    """False as soon as it is over, which is left to be told to whoever waits for it; else after a moment."""
    over = os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    if over is None:
        time.sleep(EVERY_SECONDS)
    return over is None


def _started_by(process: int) -> Iterator[int]:
    """Every process that runs below it."""
    for child in _read(Path(f"/proc/{process}/task/{process}/children")).split():
        yield int(child)
        yield from _started_by(int(child))


def _megabytes(process: int) -> float:
    """What a process holds, its part of what it shares with others; 0 when it is gone."""
    lines = _read(Path(f"/proc/{process}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
