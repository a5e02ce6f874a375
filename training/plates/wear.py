"""What age and weather do to a plate: it fades, is dirtied, scratched, bent, snowed on."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from training.plates.chance import happens, pick
from training.plates.colours import shade
from training.plates.surface import Light, mottle, threefold


def worn(random: np.random.Generator, light: Light) -> Light:
    """`light`, a plate's colours, after some years: nothing at all for a quarter of the plates."""
    if happens(random, 0.25):
        return light
    for share, harm in HARMS:
        if happens(random, share):
            light = harm(random, light)
    return light


def _faded(random: np.random.Generator, light: Light) -> Light:
    """Letters lose their colour to the ground, in blots."""
    ground = np.median(light[::8, ::8].reshape(-1, 3), axis=0).astype(np.float32)
    height, width = light.shape[:2]
    share = np.clip(mottle(random, width, height, 4) * np.float32(random.uniform(0.1, 0.55)), 0, 0.5)
    return _mixed(light, share, ground)


def _chipped(random: np.random.Generator, light: Light) -> Light:
    """Paint flakes off in specks and shows metal."""
    height, width = light.shape[:2]
    fine = mottle(random, width, height, int(random.integers(14, 30)))
    where = mottle(random, width, height, 3)
    share = np.clip((fine + 0.5 * where - np.float32(random.uniform(1.15, 1.3))) * 12, 0, 1)
    return _mixed(light, share, shade(random, pick(random, ("silver", "grey", "brown"))))


def _veiled(random: np.random.Generator, light: Light) -> Light:
    """A film of dust or road dirt, thicker below."""
    height, width = light.shape[:2]
    down = np.linspace(random.uniform(0, 0.7), 1, height, dtype=np.float32)[:, None]
    share = np.clip(mottle(random, width, height, int(random.integers(2, 7))) * down, 0, 1) * np.float32(
        random.uniform(0.1, 0.6)
    )
    return _mixed(light, share, shade(random, pick(random, ("sand", "drab", "brown", "grey"))))


def _muddy(random: np.random.Generator, light: Light) -> Light:
    """Splashes of mud with hard edges, from one side."""
    return _splashed(random, light, shade(random, pick(random, ("brown", "drab", "sand"))), random.uniform(0.5, 0.95))


def _snowy(random: np.random.Generator, light: Light) -> Light:
    """Snow or ice that sticks from one edge on."""
    return _splashed(random, light, shade(random, "white"), random.uniform(0.7, 1.0))


def _splashed(random: np.random.Generator, light: Light, colour: NDArray[np.float32], opaque: float) -> Light:
    height, width = light.shape[:2]
    edge = np.linspace(0, 1, height, dtype=np.float32)[:, None] ** 2
    if happens(random, 0.3):
        edge = edge[::-1]
    blots = 0.6 * mottle(random, width, height, 4) + 0.4 * mottle(random, width, height, 13)
    share = np.clip(
        (blots + edge * np.float32(random.uniform(0.1, 0.45)) - np.float32(random.uniform(0.72, 0.86))) * 9, 0, opaque
    )
    return _mixed(light, share, colour)


def _rusty(random: np.random.Generator, light: Light) -> Light:
    """Rust that runs down from screws and edges."""
    height, width = light.shape[:2]
    share = np.zeros((height, width), np.float32)
    for _ in range(int(random.integers(1, 5))):
        x, y = int(random.uniform(0, width)), int(random.choice((0.08, 0.5, 0.92)) * height)
        length = int(random.uniform(0.05, 0.35) * height)
        cv2.line(share, (x, y), (x + int(random.normal(0, 2)), y + length), 0.8, max(1, int(height * 0.03)))
    runs = cv2.GaussianBlur(share, (0, 0), height * 0.025) * mottle(random, width, height, 12)
    return _mixed(light, np.asarray(np.clip(runs, 0, 0.85), np.float32), shade(random, "brown"))


def _scratched(random: np.random.Generator, light: Light) -> Light:
    height, width = light.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for _ in range(int(random.integers(1, 12))):
        x, y = random.uniform(0, width), random.uniform(0, height)
        turn, length = random.uniform(0, np.pi), random.uniform(0.05, 0.6) * height
        end = (int(x + length * np.cos(turn)), int(y + length * np.sin(turn)))
        cv2.line(mask, (int(x), int(y)), end, int(random.uniform(60, 200)), 1, cv2.LINE_AA)
    colour = shade(random, pick(random, ("silver", "grey", "white", "black")))
    return _mixed(light, mask.astype(np.float32) / np.float32(255), colour)


def _bent(random: np.random.Generator, light: Light) -> Light:
    """Dents: letters stray by some pixels, less towards the edge, and the slopes catch light."""
    height, width = light.shape[:2]
    hills = mottle(random, width, height, int(random.integers(2, 5))) - 0.5
    calm = np.minimum(np.linspace(0, 1, height)[:, None], np.linspace(1, 0, height)[:, None])
    calm = np.minimum(calm, np.minimum(np.linspace(0, 1, width)[None, :], np.linspace(1, 0, width)[None, :]))
    hills *= np.clip(calm * 5, 0, 1).astype(np.float32) * np.float32(height * random.uniform(0.02, 0.09))
    columns, lines = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    bent = cv2.remap(light, columns + hills, lines + hills, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    slope = cv2.Sobel(hills, cv2.CV_32F, 1, 0, ksize=5) + cv2.Sobel(hills, cv2.CV_32F, 0, 1, ksize=5)
    return np.asarray(bent, np.float32) + threefold(np.clip(slope * np.float32(random.uniform(-4, 4)), -45, 45))


def _mixed(light: Light, share: NDArray[np.float32], colour: NDArray[np.float32]) -> Light:
    """`light` covered with `colour` as far as `share` (0..1) says."""
    height, width = share.shape
    over = np.full((height, 3 * width), np.tile(colour.astype(np.float32), width)).reshape(height, width, 3)
    return np.asarray(cv2.blendLinear(light, over, 1 - share, np.ascontiguousarray(share)), np.float32)


HARMS: tuple[tuple[float, Callable[[np.random.Generator, Light], Light]], ...] = (
    (0.25, _faded),
    (0.12, _chipped),
    (0.15, _bent),
    (0.18, _scratched),
    (0.1, _rusty),
    (0.4, _veiled),
    (0.12, _muddy),
    (0.03, _snowy),
)
"""How often each befalls a plate that is not new, in the order in which it does."""
