"""When a film was taken, as AVI files tell it, and the one way in which a copy does: the creation date of `INFO`.

Cameras write `IDIT` in whatever form their makers liked, of which two are read here, or `ICRD` with a date alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from redact.formats.avi.chunks import Chunk, inside, listed, written

_MOST_BYTES = 64
_FORMS = ("%Y-%m-%d %H:%M:%S", "%a %b %d %H:%M:%S %Y", "%Y:%m:%d %H:%M:%S", "%Y/%m/%d %H:%M:%S")
_DATE = "%Y-%m-%d"
_SPACES = re.compile(r"\s+")


def taken(source: BinaryIO, places: Iterable[Chunk]) -> str | None:
    """When the film was taken, "2003-03-10 15:04:43" or "2003-03-10"; None where no chunk of these lists tells."""
    texts: dict[bytes, str] = {}
    for place in places:
        for chunk in inside(source, place):
            if chunk.code in (b"IDIT", b"ICRD") and chunk.end - chunk.start <= _MOST_BYTES:
                text = chunk.read(source).split(b"\0")[0].decode("latin-1")
                texts.setdefault(chunk.code, _SPACES.sub(" ", text).strip())
    found = (_read(texts[code]) for code in (b"IDIT", b"ICRD") if code in texts)
    return next((time for time in found if time), None)


def _read(text: str) -> str | None:
    for form in (*_FORMS, _DATE):
        try:
            # A film tells the time of where it was taken, without a zone.
            time = datetime.strptime(text, form)
        except ValueError:
            continue
        return time.strftime(_DATE if form == _DATE else _FORMS[0]) if time.year >= 1000 else None
    return None


def told(time: str | None) -> bytes:
    """The list that tells it; nothing where there is nothing to tell."""
    return listed(b"INFO", written(b"ICRD", time.encode("ascii") + b"\0")) if time else b""
