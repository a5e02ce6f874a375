"""When the frames of a clip are shown, and how single ones of them are reached without decoding all the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from redact.checks import clips
from redact.checks.reading import Flaw

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FARTHEST = 250
"""Frames decoded to reach a sample: the distance of key frames in most coders. Where they are farther apart, a sample
moves towards the one before it."""


@dataclass(frozen=True)
class Timeline:
    """A clip's frames in the order in which they are shown; the first has index 0.

    times: of every frame, in ticks of the stream
    keys:  those of the frames at which decoding can begin
    """

    times: Sequence[int]
    keys: Sequence[int]

    @classmethod
    def of(cls, path: Path) -> Timeline:
        """The timeline of a clip, demuxed to its end. Raises Flaw when no frame is shown."""
        with clips.opened(path) as clip:
            times, keys = clips.shown(clip, clips.pictures(clip))
        if not times:
            message = "no frame is shown"
            raise Flaw(message)
        return cls(times, keys)

    def __len__(self) -> int:
        return len(self.times)

    def sample(self, most: int) -> list[int]:
        """Indexes of up to `most` frames spread evenly, with the first and the last, else near key frames."""
        indexes = set()
        for wished in np.linspace(0, len(self) - 1, most).round().astype(int).tolist():
            key = bisect_left(self.times, self._key_before(self.times[wished]))
            indexes.add(min(wished, key + FARTHEST))
        # The end is where trackers and encoders lose frames, however far it is.
        return sorted(indexes | {len(self) - 1})

    def frames(self, path: Path, indexes: Collection[int]) -> Iterator[tuple[int, VideoFrame]]:
        """The frames of the clip at `indexes`, in order, each with its index. Raises Flaw when one does not decode."""
        for index, frame, _ in self._decoded(path, indexes):
            yield index, frame

    def whole_frames(self, path: Path, indexes: Collection[int]) -> Iterator[tuple[int, VideoFrame]]:
        """The same. Raises Flaw as well for one that is cut out of a larger coded one: there is more than it shows."""
        for index, frame, stream in self._decoded(path, indexes):
            if _is_part(frame, stream):
                message = "pictures are coded beyond what is shown of them"
                raise Flaw(message)
            yield index, frame

    def _decoded(self, path: Path, indexes: Collection[int]) -> Iterator[tuple[int, VideoFrame, VideoStream]]:
        """The frames, each with its index and its stream.

        Jumps to the key frame before a frame unless decoding on gets there sooner.
        """
        with clips.opened(path) as clip:
            stream = clips.pictures(clip)
            stream.codec_context.thread_type = "AUTO"
            decoder: Iterator[VideoFrame] = iter(())
            reached = None
            for index in sorted(indexes):
                time = self.times[index]
                if reached is None or self._key_before(time) > reached:
                    clip.seek(self._key_before(time), stream=stream)
                    decoder = clip.decode(stream)
                frame = next((frame for frame in decoder if frame.pts is not None and frame.pts >= time), None)
                if frame is None or frame.pts != time or frame.is_corrupt:
                    message = "a frame does not decode"
                    raise Flaw(message)
                yield index, frame, stream
                reached = time

    def _key_before(self, time: int) -> int:
        place = bisect_right(self.keys, time)
        return self.keys[place - 1] if place else time


_BLOCKS = {"h264": 16, "hevc": 64}
"""Width and height in which pictures are coded, at most; the last block may reach beyond the picture."""


def _is_part(frame: VideoFrame, stream: VideoStream) -> bool:
    """True when a block or more of the coded picture lies beside what is shown of it, from the size last decoded."""
    context = stream.codec_context
    block = _BLOCKS.get(context.name, 64)
    rows = 2 * block if frame.interlaced_frame and context.name == "h264" else block
    return context.coded_width - frame.width >= block or context.coded_height - frame.height >= rows
