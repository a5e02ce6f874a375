"""Cars, vans and motorcycles, drawn flat."""

from __future__ import annotations

from numpy.random import Generator

from training.cars.drawn import fittings as fit
from training.cars.drawn.sheet import Sheet, mirrored, rectangle, reflections
from training.cars.drawn.vehicle import Vehicle
from training.cars.paint import Colour, colour

_SCALE = 170.0


def car(random: Generator) -> Vehicle:
    """The rear or the front of a saloon, an estate or a small car."""
    wide, high = random.uniform(1.65, 1.9), random.uniform(1.38, 1.75)
    body = colour(random)
    sheet = Sheet.blank(wide, high, _SCALE)
    waist = high * random.uniform(0.56, 0.64)
    bumper = random.uniform(0.46, 0.6)
    _tyres(sheet, wide, random)
    _shell(sheet, (wide, high, waist), body, random)
    rear = random.random() < 0.6
    plate_low = random.random() < (0.45 if rear else 1)
    plate = (0.0, random.uniform(0.4, bumper) if plate_low else random.uniform(bumper + 0.12, waist - 0.08))
    _bumper(sheet, (wide, bumper), body, random)
    if rear:
        _tail(sheet, (wide, waist, bumper), random)
    else:
        _nose(sheet, (wide, waist, bumper), random)
    fit.recess(sheet, plate, random)
    return Vehicle(sheet, _flank((4.1, high, waist), body, random), plate)


def van(random: Generator) -> Vehicle:
    """The two doors behind a delivery van."""
    wide, high = random.uniform(1.75, 2.05), random.uniform(1.85, 2.6)
    body = colour(random) if random.random() < 0.4 else (228, 230, 229)
    sheet = Sheet.blank(wide, high, _SCALE * 0.8)
    _tyres(sheet, wide, random)
    half = wide / 2
    sheet.shade(
        mirrored([(half * 0.86, high), (half * 0.97, high * 0.6), (half, 0.5), (half * 0.97, 0.3)]),
        body,
        reflections(random),
    )
    sheet.line([(0, high), (0, 0.5)], (40, 40, 42), 0.012)
    if random.random() < 0.7:
        for side in (-1, 1):
            sheet.shade(rectangle((side * half * 0.43, high * 0.72), half * 0.66, high * 0.24), fit.GLASS, (1.6, 0.8))
    else:
        fit.shout(sheet, (0, high * 0.7), random)
    fit.lamps(sheet, (half * 0.92, high * 0.46), 0.11, 0.42, random)
    sheet.shade(rectangle((0, 0.42), wide * 0.97, 0.2), (48, 49, 51), (1.3, 0.7))
    fit.badge(sheet, (half * -0.45, high * 0.5), random)
    fit.lettering(sheet, (half * 0.5, high * 0.5), random)
    plate = (random.choice([0.0, 0.0, -half * 0.45]), random.uniform(0.62, 0.85))
    fit.recess(sheet, plate, random)
    return Vehicle(sheet, _flank((5.0, high, high * 0.6), body, random), (float(plate[0]), plate[1]))


def motorcycle(random: Generator) -> Vehicle:
    """A motorcycle or scooter from behind: a tyre, a tail, a lamp, and the plate on its mudguard."""
    wide, high = 0.85, random.uniform(1.05, 1.25)
    body = colour(random)
    sheet = Sheet.blank(wide, high, _SCALE * 1.6)
    tyre = random.uniform(0.06, 0.1)
    sheet.shade(rectangle((0, 0.31), tyre * 2, 0.62), (30, 30, 31), (0.5, 1.1, 1.6, 0.9))
    for side in (-1, 1):
        sheet.line([(side * 0.06, high - 0.12), (side * 0.38, high - 0.06)], (60, 61, 64), 0.03)
        sheet.fill(rectangle((side * 0.38, high - 0.05), 0.09, 0.07), fit.BLACK)
        sheet.line([(side * 0.05, 0.78), (side * 0.2, 0.78)], fit.BLACK, 0.02)
        sheet.disc((side * 0.2, 0.78), (0.035, 0.03), fit.AMBER)
        sheet.line([(side * 0.12, 0.7), (side * 0.15, 0.3)], (90, 92, 95), 0.05)
    sheet.disc((random.uniform(0.12, 0.2), 0.42), (0.06, 0.05), (70, 71, 73))
    sheet.shade(mirrored([(0.12, high - 0.12), (0.2, 0.9), (0.13, 0.72)]), body, reflections(random))
    sheet.shade(mirrored([(0.15, high - 0.02), (0.19, high - 0.14)]), (32, 32, 34), (1.4, 0.8))
    lit = fit.LIT if random.random() < 0.5 else fit.RED
    sheet.shade(rectangle((0, 0.8), random.uniform(0.12, 0.22), 0.06), lit, (1.2, 0.8))
    plate = (0.0, random.uniform(0.52, 0.62))
    sheet.shade(mirrored([(0.1, 0.74), (0.12, plate[1] - 0.12)]), fit.BLACK, (1.2, 0.8))
    return Vehicle(sheet, None, plate, 0.6)


def _tyres(sheet: Sheet, wide: float, random: Generator) -> None:
    tread = random.uniform(0.17, 0.24)
    sheet.shade(rectangle((0, 0.26), wide * 0.86, 0.2), fit.BLACK, (0.6, 0.9))
    for side in (-1, 1):
        sheet.shade(rectangle((side * (wide * 0.46 - tread / 2), 0.2), tread, 0.4), (34, 34, 35), (0.4, 1.0, 0.8))


