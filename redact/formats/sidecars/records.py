"""Sidecars in formats of their own: packed maps (KMZ), tracks of watches (FIT), voice notes (WAV).

Where location hides: a KMZ file is a ZIP archive of a KML map and its pictures; a FIT file begins with the device's
serial number and goes on with positions and times; in a voice note somebody speaks, and its chunks tell of the
recorder (`bext`, `iXML`, `LIST`, `id3 `). None of it is kept, no copy is made, and no archive is unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats.sidecars.unpublished import Unpublished
from redact.model import Field, Kind

_MOST_CHUNKS = 64
_CHUNKS: Mapping[bytes, Kind] = {
    b"data": "text",
    b"bext": "device",
    b"iXML": "device",
    b"LIST": "text",
    b"id3 ": "text",
    b"ID3 ": "text",
    b"_PMX": "text",
    b"cue ": "time",
}


@dataclass(frozen=True, slots=True)
class RecordSidecar(Unpublished):
    """A format of which it is known, without reading on, what it tells.

    beginning: bytes that stand at `place`
    told:      name of what is in such a file -> its kind
    suffixes:  where given, only files with one of them are of this kind: their content alone does not tell
    """

    name: str
    place: int
    beginning: bytes
    told: Mapping[str, Kind]
    suffixes: frozenset[str] = frozenset()

    def recognises(self, head: bytes) -> bool:
        """True for content that begins as one does."""
        return head[self.place :].startswith(self.beginning)

    def fields(self, source: BinaryIO) -> Iterator[Field]:  # noqa: ARG002 - the contract's signature
        """See redact.contracts.Format."""
        for name, kind in self.told.items():
            yield Field(name, kind, self.name)


@dataclass(frozen=True, slots=True)
class VoiceNote(Unpublished):
    """WAV (RIFF WAVE): what cameras record when somebody speaks to a photo."""

    name = "WAV"
    suffixes: frozenset[str] = frozenset()

    def recognises(self, head: bytes) -> bool:
        """True for a RIFF of sound."""
        return head[:4] == b"RIFF" and head[8:12] == b"WAVE"

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format. One field for each chunk that tells something, the sound among them."""
        named = dict.fromkeys(_chunks(source))
        for chunk in named:
            name = "sound" if chunk == b"data" else chunk.decode("ascii").strip()
            yield Field(name, _CHUNKS[chunk], self.name)
        if not named:
            yield Field("content", "unknown", self.name)


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    """The codes of the first chunks that are known, as far as the file goes."""
    place = 12
    for _ in range(_MOST_CHUNKS):
        source.seek(place)
        head = source.read(8)
        if len(head) < 8:
            return
        if head[:4] in _CHUNKS:
            yield head[:4]
        untrusted_size = int.from_bytes(head[4:], "little")
        place += 8 + untrusted_size + untrusted_size % 2


RECORDS = (
    RecordSidecar("KMZ", 0, b"PK\x03\x04", {"coordinates": "location", "pictures": "preview"}, frozenset({".kmz"})),
    RecordSidecar(
        "FIT", 8, b".FIT", {"positions": "location", "times": "time", "serial number": "device", "records": "telemetry"}
    ),
    VoiceNote(),
)
