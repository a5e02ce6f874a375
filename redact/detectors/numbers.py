"""The files of fitted numbers, one table for each preset. `python -m benchmarks.calibrate` writes them."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from redact.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable


def of_preset(detector: str, file: Traversable, presets: Sequence[str], name: str) -> dict[str, Any]:
    """The table of the preset of that name, one of `presets`. Raises PolicyError when there is none."""
    if name not in presets:
        message = f"the {detector} detector has no preset {name!r}; there are {', '.join(presets)}"
        raise PolicyError(message)
    table: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))[name]
    return table
