"""A plate as it leaves the press: ground, bands, captions, rows of letters and a rim, by a format.

Only what is printed and pressed is here: light on it is `surface`, age `wear`, what is screwed around it `fittings`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.plates.chance import happens, pick
from training.plates.colours import Colour, apart, cover, shade
from training.plates.emblems import EMBLEMS
from training.plates.formats import BREAKS, Band, Format
from training.plates.ground import ground
from training.plates.lettering import Hand, Mask, Writing, hand_of, line
from training.plates.writing import rows, write

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, px."""
QUARTER = np.deg2rad(np.linspace(0, 90, 5))
TURN = np.concatenate(
    [np.stack([np.cos(QUARTER + start), np.sin(QUARTER + start)], axis=1) for start in np.pi / 2 * np.arange(4)]
)
"""Points of the unit circle from the right over the bottom round, for rounded corners."""
CAPTIONS = ("sign", "sign", "plate", "plate", "narrow", "script")
"""Kinds of fonts that captions are set in."""
LEAST = 4
"""Fewest px a letter is drawn high."""


@dataclass(slots=True)
class Sheet:
    """A plate in the making.

    picture: uint8 (height, width, 3) RGB
    raised:  uint8 (height, width): 255 where the press pushed the sheet out
    rows:    lines of big letters
    """

    picture: NDArray[np.uint8]
    raised: NDArray[np.uint8]
    rows: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.picture.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.picture.shape[0])


def press(random: np.random.Generator, form: Format) -> Sheet:
    """A plate of that format, new and flat: 96 to 176 px high."""
    wide, high = pick(random, form.sizes)
    aspect = wide / high * random.uniform(0.97, 1.03)
    height = int(random.integers(96, 121) if aspect > 2.6 else random.integers(110, 177))
    ground_name, _, ink_name = pick(random, form.colours).partition("/")
    sheet = Sheet(
        ground(random, ground_name, round(height * aspect), height),
        np.zeros((height, round(height * aspect)), np.uint8),
        1,
    )
    ink = shade(random, ink_name)
    field = (0.0, 0.0, float(sheet.width), float(sheet.height))
    for band in form.bands:
        field = _band(random, sheet, field, band, form, ink)
    rim = random.uniform(0.012, 0.05) * height
    field = (field[0] + rim, field[1] + rim, field[2] - rim, field[3] - rim)
    field = _captions(random, sheet, field, form, ink)
    _rows(random, sheet, field, form, ink, wide=aspect >= BREAKS)
    if form.corners:
        _stickers(random, sheet)
    _rim(random, sheet, rim, ink)
    return sheet


def _rows(random: np.random.Generator, sheet: Sheet, field: Box, form: Format, ink: Colour, *, wide: bool) -> None:
    left, top, right, bottom = field
    lines = rows(write(random, pick(random, form.patterns), form.letters, form.numerals, form.words), wide=wide)
    shares = form.heights if len(form.heights) == len(lines) else (1.0,) * len(lines)
    hand = hand_of(random, form.fonts)
    beside = (right - left) * random.uniform(0.015, 0.06)
    above = (bottom - top) * random.uniform(0.04, 0.13)
    room = bottom - top - 2 * above
    between = room * random.uniform(0.06, 0.14)
    heights = [share / sum(shares) * (room - between * (len(lines) - 1)) for share in shares]
    filled = random.uniform(0.86, 1.0)
    outlined = happens(random, 0.04)
    y = top + above
    for text, height in zip(lines, heights, strict=True):
        box = (left + beside, y, right - beside, y + height)
        writing = line(random, text, hand, max(LEAST, round(height)), (box[2] - box[0]) * filled)
        _place(random, sheet, writing, box, ink, outlined=outlined)
        y += height + between
    sheet.rows = len(lines)


def _place(
    random: np.random.Generator, sheet: Sheet, writing: Writing, box: Box, ink: Colour, *, outlined: bool
) -> None:
    x = round((box[0] + box[2] - writing.mask.shape[1]) / 2)
    y = round(box[1])
    if outlined:
        kernel = np.ones((5, 5), np.uint8)
        _stamp(sheet.picture, np.asarray(cv2.dilate(writing.mask, kernel), np.uint8), x, y, 255 - ink)
    _stamp(sheet.picture, writing.mask, x, y, ink)
    _raise(sheet.raised, writing.mask, x, y)
    for start, end in writing.seals:
        EMBLEMS["seals"](random, sheet.picture, (x + start, box[1], x + end, box[3]))


