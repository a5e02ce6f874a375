"""Does a clip keep its timing, its sound and the way it is shown?

Source and copy are demuxed and compared track by track: how many frames are shown and exactly when; each track of sound
by number, times, sizes and a hash of its packets; and rotation, pixel shape, colour, sample format and size. A cover is
no track: it may be gone. Stills: see `pixels`.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from av.video.reformatter import ColorRange

from redact.checks import clips
from redact.checks.evidence import Evidence
from redact.checks.reading import CLIPS, Container, Flaw, answered, blaming_the_source, container, mapped_source
from redact.model import Check, Keep

if TYPE_CHECKING:
    from pathlib import Path

    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

NAME = "timing"

_KINDS = {
    "rotation": "orientation",
    "colour range": "colour",
    "colour primaries": "colour",
    "colour transfer": "colour",
    "colour matrix": "colour",
}
"""What has to stay the same only when that kind of metadata is kept."""

_ROUNDING = Fraction(1, 1000)
"""Seconds. Muxers tell where a track begins in milliseconds; lips and voice drift apart at twenty times that."""


def _numbers() -> array[int]:
    """A day of film has millions of packets: eight bytes for each number of theirs."""
    return array("q")


@dataclass
class Sound:
    """One track of sound: its packets' times in ticks of `base` seconds, their sizes, and a hash over all of them."""

    base: Fraction
    coding: str
    times: array[int] = field(default_factory=_numbers)
    sizes: array[int] = field(default_factory=_numbers)
    hash: hashlib.blake2b = field(default_factory=hashlib.blake2b)

    @property
    def cut(self) -> tuple[array[int], array[int]]:
        """Sizes and times of what has to stay in one piece: demuxers cut PCM as a file is laid out, so all of it."""
        if self.coding.startswith("pcm_"):
            return array("q", [sum(self.sizes)]), self.times[:1]
        return self.sizes, self.times

    def take(self, packet: Packet[Any]) -> None:
        """The next packet. Raises Flaw for one without a time."""
        self.times.append(clips.time_of(packet))
        self.sizes.append(packet.size)
        self.hash.update(packet)


@dataclass
class Pictures:
    """One track of moving pictures.

    base:    seconds in a tick
    still:   True for a coding of single pictures
    packets: number of coded pictures, shown or not
    times:   presentation times of those that are shown, in ticks
    look:    how the first is shown: name of a property -> value
    """

    base: Fraction
    still: bool
    packets: int = 0
    times: array[int] = field(default_factory=_numbers)
    look: dict[str, object] = field(default_factory=dict)

    def take(self, packet: Packet[Any]) -> None:
        """The next packet. Raises Flaw for one without a time."""
        time = clips.time_of(packet)
        self.packets += 1
        if not packet.is_discard:
            self.times.append(time)


@dataclass(frozen=True)
class Clip:
    """What has to stay the same.

    pictures: the tracks of moving pictures, in order
    sounds:   the tracks of sound, in order
    others:   number of streams that are neither
    """

    pictures: tuple[Pictures, ...]
    sounds: tuple[Sound, ...]
    others: int

    @property
    def start(self) -> Fraction:
        """When the first picture or sound comes, seconds."""
        tracks: tuple[Pictures | Sound, ...] = (*self.pictures, *self.sounds)
        return min((min(track.times) * track.base for track in tracks if track.times), default=Fraction(0))

    def like(self, other: Clip) -> tuple[Pictures, ...]:
        """The tracks of pictures to be compared with those of `other`: stills beside a film may be gone."""
        films = tuple(track for track in self.pictures if not track.still)
        return films if films and len(self.pictures) != len(other.pictures) else self.pictures


def ask(evidence: Evidence) -> Check:
    """Passed for a still, and for a clip whose copy plays at the same times, with the same sound, shown alike."""

    def look() -> str:
        with mapped_source(evidence.source) as source:
            kind = container(source)
        return _compare(evidence, kind) if kind in CLIPS else "not a clip"

    return answered(NAME, look)


