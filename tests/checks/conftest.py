"""What the questions' tests need: evidence about two files, clean clips from real encoders, and ways to spoil them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import av
import cv2
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from numpy.typing import NDArray
from PIL import Image as Pillow

from redact.checks import Evidence
from redact.model import Box, Detection, Findings, Image, Keep, Track

KEEP = Keep(frozenset({"orientation", "colour"}))
RATE = 44100
SEI = {"libx264": "6", "libx265": "39-40"}
QUIET = {"libx264": {}, "libx265": {"x265-params": "log-level=none:info=0"}}


class Ask(Protocol):
    """Evidence about two files given as bytes."""

    def __call__(self, source: bytes, copy: bytes, **parts: Any) -> Evidence: ...


@pytest.fixture
def about(tmp_path: Path) -> Ask:
    """`about(source, copy, findings=..., keep=..., detect=...)` writes both and returns the evidence."""
    number = count()

    def write(data: bytes) -> Path:
        path = tmp_path / str(next(number))
        path.write_bytes(data)
        return path

    def evidence(source: bytes, copy: bytes, **parts: Any) -> Evidence:
        defaults = {"findings": Findings(frames=1), "keep": KEEP, "detect": lambda _image: ()}
        return Evidence(write(source), write(copy), **{**defaults, **parts})

    return evidence


def noise(height: int, width: int, seed: int = 0) -> Image:
    """A picture with texture everywhere, coarse enough to survive coding."""
    coarse = np.random.default_rng(seed).integers(30, 220, (height // 4, width // 4, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def encoded(image: NDArray[Any], kind: str, **options: Any) -> bytes:
    """`image` as Pillow writes it."""
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, kind, **options)
    return file.getvalue()


def found(*regions: tuple[int, Box]) -> Findings:
    """Findings with one face in each given frame."""
    return Findings(tracks=tuple(Track("face", {frame: region}) for frame, region in regions), frames=1)


def red_squares(image: Image) -> Sequence[Detection]:
    """A detector of saturated red: the bounds of all of it."""
    red = (image[..., 0] > 180) & (image[..., 1] < 90) & (image[..., 2] < 90)
    if red.sum() < 20:
        return ()
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    box = Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    return (Detection(box, "badge", 0.9),)


Frames = Sequence[Image]


MakeClip = Callable[..., bytes]
"""Bytes of a clip without metadata; see `make_clip`."""


@pytest.fixture(scope="session")
def make_clip() -> MakeClip:
    """`make_clip(frames, times in 1/30 s, codec, muxer, sound, rotation, clean, lag)`: no metadata, no SEI if clean."""

    def make(
        frames: Frames = (),
        times: Sequence[int] | None = None,
        *,
        codec: str = "libx264",
        muxer: str = "mov",
        sound: str = "aac",
        rotation: int = 0,
        clean: bool = True,
        lag: int = 0,
        pitch: int = 440,
        quality: int = 18,
    ) -> bytes:
        frames = frames or moving_pictures()
        raw = _encode(frames, times or range(len(frames)), codec, sound, lag, pitch, quality)
        return without_udta(_remux(raw, muxer, SEI[codec] if clean else None, rotation))

    return make


def moving_pictures(number: int = 12) -> list[Image]:
    """Frames of 96 x 64 pixels."""
    return [np.roll(noise(64, 96), 2 * index, axis=1) for index in range(number)]


@pytest.fixture(scope="session")
def clip(make_clip: MakeClip) -> bytes:
    """A clean QuickTime clip: 12 frames of 96 x 64 pixels in H.264, AAC sound."""
    return make_clip()


def _encode(frames: Frames, times: Sequence[int], codec: str, sound: str, lag: int, pitch: int, quality: int) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mov", options={"fflags": "+bitexact"}) as target:
        options = {"preset": "ultrafast", "g": "6", "crf": str(quality), **QUIET[codec]}
        pictures: Any = target.add_stream(codec, rate=30, options=options)
        pictures.height, pictures.width = frames[0].shape[:2]
        pictures.pix_fmt = "yuv420p"
        voice: Any = target.add_stream(sound, rate=RATE, layout="mono") if sound else None
        for image, time in zip(frames, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 30)
            target.mux(pictures.encode(frame))
        target.mux(pictures.encode(None))
        if voice is not None:
            wave = 8000 * np.sin(np.arange(len(frames) * RATE // 30) * 2 * np.pi * pitch / RATE)
            samples = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
            samples.sample_rate, samples.pts, samples.time_base = RATE, lag, Fraction(1, RATE)
            target.mux(voice.encode(samples))
            target.mux(voice.encode(None))
    return file.getvalue()


def _remux(raw: bytes, muxer: str, sei: str | None, rotation: int) -> bytes:
    file = io.BytesIO()
    with (
        av.open(io.BytesIO(raw), "r", format="mov") as source,
        av.open(file, "w", format=muxer, options={"fflags": "+bitexact"}) as target,
    ):
        streams: dict[int, Any] = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        pictures: Any = source.streams.video[0]
        if rotation:
            streams[pictures.index].set_display_rotation(rotation)
        units = BitStreamFilterContext(f"filter_units=remove_types={sei}", pictures, streams[0]) if sei else None
        for packet in source.demux():
            if not packet.size:
                continue
            for kept in units.filter(packet) if units and packet.stream is pictures else [packet]:
                kept.stream = streams[packet.stream.index]
                target.mux(kept)
    return file.getvalue()


def place_of(data: bytes, kind: bytes) -> int:
    """Where the last box of a type begins."""
    return data.rindex(kind) - 4


def resized(data: bytes, kind: bytes, by: int) -> bytes:
    """With the size of the last box of a type changed."""
    place = place_of(data, kind)
    size = int.from_bytes(data[place : place + 4], "big") + by
    return data[:place] + size.to_bytes(4, "big") + data[place + 4 :]


def without_udta(data: bytes) -> bytes:
    """FFmpeg's MP4 muxer ends moov with an empty udta: without it."""
    if b"udta" not in data[place_of(data, b"moov") :]:
        return data
    place = place_of(data, b"udta")
    return resized(data[:place], b"moov", place - len(data))


def box(kind: bytes, content: bytes = b"") -> bytes:
    """A box."""
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def with_box_in_movie(data: bytes, extra: bytes) -> bytes:
    """With a box at the end of moov, which has to be the file's last."""
    return resized(data, b"moov", len(extra)) + extra
