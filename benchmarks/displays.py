"""How well coordinates of on-screen displays are covered, in every notation and kind of lettering, and what else is.

    python -m benchmarks.displays [--rounds 2] [--seed 0] [--long-side 960] [--misses FOLDER]

Displays are drawn over pictures of samples/card and over generated grounds, at the sizes they have in frames of 480 to
2160 lines, as dashcams, drones, goggles and ground stations write them. The same seed draws the same pictures where
the same fonts are installed: Roboto is the lettering of DJI and Android (`apt install fonts-roboto-unhinted`), DejaVu
that of many ground stations (`apt install fonts-dejavu-core`); without them Pillow's own font stands in, and the rest
needs nothing but what pip installed. A line counts as covered when nine tenths of the box of its letters are.
--long-side shows the detector smaller frames, as it is shown those of a clip. --misses writes the pictures in which a
line was missed or something else was covered.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from benchmarks.drawn import NOTATIONS, Display, drawn
from redact.detectors.text import TextDetector
from redact.model import Box, Image

FAMILIES = ("dji", "sans", "mono", "hershey", "betaflight", "ardupilot")
"""The letterings, in the order of the table."""


def main() -> None:
    """Draw, look and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1, help="pictures of each notation in each lettering")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--long-side", type=int, default=0, help="scale frames down to so many pixels before the look")
    parser.add_argument("--misses", type=Path, help="folder for pictures that went wrong")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    run = Run(options.seed, options.long_side, options.misses)
    for number in range(options.rounds):
        for notation in NOTATIONS:
            for family in FAMILIES:
                run.look_at(notation, family, number)
    for family in FAMILIES:
        for number in range(3 * options.rounds):
            run.look_at(None, family, number)
    run.tell()


@dataclass
class Run:
    """The looks of one run, and what they gave."""

    seed: int
    long_side: int
    misses: Path | None
    places: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    readouts: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    excess: list[float] = field(default_factory=list)
    false: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.detector = TextDetector(labels=("coordinates",))

    def look_at(self, notation: str | None, family: str, number: int) -> None:
        """Draw one display with a place in that notation, or with none, and count what is covered."""
        rng = np.random.default_rng([self.seed, number, *f"{notation} {family}".encode()])
        display = drawn(rng, notation, family)
        began = time.process_time()
        regions = self._regions(display.image)
        self.seconds.append(time.process_time() - began)
        height, width = display.image.shape[:2]
        painted = mask(regions, width, height)
        places = [share(painted, box) >= 0.9 for box in display.places]
        readouts = [share(painted, box) >= 0.9 for box in display.readouts]
        wanted = mask((*display.places, *display.readouts), width, height)
        excess = float(np.mean(painted & ~wanted))
        if notation:
            self.places[notation, family] += places
            self.readouts[family] += readouts
            self.excess.append(excess)
        else:
            self.false.append(excess)
        if self.misses and (not all((*places, *readouts)) or (not notation and excess)):
            self._keep(display, regions, f"{notation} {family} {number}")

    def _regions(self, image: Image) -> list[Box]:
        scale = min(1.0, (self.long_side or max(image.shape)) / max(image.shape))
        shown = image if scale == 1 else np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=3))
        across, down = image.shape[1] / shown.shape[1], image.shape[0] / shown.shape[0]
        return [found.region.bounds.scaled(across, down) for found in self.detector.detect(shown.astype(np.uint8))]

    def _keep(self, display: Display, regions: Sequence[Box], name: str) -> None:
        assert self.misses is not None
        self.misses.mkdir(parents=True, exist_ok=True)
        picture = Pillow.fromarray(display.image)
        draw = ImageDraw.Draw(picture)
        for boxes, colour in ((regions, "red"), (display.places, "lime"), (display.readouts, "cyan")):
            for box in boxes:
                draw.rectangle((box.left, box.top, box.right, box.bottom), outline=colour)
        picture.save(self.misses / f"{re.sub('[^A-Za-z0-9]+', '-', name)}.png")

    def tell(self) -> None:
        """Print coverage by notation and lettering, what else was covered, and the cost."""
        print(f"{'places covered, of those drawn':34}" + "".join(f"{family:>12}" for family in FAMILIES))
        for notation in NOTATIONS:
            print(f"{notation:34}" + "".join(of(self.places[notation, family]) for family in FAMILIES))
        print(f"{'all':34}" + "".join(of(self._all(family)) for family in FAMILIES))
        print(f"{'readouts beside them':34}" + "".join(of(self.readouts[family]) for family in FAMILIES))
        every = [seen for row in self.places.values() for seen in row]
        beside = [seen for row in self.readouts.values() for seen in row]
        print(f"\nplaces {sum(every)} of {len(every)}, readouts {sum(beside)} of {len(beside)}")
        print(f"covered besides: {100 * np.mean(self.excess):.2f} % of pictures with a place")
        print(f"displays without a place: something covered in {np.count_nonzero(self.false)} of {len(self.false)}")
        print(f"cost: {np.mean(self.seconds):.2f} CPU s a picture, at most {max(self.seconds):.2f}, one thread")

    def _all(self, family: str) -> list[bool]:
        return [seen for (_, each), row in self.places.items() if each == family for seen in row]


def mask(boxes: Sequence[Box], width: int, height: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    covered = np.zeros((height, width), bool)
    for box in boxes:
        covered[max(0, int(box.top)) : int(np.ceil(box.bottom)), max(0, int(box.left)) : int(np.ceil(box.right))] = True
    return covered


def share(painted: np.ndarray[tuple[int, int], np.dtype[np.bool_]], box: Box) -> float:
    return float(painted[int(box.top) : int(box.bottom), int(box.left) : int(box.right)].mean())


def of(seen: Sequence[bool]) -> str:
    return f"{f'{sum(seen)}/{len(seen)}':>12}" if seen else f"{'-':>12}"


if __name__ == "__main__":
    main()
