"""How well codes are covered, by symbology and size, how much else is, and what it costs.

    python benchmarks/codes.py [--scenes N] [--seed S]

Every scene is made here: a symbol that zxing-cpp writes, in perspective on a free picture of `samples/` or on a
texture drawn here, some tilted, blurred, noisy, dirty, light on dark, or mirrored. A symbol counts as covered when
nine tenths of it and of its quiet zone are painted. Beside our detector stand, in the same run, zxing-cpp asked once
and OpenCV's own QR and barcode detectors, each grown by a share of its size that is about the quiet zone. The negatives
are the same grounds with nothing on them, textures made to look like bars and matrices among them. MaxiCode has no row,
since nothing here finds it.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from redact.detectors.code import CodeDetector
from redact.model import Box, Image, Region

Points: TypeAlias = NDArray[np.float32]
"""(4, 2): x, y of corners, in turn."""

Gray: TypeAlias = NDArray[np.uint8]

SAMPLES = Path(__file__).parent.parent / "samples" / "card"

CONTENT = {
    "QRCode": "https://example.org/{}",
    "MicroQRCode": "{}",
    "RMQRCode": "example.org/{}",
    "DataMatrix": "example.org/{}",
    "Aztec": "example.org/{}",
    "PDF417": "example.org/{}",
    "EAN13": "978014{}",
    "UPCA": "12345{}",
    "Code128": "AB-{}",
    "Code39": "AB-{}",
    "ITF": "{}",
    "Codabar": "A{}B",
}
"""Symbology and what is written in it; braces stand for six digits."""

MODULES_PX = (1.5, 2.0, 3.0, 5.0, 9.0)
"""Width of a module, pixels."""

WAYS = ("plain", "tilted", "perspective", "blurred", "noisy", "dirty", "inverted", "mirrored")

COVERED = 0.9


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture with one code in it.

    truth: corners of symbol and quiet zone
    """

    image: Image
    truth: Points
    symbology: str
    module: float
    way: str


@dataclass(slots=True)
class Contender:
    """One way to look, and how it did."""

    name: str
    look: Callable[[Image], Iterable[Region]]
    hits: dict[tuple[str, str], list[bool]] = field(default_factory=dict)
    beside: list[float] = field(default_factory=list)
    without: list[float] = field(default_factory=list)
    seconds: float = 0.0
    megapixels: float = 0.0

    def painted(self, image: Image) -> NDArray[np.bool_]:
        """The pixels that this contender would paint, (height, width)."""
        began = time.process_time()
        regions = list(self.look(image))
        self.seconds += time.process_time() - began
        self.megapixels += image.shape[0] * image.shape[1] / 1e6
        return filled(regions, image)

    def note(self, scene: Scene) -> None:
        """Look at a scene."""
        painted = self.painted(scene.image)
        truth = outline(scene.truth, scene.image)
        hit = bool(painted[truth].mean() >= COVERED)
        for group in (scene.symbology, scene.way):
            self.hits.setdefault((group, f"{scene.module:g}"), []).append(hit)
            self.hits.setdefault((group, "all"), []).append(hit)
        self.beside.append(float((painted & ~truth).mean()))


