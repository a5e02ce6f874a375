"""Clips that show less than they code: parameter sets cut columns and rows off every picture."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.frame import VideoFrame

ENCODERS = {
    "h264": ("libx264", {"bf": "0", "g": "4"}),
    "hevc": ("libx265", {"x265-params": "log-level=none:bframes=0"}),
}


def cut_out(coding: str, size: tuple[int, int], columns: int, rows: int, frames: int = 6) -> bytes:
    """An MP4 whose pictures of `size` are shown without so many columns at the right and rows at the bottom."""
    whole = b"".join(bytes(packet) for packet in _encoded(coding, size, frames))
    with av.open(io.BytesIO(whole), "r", format=coding) as demuxer:
        stream: Any = demuxer.streams.video[0]
        crop = BitStreamFilterContext(f"{coding}_metadata=crop_right={columns}:crop_bottom={rows}", stream)
        cut = b"".join(bytes(each) for packet in demuxer.demux(stream) for each in crop.filter(packet))
    return _contained(coding, cut)


def joined(*films: bytes) -> bytes:
    """Films of H.264 one behind the other, each with its parameter sets among its pictures."""
    streams = []
    for film in films:
        with av.open(io.BytesIO(film), "r") as demuxer:
            stream: Any = demuxer.streams.video[0]
            bare = BitStreamFilterContext("h264_mp4toannexb", stream)
            streams += [bytes(each) for packet in demuxer.demux(stream) for each in bare.filter(packet)]
    return _contained("h264", b"".join(streams))


def _contained(coding: str, raw: bytes) -> bytes:
    out = io.BytesIO()
    with av.open(io.BytesIO(raw), "r", format=coding) as demuxer, av.open(out, "w", format="mp4") as muxer:
        stream: Any = demuxer.streams.video[0]
        written: Any = muxer.add_stream_from_template(stream)
        written.time_base = Fraction(1, 25)
        for index, packet in enumerate(each for each in demuxer.demux(stream) if each.size):
            packet.pts = packet.dts = index
            packet.duration, packet.time_base, packet.stream = 1, Fraction(1, 25), written
            muxer.mux(packet)
    return out.getvalue()


def _encoded(coding: str, size: tuple[int, int], frames: int) -> list[Packet[Any]]:
    encoder, options = ENCODERS[coding]
    context: Any = av.CodecContext.create(encoder, "w")
    context.width, context.height, context.pix_fmt = *size, "yuv420p"
    context.framerate, context.time_base, context.options = Fraction(25), Fraction(1, 25), options
    picture = np.add.outer(np.arange(size[1]), np.arange(size[0])).astype(np.uint8)
    packets: list[Packet[Any]] = []
    for index in range(frames):
        frame = VideoFrame.from_ndarray(np.stack((np.roll(picture, 4 * index, 1),) * 3, -1), "rgb24")
        frame.pts = index
        packets += context.encode(frame)
    packets += context.encode(None)
    return packets
