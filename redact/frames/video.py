"""A clip: H.264 or HEVC in MP4 or MOV, decoded strictly, painted in YUV and coded again the way it was.

A decoder must not make up what is missing: the frames that the container promises to show have to come, in order,
whole, each at its time, or the clip is damaged. Bits that changed inside a coded picture and still decode to something
are not noticed; H.264 notices most of them, HEVC few.

The copy keeps time stamps to the tick, size, pixel format and bit depth, colour tags, sample aspect, mastering display
and content light level. It is coded once, at a constant quality, and is not as small as a slow encoder would make it.
Sound, rotation and the rest of the container are the stripper's business.

A stream may code far more than the part it shows, by its parameter sets alone: what lies outside was not looked at, and
is not in a film that is coded again. Less than a block at the edges is padding, which is not looked at either.

Not kept: captions, film grain and dynamic HDR metadata in the bit stream; Dolby Vision; interlacing (such frames can be
looked at and not painted). Refused: a clip that changes its size, coded or shown, or its pixel format on the way.
"""

from __future__ import annotations

import heapq
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from redact import ffmpeg
from redact.contracts import Canvas
from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError
from redact.ffmpeg import coding, reading
from redact.frames.yuv import ClipCanvas, Presentation, presentation_of

CRF = {"h264": 19, "hevc": 20}
"""Constant quality of the encoders: differences from the source are hard to see, files about as large as a camera's."""

PRESET = "veryfast"
"""x264 and x265 at a speed of the order of decoding plus detection. Slower ones save size, not quality."""

ENCODER_THREADS = 8
"""Fixed, since it decides what the encoders write: the same frames make the same file, however many cores there are."""

MOST_DECODER_THREADS = 16

_ENCODERS = {"h264": "libx264", "hevc": "libx265"}
_TAGS = {"h264": "avc1", "hevc": "hvc1"}
_KEY_FRAME_SECONDS = 2
_FEWEST_REORDERED = 3
_MOST_FRAMES_BETWEEN_KEYS = 300

# FFmpeg's AVMasteringDisplayMetadata (ten ratios: red, green, blue, white, least and most luminance; what is set) and
# AVContentLightMetadata (most, average).
_MASTERING, _LIGHT = struct.Struct("22i"), struct.Struct("2I")

_TIMESCALES = ("movie_timescale", "video_track_timescale")

# Decoders report what is damaged and do not conceal it.
_STRICT = {"err_detect": "explode+crccheck", "max_pixels": str(ffmpeg.MAX_PIXELS)}


@dataclass(frozen=True, slots=True)
class Clip:
    """The frames of a film; implements redact.contracts.Footage.

    coding:    "h264" or "hevc"
    time_base: seconds in a tick of the frames' times
    rate:      frames per second, on average
    aspect:    width of a pixel over its height; None where the stream does not say
    interval:  frames between two key frames
    unseen:    True when the edit list hides coded pictures, which others are predicted from, or when frames are shown
               without the width of a block or more at their edges
    """

    source: Path | BinaryIO
    coding: str
    time_base: Fraction
    rate: Fraction
    aspect: Fraction | None
    interval: int
    unseen: bool

    def canvases(self) -> Iterator[Canvas]:
        """Every frame that is shown, in order. Raises DamagedFileError as soon as one does not decode whole."""
        with _opened(self.source) as demuxer:
            stream = _film(demuxer)
            stream.codec_context.options = dict(_STRICT)
            stream.codec_context.thread_type = "AUTO"
            stream.codec_context.thread_count = min(os.cpu_count() or 1, MOST_DECODER_THREADS)
            shown: Presentation | None = None
            shape = None
            for index, frame in enumerate(_frames(demuxer, stream)):
                if shown is None:
                    shown, shape = presentation_of(frame), _shape(frame, stream)
                if _shape(frame, stream) != shape:
                    message = "the video changes its size or pixel format on the way: convert it to one size first"
                    raise UnsupportedFormatError(message)
                yield ClipCanvas(index, (frame.pts or 0) * self.time_base, frame, shown)

    def write(self, canvases: Iterable[Canvas], target: BinaryIO) -> None:
        """Code the frames into an MP4 without sound or metadata. Holds what the encoder looks ahead and no more.

        The same frames make the same bytes. Raises DamagedFileError when there are none, MediaError where no encoder
        takes them.
        """
        target.seek(0)
        target.truncate()
        with ffmpeg.muxer(target, "mp4", dict.fromkeys(_TIMESCALES, str(self._ticks))) as muxer:
            encoder: VideoStream | None = None
            count = 0
            for count, canvas in enumerate(canvases, 1):  # noqa: B007 - how many there were
                if not isinstance(canvas, ClipCanvas):
                    message = "a clip codes frames of clips"
                    raise TypeError(message)
                with coding():
                    encoder = encoder or self._encoder(muxer, canvas)
                    muxer.mux(encoder.encode(self._unbound(canvas.frame)))
            if encoder is None:
                message = "the film shows no frame: get an undamaged original"
                raise DamagedFileError(message)
            with coding():
                muxer.mux(_timed(encoder.encode(None), count))

    def _unbound(self, frame: VideoFrame) -> VideoFrame:
        """The frame without what the source's encoder chose for it, which would bind this one."""
        frame.time_base = self.time_base
        frame.pict_type = PictureType.NONE
        return frame

    @property
    def _ticks(self) -> int:
        return self.time_base.denominator

    def _encoder(self, muxer: OutputContainer, first: ClipCanvas) -> VideoStream:
        """An encoder that writes frames like the first."""
        like = first.frame
        stream = muxer.add_stream(_ENCODERS[self.coding], rate=self.rate)
        if not isinstance(stream, VideoStream):
            raise TypeError(stream)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = like.width, like.height, like.format.name
        context.time_base = self.time_base
        stream.time_base = self.time_base
        context.codec_tag = _TAGS[self.coding]
        context.color_range, context.colorspace = like.color_range, like.colorspace
        context.color_primaries, context.color_trc = like.color_primaries, like.color_trc
        if self.aspect:
            context.sample_aspect_ratio = self.aspect
        context.gop_size = self.interval
        context.thread_count = ENCODER_THREADS
        context.options = _encoder_options(self.coding, first.shown)
        return stream


