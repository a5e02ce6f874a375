"""What holds, frames and covers a plate: screws, a dealer's frame, a tinted cover, a tow ball before it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.plates.chance import happens, pick
from training.plates.colours import apart, brightness, cover, shade
from training.plates.drawing import Box, rounded
from training.plates.emblems import ink
from training.plates.lettering import hand_of, line
from training.plates.surface import Light, threefold

Cutout = NDArray[np.uint8]
DEALERS = (
    "AUTOHAUS MÜLLER", "Smith Motors", "www.carworld.com", "AUTO CENTER", "CITY CARS", "TOYOTA OF THE VALLEY",
    "Garage du Lac", "Concessionaria", "AUTOSALON", "ЖИГУЛИ", "MY OTHER CAR", "HONDA", "FORD", "BMW", "1-800-555",
    "ALUMNI", "STATE UNIVERSITY", "Autos Usados", "トヨタ", "الوكالة",
)  # fmt: skip


def fitted(random: np.random.Generator, light: Light) -> tuple[Cutout, Box]:
    """A plate mounted: RGBA, and where the plate itself begins and ends in it (left, top, right, bottom px)."""
    if happens(random, 0.6):
        _screws(random, light)
    if happens(random, 0.1):
        _covered(random, light)
    if happens(random, 0.04):
        _blocked(random, light)
    picture = np.clip(light, 0, 255).astype(np.uint8)
    height, width = picture.shape[:2]
    if happens(random, 0.42):
        return _framed(random, picture)
    sharp = 0.0 if happens(random, 0.3) else random.uniform(0.02, 0.1) * height
    alpha = rounded(width, height, 0.0, sharp) if sharp else np.full((height, width), 255, np.uint8)
    return _cut_out(picture, alpha), (0.0, 0.0, float(width), float(height))


def _screws(random: np.random.Generator, light: Light) -> None:
    """Two or four heads, bare, rusty or under a coloured cap."""
    height, width = light.shape[:2]
    radius = height * random.uniform(0.022, 0.05)
    levels = pick(random, ((0.5,), (0.1,), (0.1, 0.9), (0.12,), (0.9,)))
    aside = random.uniform(0.03, 0.3)
    colour = shade(random, pick(random, ("silver", "grey", "black", "white", "brown", "yellow")))
    for level in levels:
        for x in (aside * width, (1 - aside) * width):
            centre = (round(x * 8), round(level * height * 8))
            shadow = (colour * 0.45).tolist()
            cv2.circle(light, (centre[0] + 6, centre[1] + 10), round(radius * 8), shadow, -1, cv2.LINE_8, 3)
            cv2.circle(light, centre, round(radius * 8), colour.tolist(), -1, cv2.LINE_8, 3)
            if happens(random, 0.5):
                glint = (centre[0] - round(radius * 2), centre[1] - round(radius * 3))
                cv2.circle(light, glint, round(radius * 3), np.minimum(colour + 60, 255).tolist(), -1, cv2.LINE_8, 3)


def _covered(random: np.random.Generator, light: Light) -> None:
    """A pane before it: it darkens, or mirrors the sky in a slanting streak."""
    height, width = light.shape[:2]
    if happens(random, 0.5):
        light *= np.float32(random.uniform(0.45, 0.85))
    start, slant, wide = random.uniform(0, width), random.uniform(-1, 1) * height, random.uniform(0.1, 0.6) * width
    corners = np.array([(start, 0), (start + wide, 0), (start + wide + slant, height), (start + slant, height)])
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, corners.astype(np.int32), 255)
    soft = cv2.GaussianBlur(mask, (0, 0), height * random.uniform(0.01, 0.1)).astype(np.float32)
    light += threefold(soft * np.float32(random.uniform(20, 110) / 255))


def _blocked(random: np.random.Generator, light: Light) -> None:
    """A tow ball, a strap or a bar hides a part."""
    height, width = light.shape[:2]
    x = int(random.uniform(0.15, 0.85) * width)
    colour = shade(random, pick(random, ("black", "grey", "black", "brown"))).tolist()
    if happens(random, 0.6):
        radius = int(height * random.uniform(0.1, 0.22))
        y = int(height * random.uniform(0.6, 1.0))
        cv2.rectangle(light, (x - radius // 2, y), (x + radius // 2, height), colour, -1)
        cv2.circle(light, (x, y), radius, colour, -1)
        cv2.circle(light, (x - radius // 3, y - radius // 3), max(1, radius // 4), (150.0, 150.0, 150.0), -1)
    else:
        cv2.line(
            light,
            (x, 0),
            (x + int(random.normal(0, 0.3) * height), height),
            colour,
            int(height * random.uniform(0.05, 0.16)),
        )


def _framed(random: np.random.Generator, picture: NDArray[np.uint8]) -> tuple[Cutout, Box]:
    """Set into a frame that stands around the plate and may tell who sold the car."""
    height, width = picture.shape[:2]
    thin = round(height * random.uniform(0.02, 0.07))
    room = round(height * random.uniform(0.09, 0.2))
    top, bottom = pick(random, ((thin, thin), (thin, thin), (thin, room), (thin, room), (room, thin), (room, room)))
    ground = shade(random, pick(random, ("black", "black", "black", "silver", "white", "grey", "navy", "red")))
    bordered = cv2.copyMakeBorder(picture, top, bottom, thin, thin, cv2.BORDER_CONSTANT, value=ground.tolist())
    framed = np.asarray(bordered, np.uint8)
    for start, high in ((0, top), (top + height, bottom)):
        if high == room:
            _dealer(random, framed, start, room, ground)
    if happens(random, 0.5):
        edge = np.clip(ground + (50 if brightness(ground) < 128 else -70), 0, 255).tolist()
        cv2.rectangle(framed, (thin - 1, top - 1), (thin + width, top + height), edge, 1)
    alpha = rounded(framed.shape[1], framed.shape[0], 0.0, random.uniform(0.02, 0.12) * height)
    edges = (float(thin), float(top), float(thin + width), float(top + height))
    return _cut_out(framed, alpha), edges


def _cut_out(picture: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> Cutout:
    return np.asarray(cv2.merge((*cv2.split(picture), alpha)), np.uint8)


def _dealer(
    random: np.random.Generator,
    framed: NDArray[np.uint8],
    start: int,
    room: int,
    ground: NDArray[np.float32],
) -> None:
    """Letter the `room` px of a frame that begin `start` px down."""
    height = max(4, round(room * random.uniform(0.45, 0.75)))
    writing = line(
        random, pick(random, DEALERS), hand_of(random, "sign"), height, framed.shape[1] * random.uniform(0.35, 0.9)
    )
    x = (framed.shape[1] - writing.mask.shape[1]) // 2
    y = start + (room - height) // 2
    colour = apart(np.array(ink(random, pick(random, ("white", "silver", "yellow", "black"))), np.float32), ground)
    part = framed[y : y + height, x : x + writing.mask.shape[1]]
    cover(part, writing.mask[: part.shape[0], : part.shape[1]], colour)
