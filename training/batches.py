"""Batches of scenes with their targets, made by processes beside the one that trains.

Which scenes a batch is made of depends on the run's seed and the batch's number alone, never on how fast anybody is:
the same run gives the same batches on any number of processes.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes import Scene, scene
from training.targets import Target, target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

COUNTS = {192: 21, 256: 12, 320: 8, 416: 4}
"""Side of a batch's pictures in pixels, and how many there are of them: about as many pixels each time."""

TURN = (256, 320, 256, 192, 256, 416, 320, 256, 192, 320)
"""Sizes of batches, in turn."""

Draw: TypeAlias = Callable[[int, int], Scene]
"""Draws the scene of a seed, in so many pixels across and down."""

NAMES = tuple(each.name for each in fields(Target))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch is made of.

    size:  side of its pictures, pixels
    seeds: of its scenes
    """

    size: int
    seeds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures uint8 (n, size, size, 3) RGB, and targets of both heads, each array with a first axis of pictures."""

    plan: Plan
    pictures: NDArray[np.uint8]
    plates: Target
    lines: Target

    def part(self, places: Sequence[int]) -> Batch:
        """The pictures at these places."""
        chosen = np.array(places, np.intp)
        plan = Plan(self.plan.size, tuple(self.plan.seeds[place] for place in places))
        return Batch(plan, self.pictures[chosen], taken(self.plates, chosen), taken(self.lines, chosen))


def planned(seed: int, number: int) -> Plan:
    """New scenes for the batch of that number of a run with that seed: their seeds follow on the last batch's.

    Scenes of near seeds share what is costly to draw, so none is left out.
    """
    turns, place = divmod(number, len(TURN))
    counts = [COUNTS[size] for size in TURN]
    first = (seed << 40) + turns * sum(counts) + sum(counts[:place])
    return Plan(TURN[place], tuple(range(first, first + counts[place])))


def made(plan: Plan, draw: Draw = scene) -> Batch:
    """The batch of that plan."""
    scenes = [draw(seed, plan.size) for seed in plan.seeds]
    pictures = np.stack([each.image for each in scenes])
    plates = [target(each.plates, each.ignored, plan.size) for each in scenes]
    lines = [target(each.lines, each.ignored, plan.size) for each in scenes]
    return Batch(plan, pictures, stacked(plates), stacked(lines))


def stacked(targets: Sequence[Target]) -> Target:
    """Targets of several pictures as one, with an axis more in front."""
    return Target(*(np.stack([getattr(each, name) for each in targets]) for name in NAMES))


def taken(target: Target, places: NDArray[np.intp]) -> Target:
    """The targets of the pictures at these places."""
    return Target(*(getattr(target, name)[places] for name in NAMES))


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches of one size as one."""
    plan = Plan(batches[0].plan.size, tuple(seed for batch in batches for seed in batch.plan.seeds))
    pictures = np.concatenate([batch.pictures for batch in batches])
    return Batch(plan, pictures, strung([each.plates for each in batches]), strung([each.lines for each in batches]))


def strung(targets: Sequence[Target]) -> Target:
    """Targets of several batches as one."""
    return Target(*(np.concatenate([getattr(each, name) for each in targets]) for name in NAMES))


class Makers:
    """Processes that make batches in the order in which plans were given.

    Use as a context: the processes end with it. A process that died makes `take` raise EOFError.
    """

    def __init__(self, number: int, draw: Draw = scene) -> None:
        context = multiprocessing.get_context("spawn")
        self._lines = [context.Pipe() for _ in range(number)]
        self._processes = [context.Process(target=make, args=(theirs, draw), daemon=True) for _, theirs in self._lines]
        self._given = self._taken = 0

    def __enter__(self) -> Makers:
        for process, (_, theirs) in zip(self._processes, self._lines, strict=True):
            process.start()
            theirs.close()
        return self

    def __exit__(self, *exception: object) -> None:
        for process, (ours, _) in zip(self._processes, self._lines, strict=True):
            ours.close()
            process.terminate()
            process.join()

    @property
    def waiting(self) -> int:
        """How many batches were not taken yet."""
        return self._given - self._taken

    def give(self, plan: Plan) -> None:
        """Have a batch made."""
        self._lines[self._given % len(self._lines)][0].send(plan)
        self._given += 1

    def take(self) -> Batch:
        """The batch of the plan that waited longest."""
        batch: Batch = self._lines[self._taken % len(self._lines)][0].recv()
        self._taken += 1
        return batch


def make(line: Connection, draw: Draw) -> None:
    """Make a batch of each plan that comes in, until nobody is there to give one."""
    cv2.setNumThreads(1)
    for plan in plans(line):
        line.send(made(plan, draw))


def plans(line: Connection) -> Iterator[Plan]:
    """What comes in."""
    while True:
        try:
            yield line.recv()
        except EOFError:
            return
