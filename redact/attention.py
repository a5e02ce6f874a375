"""Findings -> flags: where a person should look before a file is shared. Pure.

A flag is raised where, on labelled pictures, something was missed several times as often as elsewhere. What regions
tell is measured (`benchmarks/attention.py` prints how often each flag is right, `docs/attention.md` has the table),
label by label: of a label that was not measured only the doubts of its own detector count. A flag changes nothing about
what is published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from redact.errors import PolicyError
from redact.model import CODES, SEVERITIES, Code, Findings, Flag, Region, Track

SMALL_PX: Mapping[str, float] = {"face": 20}
"""Label that was measured -> a region of it is small when its longer side is less, pixels of the upright frame."""

_DOUBTS: Mapping[str, Code] = {"near-threshold": "near-threshold", "disagreement": "disagreement"}
"""What detectors say of their own detections -> the flag. Any other word of theirs may hold what they read."""


def flags(findings: Findings) -> tuple[Flag, ...]:
    """What to look at in a file, in the order of CODES and then by label.

    Counted are things: a track counts once, however many frames it is in. In clips no border is flagged: things come in
    and go out there.
    """
    counts = Counter(each for track in findings.tracks for each in _of(track, findings))
    order = tuple(CODES)
    every = sorted(counts.items(), key=lambda each: (order.index(each[0][0]), each[0][1]))
    return tuple(Flag(code, label, count) for (code, label), count in every)


def named(items: Iterable[str]) -> frozenset[Code]:
    """The codes that are named: one by one, or by a severity that stands for itself and all above it.

    Raises PolicyError for a word that is neither, telling what there is.
    """
    return frozenset(code for item in items for code in _meant(item))


def raised(found: Iterable[Flag], codes: frozenset[Code]) -> bool:
    """True when a flag of one of these codes is among them."""
    return any(flag.code in codes for flag in found)


def _of(track: Track, findings: Findings) -> Iterator[tuple[Code, str]]:
    """Code and label of everything that calls for attention in one track, each once."""
    for code in dict.fromkeys(_DOUBTS.get(doubt, "doubtful") for doubt in track.doubts):
        yield code, track.label
    if track.label not in SMALL_PX or not track.regions:
        return
    if max(_side(region) for region in track.regions.values()) < SMALL_PX[track.label]:
        yield "small", track.label
    if findings.frames == 1 and any(_at_border(region, findings.size) for region in track.regions.values()):
        yield "at-border", track.label


def _side(region: Region) -> float:
    return max(region.bounds.width, region.bounds.height)


def _at_border(region: Region, size: tuple[int, int]) -> bool:
    bounds = region.bounds
    return bounds.left <= 0 or bounds.top <= 0 or bounds.right >= size[0] or bounds.bottom >= size[1]


def _meant(item: str) -> Iterator[Code]:
    if item not in CODES and item not in SEVERITIES:
        message = f"there is no flag {item!r}; there are {', '.join(CODES)}, and by severity {', '.join(SEVERITIES)}"
        raise PolicyError(message)
    for code, severity in CODES.items():
        if item == code or (item in SEVERITIES and SEVERITIES.index(severity) >= SEVERITIES.index(item)):
            yield code
