"""The files of fitted numbers: what a person can read and compare, and only this command writes."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomli_w

from benchmarks.calibrate.folds import FOLDS, SEED
from redact.detectors.boxes import Floats

BY = "python -m benchmarks.calibrate"
HEAD = f"# Written by {BY}; not to be edited by hand.\n\n"


def about(things: str, rest: Sequence[Floats], aside: Sequence[Floats]) -> dict[str, Any]:
    """What the numbers were fitted on, for whoever reads them: labelled boxes of each picture, and of those aside."""
    return {
        "by": BY,
        "seed": SEED,
        "folds": FOLDS,
        things: sum(len(each) for each in rest),
        "pictures": len(rest),
        f"untouched_{things}": sum(len(each) for each in aside),
        "untouched_pictures": len(aside),
    }


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
