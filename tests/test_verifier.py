"""What the rewriter gets wrong the verifier finds: here the rewriter is broken on purpose, one way at a time."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

import redact
from redact import verifier
from redact.model import Check, Image
from tests.conftest import badge_jpeg, badge_picture

POLICY = redact.Policy(hide={"badge": redact.Fill((0, 0, 255))})


def textured() -> Image:
    """The badge picture at a size that clips have, with texture all over, which painting has to take away."""
    image = cv2.resize(badge_picture(), (320, 240), interpolation=cv2.INTER_NEAREST).astype(np.int16)
    noise = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 60, (240, 320)), (0, 0), 1.5)
    return np.clip(image + noise[..., None].astype(np.int16), 0, 255).astype(np.uint8)


def jpeg(path: Path) -> Path:
    return badge_jpeg(path / "a.jpg")


def png(path: Path) -> Path:
    Pillow.fromarray(textured()).save(path / "a.png")
    return path / "a.png"


def webp(path: Path) -> Path:
    Pillow.fromarray(textured()).save(path / "a.webp", quality=80)
    return path / "a.webp"


def clip(path: Path) -> Path:
    with av.open(str(path / "a.mp4"), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=20, options={"crf": "16"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for _ in range(25):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(textured(), format="rgb24")))
        container.mux(stream.encode(None))
    return path / "a.mp4"


MEDIA: list[Callable[[Path], Path]] = [jpeg, png, webp, clip]


@pytest.fixture(params=MEDIA, ids=lambda make: make.__name__)
def source(request: pytest.FixtureRequest, badge_plugin: str, tmp_path: Path) -> Path:
    assert badge_plugin
    make: Callable[[Path], Path] = request.param
    return make(tmp_path)


def unmet(receipt: redact.Receipt) -> set[str]:
    return {check.name for check in receipt.checks if not check.passed}


def test_a_painter_that_paints_passes(source: Path, tmp_path: Path) -> None:
    receipt = redact.file(source, tmp_path / "share" / source.name, POLICY)
    assert receipt.status == "redacted", receipt.error
    assert receipt.hidden


def test_a_painter_that_paints_nothing_is_found_out(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redact.rewriter.paint", lambda *_: None)
    receipt = redact.file(source, tmp_path / "share" / source.name, POLICY)
    assert receipt.status == "withheld", receipt
    assert not (tmp_path / "share").exists()


def test_a_painter_that_paints_elsewhere_is_found_out(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redact import rewriter

    real = rewriter.paint

    def aside(canvas: object, regions: list[tuple[str, redact.Box]], hide: object) -> None:
        real(canvas, [(label, region.shifted(90, 60)) for label, region in regions], hide)  # type: ignore[arg-type]

    monkeypatch.setattr("redact.rewriter.paint", aside)
    receipt = redact.file(source, tmp_path / "share" / source.name, POLICY)
    assert receipt.status == "withheld", receipt


def test_a_stripper_that_strips_nothing_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from redact.formats import jpeg as format_jpeg

    def copied(self: object, source: io.BytesIO, target: io.BytesIO, *_: object) -> None:
        target.write(source.read())

    monkeypatch.setattr(format_jpeg.Jpeg, "strip", copied)
    receipt = redact.file(badge_jpeg(tmp_path / "a.jpg"), tmp_path / "share" / "a.jpg", redact.Policy(hide={}))
    assert receipt.status == "withheld"
    assert "structure" in unmet(receipt)


def test_only_what_was_overlooked_calls_for_a_closer_look() -> None:
    passed, overlooked = Check("structure", passed=True), Check("second look", passed=False)
    assert verifier.overlooked([passed, overlooked])
    assert not verifier.overlooked([passed])
    assert not verifier.overlooked([Check("structure", passed=False), overlooked])
