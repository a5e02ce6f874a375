"""Does a clip keep its timing, its sound and the way it is shown?

Source and copy are demuxed and compared: how many frames are shown and exactly when; each track of sound by number,
times, sizes and a hash of its packets; and rotation, pixel shape, colour, sample format and size. Stills: see `pixels`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from av.video.reformatter import ColorRange

from redact.checks import clips
from redact.checks.evidence import Evidence
from redact.checks.reading import CLIPS, Flaw, answered, blaming_the_source, container, mapped_source
from redact.model import Check

if TYPE_CHECKING:
    from pathlib import Path

NAME = "timing"

_KINDS = {"rotation": "orientation"}
"""What has to stay the same only when that kind of metadata is kept."""

_ROUNDING = Fraction(1, 1000)
"""Seconds. Muxers tell where a track begins in milliseconds; lips and voice drift apart at twenty times that."""


@dataclass
class Sound:
    """One track of sound: its packets' times in ticks of `base` seconds, their sizes, and a hash over all of them."""

    base: Fraction
    coding: str
    times: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    hash: hashlib.blake2b = field(default_factory=hashlib.blake2b)

    @property
    def cut(self) -> tuple[list[int], list[int]]:
        """Sizes and times of what has to stay in one piece: demuxers cut PCM as a file is laid out, so all of it."""
        if self.coding.startswith("pcm_"):
            return [sum(self.sizes)], self.times[:1]
        return self.sizes, self.times


@dataclass(frozen=True)
class Clip:
    """What has to stay the same.

    shown:   presentation times of the frames, seconds, in order
    packets: number of coded pictures, shown or not
    look:    how it is shown: name of a property -> value
    sounds:  the tracks of sound, in order
    others:  number of streams that are neither the pictures nor sound
    """

    shown: tuple[Fraction, ...]
    packets: int
    look: dict[str, object]
    sounds: tuple[Sound, ...]
    others: int


def ask(evidence: Evidence) -> Check:
    """Passed for a still, and for a clip whose copy plays at the same times, with the same sound, shown the same way.

    Raises DamagedFileError when the source cannot be demuxed to its end.
    """
    return answered(NAME, lambda: _look(evidence))


def _look(evidence: Evidence) -> str:
    with mapped_source(evidence.source) as data:
        kind = container(data)
    if kind not in CLIPS:
        return "not a clip"
    with blaming_the_source():
        before = _read(evidence.source)
    after = _read(evidence.copy)
    if after.others:
        message = f"{after.others} streams are neither the pictures nor sound"
        raise Flaw(message)
    _demand_same_times(before, after)
    # Pictures that the source's edit list hides were never looked at, so they may be gone.
    if not evidence.painted and after.packets not in (before.packets, len(before.shown)):
        message = "the number of coded pictures changed though nothing was painted"
        raise Flaw(message)
    for name, value in before.look.items():
        if after.look[name] != value and _KINDS.get(name, "") in evidence.keep.kinds | {""}:
            message = f"{name} changed"
            raise Flaw(message)
    _demand_same_sound(before.sounds, after.sounds)
    return f"{len(after.shown)} frames at the same times, {len(after.sounds)} tracks of sound bit-identical"


def _read(path: Path) -> Clip:
    with clips.opened(path) as clip:
        stream = clips.pictures(clip)
        sounds = {
            track.index: Sound(clips.seconds(1, track.time_base), track.codec_context.name)
            for track in clip.streams.audio
        }
        times, packets = [], 0
        for packet in clip.demux([stream, *clip.streams.audio]):
            if not packet.size:
                continue
            if packet.is_corrupt or packet.pts is None:
                message = "a packet has no time or is damaged"
                raise Flaw(message)
            if packet.stream.index == stream.index:
                packets += 1
                if not packet.is_discard:
                    times.append(packet.pts)
            else:
                sound = sounds[packet.stream.index]
                sound.times.append(packet.pts)
                sound.sizes.append(packet.size)
                sound.hash.update(packet)
        shown = tuple(clips.seconds(time, stream.time_base) for time in sorted(times))
        others = len(clip.streams) - 1 - len(sounds)
        return Clip(shown, packets, _appearance(path), tuple(sounds.values()), others)


def _appearance(path: Path) -> dict[str, object]:
    """How the first frame is shown, by the name of each property."""
    with clips.opened(path) as clip:
        stream = clips.pictures(clip)
        frame = next(iter(clip.decode(stream)), None)
        if frame is None:
            message = "no frame decodes"
            raise Flaw(message)
        coding = stream.codec_context
        samples = frame.format.name
        # JPEG's range has sample formats of its own, or a flag: the same thing said twice.
        full = samples.startswith("yuvj") or coding.color_range == ColorRange.JPEG
        return {
            "size": (frame.width, frame.height),
            "rotation": clips.matrix(frame),
            "pixel shape": stream.sample_aspect_ratio or Fraction(1),
            "sample format": samples.replace("yuvj", "yuv"),
            "colour range": full,
            "colour primaries": coding.color_primaries,
            "colour transfer": coding.color_trc,
            "colour matrix": coding.colorspace,
        }


def _demand_same_times(before: Clip, after: Clip) -> None:
    if len(before.shown) != len(after.shown):
        message = f"{len(after.shown)} frames are shown, not {len(before.shown)}"
        raise Flaw(message)
    # When a track begins is told in the movie's ticks, often milliseconds; frame by frame nothing is rounded.
    shift = after.shown[0] - before.shown[0] if after.shown else Fraction(0)
    moved = sum(was + shift != now for was, now in zip(before.shown, after.shown, strict=True))
    if moved or abs(shift) > _ROUNDING:
        message = f"{moved or len(after.shown)} frames are shown at another time"
        raise Flaw(message)


def _demand_same_sound(before: tuple[Sound, ...], after: tuple[Sound, ...]) -> None:
    if len(before) != len(after):
        message = f"{len(after)} tracks of sound, not {len(before)}"
        raise Flaw(message)
    for number, (was, now) in enumerate(zip(before, after, strict=True)):
        (sizes, times), (new_sizes, new_times) = was.cut, now.cut
        if (was.coding, sizes, was.hash.digest()) != (now.coding, new_sizes, now.hash.digest()):
            message = f"the sound of track {number} changed"
            raise Flaw(message)
        # A time is rounded to ticks, so two tracks with ticks of their own differ by up to the longer one.
        slack = _ROUNDING + (0 if was.base == now.base else max(was.base, now.base))
        moved = sum(abs(a * was.base - b * now.base) > slack for a, b in zip(times, new_times, strict=True))
        if moved:
            message = f"{moved} packets of sound track {number} play at another time"
            raise Flaw(message)
