"""Boxes in clusters that do not see each other, each with the neighbourhood in which it is painted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

Rectangle: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels; half-open."""

RING_PX = 24
"""A style sees at least so many pixels around a region, and a quarter of the region's size around a large one."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Boxes, in the order they came in, and the neighbourhood in which they are painted.

    numbers: which of the boxes that were parted
    """

    area: Rectangle
    boxes: tuple[Rectangle, ...]
    numbers: tuple[int, ...]

    def sees(self, other: Cluster) -> bool:
        """True when the neighbourhood holds a pixel of the other's boxes."""
        left, top, right, bottom = self.area
        return any(box[0] < right and left < box[2] and box[1] < bottom and top < box[3] for box in other.boxes)


def clusters(boxes: Iterable[Rectangle], fit: Callable[[Rectangle], Rectangle]) -> list[Cluster]:
    """The boxes in clusters: what is outside one's boxes, in its neighbourhood, is outside all boxes.

    fit: what a neighbourhood has to be grown or cut to, as to the frame
    """
    apart: list[Cluster] = []
    for number, box in enumerate(boxes):
        cluster = Cluster(fit(_ringed(box)), (box,), (number,))
        while near := [other for other in apart if cluster.sees(other) or other.sees(cluster)]:
            apart = [other for other in apart if other not in near]
            cluster = _joined([*near, cluster])
        apart.append(cluster)
    return apart


def shifted(box: Rectangle, area: Rectangle) -> Rectangle:
    """The box in coordinates of the area."""
    return box[0] - area[0], box[1] - area[1], box[2] - area[0], box[3] - area[1]


def _joined(near: list[Cluster]) -> Cluster:
    lefts, tops, rights, bottoms = zip(*(each.area for each in near), strict=True)
    members = sorted((number, box) for each in near for number, box in zip(each.numbers, each.boxes, strict=True))
    return Cluster(
        (min(lefts), min(tops), max(rights), max(bottoms)),
        tuple(box for _, box in members),
        tuple(number for number, _ in members),
    )


def _ringed(box: Rectangle) -> Rectangle:
    left, top, right, bottom = box
    ring = max(RING_PX, (right - left) // 4, (bottom - top) // 4)
    return left - ring, top - ring, right + ring, bottom + ring
