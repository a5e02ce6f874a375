"""Badges that can be told from one another, drawn into pictures and clips; and packages that tell them apart."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from redact.model import Image

WRITING = {
    "anna": ((0.2, 0.2, 0.8, 0.4),),
    "bert": ((0.2, 0.6, 0.8, 0.8),),
    "cleo": ((0.15, 0.15, 0.35, 0.85),),
}
"""Whose badge it is -> white strokes on it: left, top, right, bottom in shares of it."""

SIZE = (320, 240)


def worn(badges: Mapping[tuple[int, int], str], side: int = 48, size: tuple[int, int] = SIZE) -> Image:
    """A grey slope of `size`, (width, height), with badges of so many pixels: (left, top) -> whose."""
    width, height = size
    texture = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 30, (height, width)), (0, 0), 2)
    slope = np.linspace(60, 200, width)[None, :] + texture
    image: Image = np.repeat(np.clip(slope, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    for (left, top), owner in badges.items():
        image[top : top + side, left : left + side] = (230, 20, 30)
        for stroke in WRITING[owner]:
            x, y, right, bottom = (round(share * side) for share in stroke)
            image[top + y : top + bottom, left + x : left + right] = 245
    return image


def saved(path: Path, image: Image) -> Path:
    """The picture as a file, its format by its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(image).save(path, quality=95)
    return path


def filmed(path: Path, frames: Iterable[Image], rate: int = 10) -> Path:
    """Pictures of `SIZE` as an MP4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "14"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def references(folder: Path, owner: str, sides: Sequence[int] = (40, 64)) -> Path:
    """A folder of pictures of one badge in several sizes."""
    for side in sides:
        saved(folder / f"{side}.png", worn({(100, 60): owner}, side))
    return folder


def opened(path: Path) -> Image:
    """The picture in a file."""
    with Pillow.open(path) as shown:
        return np.array(shown.convert("RGB"), np.uint8)


def shows(image: Image, place: tuple[int, int], side: int = 48) -> bool:
    """True when a badge at a place can be seen."""
    left, top = place
    patch = image[top : top + side, left : left + side].astype(int)
    return bool(((patch[..., 0] > 150) & (patch[..., 1] < 110)).mean() > 0.4)


def frames_of(path: Path) -> list[Image]:
    """The pictures of a clip."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in container.decode(video=0)]


SAMPLE = Path(__file__).parent.parent / "samples" / "redact-badge" / "redact_badge.py"


def install_embedder(
    site: Path, monkeypatch: pytest.MonkeyPatch, package: str = "redact-ink", source: str = "", name: str = "Ink"
) -> None:
    """Installs a package as pip would, which offers an embedder for badges; that of the sample, where no source is."""
    module = package.replace("-", "_")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (site / f"{module}.py").write_text(source or f"{SAMPLE.read_text()}\n\nInk = BadgeEmbedder\n")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[redact.embedders]\nbadge = {module}:{name}\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, module, raising=False)
