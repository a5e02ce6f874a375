"""Letters as masks: one line of writing, set in a given height and fitted to a width.

Plate dies are seldom to be had as fonts. What makes lettering look like a plate's is its fit: capitals squeezed or
widened to the room there is, evenly spaced, heavier or lighter than the font was drawn.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.fonts import fonts
from training.plates.chance import pick
from training.plates.writing import SEAL, runs

Mask = NDArray[np.uint8]
JOINED = frozenset({"arabic", "devanagari", "bengali", "khmer", "thai"})
"""Alphabets that are set a word at a time: their letters join, or stack."""
DIE, DEEP = 80, 22
"""Height of the capitals that glyphs are cast at, and room below them for what hangs down, px."""
DOT, HANGING, GAPS = "·", frozenset("gjpqy,;"), frozenset(" " + SEAL)
SAMPLES = {
    "cyrillic": "\N{CYRILLIC CAPITAL LETTER EN}", "arabic": "ب٤", "ethiopic": "ኢ", "cjk": "京", "kana": "あ",
    "hangul": "가", "thai": "ก", "khmer": "ក", "devanagari": "क", "bengali": "ক",
}  # fmt: skip
"""A sign of each alphabet that is as high as its others; H for Latin."""
SEAL_ROOM = 0.62
"""Width of the room for a seal, over the height of the letters."""


@dataclass(frozen=True, slots=True)
class Hand:
    """How one plate is lettered.

    fonts:    kind of font for Latin letters and figures; `face` says which of that kind, 0..1
    tracking: room between two letters over their height
    gap:      room between two groups over their height
    weight:   pixels by which strokes are thickened (above 0) or thinned, at letters 64 px high
    widest:   how far letters may be widened to fill their room
    unsteady: how far letters stray up and down, over their height: stencilled and painted ones do
    """

    fonts: str
    face: float
    tracking: float
    gap: float
    weight: float
    widest: float
    unsteady: float


@dataclass(frozen=True, slots=True)
class Writing:
    """A line of writing: uint8 (height, width) with 255 where there is ink, and (left, right) px of rooms for seals."""

    mask: Mask
    seals: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One sign cast at `DIE`: its mask, where it begins beside the pen, and how far the pen moves on, px."""

    mask: Mask
    start: int
    advance: float


@functools.lru_cache(maxsize=128)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@functools.lru_cache(maxsize=512)
def _die(path: Path, kind: str | None) -> tuple[ImageFont.FreeTypeFont, int]:
    """A font in the size that makes its capitals `DIE` px high, and the px from its origin down to their tops."""
    sample = SAMPLES.get(kind or "", "H")
    box = _font(path, 200).getbbox(sample)
    size = max(8, round(DIE * 200 / max(box[3] - box[1], 20)))
    font = _font(path, size)
    return font, int(font.getbbox(sample)[1])


@functools.lru_cache(maxsize=8192)
def _glyph(path: Path, kind: str | None, sign: str) -> Glyph:
    """`sign` with its capitals' tops at the top edge; what hangs below the line is within the `DEEP` px there."""
    if sign == DOT:
        return Glyph(_dot(), round(DIE * 0.05), DIE * 0.28)
    font, top = _die(path, kind)
    box = font.getbbox(sign)
    picture = Image.new("L", (max(1, int(box[2] - box[0]) + 1), DIE + DEEP))
    ImageDraw.Draw(picture).text((-box[0], -top), sign, font=font, fill=255)
    return Glyph(np.asarray(picture), int(box[0]), float(font.getlength(sign)))


