"""Streams of real encoders, ways to hide a canary in each, and what a real decoder makes of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.packet import Packet

CANARY = b"+12.3456-045.6789/"
SIZE = (176, 144)


@dataclass(frozen=True)
class Stream:
    """A coded stream.

    name: FFmpeg's name of the coding
    """

    name: str
    configuration: bytes
    packets: tuple[bytes, ...]


ENCODERS: Mapping[str, tuple[str, str, dict[str, str]]] = {
    "h264": ("libx264", "yuv420p", {"preset": "ultrafast", "g": "4"}),
    "hevc": ("libx265", "yuv420p", {"preset": "ultrafast", "x265-params": "log-level=none:keyint=4"}),
    "av1": ("libsvtav1", "yuv420p", {"preset": "12", "svtav1-params": "lookahead=0"}),
    "vp8": ("libvpx", "yuv420p", {"deadline": "realtime"}),
    "vp9": ("libvpx-vp9", "yuv420p", {"deadline": "realtime", "lag-in-frames": "4"}),
    "mpeg4": ("mpeg4", "yuv420p", {"bf": "2"}),
    "mpeg2video": ("mpeg2video", "yuv420p", {"bf": "2", "g": "4"}),
    "mpeg1video": ("mpeg1video", "yuv420p", {"g": "4"}),
    "mjpeg": ("mjpeg", "yuvj420p", {}),
    "h263": ("h263", "yuv420p", {}),
    "prores": ("prores_ks", "yuv422p10le", {}),
}
NAMES = tuple(ENCODERS)


def frame(index: int, pixels: str) -> av.VideoFrame:
    """The frame of that number, SIZE large."""
    image = np.roll(np.add.outer(np.arange(SIZE[1]), np.arange(SIZE[0])).astype(np.uint8), 4 * index, 1)
    made = av.VideoFrame.from_ndarray(np.stack((image, image, 255 - image), -1), "rgb24").reformat(format=pixels)
    made.pts = index
    return made


@functools.cache
def stream(name: str, frames: int = 6) -> Stream:
    """Some frames of a coding, as its encoder writes them: of H.264 and HEVC behind start codes."""
    encoder, pixels, options = ENCODERS[name]
    context: Any = av.CodecContext.create(encoder, "w")
    context.width, context.height, context.pix_fmt = *SIZE, pixels
    context.framerate, context.time_base = Fraction(25), Fraction(1, 25)
    context.options, context.thread_count = options, 1
    packets: list[Packet[Any]] = []
    for index in range(frames):
        packets += context.encode(frame(index, pixels))
    packets += context.encode(None)
    return Stream(name, context.extradata or b"", tuple(bytes(packet) for packet in packets))


def decoded(name: str, configuration: bytes, packets: Sequence[bytes]) -> list[bytes]:
    """The pixels of every frame."""
    context: Any = av.CodecContext.create("libdav1d" if name == "av1" else name, "r")
    context.thread_count = 1
    context.width, context.height = SIZE
    if configuration:
        context.extradata = configuration
    frames = [frame for packet in packets if packet for frame in context.decode(Packet(packet))]
    frames += context.decode(None)
    return [frame.to_ndarray().tobytes() for frame in frames]


def _unit(head: bytes) -> Callable[[bytes], bytes]:
    message = bytes((5, 16 + len(CANARY))) + bytes(range(1, 17)) + CANARY + b"\x80"
    return lambda packet: b"\0\0\0\1" + head + message + packet


def _obu(kind: int, content: bytes) -> Callable[[bytes], bytes]:
    return lambda packet: bytes((kind << 3 | 2, len(content))) + content + packet


def _element(code: int, content: bytes) -> Callable[[bytes], bytes]:
    return lambda packet: packet + b"\0\0\1" + bytes((code,)) + content


def _segment(marker: int, body: bytes) -> Callable[[bytes], bytes]:
    return lambda packet: packet[:2] + bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body + packet[2:]


def _gap(packet: bytes) -> bytes:
    marker = 0b11000000 | 3 << 3
    return packet + CANARY + bytes((marker,)) + len(packet).to_bytes(4, "little") + bytes((marker,))


def _behind_picture(packet: bytes) -> bytes:
    return (len(packet) + len(CANARY)).to_bytes(4, "big") + packet[4:] + CANARY


HIDDEN: Mapping[str, tuple[Callable[[bytes], bytes], ...]] = {
    "h264": (_unit(b"\6"), lambda packet: packet + b"\0\0\1\x0c" + CANARY,
             lambda packet: packet + b"\0\0\1\x18" + CANARY, lambda packet: CANARY + packet,
             lambda packet: b"\0\0\1\x09\xf0" + CANARY + packet),
    "hevc": (_unit(b"\x4e\1"), lambda packet: packet + b"\0\0\1\x7c\1\x19" + CANARY,
             lambda packet: packet + b"\0\0\1\x4c\1" + CANARY, lambda packet: packet + b"\0\0\1\x26\x09" + CANARY),
    "av1": (_obu(5, b"\4\xb5\0\x3c" + CANARY + b"\x80"), _obu(5, b"\4\xb5\0\x3b\0\0\x08\0" + CANARY + b"\x80"),
            _obu(15, CANARY), _obu(9, CANARY), _obu(8, CANARY), _obu(7, CANARY), _obu(2, CANARY),
            _obu(5, b"\2" + CANARY + b"\x80"), _obu(5, b"\5" + CANARY + b"\x80")),
    "vp9": (_gap,),
    "mpeg4": (_element(0xB2, CANARY), _element(0xB8, CANARY), _element(0xB1, CANARY), _element(0xB0, b"\1" + CANARY),
              _element(0xB2, b"XviD0050" + CANARY), lambda packet: CANARY + packet),
    "mpeg2video": (_element(0xB2, CANARY), _element(0xB5, b"\x40" + CANARY), _element(0xB5, b"\xb0" + CANARY),
                   _element(0xB7, CANARY), _element(0xB6, CANARY), _element(0xB5, b"\x20" + bytes(7) + CANARY),
                   _element(0xB8, b"\0\x08\0\0" + CANARY), _element(0x00, b"\0\x08\0\4" + CANARY)),
    "mjpeg": (_segment(0xE1, b"Exif\0\0" + CANARY), _segment(0xFE, CANARY), _segment(0xE0, b"JFXX\0" + CANARY),
              _segment(0xEF, CANARY), _segment(0xE0, b"AVI1\0" + CANARY), lambda packet: packet + CANARY,
              lambda packet: packet + b"\xff\xd8\xff\xe1\0\x14" + CANARY + b"\xff\xd9"),
    "prores": (_behind_picture, lambda packet: packet + CANARY),
}  # fmt: skip
"""Coding -> ways to hide CANARY in a packet that a decoder reads all the same."""
HIDDEN = {**HIDDEN, "mpeg1video": HIDDEN["mpeg2video"]}