def _shell(sheet: Sheet, size: tuple[float, float, float], body: Colour, random: Generator) -> None:
    """Body, roof and window; `size` is width, height and the height of the waist."""
    wide, high, waist = size
    half, roof = wide / 2, wide * random.uniform(0.31, 0.37)
    sheet.shade(
        mirrored(
            [
                (roof * 0.9, high),
                (roof, high - 0.05),
                (half * 0.9, waist + 0.05),
                (half * 0.98, waist - 0.12),
                (half, 0.52),
                (half * 0.95, 0.24),
            ]
        ),
        body,
        reflections(random),
    )
    top = high - random.uniform(0.08, 0.13)
    sheet.shade(
        mirrored([(roof * 0.88, top), (half * 0.8, waist + 0.07), (half * 0.74, waist + 0.04)]),
        fit.GLASS,
        _glass(random),
    )
    if random.random() < 0.5:
        side = random.choice([-1, 1])
        sheet.line([(side * roof * 0.5, top - 0.02), (side * roof * 0.2, waist + 0.08)], (110, 118, 124), 0.05)
    sheet.line([(-half * 0.6, waist + 0.06), (random.uniform(-0.1, 0.3), waist + 0.1)], fit.BLACK, 0.02)
    sheet.line([(-half * 0.86, waist), (half * 0.86, waist)], (30, 30, 32), 0.01)


def _glass(random: Generator) -> tuple[float, float, float]:
    sky = random.uniform(0.7, 3.0)
    return sky, sky * random.uniform(0.5, 1), random.uniform(0.4, 1.0)


def _bumper(sheet: Sheet, size: tuple[float, float], body: Colour, random: Generator) -> None:
    wide, top = size
    plain = body if random.random() < 0.7 else (46, 47, 49)
    sheet.shade(
        mirrored([(wide * 0.485, top), (wide * 0.495, top - 0.16), (wide * 0.46, 0.26)]), plain, (1.15, 0.95, 0.6)
    )
    sheet.line([(-wide * 0.48, top), (wide * 0.48, top)], (24, 24, 26), 0.012)
    if random.random() < 0.6:
        sheet.shade(mirrored([(wide * 0.36, 0.36), (wide * 0.33, 0.24)]), fit.BLACK, (0.8, 1.2))


def _tail(sheet: Sheet, size: tuple[float, float, float], random: Generator) -> None:
    wide, waist, bumper = size
    tall = random.uniform(0.12, min(0.4, waist - bumper - 0.04))
    across = random.uniform(0.12, 0.2) if tall > 0.25 else random.uniform(0.22, 0.42)
    fit.lamps(sheet, (wide * 0.46 - across / 2, waist - 0.03 - tall / 2), across, tall, random)
    fit.badge(sheet, (0, waist - random.uniform(0.03, 0.1)), random)
    fit.lettering(sheet, (wide * random.choice([-0.22, 0.22]), bumper + random.uniform(0.06, 0.2)), random)
    if random.random() < 0.5:
        sheet.shade(rectangle((0, waist + 0.04), 0.3, 0.03), fit.LIT if random.random() < 0.3 else fit.RED, (1, 0.8))
    for side in (-1, 1) if random.random() < 0.3 else (1,):
        sheet.disc((side * wide * 0.3, 0.27), (0.05, 0.035), (92, 93, 95))
        sheet.disc((side * wide * 0.3, 0.27), (0.038, 0.025), (14, 14, 14))
        if random.random() < 0.6:
            sheet.fill(rectangle((-side * wide * 0.38, 0.42), 0.13, 0.035), fit.RED)


def _nose(sheet: Sheet, size: tuple[float, float, float], random: Generator) -> None:
    wide, waist, bumper = size
    across = random.uniform(0.28, 0.46)
    line = bumper + random.uniform(0.06, 0.12)
    fit.headlamps(sheet, (wide * 0.46 - across / 2, line), across, random.uniform(0.1, 0.18), random)
    fit.grille(sheet, (0, line), wide * random.uniform(0.3, 0.46), random.uniform(0.08, 0.18), random)
    fit.grille(sheet, (0, 0.3), wide * random.uniform(0.3, 0.6), random.uniform(0.06, 0.12), random)
    fit.badge(sheet, (0, min(line + random.uniform(0, 0.1), waist)), random)
    for side in (-1, 1):
        sheet.disc((side * wide * 0.36, 0.34), (0.06, 0.05), (150, 152, 154))


def _flank(size: tuple[float, float, float], body: Colour, random: Generator) -> Sheet:
    """A side, its end at the left edge; `size` is length, height and the height of the waist."""
    long, high, waist = size
    sheet = Sheet.blank(long, high, _SCALE * 0.5)
    half = long / 2
    sheet.shade(
        [
            (-half, waist),
            (-half + 0.3, high),
            (half * 0.3, high),
            (half * 0.6, waist),
            (half, waist * 0.85),
            (half, 0.28),
            (-half, 0.28),
        ],
        body,
        reflections(random),
    )
    sheet.shade(
        [
            (-half + 0.25, waist + 0.06),
            (-half + 0.5, high - 0.1),
            (half * 0.25, high - 0.1),
            (half * 0.5, waist + 0.06),
        ],
        fit.GLASS,
        _glass(random),
    )
    for x in (-half + 0.85, half - 0.85):
        sheet.disc((x, 0.32), (0.32, 0.32), fit.BLACK)
        sheet.disc((x, 0.32), (0.2, 0.2), (120, 122, 125))
    sheet.line([(-0.1, high), (-0.1, 0.35)], (40, 40, 42), 0.02)
    return sheet
