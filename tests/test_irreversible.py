"""What was inside a region is gone: files that differ only there are published as the same bytes.

The whole way is taken, from file to file, with a detector that always finds the same place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.contracts import Style
from redact.model import Image
from tests.conftest import InstallPlugin

FIXED = """
from redact import Box, Detection, Polygon
class Detector:
    def detect(self, image):
        scale = image.shape[1] / 160
        yield Detection(Box(48 * scale, 32 * scale, 96 * scale, 80 * scale), "fixed", 1.0)
        yield Detection(Box(90 * scale, 60 * scale, 130 * scale, 90 * scale), "fixed", 1.0)
"""
INSIDE = (slice(48, 64), slice(64, 80))
"""Whole coded blocks in the first region, far enough inside that making the test clips smears nothing out of it."""

STYLES: tuple[Style, ...] = (redact.Blur(), redact.Pixelate(), redact.Fill((9, 99, 199)))


@pytest.fixture
def fixed(install_plugin: InstallPlugin) -> None:
    install_plugin("redact-fixed", FIXED, {"fixed": "Detector"})


def picture(seed: int) -> Image:
    """A picture whose inside depends on the seed, and nothing else of it."""
    ground = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    image = cv2.GaussianBlur(ground, (0, 0), 2).astype(np.uint8)
    image[INSIDE] = np.random.default_rng(seed).integers(0, 256, image[INSIDE].shape, dtype=np.uint8)
    return image


def published(source: Path, style: Style) -> bytes:
    target = source.parent / "share" / source.name
    receipt = redact.file(source, target, redact.Policy(hide={"fixed": style}))
    assert receipt.status == "redacted", receipt.error
    content = target.read_bytes()
    target.unlink()
    return content


def written(path: Path, image: Image, **options: Any) -> Path:
    Pillow.fromarray(image).save(path, **options)
    return path


@pytest.mark.usefixtures("fixed")
@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@pytest.mark.parametrize(
    ("name", "options"),
    [("a.png", {}), ("a.webp", {"lossless": True})],
)
@given(seed=st.integers(1, 10**6))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lossless_stills_that_differ_only_inside_are_published_alike(
    tmp_path: Path, style: Style, name: str, options: dict[str, Any], seed: int
) -> None:
    one = published(written(tmp_path / name, picture(0), **options), style)
    other = published(written(tmp_path / name, picture(seed), **options), style)
    assert one == other


@pytest.mark.usefixtures("fixed")
@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_jpegs_whose_blocks_differ_only_inside_are_published_alike(
    tmp_path: Path, style: Style, subsampling: int
) -> None:
    # The inside is a multiple of 16 pixels, so no coded block outside holds anything of it.
    outputs = [
        published(written(tmp_path / "a.jpg", picture(seed), quality=85, subsampling=subsampling), style)
        for seed in (0, 1, 2)
    ]
    assert outputs[0] == outputs[1] == outputs[2]


def clip(path: Path, seed: int, pixel_format: str) -> Path:
    """A lossless H.264 clip of twenty frames: what is coded outside does not depend on what is inside.

    Nothing moves, so that the tracker, which looks inside, carries the regions along the same way.
    """
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=20, options={"qp": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, pixel_format
        for _ in range(20):
            frame = av.VideoFrame.from_ndarray(picture(seed), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.usefixtures("fixed")
@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_clips_that_differ_only_inside_are_published_alike(tmp_path: Path, style: Style, pixel_format: str) -> None:
    one = published(clip(tmp_path / "a.mp4", 0, pixel_format), style)
    other = published(clip(tmp_path / "a.mp4", 1, pixel_format), style)
    assert one == other
