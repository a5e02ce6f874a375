"""Any frame of a clip is reached, and it is the right one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from redact.checks import clips, timeline
from redact.checks.reading import Flaw
from redact.checks.timeline import Timeline
from tests.checks.conftest import MakeClip


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_frames_are_those_at_the_indexes_whatever_was_skipped(make_clip: MakeClip, tmp_path: Path, codec: str) -> None:
    path = tmp_path / "clip"
    frames = [np.full((64, 96, 3), 10 * index, np.uint8) for index in range(24)]
    path.write_bytes(make_clip(frames, sound="", codec=codec))
    reached = list(Timeline.of(path).frames(path, {17, 1, 2, 5, 6, 23}))
    assert [index for index, _ in reached] == [1, 2, 5, 6, 17, 23]
    for index, frame in reached:
        seen = float(frame.to_ndarray(format="rgb24").mean())
        assert abs(seen - 10 * index) < 3


def test_samples_hold_the_first_and_the_last_frame_and_stay_near_key_frames() -> None:
    chosen = Timeline([100 * index for index in range(1000)], [0, 50000]).sample(14)
    assert chosen[0] == 0
    assert chosen[-1] == 999
    assert all(min(index - key for key in (0, 500) if key <= index) <= timeline.FARTHEST for index in chosen[:-1])
    assert Timeline([5], [5]).sample(14) == [0]


def test_a_frame_that_is_not_there_is_a_flaw(clip: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip"
    path.write_bytes(clip)
    wrong = Timeline([time + 1 for time in Timeline.of(path).times], [0])
    with pytest.raises(Flaw):
        list(wrong.frames(path, {3}))


def test_brightness_is_upright_and_read_only(make_clip: MakeClip, tmp_path: Path) -> None:
    path = tmp_path / "clip"
    frame = np.full((64, 96, 3), 40, np.uint8)
    frame[:32, :32] = 200
    path.write_bytes(make_clip([frame] * 2, sound="", rotation=90))
    (_, first), *_ = Timeline.of(path).frames(path, {0})
    luma = clips.brightness(first)
    assert luma.shape == (96, 64)
    assert not luma.flags.writeable
    assert luma[80, 16] > 150 > luma[16, 16]
