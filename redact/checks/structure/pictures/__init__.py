"""What may lie in the coded pictures of a stream, whatever the container: an allow-list for each coding.

Coded samples (slices, planes, tiles) are opaque. Everything around them has to be known and needed by a decoder: no
message, filler or user data, no bytes behind a header that has a length, no room that decoders skip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from redact.checks.reading import UNREADABLE, Flaw, printable
from redact.checks.structure.pictures import av1, frames, mjpeg, mpeg, units

Allowed: TypeAlias = Callable[[bytes], bool]
"""True when a packet holds only what may stay; False or a Flaw that says what else there is."""

_RULES: Mapping[str, Callable[[bytes], Allowed]] = {
    "h264": lambda configuration: units.rule(units.AVC, configuration),
    "hevc": lambda configuration: units.rule(units.HEVC, configuration),
    "vvc": lambda configuration: units.rule(units.VVC, configuration),
    "av1": av1.rule,
    "vp8": frames.vp8,
    "vp9": frames.vp9,
    "mpeg4": lambda configuration: mpeg.rule(mpeg.PART_2, configuration),
    "mpeg2video": lambda configuration: mpeg.rule(mpeg.VIDEO, configuration),
    "mpeg1video": lambda configuration: mpeg.rule(mpeg.VIDEO, configuration),
    "mjpeg": mjpeg.rule,
    "h263": frames.h263,
    "prores": frames.prores,
}


def single(coding: str, configuration: bytes) -> Allowed:
    """As `rule`, of the data of a still: it is one picture, besides.

    coding: "hevc", whose packets are one picture by their rule, or "av1"
    """
    allowed = rule(coding, configuration)

    def look(packet: bytes) -> bool:
        try:
            if coding == "av1":
                av1.demand_one(configuration, packet)
            return allowed(packet)
        except UNREADABLE:
            return False

    return look


def rule(coding: str, configuration: bytes) -> Allowed:
    """What tells of each packet of a stream whether it holds only what may stay.

    coding:        FFmpeg's name: "h264", "av1", ...
    configuration: the decoder configuration as it stands in the container, without the header of a box; empty where
                   there is none: H.264, HEVC and VVC then have start codes

    Raises Flaw for a coding or a configuration that cannot be vouched for.
    """
    made = _RULES.get(coding)
    if made is None:
        message = f"coding {printable(coding.encode('ascii', 'replace'))} cannot be vouched for"
        raise Flaw(message)
    try:
        allowed = made(configuration)
    except UNREADABLE as cause:
        message = f"the configuration of {coding} cannot be read"
        raise Flaw(message) from cause

    def look(packet: bytes) -> bool:
        try:
            return allowed(packet)
        except UNREADABLE:
            return False

    return look
