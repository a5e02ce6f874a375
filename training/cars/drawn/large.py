"""Lorries, buses, trailers and army lorries, drawn flat."""

from __future__ import annotations

from numpy.random import Generator

from training.cars.drawn import fittings as fit
from training.cars.drawn.sheet import Sheet, mirrored, rectangle, reflections
from training.cars.drawn.vehicle import Vehicle
from training.cars.paint import Colour, colour

_SCALE = 125.0


def lorry(random: Generator) -> Vehicle:
    """Two doors of a box with rods and hinges, and lamps and plate on the bar below."""
    wide, high = random.uniform(2.2, 2.55), random.uniform(2.7, 3.5)
    body: Colour = colour(random) if random.random() < 0.4 else (214, 216, 214)
    sheet = Sheet.blank(wide, high, _SCALE)
    _axle(sheet, wide)
    floor = random.uniform(0.95, 1.15)
    sheet.shade(rectangle((0, (high + floor) / 2), wide, high - floor), body, reflections(random))
    for x in (-0.3 * wide, -0.14 * wide, 0, 0.14 * wide, 0.3 * wide):
        sheet.line([(x, floor), (x, high)], (70, 72, 74) if x else (24, 24, 25), 0.03 if x else 0.015)
    for y in (0.25, 0.5, 0.75):
        for side in (-1, 1):
            sheet.fill(rectangle((side * wide * 0.47, floor + (high - floor) * y), 0.12, 0.06), (96, 98, 100))
    if random.random() < 0.7:
        fit.shout(sheet, (0, floor + (high - floor) * random.uniform(0.4, 0.85)), random)
    if random.random() < 0.5:
        fit.chevrons(sheet, (0, floor + 0.1), wide * 0.94, 0.14)
    return Vehicle(sheet, _side(random.uniform(6, 9), high, body, random), _bar(sheet, wide, random))


def bus(random: Generator) -> Vehicle:
    """The back of a bus: a window, a destination, an engine lid with slits."""
    wide, high = random.uniform(2.3, 2.55), random.uniform(2.7, 3.2)
    body = colour(random)
    sheet = Sheet.blank(wide, high, _SCALE)
    _axle(sheet, wide)
    half = wide / 2
    sheet.shade(
        mirrored([(half * 0.9, high), (half, high - 0.15), (half, 0.4), (half * 0.97, 0.32)]), body, reflections(random)
    )
    sheet.shade(rectangle((0, high * 0.74), wide * 0.84, high * 0.26), fit.GLASS, (random.uniform(0.8, 2.4), 0.8))
    sheet.fill(rectangle((0, high * 0.92), 0.9, 0.22), fit.BLACK)
    sheet.write(str(random.integers(1, 400)), (0, high * 0.92), 0.14, (250, 180, 40))
    fit.lamps(sheet, (half * 0.9, 0.95), 0.16, 0.5, random)
    fit.grille(sheet, (0, 1.05), wide * 0.6, 0.35, random)
    fit.lettering(sheet, (half * -0.6, 1.4), random)
    sheet.line([(-half, 0.62), (half, 0.62)], (30, 30, 32), 0.02)
    plate = (0.0, random.uniform(0.5, 0.75))
    fit.recess(sheet, plate, random)
    return Vehicle(sheet, _side(9, high, body, random), plate)


def army(random: Generator) -> Vehicle:
    """An army lorry: olive or sand, canvas over bows, a tailboard, small lamps."""
    wide, high = random.uniform(2.2, 2.5), random.uniform(2.7, 3.2)
    body: Colour = (84, 88, 60) if random.random() < 0.65 else (168, 150, 112)
    canvas: Colour = (body[0] * 4 // 5, body[1] * 4 // 5, body[2] * 3 // 4)
    sheet = Sheet.blank(wide, high, _SCALE)
    _axle(sheet, wide)
    half, floor = wide / 2, random.uniform(1.0, 1.2)
    sheet.shade(
        mirrored([(half * 0.6, high), (half * 0.93, high - 0.25), (half * 0.96, floor)]), canvas, (1.2, 0.9, 0.7)
    )
    sheet.shade(mirrored([(half * 0.55, high - 0.2), (half * 0.75, floor + 0.7)]), (26, 27, 22), (0.7, 1.2))
    sheet.shade(rectangle((0, floor + 0.32), wide * 0.97, 0.64), body, (1.1, 0.95, 0.8))
    for x in (-0.38, -0.13, 0.13, 0.38):
        sheet.line([(x * wide, floor), (x * wide, floor + 0.64)], canvas, 0.05)
    if random.random() < 0.6:
        sheet.write(
            f"{random.integers(10, 99)} {random.integers(100, 999)}", (half * 0.5, floor + 0.4), 0.1, (220, 222, 210)
        )
    return Vehicle(sheet, _side(6, high, body, random), _bar(sheet, wide, random))


def trailer(random: Generator) -> Vehicle:
    """A low trailer: a tailboard with ribs on a frame, a lamp board below."""
    wide, high = random.uniform(1.4, 2.0), random.uniform(0.95, 1.5)
    body: Colour = (176, 179, 182) if random.random() < 0.6 else colour(random)
    sheet = Sheet.blank(wide, high, _SCALE * 1.4)
    _axle(sheet, wide)
    sheet.shade(rectangle((0, (high + 0.55) / 2), wide * 0.94, high - 0.55), body, reflections(random))
    ribs = int(random.integers(2, 9))
    for index in range(ribs):
        y = 0.58 + (high - 0.6) * index / ribs
        sheet.line([(-wide * 0.46, y), (wide * 0.46, y)], (96, 98, 100), 0.015)
    return Vehicle(sheet, None, _bar(sheet, wide, random))


def _axle(sheet: Sheet, wide: float) -> None:
    sheet.shade(rectangle((0, 0.5), wide * 0.8, 0.5), fit.BLACK, (0.8, 0.6))
    for side in (-1, 1):
        sheet.shade(rectangle((side * wide * 0.37, 0.45), wide * 0.22, 0.9), (30, 30, 31), (0.5, 1.1, 0.7))


def _bar(sheet: Sheet, wide: float, random: Generator) -> tuple[float, float]:
    """The lamp bar under a load, with the plate's place on it or below it; returns that place."""
    y = random.uniform(0.5, 0.66)
    sheet.shade(rectangle((0, y), wide * 0.95, 0.17), (66, 68, 70), (1.3, 0.7))
    fit.lamps(sheet, (wide * 0.38, y), 0.34, 0.13, random)
    x = float(random.choice([0.0, 0.0, -wide * 0.16, wide * 0.12]))
    plate = (x, y - random.uniform(0, 0.12))
    if random.random() < 0.5:
        sheet.fill(rectangle(plate, 0.56, 0.16), fit.BLACK)
    return plate


def _side(long: float, high: float, body: Colour, random: Generator) -> Sheet:
    """A long side, its end at the left edge: a box with ribs, wheels under it."""
    sheet = Sheet.blank(long, high, _SCALE * 0.4)
    sheet.shade(rectangle((0, (high + 0.9) / 2), long, high - 0.9), body, reflections(random))
    for x in (-long / 2 + 1.3, -long / 2 + 2.4, long / 2 - 1.2):
        sheet.disc((x, 0.5), (0.5, 0.5), fit.BLACK)
        sheet.disc((x, 0.5), (0.26, 0.26), (110, 112, 114))
    if random.random() < 0.6:
        fit.shout(sheet, (0, high * 0.65), random)
    return sheet
