"""What a film says of itself as a whole (RFC 9559 5.1.2): its ticks, how long it lasts, and perhaps when it began."""

from __future__ import annotations

import math

from redact.errors import UnsupportedFormatError
from redact.formats.matroska import ebml, rules
from redact.formats.matroska.codes import Code
from redact.model import Keep

APP = b"redact"
"""The specification demands that the writing program be named."""

APPS = (Code.MUXING_APP, Code.WRITING_APP)
"""Where it is named."""

_USUAL_SCALE = 1_000_000
_LONGEST_TICK_NS = 10**10
_MOST_TICKS = 1 << 50
_DATE_BYTES = 8


def timestamp_scale(info: bytes) -> int:
    """Nanoseconds in a tick. Raises UnsupportedFormatError for a tick that no film has."""
    told = rules.only(info, (Code.TIMESTAMP_SCALE,))
    scale = ebml.unsigned_of(told[Code.TIMESTAMP_SCALE]) if told else _USUAL_SCALE
    if not 0 < scale <= _LONGEST_TICK_NS:
        message = "the film counts time in a way that no player follows: save it as an ordinary Matroska first"
        raise UnsupportedFormatError(message)
    return scale


def written(info: bytes, keep: Keep) -> bytes:
    """The element with what may stay. Raises DamagedFileError, UnsupportedFormatError."""
    told = rules.only(info, (Code.DURATION, Code.DATE_UTC))
    parts = [ebml.written(Code.TIMESTAMP_SCALE, ebml.unsigned(timestamp_scale(info)))]
    duration = ebml.real_of(told.get(Code.DURATION, b""))
    if math.isfinite(duration) and 0 < duration < _MOST_TICKS:
        parts.append(ebml.written(Code.DURATION, ebml.real(math.ceil(duration))))
    date = told.get(Code.DATE_UTC, b"")
    if "time" in keep and len(date) == _DATE_BYTES:
        parts.append(ebml.written(Code.DATE_UTC, date))
    parts += (ebml.written(code, APP) for code in APPS)
    return ebml.written(Code.INFO, *parts)
