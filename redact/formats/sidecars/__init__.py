"""What lies beside photos and clips and tells of them: subtitles with telemetry, tracks, descriptions, previews.

A sidecar is told by its content where that is enough, and by its suffix beside. Only what is listed here is one: other
text stays unknown content. By default none of them is copied; what could be shared is said by `publishable`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Protocol

from redact.contracts import Format
from redact.formats.sidecars.previews import PREVIEWS, Preview
from redact.formats.sidecars.records import RECORDS
from redact.formats.sidecars.texts import TEXTS
from redact.formats.sidecars.xmp import Xmp

HEAD_BYTES = 8192
"""How much of a file is read to tell whether it is a sidecar."""


class Sidecar(Format, Protocol):
    """A format of files that lie beside others."""

    @property
    def suffixes(self) -> frozenset[str]:
        """Suffixes one of which such a file has, in lower case; none where its content tells it."""
        ...

    @property
    def publishable(self) -> bool:
        """True when a safe copy can be made."""
        ...


SIDECARS: tuple[Sidecar, ...] = (Xmp(), *TEXTS, *RECORDS)
"""Every family of sidecars; the first that recognises a file has it."""


def sidecar_among(formats: Sequence[Format], source: BinaryIO, suffix: str) -> Sidecar | None:
    """The sidecar that a seekable stream is, which is read a little and rewound; None for any other file.

    formats: the families of pictures and films: what one of these recognises is a preview or no sidecar
    suffix:  of the file's name, as ".SRT"; "" where there is none
    """
    source.seek(0)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    suffix = suffix.lower()
    for each in formats:
        if each.recognises(head[:64]):
            return Preview(each) if PREVIEWS.get(suffix) == each.name else None
    for sidecar in SIDECARS:
        if (not sidecar.suffixes or suffix in sidecar.suffixes) and sidecar.recognises(head):
            return sidecar
    return None
