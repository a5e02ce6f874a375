"""Things that are neither text nor a pattern: bright and dark shapes with sharp edges."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.ground import clouds, colour
from training.scenes.lettering import face, ink
from training.scenes.negatives.surfaces import Surface, empty, fitted, lay, line, surface, two_colours, whole
from training.scenes.words import phrase


def dial(random: Generator) -> Surface:
    """A clock or a gauge: a disc with marks, figures and hands."""
    below, above = two_colours(random)
    sheet = empty(128, 128)
    cv2.circle(sheet, (64, 64), 62, whole(below), -1, cv2.LINE_AA)
    cv2.circle(sheet, (64, 64), 60, whole(above), 3, cv2.LINE_AA)
    font, twelve = face(random, "sign"), int(random.integers(6, 13))
    for hour in range(twelve):
        turn = 2 * np.pi * hour / twelve
        figure = ink(str(hour + 1), font, 16)
        x, y = 64 + 46 * np.sin(turn), 64 - 46 * np.cos(turn)
        lay(sheet, figure, (int(x) - figure.shape[1] // 2, int(y) - figure.shape[0] // 2), above)
    for turn, reach in zip(random.uniform(0, 2 * np.pi, 2), (28, 40), strict=True):
        tip = int(64 + reach * np.sin(turn)), int(64 - reach * np.cos(turn))
        cv2.line(sheet, (64, 64), tip, whole(above), 4, cv2.LINE_AA)
    return sheet


def traffic_light(random: Generator) -> Surface:
    """Three lamps in a dark case, one of them lit, upright or lying."""
    sheet = surface(random, 56, 144, colour(random) / np.float32(6))
    lit = int(random.integers(3))
    for place, tint in enumerate(((255, 40, 30), (255, 190, 40), (40, 230, 120))):
        shade = np.array(tint, np.float32) * (1 if place == lit else 0.2)
        cv2.circle(sheet, (28, 28 + 44 * place), 18, whole(shade), -1, cv2.LINE_AA)
    return np.ascontiguousarray(np.rot90(sheet)) if random.random() < 0.3 else sheet


def bottle(random: Generator) -> Surface:
    """A bottle, a jar or a tin with its label."""
    sheet = empty(72, 190)
    glass = whole(colour(random))
    cv2.rectangle(sheet, (8, 60), (64, 186), glass, -1)
    cv2.rectangle(sheet, (26, 6), (46, 70), glass, -1)
    below, above = two_colours(random)
    label = surface(random, 57, int(random.integers(40, 80)), below)
    for top in range(4, label.shape[0] - 14, 16):
        lay(label, fitted(line(random, phrase(random), 10), 50), (4, top), above)
    sheet[90 : 90 + label.shape[0], 8:65] = label
    light = np.clip(1.2 - np.abs(np.linspace(-1.2, 0.9, 72)) * 0.7, 0, 1.3)
    sheet[..., :3] = np.clip(sheet[..., :3] * light[None, :, None], 0, 255)
    return sheet


def panel(random: Generator) -> Surface:
    """An empty rectangle, often white: paper, a lamp, a window, a mount that nothing is on."""
    tint = _pale(random) if random.random() < 0.6 else colour(random)
    sheet = surface(random, int(random.integers(70, 420)), int(random.integers(70, 110)), np.clip(tint, 0, 255))
    sheet[..., :3] = np.clip(
        sheet[..., :3] * np.linspace(random.uniform(0.6, 1), 1, sheet.shape[1])[None, :, None], 0, 255
    )
    return sheet


def framed(random: Generator) -> Surface:
    """A picture, a screen or a window in its frame: clouds of two colours inside."""
    below, above = two_colours(random)
    sheet = surface(random, int(random.integers(80, 300)), int(random.integers(70, 130)), below)
    inset = int(random.integers(3, 14))
    inner = sheet[inset:-inset, inset:-inset, :3]
    mix = cv2.resize(clouds(random, 64), (inner.shape[1], inner.shape[0]), interpolation=cv2.INTER_CUBIC)[..., None]
    inner[:] = np.clip(above + 90 * mix, 0, 255)
    return sheet


def badge(random: Generator) -> Surface:
    """A maker's badge or a model's name in chrome, without a ground."""
    cover = fitted(ink(phrase(random), face(random, "sign"), 48), 360)
    sheet = empty(cover.shape[1], max(cover.shape[0], 40))
    sheet[..., :3] = np.linspace(random.uniform(180, 255), random.uniform(60, 160), sheet.shape[0])[:, None, None]
    sheet[: cover.shape[0], :, 3] = cover
    return sheet


def _pale(random: Generator) -> np.ndarray:
    return np.clip(random.uniform(170, 255) + random.normal(0, 8, 3), 0, 255).astype(np.float32)
