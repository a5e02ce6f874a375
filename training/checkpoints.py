"""What a run keeps on disk, so that the same command goes on where it was interrupted, and what it logs.

A run's folder holds `checkpoint.pt`, all that is needed to go on, and `log.jsonl`, one JSON object a line.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run was asked for; a folder's run goes on only with the same.

    seed:  of the first weights and of all scenes
    steps: batches in all
    """

    seed: int
    steps: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run between two steps.

    step:      steps done
    weights:   of the network
    averaged:  the weights' moving average, which is what is exported
    optimiser: its state
    hard:      of the scenes that are kept in mind: size -> how hard, seed, how often shown again
    """

    recipe: Recipe
    step: int
    weights: dict[str, Any]
    averaged: dict[str, Any]
    optimiser: dict[str, Any]
    hard: dict[int, list[tuple[float, int, int]]]


def kept(folder: Path) -> Checkpoint | None:
    """The checkpoint in a run's folder, or None where there is none."""
    path = folder / "checkpoint.pt"
    if not path.exists():
        return None
    held = torch.load(path, map_location="cpu", weights_only=True)
    held["recipe"] = Recipe(**held["recipe"])
    return Checkpoint(**held)


def keep(folder: Path, checkpoint: Checkpoint) -> None:
    """Put a checkpoint in the place of the one before, whole or not at all."""
    held = {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
    held["recipe"] = asdict(checkpoint.recipe)
    fresh = folder / "checkpoint.pt.new"
    torch.save(held, fresh)
    fresh.replace(folder / "checkpoint.pt")


def log(folder: Path, entry: Mapping[str, object]) -> None:
    """Write one line more."""
    with (folder / "log.jsonl").open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(entry) + "\n")
