"""MPEG-4 part 2 (ISO/IEC 14496-2, as DivX and Xvid): which elements of a stream may stay.

Where location hides: user data (start code B2) is anybody's bytes, in the configuration and in any packet; headers are
followed by bytes that decoders skip; start codes that no decoder knows hold whatever one likes.

Kept: objects, layers, groups and planes (codes 00-2F, B0, B1, B3, B5, B6), headers cut to the length that they
have; of user data the names of DivX, Xvid and libavcodec, each with a version that there has been or soon may be, by
which decoders choose how to round: without them pictures come out different. They stay whatever the policy says. A
packet holds one plane, or a second one that is predicted in both directions, as programs for AVI pack them; each kind
of header and each encoder's name is in it once.
Dropped: every other element; user data with any other letter, or with more digits than those versions have.

Not handled: bytes hidden within a plane or the tables of a layer; the time of a group, from which decoders count.
Refused: short headers (H.263 called MPEG-4), a second layer, shapes other than rectangles, and packets of several
pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from redact.errors import UnsupportedFormatError
from redact.formats.codings import mpeg4_layer, startcodes
from redact.formats.codings.plain import Stream, Told

_USER_DATA = 0xB2
_LAYER = "layer"
_PLANE = 0xB6
_BOTH_WAYS = 2
"""Type of a plane that is predicted from one before it and one behind it."""
_LAYERS = range(0x20, 0x30)
_HEADER_BYTES = {**dict.fromkeys(range(0x20), 0), 0xB0: 1, 0xB1: 0, 0xB3: 3, 0xB5: 5}
"""Code -> size of what decoders read behind it."""

_ENCODERS = re.compile(
    rb"(?:DivX(?:4[01]\d|50\d|999)(?:Build|b)[0-2]?\d{1,3}p?"
    rb"|XviD00\d\dC?"
    rb"|Lavc[4-7]\d\.1?\d{1,2}\.(?:\d|1[0-3]\d))\0*"
)
"""Names as encoders write them. The numbers are narrow: they have no room for a coordinate."""
_SHORT_HEADER = b"\0\0\x80"


def stream_of(configuration: bytes) -> Stream:
    """A stream, from the layer's header; empty where that stands in the packets."""
    return Stream("MPEG-4 user data", _cleaned(configuration), tuple(_told(configuration)), _cleaned, _told)


def _cleaned(packet: bytes) -> bytes:
    if packet[:2] == _SHORT_HEADER[:2] and packet[2:3] >= _SHORT_HEADER[2:]:
        message = "the video is H.263 that calls itself MPEG-4: convert it first"
        raise UnsupportedFormatError(message)
    # A plane of a byte or none stands for a picture that did not change.
    if len(packet) <= 1:
        return packet
    return startcodes.cleaned(packet, _Packet().clean)


@dataclass(slots=True)
class _Packet:
    """What a packet has held so far: kind of a header -> its content, and the planes' types of coding."""

    headers: dict[bytes | str, bytes] = field(default_factory=dict)
    planes: list[int] = field(default_factory=list)

    def clean(self, code: int, content: bytes) -> bytes | None:
        """What may stay of an element; None where it goes."""
        if code == _PLANE:
            self.planes.append(content[0] >> 6 if content else 0)
            if self.planes[1:] not in ([], [_BOTH_WAYS]) or (len(self.planes) > 1 and self.planes[0] == _BOTH_WAYS):
                raise _crowded()
            return content
        if code == _USER_DATA:
            return self._once(content[:4], content) if _ENCODERS.fullmatch(content) else None
        if code in _LAYERS:
            return self._once(_LAYER, startcodes.cut(content, mpeg4_layer.size(content)))
        if code not in _HEADER_BYTES:
            return None
        return self._once(f"{max(code, 0x1F):02X}", startcodes.cut(content, _HEADER_BYTES[code]))

    def _once(self, kind: bytes | str, content: bytes) -> bytes | None:
        """The content of a header; None where it has been told."""
        if kind not in self.headers:
            self.headers[kind] = content
            return content
        if kind == _LAYER and self.headers[kind].rstrip(b"\0") != content.rstrip(b"\0"):
            raise _crowded()
        return None


def _crowded() -> UnsupportedFormatError:
    return UnsupportedFormatError("a packet of the video holds several pictures or layers: convert it to H.264 first")


def _told(packet: bytes) -> Iterator[Told]:
    for code, start, end in startcodes.elements(packet):
        if code == _USER_DATA:
            known = _ENCODERS.fullmatch(packet[start + 4 : end])
            yield "user_data", "camera" if known else "unknown"
        elif code not in _HEADER_BYTES and code not in _LAYERS and code != _PLANE:
            yield f"start code {code:02X}", "unknown"