def _stamp(picture: NDArray[np.uint8], mask: Mask, x: int, y: int, ink: Colour) -> None:
    """Print `mask` at (x, y) in `ink`, moved as far from the ground there as reading takes."""
    part = _within(picture, mask, x, y)
    if part.size == 0:
        return
    share = mask[: part.shape[0], : part.shape[1]]
    colour = apart(ink, np.array(cv2.mean(part)[:3], np.float32))
    cover(part, share, colour)


def _raise(raised: NDArray[np.uint8], mask: Mask, x: int, y: int) -> None:
    part = _within(raised, mask, x, y)
    np.maximum(part, mask[: part.shape[0], : part.shape[1]], out=part)


def _within(picture: NDArray[np.uint8], mask: Mask, x: int, y: int) -> NDArray[np.uint8]:
    top, left = max(0, y), max(0, x)
    return picture[top : top + mask.shape[0], left : left + mask.shape[1]]


def _captions(random: np.random.Generator, sheet: Sheet, field: Box, form: Format, ink: Colour) -> Box:
    """Print what stands above and below the letters; gives the room that is left for them."""
    left, top, right, bottom = field
    high = form.captions * sheet.height
    own = ink if happens(random, 0.7) else shade(random, pick(random, ("red", "blue", "navy", "green", "black")))
    if form.top and (text := pick(random, form.top)):
        _caption(random, sheet, text, (left, top, right, top + high), form, own)
        top += high
    if form.bottom and (text := pick(random, form.bottom)):
        _caption(random, sheet, text, (left, bottom - high, right, bottom), form, own)
        bottom -= high
    return left, top, right, bottom


def _caption(random: np.random.Generator, sheet: Sheet, pattern: str, box: Box, form: Format, ink: Colour) -> None:
    text = write(random, pattern, form.letters, form.numerals, form.words)
    if not text:
        return
    hand = hand_of(random, pick(random, CAPTIONS))
    height = max(LEAST, round((box[3] - box[1]) * random.uniform(0.6, 0.92)))
    spare = (box[2] - box[0]) * random.uniform(0.08, 0.3)
    writing = line(random, text, hand, height, box[2] - box[0] - spare)
    x = round((box[0] + box[2] - writing.mask.shape[1]) / 2)
    _stamp(sheet.picture, writing.mask, x, round((box[1] + box[3] - height) / 2), ink)


def _band(random: np.random.Generator, sheet: Sheet, field: Box, band: Band, form: Format, ink: Colour) -> Box:
    """Draw a band along its side of the plate; gives the room it leaves."""
    box, left_over = _cut(sheet, field, band)
    left, top, right, bottom = (round(edge) for edge in box)
    if band.ground:
        sheet.picture[top:bottom, left:right] = ground(random, band.ground, right - left, bottom - top)
    elif band.side in {"left", "right"} and not band.ink:
        x = left if band.side == "right" else right
        cv2.line(sheet.picture, (x, top), (x, bottom), ink.tolist(), max(1, round(sheet.height * 0.025)))
    colour = shade(random, band.ink) if band.ink else ink
    text = write(random, pick(random, band.texts), form.letters, form.numerals, form.words) if band.texts else ""
    lying = band.side in {"top", "bottom"}
    place = _lying if lying else _standing
    text_box, emblem_boxes = place(box, band.emblem)
    for each in emblem_boxes if band.emblem else ():
        name = pick(random, ("flag", "crest")) if band.emblem == "ends" else band.emblem.split()[0]
        EMBLEMS[name](random, sheet.picture, each)
    if text:
        height = max(LEAST, round(text_box[3] - text_box[1]))
        writing = line(random, text, _even(hand_of(random, form.fonts)), height, text_box[2] - text_box[0])
        x = round((text_box[0] + text_box[2] - writing.mask.shape[1]) / 2)
        _stamp(sheet.picture, writing.mask, x, round(text_box[1]), colour)
    return left_over


def _cut(sheet: Sheet, field: Box, band: Band) -> tuple[Box, Box]:
    """The strip of `field` that is the band's, and the rest."""
    left, top, right, bottom = field
    across, down = band.share * max(sheet.width, 2.2 * sheet.height), band.share * sheet.height
    if band.side == "left":
        return (left, top, left + across, bottom), (left + across, top, right, bottom)
    if band.side == "right":
        return (right - across, top, right, bottom), (left, top, right - across, bottom)
    if band.side == "top":
        return (left, top, right, top + down), (left, top + down, right, bottom)
    return (left, bottom - down, right, bottom), (left, top, right, bottom - down)


