"""Supplemental enhancement information (ITU-T H.274; H.264 and H.265 annex D): which messages of a unit may stay.

Kept: messages that change how the pictures are to be shown (mastering display, content light level, preferred transfer,
ambient light) and the recovery point by which a decoder joins a stream without key frames, where their numbers are
possible (see light.py); and HDR10+, which is held to its own syntax (see t35.py). Each of them once in a packet: of a
second of its kind a decoder has no use. All else is dropped: free bytes of users, times of the day, captions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from redact.formats.codings import light, t35
from redact.model import Kind

_REGISTERED = 4
_RECOVERY_POINT = 6
_MAY_STAY: Mapping[int, Callable[[bytes], bool]] = {
    _REGISTERED: t35.is_hdr10_plus,
    _RECOVERY_POINT: light.is_recovery_point,
    137: light.is_mastering,
    144: light.is_level,
    147: light.is_transfer,
    148: light.is_ambient,
}
"""Payload type -> what tells whether a message is what it says."""

_MESSAGES: dict[int, tuple[str, Kind]] = {
    _REGISTERED: ("user_data_registered_itu_t_t35", "unknown"),
    5: ("user_data_unregistered", "unknown"),
    136: ("time_code", "time"),
    137: ("mastering_display_colour_volume", "colour"),
    144: ("content_light_level_info", "colour"),
    147: ("alternative_transfer_characteristics", "colour"),
    148: ("ambient_viewing_environment", "colour"),
}
_HARMLESS = frozenset((0, 1, _RECOVERY_POINT, 129, 130, 132))
"""Buffering, timing, parameter sets in use, checksum: every encoder writes them and they tell nothing."""

_EMULATED = re.compile(rb"\0\0(?=[\0-\3])")
_END = b"\x80"


def plain(escaped: bytes) -> bytes:
    """The content of a unit without the bytes that keep start codes out of it."""
    return escaped.replace(b"\0\0\3", b"\0\0")


def kept(body: bytes, seen: set[int]) -> bytes:
    """What may stay of the messages behind a unit's header, as they are to be written; empty when none may.

    seen: payload types that stayed of earlier units of the packet; those that stay of this one are added
    """
    stays = b""
    for payload_type, payload in _messages(body):
        if payload_type not in seen and _may_stay(payload_type, payload):
            seen.add(payload_type)
            stays += _written(payload_type, payload)
    return _EMULATED.sub(lambda _: b"\0\0\3", stays + _END) if stays else b""


def told(body: bytes) -> Iterator[tuple[str, Kind]]:
    """(name, kind) of every message that tells something, of those behind a unit's header."""
    for payload_type, payload in _messages(body):
        if payload_type in _HARMLESS:
            continue
        name, kind = _MESSAGES.get(payload_type, (f"SEI message {payload_type}", "unknown"))
        registered = t35.name_of(payload) if payload_type == _REGISTERED else ""
        if _may_stay(payload_type, payload):
            kind = "colour"
        elif kind == "colour":
            kind = "unknown"
        yield registered or name, kind


def _messages(body: bytes) -> Iterator[tuple[int, bytes]]:
    """(payload type, payload) of each message. A message that does not fit ends the list."""
    data = plain(body).rstrip(b"\0")
    start = 0
    while start < len(data) - 1:
        payload_type, start = _long_number(data, start)
        untrusted_size, start = _long_number(data, start)
        # The bit that ends the unit stands behind the last message.
        if start + untrusted_size >= len(data):
            yield payload_type, b""
            return
        yield payload_type, data[start : start + untrusted_size]
        start += untrusted_size


def _long_number(data: bytes, start: int) -> tuple[int, int]:
    """A number in the SEI's own spelling (bytes of 255 add up), and where it ends."""
    end = start
    while end < len(data) and data[end] == 0xFF:
        end += 1
    last = data[end] if end < len(data) else 0
    return 255 * (end - start) + last, end + 1


def _may_stay(payload_type: int, payload: bytes) -> bool:
    return payload_type in _MAY_STAY and _MAY_STAY[payload_type](payload)


def _written(payload_type: int, payload: bytes) -> bytes:
    long, rest = divmod(len(payload), 255)
    return bytes((payload_type, *(255,) * long, rest)) + payload
