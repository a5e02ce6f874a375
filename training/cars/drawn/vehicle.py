"""What a drawn vehicle is: its end and its flank, flat, and where the plate goes."""

from __future__ import annotations

from dataclasses import dataclass

from training.cars.drawn.sheet import Point, Sheet


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle that was drawn flat.

    Attributes:
        end: its rear or front; as wide as the vehicle, its lower edge on the ground.
        flank: one side of it, its end at the sheet's left edge; None where it has none worth seeing, as a motorcycle.
        plate: middle of the plate's place on the end, metres.
        spare: size of that place, 1 for the long European plate.
    """

    end: Sheet
    flank: Sheet | None
    plate: Point
    spare: float = 1.0
