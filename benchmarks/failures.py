"""Where the default preset stops covering a face or a plate: a sheet of pictures that get worse from left to right.

    python -m benchmarks.failures [SHEET]

Draws SHEET, which is docs/pictures/failures.jpg where nothing is named, and prints the limits. All pictures are made
from the free ones in samples/card, by numbers that are fixed. Each is tried at several places in its frame: framed
green where all were covered, red where one was not; what is below it says how many were. Plates come from
`training/plates` and are left out where that is not there.

One face and a few plates: a picture of how things fail, no measure of how often. That is `detection.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

import redact
from redact import plugins
from redact.contracts import Looker
from redact.model import Box, Image

ROOT = Path(__file__).parent.parent
CARD = ROOT / "samples" / "card"
SHEET = ROOT / "docs" / "pictures" / "failures.jpg"

FACE = Box(174, 64, 276, 188)
"""The face of the portrait by eye: hairline to chin, ear to ear, pixels."""

PLATE = Box(386, 436, 574, 488)
"""Where the car of the samples bears its plate, pixels."""

COVERED = 0.9
"""Share of a thing's area that has to be painted."""

TRIES = 5
FRAME_PX = 256
FACE_PX = 60
"""Height of the face in whatever row it does not shrink in."""

PHOTONS, MISREAD = 4000, 4

