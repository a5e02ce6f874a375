"""Pictures with displays drawn into them: the places and other lines they show, the letters, the ground behind.

What is drawn is decided by the generator of random numbers alone, where the same fonts are installed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from redact.model import Box, Image
from training.glyphs import Mask, Strokes, written

Rng: TypeAlias = np.random.Generator
Colour: TypeAlias = tuple[int, int, int]
Lettering: TypeAlias = Callable[[str, int], tuple[Mask, Mask]]
"""A line at that height in pixels -> opacity of its ink and of its edge, uint8 (height, width), 0 to 255."""

CARD = Path(__file__).parent.parent / "samples" / "card"
FREE = ("car.jpg", "cup.png", "portrait.jpg", "rocket.jpg")
"""Pictures of the samples that bear no coordinates."""

FRAMES = ((640, 480), (848, 480), (1280, 720), (1920, 1080), (2704, 1520), (3840, 2160))
LINES_IN_A_FRAME = (18, 28, 40, 54)
"""How many lines of that height would fill the frame: drones write large, ground stations and dashcams small."""
ROWS_OF_A_CHIP = (13, 16, 20, 28)
"""The same for display chips, whose grids are of 13, 16, 18 or 20 rows, and for goggles shown beside something else."""

COLOURS: dict[str, tuple[Colour, Colour]] = {
    "light": ((255, 255, 255), (0, 0, 0)),
    "dark": ((10, 10, 10), (245, 245, 245)),
}
ROBOTO = "/usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Light.ttf"
DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"


@dataclass(frozen=True, slots=True)
class Display:
    """A picture with a display burned in, and the boxes of the letters of its lines."""

    image: Image
    places: tuple[Box, ...]
    readouts: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand below each other: each with what it is to the run, "place", "readout" or "other"."""

    lines: tuple[tuple[str, str], ...]


