"""Vehicles drawn with flat shapes: more kinds than the models offer, and all there is where no gallery was rendered."""

from training.cars.drawn.standing import draw_flat

__all__ = ["draw_flat"]
