"""What a camera does to the light it gets, and what storing the picture does afterwards.

Every step takes uint8 (height, width, 3) RGB and gives the same shape. `bearable` is how much blur, in pixels, the
smallest plate that is asked for can take before it is a smear that nobody would call a plate.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Step = Callable[[Generator, Picture], Picture]
BlurStep = Callable[[Generator, Picture, float], Picture]

_DARK = 70
_SUBSAMPLING = (
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)


def taken(random: Generator, image: Picture, bearable: float) -> Picture:
    """The picture as the camera's electronics hand it on: blurred, exposed, noisy, sharpened."""
    for share, blur in BLURS:
        if random.random() < share:
            image = blur(random, image, bearable)
    for share, step in STEPS:
        if random.random() < share and not (step is darkened and image.mean() < _DARK):
            image = step(random, image)
    return image


def stored(random: Generator, image: Picture) -> Picture:
    """The picture after it was compressed, at times twice, at times as a film's frame."""
    for share, step in STORES:
        if random.random() < share:
            image = step(random, image)
    return image


def sheared(random: Generator, size: int) -> NDArray[np.float64]:
    """A rolling shutter while the camera pans: the 3x3 matrix that slants a square picture about its middle."""
    slant = np.clip(random.normal(0, 0.08), -0.25, 0.25)
    return np.array([[1, slant, -slant * size / 2], [0, 1, 0], [0, 0, 1]], np.float64)


def defocused(random: Generator, image: Picture, bearable: float) -> Picture:
    """Out of focus: a disc, or the soft spread of a cheap lens."""
    reach = random.uniform(0.3, min(2.5, bearable))
    if reach < 1 or random.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), reach), np.uint8)
    side = 2 * int(reach * 1.4) + 1
    disc = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.float32)
    return np.asarray(cv2.filter2D(image, -1, disc / disc.sum()), np.uint8)


def moved(random: Generator, image: Picture, bearable: float) -> Picture:
    """Motion while the shutter was open: a streak in any direction."""
    reach = random.uniform(1.5, min(14, 3.5 * bearable) + 0.5)
    side = 2 * int(reach / 2) + 3
    turn = random.uniform(0, np.pi) if random.random() < 0.5 else random.normal(0, 0.1)
    streak = np.zeros((side, side), np.float32)
    half = reach / 2 * np.array([np.cos(turn), np.sin(turn)])
    ends = [tuple(int(16 * part) for part in side // 2 + way * half) for way in (-1, 1)]
    cv2.line(streak, ends[0], ends[1], 1.0, 1, cv2.LINE_8, 4)
    return np.asarray(cv2.filter2D(image, -1, streak / max(float(streak.sum()), 1)), np.uint8)


def resampled(random: Generator, image: Picture, bearable: float) -> Picture:
    """Made smaller and larger again, well or badly."""
    scale = random.uniform(max(0.35, 1 / (1 + bearable)), 0.95)
    ways = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_NEAREST)
    back = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=ways[random.choice(3, p=(0.6, 0.3, 0.1))])
    way = back[random.choice(3, p=(0.5, 0.4, 0.1))]
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=way), np.uint8)


def demosaiced(_random: Generator, image: Picture) -> Picture:
    """One colour a pixel on the sensor, the others guessed from its neighbours."""
    mosaic = image[..., 1].copy()
    mosaic[0::2, 0::2] = image[0::2, 0::2, 0]
    mosaic[1::2, 1::2] = image[1::2, 1::2, 2]
    return np.asarray(cv2.cvtColor(mosaic, cv2.COLOR_BayerRGGB2RGB), np.uint8)


def exposed(random: Generator, image: Picture) -> Picture:
    """More or less light, more or less contrast."""
    gain, middle = random.uniform(0.6, 1.5), random.uniform(90, 160)
    return _curved(lambda value: (value - middle) * gain + middle + random.uniform(-30, 30))(image)


def darkened(random: Generator, image: Picture) -> Picture:
    """Far too dark: a linear .15 to .7, or a gamma that leaves only what was bright."""
    gain, gamma = random.uniform(0.15, 0.7), random.uniform(1, 2)
    return _curved(lambda value: 255 * gain * (value / 255) ** gamma)(image)


def brightened(random: Generator, image: Picture) -> Picture:
    """Overexposed: the highlights are gone."""
    gain = random.uniform(1.2, 1.9)
    return _curved(lambda value: value * gain)(image)