def drawn(rng: Rng, notation: str | None, family: str) -> Display:
    """A display in that lettering over some ground; with a place in that notation, or with other lines alone."""
    width, height = FRAMES[rng.integers(len(FRAMES))]
    image = ground(rng, width, height)
    rows = ROWS_OF_A_CHIP if family in ("betaflight", "ardupilot") else LINES_IN_A_FRAME
    size = max(14, height // int(rng.choice(rows)))
    ink_colour, edge_colour = COLOURS[rng.choice(["light", "light", "light", "dark"])]
    behind = 0.65 if rng.random() < 0.25 else 0.0
    lettering = LETTERINGS[family]
    blocks = place_blocks(rng, notation) if notation else ()
    blocks = (*blocks, *other_blocks(rng, 4 - len(blocks)))
    boxes: dict[str, list[Box]] = defaultdict(list)
    taken: list[Box] = []
    corners = [(x, y) for y in ("top", "bottom") for x in ("left", "right")]
    for block, corner in zip(blocks, rng.permutation(corners).tolist(), strict=False):
        masks = [(kind, *fitting(lettering, text, size, width * 0.94)) for kind, text in block.lines]
        gap = max(2, size // 5)
        total = sum(ink.shape[0] + gap for _, ink, _ in masks)
        widest = max(ink.shape[1] for _, ink, _ in masks)
        top = int(0.03 * height) if corner[1] == "top" else height - int(0.03 * height) - total
        area = Box(0, top, 0.03 * width + widest, top + total)
        area = area if corner[0] == "left" else area.shifted(0.97 * width - widest, 0)
        if any(area.grown(2 * size, 0, 2 * size, 0).overlap(other) for other in taken):
            continue
        taken.append(area)
        for kind, ink, edge in masks:
            left = int(0.03 * width) if corner[0] == "left" else width - int(0.03 * width) - ink.shape[1]
            inks = ((edge, edge_colour), (ink, ink_colour))
            boxes[kind].append(burn(image, inks, (left, max(0, top)), behind))
            top += ink.shape[0] + gap
    return Display(compressed(rng, image), tuple(boxes["place"]), tuple(boxes["readout"]))


def fitting(lettering: Lettering, text: str, size: int, widest: float) -> tuple[Mask, Mask]:
    ink, edge = lettering(text, size)
    return (ink, edge) if ink.shape[1] <= widest else lettering(text, int(size * widest / ink.shape[1]))


def burn(
    image: Image, inks: tuple[tuple[Mask, Colour], tuple[Mask, Colour]], at: tuple[int, int], behind: float
) -> Box:
    """Write a line, its edge and its ink, on a ground of the edge's colour of that opacity; returns the ink's box."""
    left, top = at
    rows, columns = slice(top, top + inks[0][0].shape[0]), slice(left, left + inks[0][0].shape[1])
    part = image[rows, columns].astype(np.float64)
    part += behind * (np.array(inks[0][1]) - part)
    for opacity, colour in inks:
        share_ = opacity[: part.shape[0], : part.shape[1], None] / 255
        part += share_ * (np.array(colour) - part)
    image[rows, columns] = part.astype(np.uint8)
    x, y, across, down = cv2.boundingRect((inks[1][0] > 60).astype(np.uint8))
    return Box(left + x, top + y, left + x + across, top + y + down)


def place_blocks(rng: Rng, notation: str) -> tuple[Block, ...]:
    lines = NOTATIONS[notation](rng)
    if notation == "decimal, two corners":
        return tuple(Block((("place", line),)) for line in lines)
    around = [("readout", text) for text in rng.choice(READOUTS, rng.integers(0, 3), replace=False).tolist()]
    block = [("place", line) for line in lines]
    return (Block(tuple(around + block if rng.random() < 0.5 else block + around)),)


def other_blocks(rng: Rng, count: int) -> tuple[Block, ...]:
    kinds = rng.permutation(len(OTHERS))[:count]
    return tuple(
        Block(tuple(("other", OTHERS[kind][rng.integers(len(OTHERS[kind]))]) for _ in range(rng.integers(1, 3))))
        for kind in kinds
    )


def ground(rng: Rng, width: int, height: int) -> Image:
    """A photograph, a haze, a patchwork or noise."""
    kind = rng.integers(7)
    if kind < len(FREE):
        picture = Pillow.open(CARD / FREE[kind]).convert("RGB")
        return np.array(picture.resize((width, height), Pillow.Resampling.BICUBIC))
    cells = {4: 3, 5: 24, 6: 160}[int(kind)]
    low, high = (20, 236) if kind == 4 else (60, 190)
    coarse = rng.integers(low, high, (cells, cells * 16 // 9, 3), dtype=np.uint8)
    way = cv2.INTER_CUBIC if kind == 4 else cv2.INTER_LINEAR
    return np.array(cv2.resize(coarse, (width, height), interpolation=way), np.uint8)


def compressed(rng: Rng, image: Image) -> Image:
    """The picture as it comes out of a camera's coding."""
    if rng.random() < 0.3:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.6 * image.shape[0] / 1080), np.uint8)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 95))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def outlined_font(path: str | None) -> Lettering:
    """A font with a thin dark edge; Pillow's own where that one is not installed."""

    def write(line: str, size: int) -> tuple[Mask, Mask]:
        font = ImageFont.truetype(path, size) if path and Path(path).exists() else ImageFont.load_default(size)
        stroke = max(1, size // 16)
        left, top, right, bottom = font.getbbox(line, stroke_width=stroke)
        shape = (int(right - left) + 2, int(bottom - top) + 2)
        layers = []
        for wide in (0, stroke):
            layer = Pillow.new("L", shape)
            ImageDraw.Draw(layer).text((1 - left, 1 - top), line, fill=255, font=font, stroke_width=wide)
            layers.append(np.array(layer))
        return layers[0], layers[1]

    return write


def hershey(line: str, size: int) -> tuple[Mask, Mask]:
    """OpenCV's strokes, which know no degree sign: its users write a space or nothing."""
    scale, plain = size / 30, line.replace("°", " ").replace("⌖", "")
    wide = max(1, round(size / 16))
    (across, down), base = cv2.getTextSize(plain, cv2.FONT_HERSHEY_SIMPLEX, scale, wide)
    layers = []
    for thickness in (wide, wide + 2):
        layer = np.zeros((down + base + 4, across + 4), np.uint8)
        cv2.putText(layer, plain, (2, down + 2), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thickness, cv2.LINE_AA)
        layers.append(layer)
    return layers[0], layers[1]


def chip(strokes: Strokes) -> Lettering:
    """Cells of a display chip, blown up to the size."""

    def write(line: str, size: int) -> tuple[Mask, Mask]:
        ink, edge = (255 * layer for layer in written(line, strokes))
        scale = size / ink.shape[0]
        grown = (max(1, round(ink.shape[1] * scale)), size)
        way = cv2.INTER_LINEAR if scale >= 1 else cv2.INTER_AREA
        return np.asarray(cv2.resize(ink, grown, interpolation=way)), np.asarray(
            cv2.resize(edge, grown, interpolation=way)
        )

    return write


LETTERINGS: dict[str, Lettering] = {
    "dji": outlined_font(ROBOTO),
    "sans": outlined_font(None),
    "mono": outlined_font(DEJAVU),
    "hershey": hershey,
    "betaflight": chip("wide"),
    "ardupilot": chip("thin"),
}


@dataclass(frozen=True, slots=True)
class Somewhere:
    """A place with the parts of its notations."""

    latitude: float
    longitude: float

    def parts(self) -> dict[str, object]:
        """For n(orth) and e(ast): the value, its amount, hemisphere, degrees, minutes and what is left, seconds."""
        told: dict[str, object] = {}
        for name, value, letters in (("n", self.latitude, "NS"), ("e", self.longitude, "EW")):
            minutes = abs(value) % 1 * 60
            told |= {name: value, f"{name}a": abs(value), f"{name}h": letters[value < 0], f"{name}d": int(abs(value))}
            told |= {f"{name}f": minutes, f"{name}m": int(minutes), f"{name}s": int(minutes % 1 * 600) / 10}
        return told


def spelled(*lines: str) -> Callable[[Rng], tuple[str, ...]]:
    def write(rng: Rng) -> tuple[str, ...]:
        parts = Somewhere(float(rng.uniform(-70, 70)), float(rng.uniform(-179, 179))).parts()
        return tuple(line.format(**parts) for line in lines)

    return write


def grid(pattern: str) -> Callable[[Rng], tuple[str, ...]]:
    def write(rng: Rng) -> tuple[str, ...]:
        zone, band = rng.integers(1, 61), rng.choice(list("CDEFGHJKLMNPQRSTUVWX"))
        square = rng.choice(list("ABCDEFGHJKLMNPQRSTUVWXYZ")) + rng.choice(list("ABCDEFGHJKLMNPQRSTUV"))
        east, north = rng.integers(100_000, 900_000), rng.integers(1_000_000, 9_999_999)
        return (pattern.format(z=zone, b=band, q=square, e=east, n=north, x=east % 100_000, y=north % 100_000),)

    return write


def plus_code(rng: Rng) -> tuple[str, ...]:
    first, second = rng.choice(list("23456789C")), rng.choice(list("23456789CFGHJMPQRV"))
    letters = "".join(rng.choice(list("23456789CFGHJMPQRVWX"), 8))
    return (f"{first}{second}{letters[:6]}+{letters[6:]}",)


NOTATIONS: dict[str, Callable[[Rng], tuple[str, ...]]] = {
    "decimal": spelled("{n:.6f}, {e:.6f}"),
    "decimal, hemisphere before": spelled("{nh}{na:.5f} {eh}{ea:.5f}"),
    "decimal, hemisphere after": spelled("{na:.4f}°{nh} {ea:.4f}°{eh}"),
    "decimal, labelled": spelled("LAT {n:.5f} LON {e:.5f}"),
    "decimal, labelled, two lines": spelled("Lat: {n:.7f}", "Lng: {e:.7f}"),
    "decimal, two lines": spelled("{n:.7f}", "{e:.7f}"),
    "decimal, icons, two lines": spelled("⌖{n:.7f}", "⌖{e:.7f}"),
    "decimal, two corners": spelled("{n:.7f}", "{e:.7f}"),
    "decimal, GPS()": spelled("GPS ({e:.4f}, {n:.4f}, 19)"),
    "seconds, hemisphere before": spelled("{nh}{nd}°{nm:02d}'{ns:04.1f}\" {eh}{ed:03d}°{em:02d}'{es:04.1f}\""),
    "seconds, hemisphere after": spelled("{nd}°{nm:02d}'{ns:04.1f}\"{nh} {ed}°{em:02d}'{es:04.1f}\"{eh}"),
    "seconds, two lines": spelled("{nh} {nd}°{nm:02d}'{ns:04.1f}\"", "{eh} {ed}°{em:02d}'{es:04.1f}\""),
    "minutes": spelled("{nh}{nd}°{nf:06.3f}' {eh}{ed:03d}°{ef:06.3f}'"),
    "minutes, spaces": spelled("{nd} {nf:07.4f} {nh}  {ed:03d} {ef:07.4f} {eh}"),
    "minutes, packed": spelled("{nd:02d}{nf:07.4f}{nh} {ed:03d}{ef:07.4f}{eh}"),
    "MGRS": grid("{z}{b} {q} {x:05d} {y:05d}"),
    "MGRS, glued": grid("{z}{b}{q}{x:05d}{y:05d}"),
    "UTM": grid("{z}{b} {e} {n}"),
    "UTM, letters": grid("{z}{b} E{e} N{n}"),
    "plus code": plus_code,
}

READOUTS = (
    "ALT 120.5m",
    "H:120m D:345m",
    "HOME 345m",
    "DIST 1.2km",
    "REL 120",
    "H 87.4m D 1203m",
    "SPD 12.4m/s",
    "HDG 245°",
    "ALT 394FT",
    "H.S 12.4m/s V.S 0.3m/s",
    "AGL 87m",
    "BRG 127",
    "45 km/h",
)

OTHERS = (
    ("12:30:45", "14:22", "REC 00:12:33", "00:12:33.04"),
    ("2024-06-11 14:22:05", "11.06.2024", "06/11/2024 2:30 PM", "11 JUN 2024"),
    ("$12.99", "EUR 1.234,56", "2 FOR 19.98", "PRICE 10.49"),
    ("B AB 1234", "AB12 CDE", "7ABC123", "KA 03 5812"),
    ("50", "SPEED LIMIT 80", "120 km/h", "EXIT 47A"),
    ("Where were you on Friday", "I told you that already.", "- No. 17 is at the door"),
    ("HOME 3 AWAY 2", "21-14", "ARS 1:2 CHE 45:00", "SET 6-4 3-6 7-5"),
    ("16.2V 3.5A", "BAT 72%", "RSSI 98", "ISO100 1/500 EV0", "F2.8 1/250 ISO 400"),
    ("H 120m", "ALT 123m", "SPD 12.4m/s", "HDG 245", "DIST 1.2km", "HOME 345m"),
    ("192.168.10.25", "v5.0.0.93", "555-0134-778", "+49 170 1234567"),
)