def _compare(evidence: Evidence, kind: Container | None) -> str:
    with blaming_the_source():
        before = _read(evidence.source)
    after = _read(evidence.copy)
    if after.others:
        message = f"{after.others} streams are neither the pictures nor sound"
        raise Flaw(message)
    # A broadcast begins at any time, and all of it may be moved.
    moved = after.start - before.start if kind == "MPEG-TS" else Fraction(0)
    originals = before.like(after)
    if len(originals) != len(after.pictures):
        message = f"{len(after.pictures)} tracks of pictures, not {len(originals)}"
        raise Flaw(message)
    for was, now in zip(originals, after.pictures, strict=True):
        _demand_same_times(was, now, moved)
        # Pictures that the source's edit list hides were never looked at, so they may be gone.
        if not evidence.painted and now.packets not in (was.packets, len(was.times)):
            message = "the number of coded pictures changed though nothing was painted"
            raise Flaw(message)
        _demand_same_look(was, now, evidence.keep)
    _demand_same_sound(before.sounds, after.sounds, moved)
    frames = sum(len(track.times) for track in after.pictures)
    return f"{frames} frames at the same times, {len(after.sounds)} tracks of sound bit-identical"


def _read(path: Path) -> Clip:
    with clips.opened(path) as clip:
        films, voices = {film.index: film for film in clips.moving(clip)}, clips.audible(clip)
        if not films and not voices:
            message = "there is neither a picture track nor sound"
            raise Flaw(message)
        pictures = {
            index: Pictures(clips.seconds(1, film.time_base), clips.is_still(film)) for index, film in films.items()
        }
        sounds = {track.index: Sound(clips.seconds(1, track.time_base), track.codec_context.name) for track in voices}
        tracks: dict[int, Pictures | Sound] = {**pictures, **sounds}
        for packet in clip.demux([*films.values(), *voices]):
            index = packet.stream.index
            if index in pictures and not pictures[index].look:
                # The packet behind the last one is empty: it brings out what a decoder held back.
                for frame in films[index].decode(packet)[:1]:
                    pictures[index].look = _appearance(films[index], frame)
            if packet.size:
                tracks[index].take(packet)
        if not all(track.look for track in pictures.values()):
            message = "no frame decodes"
            raise Flaw(message)
        others = len(clip.streams) - len(tracks)
        return Clip(tuple(pictures.values()), tuple(sounds.values()), others)


def _appearance(stream: VideoStream, frame: VideoFrame) -> dict[str, object]:
    """How the first frame of a stream is shown, by the name of each property."""
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


def _demand_same_look(before: Pictures, after: Pictures, keep: Keep) -> None:
    for name, value in before.look.items():
        if after.look[name] != value and _KINDS.get(name, "") in keep.kinds | {""}:
            message = f"{name} changed"
            raise Flaw(message)


def _demand_same_times(before: Pictures, after: Pictures, moved: Fraction) -> None:
    """Raise Flaw unless all frames are shown at the times of the source, each `moved` by so many seconds."""
    if len(before.times) != len(after.times):
        message = f"{len(after.times)} frames are shown, not {len(before.times)}"
        raise Flaw(message)
    ticks = _common_ticks(before.base, after.base)
    was, now = _counted(sorted(before.times), before.base, ticks), _counted(sorted(after.times), after.base, ticks)
    # When a track begins is told in the movie's ticks, often milliseconds; frame by frame nothing is rounded.
    shift = now[0] - was[0] if now else 0
    elsewhere = sum(time + shift != new for time, new in zip(was, now, strict=True))
    if now and (elsewhere or abs(Fraction(shift, ticks) - moved) > _ROUNDING):
        message = f"{elsewhere or len(now)} frames are shown at another time"
        raise Flaw(message)


def _demand_same_sound(before: tuple[Sound, ...], after: tuple[Sound, ...], moved: Fraction) -> None:
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
        ticks = _common_ticks(was.base, now.base)
        least, most = math.ceil((moved - slack) * ticks), math.floor((moved + slack) * ticks)
        pairs = zip(_counted(times, was.base, ticks), _counted(new_times, now.base, ticks), strict=True)
        elsewhere = sum(not least <= b - a <= most for a, b in pairs)
        if elsewhere:
            message = f"{elsewhere} packets of sound track {number} play at another time"
            raise Flaw(message)


def _common_ticks(*bases: Fraction) -> int:
    """Ticks per second in which the times of all bases are whole numbers: those compare faster than fractions do."""
    return math.lcm(*(base.denominator for base in bases))


def _counted(times: Sequence[int], base: Fraction, ticks: int) -> list[int]:
    """Times in so many ticks per second."""
    scale = int(base * ticks)
    return [time * scale for time in times]