def balanced(random: Generator, image: Picture) -> Picture:
    """A white balance that is off: lamps, shade, a cheap sensor."""
    gains = np.exp(random.normal(0, 0.16, 3))
    return np.asarray(np.clip(image * gains.astype(np.float32), 0, 255), np.uint8)


def faded(random: Generator, image: Picture) -> Picture:
    """Less colour, or more."""
    grey = image.mean(axis=2, keepdims=True, dtype=np.float32)
    return np.asarray(np.clip(grey + (image - grey) * random.uniform(0.1, 1.8), 0, 255), np.uint8)


def greyed(_random: Generator, image: Picture) -> Picture:
    """No colour at all."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def noisy(random: Generator, image: Picture) -> Picture:
    """A sensor's noise: some always, more where there is light, at times in coarse grains of colour."""
    high, wide = image.shape[:2]
    read, shot = random.uniform(0.5, 9), random.uniform(0, 0.6)
    coarse = 2 if random.random() < 0.3 else 1
    shape = (high // coarse, wide // coarse, 3 if random.random() < 0.7 else 1)
    grain = random.standard_normal(shape, np.float32)
    if coarse > 1:
        larger = cv2.resize(grain, (wide, high), interpolation=cv2.INTER_LINEAR)
        grain = np.asarray(larger, np.float32).reshape(high, wide, -1)
    spread = np.float32(read) + np.float32(shot) * np.sqrt(image.astype(np.float32))
    return np.asarray(np.clip(image + grain * spread, 0, 255), np.uint8)


def sharpened(random: Generator, image: Picture) -> Picture:
    """Sharpened until edges carry halos."""
    soft = cv2.GaussianBlur(image, (0, 0), random.uniform(0.7, 2))
    strength = random.uniform(0.4, 2)
    return np.asarray(cv2.addWeighted(image, 1 + strength, soft, -strength, 0), np.uint8)


def smoothed(_random: Generator, image: Picture) -> Picture:
    """A telephone's way against noise: flat where there was texture."""
    return np.asarray(cv2.medianBlur(image, 3), np.uint8)


def jpeg(random: Generator, image: Picture) -> Picture:
    """As JPEG, quality 15 to 95."""
    return _coded(image, int(random.integers(15, 96)), _SUBSAMPLING[random.integers(3)])


def jpeg_shifted(random: Generator, image: Picture) -> Picture:
    """As JPEG of a picture that was cropped since: its blocks do not lie on the later ones."""
    x, y = random.integers(1, 8, 2).tolist()
    around = cv2.copyMakeBorder(image, y, 0, x, 0, cv2.BORDER_REFLECT_101)
    return np.ascontiguousarray(
        _coded(np.asarray(around, np.uint8), int(random.integers(20, 90)), _SUBSAMPLING[0])[y:, x:]
    )


def film(random: Generator, image: Picture) -> Picture:
    """As a frame of a film at a low rate: coarse blocks, smeared colours, edges of blocks smoothed."""
    ycc = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
    ycc[..., 1:] = cv2.blur(ycc[..., 1:], (5, 5))
    coded = _coded(
        np.asarray(cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB), np.uint8), int(random.integers(7, 25)), _SUBSAMPLING[0]
    )
    return np.asarray(cv2.bilateralFilter(coded, 5, 12, 2), np.uint8)


BLURS: tuple[tuple[float, BlurStep], ...] = ((0.35, defocused), (0.2, moved), (0.3, resampled))
STEPS: tuple[tuple[float, Step], ...] = (
    (0.1, demosaiced),
    (0.5, exposed),
    (0.14, darkened),
    (0.06, brightened),
    (0.35, balanced),
    (0.2, faded),
    (0.08, greyed),
    (0.45, noisy),
    (0.2, sharpened),
    (0.05, smoothed),
)
STORES: tuple[tuple[float, Step], ...] = ((0.15, jpeg_shifted), (0.1, film), (0.7, jpeg))


def _curved(curve: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Callable[[Picture], Picture]:
    table = np.asarray(np.clip(curve(np.arange(256, dtype=np.float64)), 0, 255), np.uint8)
    return lambda image: np.asarray(cv2.LUT(image, table), np.uint8)


def _coded(image: Picture, quality: int, sampling: int) -> Picture:
    setting = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    _, stream = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), setting)
    return np.asarray(cv2.imdecode(stream, cv2.IMREAD_COLOR_RGB), np.uint8)
