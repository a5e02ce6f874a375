"""Pictures to be redacted, made by other people's encoders."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import piexif
import pytest
from PIL import Image as Pillow

from redact.frames import open_footage
from redact.frames.stills import Still, StillCanvas
from redact.model import Image, Region

CanvasOf = Callable[[bytes, str], StillCanvas]
Redacted = Callable[[bytes, str, Sequence[Region]], bytes]


@pytest.fixture
def canvas_of(tmp_path: Path) -> CanvasOf:
    """Canvas of a file's bytes, by container."""

    def open_canvas(data: bytes, container: str) -> StillCanvas:
        (tmp_path / "still").write_bytes(data)
        (canvas,) = open_footage(tmp_path / "still", container).canvases()
        assert isinstance(canvas, StillCanvas)
        return canvas

    return open_canvas


@pytest.fixture
def redacted(canvas_of: CanvasOf, tmp_path: Path) -> Redacted:
    """The file that comes out when regions are painted with `fingerprint_of_outside`."""

    def redact(data: bytes, container: str, regions: Sequence[Region]) -> bytes:
        canvas = canvas_of(data, container)
        canvas.edit(regions, fingerprint_of_outside)
        target = io.BytesIO()
        Still(tmp_path / "still", container).write([canvas], target)
        return target.getvalue()

    return redact


def fingerprint_of_outside(image: Image, regions: Sequence[Region]) -> None:
    """Paint one colour that is another as soon as any pixel outside the regions is another."""
    outside = image.copy()
    for region in regions:
        outside[touched(region)] = 0
    colour = np.frombuffer(hashlib.sha256(outside.tobytes()).digest()[:3], np.uint8)
    for region in regions:
        image[touched(region)] = colour


def touched(region: Region) -> tuple[slice, slice]:
    bounds = region.bounds
    rows = slice(max(0, int(np.floor(bounds.top))), max(0, int(np.ceil(bounds.bottom))))
    return rows, slice(max(0, int(np.floor(bounds.left))), max(0, int(np.ceil(bounds.right))))


def photograph(width: int, height: int, seed: int = 0) -> Image:
    """Soft colours with texture, uint8 (height, width, 3)."""
    random = np.random.default_rng(seed)
    coarse = Pillow.fromarray(random.integers(0, 256, (5, 7, 3), dtype=np.uint8))
    soft = np.asarray(coarse.resize((width, height), Pillow.Resampling.BICUBIC)).astype(np.int16)
    return np.asarray(np.clip(soft + random.integers(-12, 13, soft.shape), 0, 255), dtype=np.uint8)


def saved(pixels: np.ndarray[Any, Any] | Pillow.Image, container: str, **options: Any) -> bytes:
    """A file as Pillow writes it."""
    picture = pixels if isinstance(pixels, Pillow.Image) else Pillow.fromarray(pixels)
    target = io.BytesIO()
    picture.save(target, container, **options)
    return target.getvalue()


def turned(orientation: int) -> bytes:
    """EXIF that tells an orientation, and a place in the sea."""
    blocks = {
        "0th": {piexif.ImageIFD.Make: b"Samplecam", piexif.ImageIFD.Orientation: orientation},
        "GPS": {piexif.GPSIFD.GPSLatitudeRef: b"S", piexif.GPSIFD.GPSLatitude: ((41, 1), (54, 1), (126000, 10000))},
    }
    return bytes(piexif.dump(blocks))
