"""XMP beside a photo (ISO 16684-1; Camera Raw's namespace by Adobe): what an editor of raw pictures notes down.

Where location hides: exif:GPS* and places of IPTC, Photoshop and Lightroom; titles, descriptions, keywords, and names
of people in face regions; histories with the paths of files; serial numbers and identifiers; a toolkit's name;
comments; pictures in base64; blank padding.

Dropped: all of it. What may stay is read (see packet.py), checked value by value, and written into a fresh packet of
one fixed shape (see properties.py).

Kept: with "orientation" the turn; with "time" when it was taken; with "camera" exposure and lens; with "author" and
"copyright" these; with "colour" what the picture is to look like: Camera Raw's settings that are numbers, truth values
or the name of a white balance, within the reach of their sliders, the crop to a thousandth, and the rating.

Not handled: tone curves, masks, looks, retouching and the settings of other programs, which go: a picture that leans on
them is developed differently. A place told in words as the name of an author. Refused: document types, broken XML,
more than 16 MiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import DamagedFileError, MediaError
from redact.formats.carriers import xmp
from redact.formats.sidecars import packet, properties
from redact.formats.sidecars.roots import root
from redact.formats.unpainted import refuse
from redact.model import KINDS, Field, Keep

_LARGEST_BYTES = 16 << 20
_ALL = Keep(KINDS)
_CARRIER = "XMP sidecar"
_ROOT = root("xmpmeta", "xapmeta", "RDF")


@dataclass(frozen=True, slots=True)
class Xmp:
    """XMP that stands alone."""

    name = "XMP"
    suffixes: frozenset[str] = frozenset()
    publishable = True

    def recognises(self, head: bytes) -> bool:
        """True for XML whose root is the wrapper of a packet, or the packet itself."""
        return bool(_ROOT.match(head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")))

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format. A packet that cannot be parsed is searched for names all the same."""
        data = _read(source)
        try:
            told = packet.properties(data)
        except MediaError:
            yield from xmp.fields(data, _CARRIER)
            return
        keepable = properties.kinds(told)
        for name, kind in keepable.items():
            yield Field(name, kind, _CARRIER)
        if data != properties.written(told, _ALL):
            known = {name.partition(":")[2] for name in keepable}
            named = list(xmp.fields(data, _CARRIER))
            others = [each for each in named if each.name.partition(":")[2] not in known]
            yield from others or [Field("XMP", "text", _CARRIER)]

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        refuse(pixels, self.name)
        target.write(properties.written(packet.properties(_read(source)), keep))


def _read(source: BinaryIO) -> bytes:
    source.seek(0)
    data = source.read(_LARGEST_BYTES + 1)
    if not data:
        message = "the file is empty: copy it again from where it came"
        raise DamagedFileError(message)
    if len(data) > _LARGEST_BYTES:
        message = f"the XMP takes more than {_LARGEST_BYTES >> 20} MiB: write it again without masks"
        raise MediaError(message)
    return data
