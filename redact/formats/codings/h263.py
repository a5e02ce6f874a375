"""H.263 baseline (ITU-T H.263, 5.1) as in 3GP: pictures with no room for messages but one.

A picture's header may go on in "supplemental enhancement information", bytes behind a bit that announces each of them,
and nothing after it stands at a whole byte: it cannot be taken out without coding the picture again. So streams that
use it are refused, and so are the extended headers of H.263+, which have more such places.

Not handled: bytes hidden within a picture.
"""

from __future__ import annotations

from redact.errors import UnsupportedFormatError
from redact.formats.codings.plain import Stream, nothing

_HEAD_BYTES = 7
_FORMATS = range(1, 6)
"""The sizes of picture that the first edition knows."""


def pictures_of(_configuration: bytes) -> Stream:
    """A stream, which needs no configuration. Its packets raise UnsupportedFormatError unless they are baseline."""
    return Stream("H.263", b"", (), _checked, nothing)


def _checked(packet: bytes) -> bytes:
    if packet and not _is_baseline(packet):
        message = "the video is H.263 with extensions that may hold anything: convert it to H.264 first"
        raise UnsupportedFormatError(message)
    return packet


def _is_baseline(packet: bytes) -> bool:
    """True for a picture whose header is of the first edition and holds no supplemental information.

    22 bits of start code, 8 of time, 13 of type, 5 of quantiser, one of multipoint and two more with it, then the flag.
    """
    head = int.from_bytes(packet[:_HEAD_BYTES].ljust(_HEAD_BYTES, b"\xff"), "big")
    bits = f"{head:0{8 * _HEAD_BYTES}b}"
    begins = bits[:22] == "0" * 16 + "100000" and bits[30:32] == "10"
    source_format, two_in_one = int(bits[35:38], 2), bits[42] == "1"
    flag = bits[51] if bits[48] == "1" else bits[49]
    return begins and source_format in _FORMATS and not two_in_one and flag == "0"
