"""Coded pictures and sound from real encoders, and what a real decoder makes of a film in memory."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
from io import BytesIO
from itertools import pairwise

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

WIDTH, HEIGHT, RATE = 64, 48, 48000
QUIET = {"libx265": {"x265-params": "log-level=none:info=0"}}


@dataclass(frozen=True)
class Coded:
    """A packet as an encoder gives it: data, and when it is shown and decoded, in ticks of 90 kHz."""

    data: bytes
    shown: int
    decoded: int
    key: bool


@cache
def pictures(coder: str, count: int = 10, pixels: str = "yuv420p", **options: str) -> tuple[Coded, ...]:
    """Pictures of noise that moves, at 25 a second."""
    encoder = av.CodecContext.create(coder, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, pixels
    encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
    encoder.options = {**QUIET.get(coder, {}), **options}
    noise = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH + count, 3), np.uint8)
    packets = []
    for number in range(count):
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(noise[:, number : number + WIDTH]), "rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        packets += encoder.encode(frame.reformat(format=pixels))
    packets += encoder.encode(None)
    return tuple(
        Coded(bytes(packet), (packet.pts or 0) * 3600, (packet.dts or 0) * 3600, packet.is_keyframe)
        for packet in packets
    )


@cache
def sound(coder: str = "mp2", samples: int = 19200) -> tuple[Coded, ...]:
    """A tone in mono."""
    encoder = av.CodecContext.create(coder, "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    encoder.time_base = Fraction(1, RATE)
    encoder.open()
    step = encoder.frame_size or 1152
    tone = (8000 * np.sin(np.arange(samples) / 17)).astype(np.int16)
    packets = []
    for start in range(0, samples - step, step):
        frame = AudioFrame.from_ndarray(tone[None, start : start + step], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    times = [(packet.pts or 0) * 90000 // RATE + 9000 for packet in packets]
    return tuple(
        Coded(bytes(packet), time, time, packet.is_keyframe) for packet, time in zip(packets, times, strict=True)
    )


@dataclass(frozen=True)
class Played:
    """What a film shows and lets hear: (time, hash) of each frame and of each packet of sound; and what it tells."""

    frames: tuple[tuple[int | None, str], ...]
    sounds: tuple[tuple[int | None, str], ...]
    streams: tuple[str, ...]
    metadata: dict[str, str]


def played(film: bytes, container: str) -> Played:
    """A film in the eyes of FFmpeg. container: its name of the demuxer."""
    with av.open(BytesIO(film), "r", format=container) as demuxer:
        streams = tuple(stream.type for stream in demuxer.streams)
        told = dict(demuxer.metadata)
        for stream in demuxer.streams:
            told.update(stream.metadata)
        packets = demuxer.demux(list(demuxer.streams.audio)) if demuxer.streams.audio else ()
        sounds = tuple((packet.pts, sha256(bytes(packet)).hexdigest()) for packet in packets if packet.size)
    with av.open(BytesIO(film), "r", format=container) as demuxer:
        frames = tuple(
            (frame.pts, sha256(frame.to_ndarray().tobytes()).hexdigest()) for frame in demuxer.decode(video=0)
        )
    assert all(before != after for before, after in pairwise(frames))
    return Played(frames, sounds, streams, told)