def _dot() -> Mask:
    """The dot at half height that many fonts lack."""
    dot = np.zeros((DIE + DEEP, round(DIE * 0.18)), np.uint8)
    middle = dot.shape[1] // 2
    cv2.circle(dot, (middle, DIE // 2), middle, 255, -1, cv2.LINE_AA)
    return dot


def line(random: np.random.Generator, text: str, hand: Hand, height: int, room: float) -> Writing:
    """`text`, `height` px high and at most `room` px wide; narrower where it need not be widened so far.

    Capitals fill the height; where something hangs below the line, as small letters do, that is within it as well.
    """
    deep = DIE + (DEEP if any(sign in HANGING for sign in text) else 0)
    pieces = [_run(random, piece, kind, hand, deep) for piece, kind in runs(text)]
    cast = np.hstack([piece.mask for piece in pieces]) if pieces else np.zeros((DIE, 1), np.uint8)
    seals: list[tuple[float, float]] = []
    reached = 0
    for piece in pieces:
        seals += [(reached + left, reached + right) for left, right in piece.seals]
        reached += piece.mask.shape[1]
    natural = cast.shape[1] * height / cast.shape[0]
    width = int(np.clip(room, 2, max(2, natural * hand.widest)))
    by = width / cast.shape[1]
    fitted = cv2.resize(cast, (width, height), interpolation=cv2.INTER_AREA if height < DIE else cv2.INTER_LINEAR)
    mask = _weighed(np.asarray(fitted, np.uint8), hand.weight * height / 64)
    return Writing(mask, tuple((left * by, right * by) for left, right in seals))


def _run(random: np.random.Generator, text: str, kind: str | None, hand: Hand, deep: int) -> Writing:
    """One piece of a line in one alphabet, `deep` px high: `DIE`, or as much more as hangs below."""
    files = fonts(kind or hand.fonts)
    path = files[min(int(hand.face * len(files)), len(files) - 1)]
    if kind in JOINED:
        return Writing(_joined(text, path, kind, hand, deep), ())
    step = hand.tracking * DIE
    glyphs = [None if sign in GAPS else _glyph(path, kind, sign) for sign in text]
    across = [
        glyph.advance if glyph else (SEAL_ROOM if sign == SEAL else hand.gap) * DIE
        for sign, glyph in zip(text, glyphs, strict=True)
    ]
    mask = np.zeros((deep, max(2, round(sum(across) + step * len(text) + 2))), np.uint8)
    seals, x = [], step / 2
    for sign, glyph, advance in zip(text, glyphs, across, strict=True):
        if glyph:
            stray = round(random.normal(0, hand.unsteady) * DIE) if hand.unsteady else 0
            _set(mask, glyph.mask, round(x) + glyph.start, stray)
        elif sign == SEAL:
            seals.append((x, x + advance))
        x += advance + step
    return Writing(mask, tuple(seals))


def _set(mask: Mask, glyph: Mask, x: int, y: int) -> None:
    left, top = max(0, x), max(0, y)
    part = mask[top : y + glyph.shape[0], left : x + glyph.shape[1]]
    np.maximum(part, glyph[top - y : top - y + part.shape[0], left - x : left - x + part.shape[1]], out=part)


def _joined(text: str, path: Path, kind: str, hand: Hand, deep: int) -> Mask:
    """A word of an alphabet whose letters join, its ink fitted to `DIE`: its marks reach above and below."""
    font, _ = _die(path, kind)
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (max(2, int(right - left) + 2), max(2, int(bottom - top) + 2)))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, font=font, fill=255)
    ink = np.asarray(picture)
    by = min(1.7, DIE / ink.shape[0])
    size = (max(2, round(ink.shape[1] * by)), min(DIE, max(2, round(ink.shape[0] * by))))
    fitted = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    above = (DIE - size[1]) // 2
    beside = round(hand.gap * DIE / 2) if text.endswith(" ") else 4
    framed = cv2.copyMakeBorder(fitted, above, deep - size[1] - above, 4, beside, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(framed, np.uint8)


def _weighed(mask: Mask, pixels: float) -> Mask:
    """Strokes thicker or thinner by `pixels`, in fractions too: the mask is mixed with its next dilation or erosion."""
    whole = min(3, int(np.ceil(abs(pixels))))
    if whole == 0:
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * whole + 1, 2 * whole + 1))
    other = cv2.dilate(mask, kernel) if pixels > 0 else cv2.erode(mask, kernel)
    mixed = cv2.addWeighted(other, abs(pixels) / whole, mask, 1 - abs(pixels) / whole, 0)
    return np.asarray(mixed, np.uint8)


def hand_of(random: np.random.Generator, kind: str) -> Hand:
    """A way of lettering with fonts of `kind`, one plate's own."""
    by_hand = kind in {"hand", "stencil"}
    return Hand(
        fonts=kind,
        face=float(random.random()),
        tracking=float(pick(random, (0.02, 0.06, 0.1, 0.14, 0.2)) * random.uniform(0.6, 1.3)),
        gap=float(random.uniform(0.22, 0.62)),
        weight=float(np.clip(random.normal(0.2, 0.7), -0.6, 1.8)),
        widest=float(random.uniform(1.0, 1.35)),
        unsteady=float(random.uniform(0.01, 0.05)) if by_hand else 0.0,
    )