def _lying(box: Box, emblem: str) -> tuple[Box, tuple[Box, ...]]:
    """Where writing and emblems go on a band that lies: in the middle, and at one end or both."""
    left, top, right, bottom = box
    high, wide = bottom - top, right - left
    pad = high * 0.16
    end = (left + pad, top + pad, left + pad + 1.1 * high, bottom - pad)
    other = (right - pad - 1.1 * high, top + pad, right - pad, bottom - pad)
    text = (left + 0.18 * wide, top + 0.2 * high, right - 0.18 * wide, bottom - 0.2 * high)
    return text, (end, other) if emblem == "ends" else (end,)


def _standing(box: Box, emblem: str) -> tuple[Box, tuple[Box, ...]]:
    """Where writing and an emblem go on a band that stands: one above the other, or the writing alone."""
    left, top, right, bottom = box
    high, wide = bottom - top, right - left
    inner = (left + 0.12 * wide, right - 0.12 * wide)
    if not emblem:
        tall = min(0.5 * high, 1.1 * wide)
        return (inner[0], (top + bottom - tall) / 2, inner[1], (top + bottom + tall) / 2), ()
    tall = min(0.3 * high, 0.75 * wide)
    if emblem.endswith("under"):
        tall = min(0.5 * high, 0.62 * wide)
        return (inner[0], top + 0.12 * high, inner[1], top + 0.12 * high + tall), (
            (inner[0], bottom - 0.28 * high, inner[1], bottom - 0.08 * high),
        )
    text = (inner[0], bottom - 0.12 * high - tall, inner[1], bottom - 0.12 * high)
    return text, ((inner[0], top + 0.1 * high, inner[1], bottom - 0.2 * high - tall),)


def _even(hand: Hand) -> Hand:
    """The hand for a band's short code: plain, however the letters beside it are made."""
    return (
        hand if hand.fonts in {"plate", "din", "bold", "narrow"} else Hand("plate", hand.face, 0.06, 0.3, 0.0, 1.1, 0.0)
    )


def _stickers(random: np.random.Generator, sheet: Sheet) -> None:
    """Validity stickers in the corners, most on one or two of them."""
    high = sheet.height * random.uniform(0.14, 0.2)
    for x, y in ((0.04, 0.05), (0.96, 0.05), (0.04, 0.95), (0.96, 0.95)):
        if happens(random, 0.3):
            wide = high * random.uniform(1.0, 1.6)
            left = x * sheet.width - (wide if x > 0.5 else 0)
            top = y * sheet.height - (high if y > 0.5 else 0)
            EMBLEMS["sticker"](random, sheet.picture, (left, top, left + wide, top + high))


def _rim(random: np.random.Generator, sheet: Sheet, width: float, ink: Colour) -> None:
    """The edge: a line in the colour of the letters, or pressed only, or nothing."""
    inset = random.uniform(0.2, 0.7) * width
    thick = max(1, round(width * random.uniform(0.3, 0.8)))
    corner = rounded(sheet.width, sheet.height, inset, inset + random.uniform(0.02, 0.09) * sheet.height)
    inner = rounded(sheet.width, sheet.height, inset + thick, inset + random.uniform(0.02, 0.08) * sheet.height)
    line_mask = np.clip(corner.astype(np.int16) - inner, 0, 255).astype(np.uint8)
    if happens(random, 0.5):
        _stamp(sheet.picture, line_mask, 0, 0, ink)
    if happens(random, 0.6):
        _raise(sheet.raised, line_mask, 0, 0)


def rounded(width: int, height: int, inset: float, radius: float) -> Mask:
    """A mask of a rectangle `inset` px within (width, height), with round corners of `radius` px."""
    mask = np.zeros((height, width), np.uint8)
    one = 1 << 3
    reach = max(0.5, min(radius, (min(width, height) - 1) / 2 - inset - 1))
    left, top, right, bottom = inset, inset, width - 1 - inset, height - 1 - inset
    centres = (
        (right - reach, bottom - reach),
        (left + reach, bottom - reach),
        (left + reach, top + reach),
        (right - reach, top + reach),
    )
    outline = np.repeat(np.array(centres), len(QUARTER), axis=0) + reach * TURN
    cv2.fillPoly(mask, [np.round(outline * one).astype(np.int32)], 255, cv2.LINE_AA, 3)
    return mask
