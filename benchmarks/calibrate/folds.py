"""Which pictures take part in what: a fifth in no choice at all, and the rest in folds.

Pictures made from one another, as darkened or joined ones, are always on the same side, and so are frames of one clip.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

SEED = "faces 3"
FOLDS = 5

JOINED = {"mosaic_7": "mask853_222"}
"""A picture joined from others, and the one of them that is in the set too: found by matching every one with every
other."""

Rows: TypeAlias = list[list[float]]
"""Left, top, right, bottom in pixels and score of each region painted."""


class Named(Protocol):
    """Whatever was made of one picture of the set."""

    @property
    def name(self) -> str:
        """The picture's name in the labels."""
        ...


Item = TypeVar("Item", bound=Named)
Choice = TypeVar("Choice")


def families(names: Sequence[str]) -> dict[str, str]:
    """Name of a picture -> what it and all pictures made from the same one, or of the same clip, are called."""
    plain = {name: re.sub(r"(^dark_)|(\.mp4_t=.*$)", "", Path(name).stem) for name in names}
    return {name: JOINED.get(stem, stem) for name, stem in plain.items()}


def part(family: str, purpose: str, parts: int = FOLDS) -> int:
    """Which of so many parts a family belongs to: depends on its name, the purpose and the seed alone."""
    return int(hashlib.sha256(f"{SEED} {purpose} {family}".encode()).hexdigest(), 16) % parts


def set_aside(items: Sequence[Item], purpose: str, number: int) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """The items in the part of that number, and all others."""
    kin = families([each.name for each in items])
    inside = {name for name, family in kin.items() if part(family, purpose) == number}
    return (
        tuple(each for each in items if each.name in inside),
        tuple(each for each in items if each.name not in inside),
    )


def untouched(items: Sequence[Item]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """The fifth that takes part in no choice, and the rest."""
    return set_aside(items, "untouched", 0)


def each_fold(items: Sequence[Item], purpose: str) -> Iterator[tuple[tuple[Item, ...], tuple[Item, ...]]]:
    """Five times what is set aside and what remains; every item is set aside once."""
    for number in range(FOLDS):
        yield set_aside(items, purpose, number)


def nested(
    items: Sequence[Item],
    choose: Callable[[Sequence[Item]], Choice],
    painted: Callable[[Choice, Item], Rows],
) -> dict[str, Rows]:
    """What is painted in each picture with everything fitted and chosen without it, by its name."""
    found: dict[str, Rows] = {}
    for inside, others in each_fold(items, "outer"):
        choice = choose(others)
        found |= {each.name: painted(choice, each) for each in inside}
    return found
