"""Draws what a run logged: losses and learning rate over its steps.

python -m training.curves RUN PICTURE.png
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

CURVES = ("plates", "plate corners", "lines", "line corners")
COLOURS = ((200, 90, 30), (230, 180, 120), (40, 120, 40), (140, 200, 140))
"""Of each curve, blue, green, red."""

WIDTH, HEIGHT, MARGIN = 900, 480, 60
SMOOTH = 15
"""Lines of the log that a point of a curve is the mean of."""

LOWEST = 0.01
"""Losses below are drawn as it; the scale is logarithmic."""


def entries(log: Path) -> list[dict[str, float]]:
    """What was logged, the last word on each step: an interrupted run does some of them again."""
    by_step = {entry["step"]: entry for entry in map(json.loads, log.read_text("utf-8").splitlines())}
    return [by_step[step] for step in sorted(by_step)]


def drawn(logged: Sequence[dict[str, float]]) -> NDArray[np.uint8]:
    """A picture of the curves, uint8 (HEIGHT, WIDTH, 3) BGR."""
    picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    steps = np.array([entry["step"] for entry in logged])
    losses = {name: smooth([max(LOWEST, entry[name]) for entry in logged]) for name in CURVES}
    top = max(1.0, max(float(values.max()) for values in losses.values()))
    for value in (LOWEST, 0.1, 1.0):
        row = int(height(value, top))
        cv2.line(picture, (MARGIN, row), (WIDTH - MARGIN, row), (220, 220, 220), 1)
        write(picture, f"{value:g}", (10, row + 4), (90, 90, 90))
    write(picture, f"step {steps[-1]:.0f}", (WIDTH - MARGIN - 60, HEIGHT - 20), (90, 90, 90))
    for place, (name, colour) in enumerate(zip(CURVES, COLOURS, strict=True)):
        across = MARGIN + (WIDTH - 2 * MARGIN) * steps / steps[-1]
        points = np.stack([across, height(losses[name], top)], 1).round().astype(np.int32)
        cv2.polylines(picture, [points], isClosed=False, color=colour, thickness=2, lineType=cv2.LINE_AA)
        write(picture, name, (MARGIN + 170 * place, 30), colour)
    return picture


def smooth(values: Sequence[float]) -> NDArray[np.float64]:
    """The mean of each value and those shortly before it."""
    sums = np.cumsum([0.0, *values])
    upto = np.arange(1, len(values) + 1)
    since = np.maximum(upto - SMOOTH, 0)
    return np.asarray((sums[upto] - sums[since]) / (upto - since))


def height(value: float | NDArray[np.float64], top: float) -> NDArray[np.float64]:
    """Row of a loss, pixels."""
    share = np.log(np.asarray(value, np.float64) / LOWEST) / np.log(top / LOWEST)
    return np.asarray(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share)


def write(picture: NDArray[np.uint8], text: str, place: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Letter a few words into the picture, from their bottom left."""
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)


def main() -> None:
    """Draw as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    logged = entries(options.run / "log.jsonl")
    if not logged:
        parser.error(f"{options.run} has logged nothing yet")
    if not cv2.imwrite(str(options.picture), drawn(logged)):
        parser.error(f"{options.picture} could not be written")


if __name__ == "__main__":
    main()