def open_clip(source: Path | BinaryIO) -> Clip:
    """The clip in a film. One frame is decoded; an open file is read from its start, and has to stay open.

    Raises UnsupportedFormatError for other codecs and for several videos, MediaError for frames above
    `ffmpeg.MAX_PIXELS`, DamagedFileError.
    """
    with _opened(source) as demuxer:
        stream = _film(demuxer)
        context = stream.codec_context
        if context.width < 1 or context.height < 1 or stream.time_base is None:
            message = "the video does not say how large it is: get an undamaged original"
            raise DamagedFileError(message)
        if context.width * context.height > ffmpeg.MAX_PIXELS:
            message = (
                f"the video has {context.width} x {context.height} pixels, too many to decode: scale it down first"
            )
            raise MediaError(message)
        rate = stream.average_rate or stream.base_rate or Fraction(25)
        interval = _interval(stream, rate)
        # FFmpeg applies no edit list to fragments, so the index tells of all that are hidden.
        unseen = any(entry.is_discard for entry in stream.index_entries) or _is_cut_out(demuxer, stream)
        return Clip(
            source, context.name, stream.time_base, rate, stream.sample_aspect_ratio, interval=interval, unseen=unseen
        )


def _is_cut_out(demuxer: InputContainer, stream: VideoStream) -> bool:
    """True when the first frame is cut out of a larger coded one, by more than coding pads it; or does not decode."""
    try:
        frame = next(demuxer.decode(stream))
    except (av.FFmpegError, ValueError, OverflowError, StopIteration):
        # Whoever takes the frames is told what is wrong with them.
        return True
    context = stream.codec_context
    across = down = _PADDING[context.name]
    if context.name == "h264" and frame.interlaced_frame:
        down *= 2
    return context.coded_width - frame.width >= across or context.coded_height - frame.height >= down


_PADDING = {"h264": 16, "hevc": 64}
"""Samples: pictures are coded in blocks of so many at most, in H.264 each of the fields of one."""


