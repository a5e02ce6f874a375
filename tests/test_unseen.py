"""Pictures that a clip holds and does not show: nobody looks at them, so they do not go with those looked at."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from redact.checks.reading import Flaw
from redact.checks.timeline import Timeline
from redact.examiner import examine
from redact.model import Box, Detection, Image
from redact.policy import Policy
from redact.rewriter import rewrite
from redact.styles import Fill
from tests.cut import cut_out

FRAMES, HIDDEN, TICKS = 20, 5, 512


class Watcher:
    """Finds what it is told to, in every picture."""

    def __init__(self, *found: Detection) -> None:
        self._found = found

    def detect(self, image: Image) -> Sequence[Detection]:
        assert image.any()
        return self._found


def clip(path: Path, hidden: int) -> Path:
    """A clip of one group of pictures, the first `hidden` of which its edit list does not show."""
    with av.open(str(path), "w", format="mp4") as muxer:
        stream = muxer.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 25 * TICKS)
        stream.codec_context.options = {"bf": "0", "g": str(FRAMES)}
        for index in range(FRAMES):
            picture = np.full((64, 96, 3), 40 + 9 * index, np.uint8)
            frame = VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = index * TICKS, Fraction(1, 25 * TICKS)
            muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
    data = path.read_bytes()
    at = data.index(b"elst") + 16
    path.write_bytes(data[:at] + (hidden * TICKS).to_bytes(4, "big") + data[at + 4 :])
    return path


def packets(path: Path) -> list[tuple[Fraction, bool]]:
    """When each coded picture is shown, and whether it is not."""
    with av.open(str(path), "r") as demuxer:
        coded = [packet for packet in demuxer.demux(demuxer.streams.video[0]) if packet.size]
        return [((packet.pts or 0) * packet.time_base, packet.is_discard) for packet in coded]


def rewritten(source: Path, policy: Policy, *found: Detection) -> Path:
    copy = source.with_name("copy.mp4")
    rewrite(examine(source, policy, Watcher(*found)), policy, copy, lambda done: None)
    return copy


@pytest.mark.parametrize("found", [(), (Detection(Box(10, 10, 40, 40), "face", 1.0),)])
def test_pictures_that_nobody_looked_at_do_not_get_into_the_copy(tmp_path: Path, found: tuple[Detection, ...]) -> None:
    source = clip(tmp_path / "clip.mp4", HIDDEN)
    shown = [(time, hidden) for time, hidden in packets(source) if not hidden]
    assert len(shown) == FRAMES - HIDDEN
    copy = rewritten(source, Policy(hide={"face": Fill()}), *found)
    assert sorted(packets(copy)) == shown


def test_a_clip_that_shows_all_its_pictures_is_copied_bit_for_bit(tmp_path: Path) -> None:
    source = clip(tmp_path / "clip.mp4", 0)
    looked_at = rewritten(source, Policy(hide={"face": Fill()})).read_bytes()
    assert looked_at == rewritten(source, Policy(hide={})).read_bytes()


@pytest.mark.parametrize("coding", ["h264", "hevc"])
def test_what_is_coded_beyond_the_frame_does_not_get_into_the_copy(tmp_path: Path, coding: str) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(cut_out(coding, (256, 128), 96, 64))
    copy = rewritten(source, Policy(hide={"face": Fill()}))
    assert beyond(source) >= 96
    assert not beyond(copy)
    list(Timeline.of(copy).whole_frames(copy, {0, 3}))
    with pytest.raises(Flaw, match="beyond"):
        list(Timeline.of(source).whole_frames(source, {0, 3}))


def beyond(path: Path) -> int:
    """Columns of the coded picture that are not shown."""
    with av.open(str(path), "r") as demuxer:
        stream = demuxer.streams.video[0]
        frame = next(demuxer.decode(stream))
        return stream.codec_context.coded_width - frame.width


def test_where_nothing_is_to_be_hidden_hidden_pictures_stay_hidden(tmp_path: Path) -> None:
    source = clip(tmp_path / "clip.mp4", HIDDEN)
    assert packets(rewritten(source, Policy(hide={}))) == packets(source)
