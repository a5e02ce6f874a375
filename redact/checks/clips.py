"""A clip as its demuxer and decoder see it, through PyAV with its container's demuxer and no way to any other file.

A file that calls itself a video may be a playlist that names other files or addresses, so the demuxer is forced, the
file is handed over open, no protocol is allowed, references to outside are off, and who asks for one all the same is
refused. Tags are in any coding: nobody reads them here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import av
import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from numpy.typing import NDArray

from redact.checks.reading import Flaw, container, mapped
from redact.model import Image

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MOST_PIXELS = 1 << 26
"""Of a frame: 67 megapixels, twice 8K. Larger ones are not decoded."""

_READ_AT_ONCE = 1 << 20
"""Bytes: each time costs a call from FFmpeg into Python."""

_DEMUXERS = {"MP4/MOV": "mov", "Matroska": "matroska", "MPEG-TS": "mpegts", "AVI": "avi"}
_FAMILIES = {"MP4/MOV": "mov,mp4,m4a,3gp,3g2,mj2", "Matroska": "matroska,webm", "MPEG-TS": "mpegts", "AVI": "avi"}
_ALONE = {"protocol_whitelist": "none"}
_OPTIONS = {"MP4/MOV": {"enable_drefs": "0", "use_absolute_path": "0"}}


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The clip's demuxer. Raises FFmpegError or Flaw when it is no clip, Flaw when it wants another file opened."""
    with mapped(path) as data:
        kind = container(data)
    if kind not in _DEMUXERS:
        message = "it is no clip"
        raise Flaw(message)
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        clip = av.open(
            file,
            "r",
            format=_DEMUXERS[kind],
            options={"max_pixels": str(MOST_PIXELS)},
            container_options={**_ALONE, "format_whitelist": _FAMILIES[kind], **_OPTIONS.get(kind, {})},
            metadata_errors="replace",
            buffer_size=_READ_AT_ONCE,
            io_open=_refuse,
        )
        yield stack.enter_context(clip)


def _refuse(url: str, flags: int, options: Mapping[str, str]) -> NoReturn:  # noqa: ARG001 - PyAV's signature
    message = "it refers to another file"
    raise Flaw(message)


_STILLS = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff", "jpegls"})


def moving(clip: InputContainer) -> list[VideoStream]:
    """The streams of pictures in their order, without attached covers and those of a coding that nobody knows."""
    covers = av.stream.Disposition.attached_pic
    return [stream for stream in clip.streams.video if stream.codec_context and not stream.disposition & covers]


def audible(clip: InputContainer) -> list[AudioStream]:
    """The streams of sound in their order, without those of a coding that nobody knows."""
    return [stream for stream in clip.streams.audio if stream.codec_context]


def is_still(stream: VideoStream) -> bool:
    """True for a coding of single pictures, in which covers and pictures of chapters come."""
    return stream.codec_context.codec.canonical_name in _STILLS


def pictures(clip: InputContainer) -> VideoStream:
    """The stream of moving pictures: the first that is not a cover. Raises Flaw when there is none."""
    for stream in moving(clip):
        return stream
    message = "there is no picture track"
    raise Flaw(message)


def time_of(packet: Packet[Any]) -> int:
    """When a packet is shown or heard, in ticks of its stream; where the container does not tell, when it is decoded.

    Raises Flaw for a packet without a time, or a damaged one.
    """
    time = packet.dts if packet.pts is None else packet.pts
    if packet.is_corrupt or time is None:
        message = "a packet has no time or is damaged"
        raise Flaw(message)
    return time


def shown(clip: InputContainer, stream: VideoStream) -> tuple[list[int], list[int]]:
    """Presentation times of every frame that is shown, in order, and of those that decoding can begin at.

    In the stream's time base. Reads the clip to its end. Raises Flaw for a frame without a time.
    """
    times, keys = [], []
    for packet in clip.demux(stream):
        if packet.size and not packet.is_discard:
            times.append(time_of(packet))
            if packet.is_keyframe:
                keys.append(times[-1])
    return sorted(times), sorted(keys)


def matrix(frame: VideoFrame) -> tuple[int, int, int, int]:
    """How a frame is turned for display, (a, b, c, d) of ISO/IEC 14496-12 6.2.2: x' = ax + cy, y' = bx + dy; 16.16."""
    # PyAV's stubs know side data by one name alone.
    known: Any = frame.side_data
    if SideDataType.DISPLAYMATRIX not in known:
        return 1 << 16, 0, 0, 1 << 16
    a, b, _, c, d, *_ = struct.unpack("9i", bytes(known[SideDataType.DISPLAYMATRIX]))
    return a, b, c, d


def lies_down(frame: VideoFrame) -> bool:
    """True when rows of the frame are columns of the upright picture."""
    a, b, _, _ = matrix(frame)
    return abs(b) > abs(a)


def brightness(frame: VideoFrame) -> NDArray[np.uint8]:
    """Luma of a frame, uint8 (height, width), turned and mirrored as the frame is for display; read-only."""
    return upright(frame.reformat(format="gray").to_ndarray().astype(np.uint8, copy=False), frame)


def upright(pixels: NDArray[np.uint8], frame: VideoFrame) -> Image:
    """`pixels` of a frame, (height, width, ...), turned and mirrored as the frame is for display; read-only."""
    a, b, c, d = matrix(frame)
    if lies_down(frame):
        pixels, a, d = pixels.swapaxes(0, 1), c, b
    picture = np.ascontiguousarray(pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])
    picture.flags.writeable = False
    return picture


def seconds(time: int, base: Fraction | None) -> Fraction:
    """A time in seconds. Raises Flaw for a stream without a time base."""
    if base is None:
        message = "a stream has no time base"
        raise Flaw(message)
    return time * base