def _interval(stream: VideoStream, rate: Fraction) -> int:
    """Frames between key frames: as in the source, where its index tells, else two seconds."""
    keys = sum(entry.is_keyframe for entry in stream.index_entries)
    if keys > 1:
        return max(1, min(len(stream.index_entries) // keys, _MOST_FRAMES_BETWEEN_KEYS))
    return max(1, min(round(rate * _KEY_FRAME_SECONDS), _MOST_FRAMES_BETWEEN_KEYS))


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[InputContainer]:
    with ExitStack() as stack:
        file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        yield stack.enter_context(ffmpeg.demuxer(file))


def _film(demuxer: InputContainer) -> VideoStream:
    """The one stream of moving pictures, covers and chapter pictures aside."""
    aside = Disposition.attached_pic | Disposition.timed_thumbnails
    films = [stream for stream in demuxer.streams.video if not stream.disposition & aside]
    if len(films) != 1:
        count = len(films) or "no"
        message = f"the film has {count} videos: it can be made safe with exactly one, so export it that way"
        raise UnsupportedFormatError(message)
    if films[0].codec_context is None or films[0].codec_context.name not in _ENCODERS:
        message = "the video is neither H.264 nor HEVC, and cannot be painted: convert it first"
        raise UnsupportedFormatError(message)
    return films[0]


def _frames(demuxer: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Every frame that the container promises to show, in order; an error for the first that does not come."""
    promised: list[int] = []
    index = packets = 0
    for packet in _packets(demuxer, stream):
        if packet.size:
            packets += 1
            if not packet.is_discard:
                heapq.heappush(promised, packet.pts or 0)
        with reading(f"frame {index} does not decode"):
            decoded = stream.decode(packet if packet.size else None)
        for frame in decoded:
            if not promised or frame.pts != heapq.heappop(promised) or frame.is_corrupt:
                raise _missing(index)
            yield frame
            index += 1
    if promised:
        raise _missing(index)
    if packets != len(stream.index_entries):
        message = f"only {packets} of {len(stream.index_entries)} coded frames are there: get an undamaged original"
        raise DamagedFileError(message)


def _packets(demuxer: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Every packet, whole and timed, and an empty one at the end."""
    packets = demuxer.demux(stream)
    count = 0
    while True:
        with reading(f"coded frame {count} cannot be read"):
            packet = next(packets, None)
        if packet is None:
            return
        if packet.size and (packet.is_corrupt or packet.pts is None):
            message = f"coded frame {count} is cut or has no time: get an undamaged original"
            raise DamagedFileError(message)
        count += 1
        yield packet


def _missing(index: int) -> DamagedFileError:
    return DamagedFileError(f"frame {index} does not decode whole: get an undamaged original")


def _shape(frame: VideoFrame, stream: VideoStream) -> tuple[int, int, int, int, str]:
    context = stream.codec_context
    return frame.width, frame.height, context.coded_width, context.coded_height, frame.format.name


def _timed(last: list[Packet[Stream]], frames: int) -> list[Packet[Stream]]:
    """The last packets of a clip of so many frames.

    x265 takes the decoding times of one or two frames from memory that it never wrote. They are coded in order.
    """
    if frames < _FEWEST_REORDERED:
        for packet in last:
            packet.dts = packet.pts
    return last


def _encoder_options(coding: str, shown: Presentation) -> dict[str, str]:
    """Settings of x264 and x265. Captions and other messages of the source are not carried over."""
    light = _light(shown)
    if coding == "h264":
        names = {"master-display": "mastering-display", "max-cll": "cll"}
        private = ":".join(f"{names[name]}={value}" for name, value in light.items())
        return {"crf": str(CRF[coding]), "preset": PRESET, "a53cc": "0", "udu_sei": "0", "x264-params": private}
    private = ":".join(["log-level=none", "info=0", "frame-threads=2", *map("=".join, light.items())])
    return {
        "crf": str(CRF[coding]),
        "preset": PRESET,
        "a53cc": "0",
        "udu_sei": "0",
        "dolbyvision": "0",
        "x265-params": private,
    }


def _light(shown: Presentation) -> dict[str, str]:
    """Mastering display and content light level (SMPTE ST 2086, CTA-861.3) in x265's words, where a clip has them."""
    light: dict[str, str] = {}
    if shown.mastering and len(shown.mastering) >= _MASTERING.size:
        *ratios, has_primaries, has_luminance = _MASTERING.unpack_from(shown.mastering)
        parts = [Fraction(top, bottom or 1) for top, bottom in zip(ratios[::2], ratios[1::2], strict=True)]
        red, green, blue, white = ([round(50000 * part) for part in parts[at : at + 2]] for at in (0, 2, 4, 6))
        low, high = (round(10000 * part) for part in parts[8:])
        if has_primaries and has_luminance:
            points = "".join(f"{name}({x},{y})" for name, (x, y) in zip("GBR", (green, blue, red), strict=True))
            light["master-display"] = f"{points}WP({white[0]},{white[1]})L({high},{low})"
    if shown.light and len(shown.light) >= _LIGHT.size:
        most, average = _LIGHT.unpack_from(shown.light)
        light["max-cll"] = f"{most},{average}"
    return light