CELL_PX, CAPTION_PX, TITLE_PX = 104, 16, 22
GREEN, RED = (34, 150, 62), (204, 36, 36)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture and what has to be covered in it.

    image: uint8 (height, width, 3) RGB
    thing: pixels of the image, inside it
    """

    image: Image
    thing: Box


@dataclass(frozen=True, slots=True)
class Row:
    """One way to get worse.

    make:    degree and random numbers -> a shot
    degrees: from the easiest on
    unit:    of a degree, as a format
    """

    title: str
    label: str
    make: Callable[[float, np.random.Generator], Shot]
    degrees: Sequence[float]
    unit: str


@dataclass(frozen=True, slots=True)
class Cell:
    """The first try at one degree, and how many of all were covered."""

    shot: Shot
    caption: str
    covered: int


def main() -> None:
    """Try every row, print where each one fails, and draw the sheet."""
    cv2.setNumThreads(1)
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SHEET
    every = rows()
    labels = sorted({row.label for row in every})
    lookers = {label: plugins.load(redact.Policy(hide={label: redact.Blur()})) for label in labels}
    tried = [(row, [cell(row, degree, lookers[row.label]) for degree in row.degrees]) for row in every]
    for row, cells in tried:
        print(f"{row.title}: {', '.join(f'{each.caption} {each.covered}/{TRIES}' for each in cells)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet(tried).save(target, quality=80, optimize=True)


def rows() -> list[Row]:
    """All ways to get worse; plates only where they can be drawn."""
    faces = [
        Row("Smaller: height of the face", "face", shrunk, (48, 32, 24, 16, 12, 10, 8, 6), "{:g} px"),
        Row("Darker: halvings of the light", "face", darkened, (0, 3, 6, 7, 8, 9, 10, 11), "{:g} stops"),
        Row("Turned in the picture", "face", turned, (0, 30, 60, 90, 120, 140, 160, 180), "{:g} degrees"),
        Row(
            "Masked from the chin up: share of the face",
            "face",
            masked,
            (0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
            "{:.0%}",
        ),
        Row(
            "Blurred: spread, in heights of the face",
            "face",
            blurred,
            (0, 0.04, 0.08, 0.1, 0.12, 0.14, 0.17, 0.2),
            "{:g}",
        ),
        Row("Cut by the border: share that is left", "face", cut, (1, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2), "{:.0%}"),
    ]
    try:
        from training.plates import draw
    except ModuleNotFoundError:
        return faces

    def on_car(height: float, random: np.random.Generator) -> Shot:
        plate = draw(random)
        return borne(plate.image, plate.corners, height)

    return [*faces, Row("Plates, smaller: height", "plate", on_car, (48, 32, 24, 20, 16, 12, 10, 8), "{:g} px")]


def cell(row: Row, degree: float, looker: Looker) -> Cell:
    """All tries at one degree; the same for the same row and degree."""
    shots = [row.make(degree, np.random.default_rng(seed)) for seed in range(TRIES)]
    return Cell(shots[0], row.unit.format(degree), sum(is_covered(shot, looker) for shot in shots))


def is_covered(shot: Shot, looker: Looker) -> bool:
    """True when as much of the thing as has to be lies under what the looker finds."""
    height, width = shot.image.shape[:2]
    painted = np.zeros((height, width), bool)
    for found in looker.detect(shot.image):
        box = found.region.bounds
        painted[int(box.top) : int(np.ceil(box.bottom)), int(box.left) : int(np.ceil(box.right))] = True
    thing = shot.thing
    return bool(
        painted[round(thing.top) : round(thing.bottom), round(thing.left) : round(thing.right)].mean() >= COVERED
    )


def shrunk(height: float, random: np.random.Generator) -> Shot:
    """The portrait, so that the face is that high, on the picture of a cup."""
    portrait, face = scaled(read("portrait.jpg"), FACE, height / FACE.height)
    ground = np.array(cv2.resize(read("cup.png"), (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_AREA), np.uint8)
    left, top = random.integers(0, max(1, FRAME_PX - portrait.shape[1]), 2).tolist()
    part = portrait[: FRAME_PX - top, : FRAME_PX - left]
    ground[top : top + part.shape[0], left : left + part.shape[1]] = part
    return Shot(ground, face.shifted(left, top))


def darkened(stops: float, random: np.random.Generator) -> Shot:
    """Less light, in a camera that counts so many photons where it is brightest and misreads by a few."""
    shot = framed(random)
    light = (shot.image / 255.0) ** 2.2 * 0.5**stops
    counted = random.poisson(light * PHOTONS) + random.normal(0, MISREAD, light.shape)
    return Shot(in_bytes(255 * (counted.clip(0) / PHOTONS) ** (1 / 2.2)), shot.thing)


def turned(degrees: float, random: np.random.Generator) -> Shot:
    """Turned about the face, of which the middle has to be covered: a square that is as wide, whatever the turn."""
    shot = framed(random)
    middle = (shot.thing.left + shot.thing.right) / 2, (shot.thing.top + shot.thing.bottom) / 2
    about = cv2.getRotationMatrix2D(middle, degrees, 1)
    side = shot.thing.width / 2
    thing = Box(middle[0] - side, middle[1] - side, middle[0] + side, middle[1] + side)
    image = cv2.warpAffine(shot.image, about, (FRAME_PX, FRAME_PX), borderMode=cv2.BORDER_REPLICATE)
    return Shot(np.asarray(image, np.uint8), thing)


def masked(share: float, random: np.random.Generator) -> Shot:
    """A plain cloth over the face from the chin up."""
    shot = framed(random)
    thing, image = shot.thing, shot.image.copy()
    edge, chin = round(thing.bottom - share * thing.height), round(thing.bottom)
    image[edge:chin, round(thing.left) : round(thing.right)] = (168, 196, 214)
    return Shot(image, thing)


def blurred(spread: float, random: np.random.Generator) -> Shot:
    """Out of focus."""
    shot = framed(random)
    image = cv2.GaussianBlur(shot.image, (0, 0), spread * shot.thing.height) if spread else shot.image
    return Shot(np.asarray(image, np.uint8), shot.thing)


def cut(share: float, random: np.random.Generator) -> Shot:
    """The left border takes away all but so much of the face."""
    shot = framed(random)
    gone = round(shot.thing.left + (1 - share) * shot.thing.width)
    left = shot.thing.shifted(-gone, 0).clipped(FRAME_PX, FRAME_PX)
    return Shot(np.ascontiguousarray(shot.image[:, gone:]), left or shot.thing)


def borne(plate: Image, corners: NDArray[np.float32], height: float) -> Shot:
    """The drawn car with that plate, which is that high.

    plate:   uint8 (height, width, 4) RGBA
    corners: (4, 2) of the plate in it, from the top left clockwise
    """
    car = read("car.jpg").copy()
    car[round(PLATE.top) : round(PLATE.bottom), round(PLATE.left) : round(PLATE.right)] = (30, 62, 98)
    tall, wide = np.ptp(corners[:, 1]), np.ptp(corners[:, 0])
    share = min(PLATE.height / tall, 1.4 * PLATE.width / wide)
    size = round(plate.shape[1] * share), round(plate.shape[0] * share)
    small = np.asarray(cv2.resize(plate, size, interpolation=cv2.INTER_AREA), np.uint8)
    left = round((PLATE.left + PLATE.right - small.shape[1]) / 2)
    top = round((PLATE.top + PLATE.bottom - small.shape[0]) / 2)
    there = car[top : top + small.shape[0], left : left + small.shape[1]]
    opacity = small[..., 3:] / 255.0
    there[:] = in_bytes(small[..., :3] * opacity + there * (1 - opacity))
    ends = corners.min(axis=0) * share, corners.max(axis=0) * share
    thing = Box(left + ends[0][0], top + ends[0][1], left + ends[1][0], top + ends[1][1])
    return Shot(*scaled(car, thing, height / thing.height))


def framed(random: np.random.Generator) -> Shot:
    """The portrait with a face as high as in most rows, somewhere near the middle of its frame."""
    portrait, face = scaled(read("portrait.jpg"), FACE, FACE_PX / FACE.height)
    middle = (face.left + face.right) / 2, (face.top + face.bottom) / 2
    left, top = (FRAME_PX / 2 - np.array(middle) + random.integers(-12, 13, 2)).round().astype(int).tolist()
    shift = np.array([[1, 0, left], [0, 1, top]], np.float64)
    image = cv2.warpAffine(portrait, shift, (FRAME_PX, FRAME_PX), borderMode=cv2.BORDER_REPLICATE)
    return Shot(np.asarray(image, np.uint8), face.shifted(left, top))


def scaled(image: Image, thing: Box, scale: float) -> tuple[Image, Box]:
    """A picture and a box in it at that scale."""
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small, thing.scaled(size[0] / image.shape[1], size[1] / image.shape[0])


def read(name: str) -> Image:
    """One of the samples, RGB."""
    with Pillow.open(CARD / name) as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)


def in_bytes(values: NDArray[np.float64]) -> Image:
    """Brightness from 0 to 255 as bytes."""
    return np.asarray(values.round().clip(0, 255), np.uint8)


def sheet(tried: Sequence[tuple[Row, Sequence[Cell]]]) -> Pillow.Image:
    """All rows below each other."""
    across = max(len(cells) for _, cells in tried)
    line = TITLE_PX + CELL_PX + CAPTION_PX
    page = Pillow.new("RGB", (across * CELL_PX, len(tried) * line), "white")
    pen = ImageDraw.Draw(page)
    for number, (row, cells) in enumerate(tried):
        top = number * line
        pen.text((4, top + 4), row.title, "black", ImageFont.load_default(14))
        for column, each in enumerate(cells):
            left = column * CELL_PX
            page.paste(thumbnail(each), (left + 2, top + TITLE_PX))
            told = f"{each.caption}: {each.covered} of {TRIES}"
            pen.text((left + CELL_PX / 2, top + TITLE_PX + CELL_PX), told, "black", ImageFont.load_default(11), "ma")
    return page


def thumbnail(each: Cell) -> Pillow.Image:
    """What is about the thing, framed in the colour of what became of it."""
    thing, image = each.shot.thing, each.shot.image
    side = max(1.6 * max(thing.width, thing.height), 24)
    middle = (thing.left + thing.right) / 2, (thing.top + thing.bottom) / 2
    left, top = (round(value - side / 2) for value in middle)
    inner = CELL_PX - 12
    way = Pillow.Resampling.NEAREST if side < inner else Pillow.Resampling.BOX
    part = Pillow.fromarray(image).crop((left, top, left + round(side), top + round(side))).resize((inner, inner), way)
    frame = Pillow.new("RGB", (CELL_PX - 4, CELL_PX - 4), GREEN if each.covered == TRIES else RED)
    frame.paste(part, (4, 4))
    return frame


if __name__ == "__main__":
    main()
