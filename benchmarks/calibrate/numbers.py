"""The files of fitted numbers: what a person can read and compare, and only this command writes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomli_w

BY = "python -m benchmarks.calibrate"
HEAD = f"# Written by {BY}; not to be edited by hand.\n\n"


def read(path: Path) -> dict[str, Any]:
    """The numbers of an earlier run; none where there is no file."""
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def write(path: Path, numbers: dict[str, Any]) -> None:
    """Write them with five digits each."""
    path.write_text(HEAD + tomli_w.dumps(rounded(numbers)), "utf-8")


def rounded(value: Any) -> Any:
    """Numbers with five digits, tuples as lists, and without what is None."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items() if each is not None}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
