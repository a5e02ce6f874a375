"""What was asked of the command, as every module that fits something takes it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Request:
    """One run of the command.

    data:   folder of the pictures
    labels: content of its `labels.json`
    score:  the function that defines the figures
    names:  what is to be fitted
    seen:   where what the networks saw is kept, for another run
    write:  whether the numbers go into the package
    """

    data: Path
    labels: dict[str, Any]
    score: Callable[..., dict[str, Any]]
    names: tuple[str, ...]
    seen: Path | None
    write: bool

    def kept(self, kind: str, make: Callable[[], Seen]) -> Seen:
        """What is kept of that kind from an earlier run, or made now and kept."""
        if self.seen is None:
            return make()
        path = self.seen.with_name(f"{self.seen.name}.{kind}")
        if not path.exists():
            path.write_bytes(pickle.dumps(make()))
        seen: Seen = pickle.loads(path.read_bytes())
        return seen

    def report(self, kind: str, painted: dict[str, list[list[float]]], label: str) -> None:
        """Print the figures of what was painted in these pictures."""
        mine = {
            **self.labels,
            "images": {name: each for name, each in self.labels["images"].items() if name in painted},
        }
        figures = self.score(mine, painted, label, threshold=0.0)
        by_height = " / ".join(str(value) for value in figures["coverage_by_height"].values())
        print(
            f"  {kind:10} {figures['count']} {label}s: {figures['coverage']} % ({by_height}), "
            f"over {figures['over_percent']} with, {figures['over_negative_percent']} without",
            flush=True,
        )