def main() -> None:
    """Make the scenes, look at them with every contender, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", type=int, default=1, help="of each symbology, size and way")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    detector = CodeDetector()
    contenders = (
        Contender("ours", lambda image: [found.region for found in detector.detect(image)]),
        Contender("zxing-cpp x1", zxing_once),
        Contender("OpenCV", opencv()),
    )
    for scene in scenes(options.scenes, options.seed):
        for contender in contenders:
            contender.note(scene)
    for ground in itertools.chain(photographs(), textures(np.random.default_rng(options.seed))):
        for contender in contenders:
            contender.without.append(float(contender.painted(ground).mean()))
    for groups in (tuple(CONTENT), WAYS):
        table(contenders, groups)
    for each in contenders:
        print(
            f"{each.name:14} beside codes {100 * np.mean(each.beside):.2f} %, without codes "
            f"{100 * np.mean(each.without):.3f} %, {each.seconds / each.megapixels:.3f} CPU s/MP"
        )


def table(contenders: Sequence[Contender], groups: Sequence[str]) -> None:
    """Print coverage in per cent, a row for each group and a column for each contender and size."""
    columns = [*(f"{module:g}" for module in MODULES_PX), "all"]
    heads = "".join(f"{each.name + ', px:':>14}" + "".join(f"{column:>5}" for column in columns) for each in contenders)
    print(f"{'':12}{heads}")
    for group in groups:
        cells = ""
        for each in contenders:
            cells += " " * 14
            cells += "".join(f"{100 * np.mean(each.hits[group, column]):5.0f}" for column in columns)
        print(f"{group:12}{cells}")


def scenes(count: int, seed: int) -> Iterator[Scene]:
    """So many scenes of each symbology, size and way."""
    randomness = np.random.default_rng(seed)
    grounds = [*photographs(), *textures(randomness)]
    for symbology, module, way, _ in itertools.product(CONTENT, MODULES_PX, WAYS, range(count)):
        ground = grounds[randomness.integers(len(grounds))]
        yield scene(ground, symbology, module, way, randomness)


def scene(ground: Image, symbology: str, module: float, way: str, randomness: np.random.Generator) -> Scene:
    """The code on a part of the ground that is a good deal larger."""
    digits = "".join(map(str, randomness.integers(0, 10, 6)))
    symbol = drawn(symbology, CONTENT[symbology].format(digits))
    if way == "inverted":
        symbol = 255 - symbol
    if way == "mirrored":
        symbol = np.ascontiguousarray(symbol[:, ::-1])
    height, width = (side / 8 * module for side in symbol.shape)
    corners = placed(width, height, way, randomness)
    room = np.asarray(randomness.uniform(30, 120, 4))
    corners = np.asarray(corners + room[:2] - corners.min(0), np.float32)
    size = np.ceil(corners.max(0) + room[2:]).astype(int)
    picture = stretched(ground, int(size[0]), int(size[1]))
    warped, mask = laid(symbol, corners, picture)
    dark, light = randomness.integers(5, 70), randomness.integers(170, 250)
    toned = dark + warped.astype(np.float32) * (light - dark) / 255
    picture = np.where(mask[..., None] > 0, toned[..., None], picture).astype(np.uint8)
    if way == "dirty":
        picture = smeared(picture, corners, randomness)
    if way == "blurred":
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.55 * module), np.uint8)
    if way == "noisy":
        noise = randomness.normal(0, 18, picture.shape)
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    return Scene(compressed(picture, int(randomness.integers(60, 95))), corners, symbology, module, way)


def drawn(symbology: str, content: str) -> Gray:
    """The symbol with its quiet zone, 8 pixels a module, uint8 (height, width)."""
    barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat[symbology])
    return np.array(zxingcpp.write_barcode_to_image(barcode, scale=8), np.uint8)


def placed(width: float, height: float, way: str, randomness: np.random.Generator) -> Points:
    """Corners of a symbol of that size, turned and foreshortened as its way asks for."""
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    turn = np.radians(randomness.uniform(-180, 180) if way == "tilted" else randomness.normal(0, 4))
    turned = corners @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    if way == "perspective":
        turned += randomness.uniform(-0.12, 0.12, (4, 2)) * min(width, height)
    return np.asarray(turned, np.float32)


def laid(symbol: Gray, corners: Points, picture: Image) -> tuple[Gray, Gray]:
    """The symbol in perspective, and a mask of where it lies, each (height, width)."""
    height, width = symbol.shape
    # Sampled at four times the size, so that modules smaller than pixels become grey and not ragged.
    fine = (picture.shape[1] * 4, picture.shape[0] * 4)
    origin = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    way = cv2.getPerspectiveTransform(origin, corners * 4)
    layers = (cv2.warpPerspective(layer, way, fine) for layer in (symbol, np.full_like(symbol, 255)))
    small = [cv2.resize(layer, picture.shape[1::-1], interpolation=cv2.INTER_AREA) for layer in layers]
    return np.asarray(small[0], np.uint8), np.asarray(small[1], np.uint8)


def smeared(picture: Image, corners: Points, randomness: np.random.Generator) -> Image:
    """The picture with a blot on the middle of the code, of a quarter of its lesser side: few can be read after it."""
    (left, top), (right, bottom) = corners.min(0), corners.max(0)
    side = min(right - left, bottom - top)
    middle = np.array([(left + right) / 2, (top + bottom) / 2]) + randomness.normal(0, side / 12, 2)
    return np.asarray(
        cv2.circle(picture.copy(), middle.astype(int).tolist(), int(side / 4), (90, 80, 70), -1), np.uint8
    )


def stretched(ground: Image, width: int, height: int) -> Image:
    """The ground, cut or stretched to that size."""
    part = ground[:height, :width]
    if part.shape[:2] == (height, width):
        return part
    return np.asarray(cv2.resize(ground, (width, height)), np.uint8)


def compressed(picture: Image, quality: int) -> Image:
    """As a JPEG of that quality comes back."""
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def photographs() -> Iterator[Image]:
    """The pictures of `samples/`."""
    for path in sorted(SAMPLES.iterdir()):
        picture = cv2.imread(str(path)) if path.suffix in (".jpg", ".png", ".webp") else None
        if picture is not None:
            yield np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def textures(randomness: np.random.Generator) -> Iterator[Image]:
    """Blinds, a fence, bricks, tiles, a page of writing, a chessboard, a crossword, noise, a keyboard and windows."""
    side = 800
    across, down = np.meshgrid(np.arange(side), np.arange(side))
    blinds = 110 + 100 * np.sign(np.sin(down / 3))
    fence = np.where(across % 23 < randomness.integers(5, 16, side)[down // 40], 60, 200)
    bricks = np.where((down % 24 < 3) | ((across + down // 24 % 2 * 30) % 60 < 3), 190, 120)
    chess = np.where((across // 40 + down // 40) % 2, 240, 15)
    crossword = np.kron(randomness.integers(0, 4, (40, 40)) > 0, np.ones((20, 20))) * 225 + 10
    windows = np.where((across % 50 < 30) & (down % 64 < 44), 40, 180)
    keys = np.where((across % 34 < 29) & (down % 30 < 25), 50, 160)
    noise = randomness.integers(0, 256, (side, side))
    for plane in (blinds, fence, bricks, chess, crossword, windows, keys, noise):
        yield np.repeat(np.clip(plane, 0, 255).astype(np.uint8)[..., None], 3, 2)
    page = np.full((side, side, 3), 245, np.uint8)
    for line in range(25, side, 22):
        words = "".join(chr(letter) for letter in randomness.integers(33, 126, 60))
        cv2.putText(page, words, (10, line), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1, cv2.LINE_AA)
    yield page


def zxing_once(image: Image) -> Iterator[Region]:
    """Zxing-cpp asked once, in the size the picture has."""
    for found in zxingcpp.read_barcodes(image):
        place = found.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        yield from box_around(np.array([(corner.x, corner.y) for corner in corners], np.float32))


def opencv() -> Callable[[Image], Iterator[Region]]:
    """OpenCV's QR detector and its barcode detector."""
    matrix, linear = cv2.QRCodeDetector(), cv2.barcode.BarcodeDetector()

    def look(image: Image) -> Iterator[Region]:
        for found, corners in (matrix.detectMulti(image), linear.detectMulti(image)):
            if found:
                for each in np.asarray(corners, np.float32):
                    yield from box_around(each)

    return look


def box_around(corners: Points) -> Iterator[Region]:
    """The box around the corners, a quarter larger on each side; none where they span nothing."""
    low, high = corners.min(0), corners.max(0)
    if (high > low).all():
        margin = (high - low).min() / 4
        yield Box(*(float(side) for side in (*(low - margin), *(high + margin))))


def filled(regions: Iterable[Region], image: Image) -> NDArray[np.bool_]:
    """The pixels within the regions, (height, width)."""
    mask = np.zeros(image.shape[:2], np.uint8)
    for region in regions:
        bounds = region.bounds
        box = ((bounds.left, bounds.top), (bounds.right, bounds.top), (bounds.right, bounds.bottom))
        points = (*box, (bounds.left, bounds.bottom)) if isinstance(region, Box) else region.points
        cv2.fillPoly(mask, [np.round(np.array(points)).astype(np.int32)], (1,))
    return mask.astype(bool)


def outline(corners: Points, image: Image) -> NDArray[np.bool_]:
    """The pixels within four corners, (height, width)."""
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), (1,))
    return mask.astype(bool)


if __name__ == "__main__":
    main()
