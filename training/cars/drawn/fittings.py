"""Lamps, badges, bars, lettering: what is fixed to the end of a vehicle."""

from __future__ import annotations

from numpy.random import Generator

from training.cars.drawn.sheet import Point, Sheet, rectangle
from training.cars.paint import Colour

BLACK: Colour = (18, 18, 19)
GLASS: Colour = (46, 54, 60)
CHROME: Colour = (190, 193, 196)
RED: Colour = (150, 16, 18)
LIT: Colour = (255, 92, 70)
AMBER: Colour = (222, 120, 24)
WHITE: Colour = (226, 228, 226)
GLARE: Colour = (255, 252, 238)

_LETTERING = (
    "2.0 TDI", "HYBRID", "1.6 16V", "GTI", "4x4", "AWD", "TURBO", "D5", "320d", "V6", "LX 2.4", "TDCi", "ECO", "E-TEC",
    "QUATTRO", "SPORT", "i-VTEC", "GLX", "CDI", "XDRIVE", "3008", "C4", "SW", "VAN 150", "16-270", "HD 4500", "XC70",
)  # fmt: skip
_SHOUTS = (
    "LONG VEHICLE",
    "KEEP BACK",
    "FRESH FOOD",
    "0800 555 123",
    "TRANSPORT",
    "www.cargo.example",
    "24/7",
    "EXPRESS",
)


def lamps(sheet: Sheet, at: Point, wide: float, high: float, random: Generator) -> None:
    """A tail lamp on both sides, `at` on the right one: red with an amber and a white field, lit or not."""
    lit = random.random() < 0.3
    fields = [LIT if lit else RED, RED, WHITE if random.random() < 0.5 else AMBER]
    upright = high > wide
    for side in (-1, 1):
        sheet.fill(rectangle((side * at[0], at[1]), wide, high), BLACK)
        for index, colour in enumerate(fields):
            step = (index - 1) / 3
            x = side * (at[0] - (0 if upright else step * wide))
            y = at[1] - (step * high if upright else 0)
            part = (wide * 0.92, high / 3.2) if upright else (wide / 3.2, high * 0.9)
            sheet.shade(rectangle((x, y), *part), colour, (1.25, 0.9, 0.75))


def headlamps(sheet: Sheet, at: Point, wide: float, high: float, random: Generator) -> None:
    """A headlamp on both sides: a clear glass with a bowl in it, lit or not."""
    bowl = GLARE if random.random() < 0.35 else (150, 154, 158)
    for side in (-1, 1):
        x, y = side * at[0], at[1]
        slant = side * wide * 0.15
        glass = [
            (x - wide / 2, y + high / 2),
            (x + wide / 2, y + high / 2),
            (x + wide / 2, y - high / 2),
            (x - wide / 2, y - high / 2),
        ]
        lean = [(px, py + (slant * (px - x) / wide)) for px, py in glass]
        sheet.shade(lean, (120, 126, 132), (1.3, 0.7, 1.0))
        sheet.disc((x, y), (min(wide, high) * 0.42, min(wide, high) * 0.42), bowl)


def grille(sheet: Sheet, at: Point, wide: float, high: float, random: Generator) -> None:
    """Bars across a dark opening, or upright ones, or a mesh: what looks most like a line of letters."""
    sheet.shade(rectangle(at, wide, high), BLACK, (0.7, 1.2))
    colour = CHROME if random.random() < 0.4 else (52, 53, 55)
    kind = int(random.integers(3))
    bars, posts = int(random.integers(2, 6)), int(random.integers(6, 18))
    for index in range(bars if kind != 1 else 0):
        y = at[1] + high * ((index + 0.5) / bars - 0.5)
        sheet.line([(at[0] - wide / 2, y), (at[0] + wide / 2, y)], colour, 0.012)
    for index in range(posts if kind != 0 else 0):
        x = at[0] + wide * ((index + 0.5) / posts - 0.5)
        sheet.line([(x, at[1] - high / 2), (x, at[1] + high / 2)], colour, 0.012)


def badge(sheet: Sheet, at: Point, random: Generator) -> None:
    """A maker's sign: a ring, a bar or a shield of no maker in particular."""
    size = random.uniform(0.03, 0.06)
    sheet.disc(at, (size * random.uniform(1, 1.6), size), CHROME)
    sheet.disc(at, (size * 0.7, size * 0.7), (60, 62, 66) if random.random() < 0.7 else (40, 60, 130))


def lettering(sheet: Sheet, at: Point, random: Generator) -> None:
    """The name of a model or an engine, in chrome or black."""
    words = _LETTERING[int(random.integers(len(_LETTERING)))]
    sheet.write(words, at, random.uniform(0.03, 0.06), CHROME if random.random() < 0.7 else BLACK)


def shout(sheet: Sheet, at: Point, random: Generator) -> None:
    """Big words on a lorry or a bus: a firm, a warning, a telephone number."""
    words = _SHOUTS[int(random.integers(len(_SHOUTS)))]
    colour: Colour = (200, 30, 30) if random.random() < 0.4 else (30, 60, 130)
    sheet.write(words, at, random.uniform(0.08, 0.2), colour)


def chevrons(sheet: Sheet, at: Point, wide: float, high: float) -> None:
    """A board with red and white stripes aslant."""
    sheet.fill(rectangle(at, wide, high), WHITE)
    step = high
    left, low = at[0] - wide / 2, at[1] - high / 2
    for index in range(int(wide / step)):
        x = left + index * step
        sheet.fill([(x, low), (x + step / 2, low), (x + step, low + high), (x + step / 2, low + high)], (206, 40, 30))


def recess(sheet: Sheet, at: Point, random: Generator) -> None:
    """The place of the plate: pressed in, in shade at its top, or a black holder, or nothing at all."""
    kind = random.random()
    wide, high = random.uniform(0.54, 0.66), random.uniform(0.13, 0.26)
    if kind < 0.45:
        sheet.shade(rectangle(at, wide, high), (70, 71, 74), (0.35, 0.8, 1.0))
    elif kind < 0.75:
        sheet.fill(rectangle(at, 0.54, 0.13), BLACK)
    if kind < 0.45 and random.random() < 0.6:
        sheet.line([(at[0] - wide / 2, at[1] + high / 2), (at[0] + wide / 2, at[1] + high / 2)], CHROME, 0.025)
