"""Which scenes are shown again: those in which the network saw most that is not there.

Their pictures are kept, as drawing them anew costs more than it is worth; a checkpoint holds their seeds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from training.batches import Batch, Draw, Plan, joined, made
from training.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Sequence

PART = 3
"""A batch has one scene shown again for so many new ones."""

MOST = 48
"""Scenes of one size that are kept in mind, the hardest."""

TIMES = 3
"""How often a scene is shown again: more, and the network would learn it by heart."""

Told: TypeAlias = dict[int, list[tuple[float, int, int]]]
"""Size -> how hard each scene was, its seed, how often it was shown again."""


@dataclass(frozen=True, slots=True)
class Hard:
    """A scene kept in mind.

    hardness: how much was seen in it that is not there
    times:    how often it was shown again
    scene:    a batch of it alone
    """

    hardness: float
    times: int
    scene: Batch

    @property
    def seed(self) -> int:
        """Of the scene."""
        return self.scene.plan.seeds[0]


@dataclass(slots=True)
class Rehearsal:
    """Hard scenes by the size of their pictures, the hardest first."""

    hard: dict[int, list[Hard]] = field(default_factory=dict)

    @classmethod
    def recalled(cls, told: Told, draw: Draw = scene) -> Rehearsal:
        """What a checkpoint tells of, drawn anew."""
        return cls(
            {
                size: [Hard(hardness, times, made(Plan(size, (seed,)), draw)) for hardness, seed, times in known]
                for size, known in told.items()
            }
        )

    @property
    def told(self) -> Told:
        """For a checkpoint."""
        return {size: [(each.hardness, each.seed, each.times) for each in known] for size, known in self.hard.items()}

    def mixed(self, batch: Batch) -> Batch:
        """The batch, and behind its scenes some hard ones of their size."""
        known = self.hard.get(batch.plan.size, [])
        count = min(len(known) // 4, len(batch.plan.seeds) // PART)
        if not count:
            return batch
        chosen = set(np.random.default_rng(batch.plan.seeds[0]).choice(len(known), count, replace=False).tolist())
        again = [replace(each, times=each.times + 1) for place, each in enumerate(known) if place in chosen]
        others = [each for place, each in enumerate(known) if place not in chosen]
        self.hard[batch.plan.size] = hardest([*others, *(each for each in again if each.times < TIMES)])
        return joined([batch, *(each.scene for each in again)])

    def note(self, batch: Batch, hardness: Sequence[float]) -> None:
        """Keep in mind the hardest of a batch's new scenes."""
        seeds = batch.plan.seeds
        # Scenes shown again are from batches before, whose seeds are lower, and are kept in mind already.
        new = [place for place, seed in enumerate(seeds) if seed >= seeds[0]]
        fresh = [Hard(hardness[place], 0, batch.part([place])) for place in new]
        self.hard[batch.plan.size] = hardest([*self.hard.get(batch.plan.size, []), *fresh])


def hardest(known: Sequence[Hard]) -> list[Hard]:
    """As many as are kept in mind."""
    return sorted(known, key=lambda each: (-each.hardness, each.seed))[:MOST]
