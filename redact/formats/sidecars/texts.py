"""Sidecars that are text: subtitles, tracks, flight logs and descriptions beside a photo or a clip.

Where location hides: in all of them, it is what they are for. Drones write a subtitle (SRT, also as WebVTT and ASS)
for every frame with position, altitude and camera settings; GPX, KML and TCX are tracks; NMEA 0183 and IGC are what
receivers and gliders log; Google Takeout writes a JSON file for every photo, flight logs are JSON or CSV; iOS keeps
its edits in AAE files.

They are searched for the names of fields (see vocabulary.py), within their first 512 KiB, and never parsed. Nothing of
them is kept, and no copy is made. Not handled: any text that is none of these, which is refused like other unknown
content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from redact.formats.sidecars.roots import root
from redact.formats.sidecars.unpublished import Unpublished
from redact.formats.sidecars.vocabulary import WORDS
from redact.model import Field, Kind

_SEARCHED_BYTES = 1 << 19

_LABELS = re.compile(rb"(?<![A-Za-z_])([A-Za-z][A-Za-z_]{1,30})(?=\s{0,3}[:=(])")
_KEYS = re.compile(rb'"([A-Za-z][A-Za-z0-9_]{1,30})"(?=\s{0,8}:)')
_TAGS = re.compile(rb"[<\s:.]([A-Za-z][A-Za-z0-9_]{1,30})(?=[\s=>/])")
_PLIST_KEYS = re.compile(rb"<key>([A-Za-z]{1,40})</key>")
_SENTENCES = re.compile(rb"\$([A-Z]{5})(?=,)")
_COLUMNS = re.compile(rb"(?<![A-Za-z0-9_])([A-Za-z][A-Za-z0-9_]{1,30})(?![A-Za-z0-9_])")
_RECORDS = re.compile(rb"(?m)^(B(?=\d{13}[NS]\d{8}[EW])|H[FOP]?(?:DTE|PLT|CM2|GTY|GID|CID|FTY|DTM))")

_DATE_TIME = re.compile(rb"(?<!\d)[12]\d{3}[-./][01]?\d[-./][0-3]?\d[ T][0-2]?\d:[0-5]\d")

_CUE = rb"\d{1,3}:\d\d:\d\d[,.]\d{1,3}[ \t]{0,4}-->"
"""When a subtitle appears; the oldest drones wrote the time of day instead."""

_IGC_WORDS: Mapping[str, Kind] = {
    "b": "location",
    **dict.fromkeys(("hfdte", "hodte", "hpdte", "hdte"), "time"),
    **dict.fromkeys(("hfplt", "hoplt", "hpplt", "hplt", "hfcm2", "hocm2", "hpcm2", "hcm2"), "author"),
    **dict.fromkeys(("hfgty", "hfgid", "hfcid", "hffty", "hogty", "hogid", "hocid", "hpgty", "hpgid"), "device"),
}


@dataclass(frozen=True, slots=True)
class TextSidecar(Unpublished):
    """One kind of text beside a photo or a clip.

    beginning: what the head of such a file matches
    named:     finds the names of fields; its group is the name
    suffixes:  where given, only files with one of them are of this kind: their content alone does not tell
    words:     the names that are known, and what each tells
    """

    name: str
    beginning: re.Pattern[bytes]
    named: re.Pattern[bytes]
    suffixes: frozenset[str] = frozenset()
    words: Mapping[str, Kind] = field(default_factory=lambda: WORDS)

    def recognises(self, head: bytes) -> bool:
        """True for content that begins as one does."""
        return bool(self.beginning.match(_plain(head)))

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        source.seek(0)
        text = _plain(source.read(_SEARCHED_BYTES))
        found = {match[1].decode("ascii").lower() for match in self.named.finditer(text)}
        known = {word: self.words[word] for word in sorted(found) if word in self.words}
        if _DATE_TIME.search(text):
            known.setdefault("date and time", "time")
        for word, kind in known.items():
            yield Field(word, kind, self.name)
        if not known:
            yield Field("content", "text", self.name)


def _plain(text: bytes) -> bytes:
    """A text as ASCII where it is ASCII at all: UTF-16 has zero bytes between the letters."""
    return text.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")


TEXTS = (
    TextSidecar(
        "SRT", re.compile(rb"\s*\d{1,9}[ \t\r]{0,4}\n\s{0,4}(?:" + _CUE + b"|" + _DATE_TIME.pattern + b")"), _LABELS
    ),
    TextSidecar("WebVTT", re.compile(rb"WEBVTT(?=\s|$)"), _LABELS),
    TextSidecar("ASS", re.compile(rb"\s*\[Script Info\]"), _LABELS),
    TextSidecar("GPX", root("gpx"), _TAGS),
    TextSidecar("KML", root("kml"), _TAGS),
    TextSidecar("TCX", root("TrainingCenterDatabase"), _TAGS),
    TextSidecar("AAE", root("plist", beyond=rb".{0,400}?<key>adjustment"), _PLIST_KEYS),
    TextSidecar("NMEA", re.compile(rb"\s*\$(?:G[APNLBIQ]|BD|QZ)[A-Z]{3},"), _SENTENCES),
    TextSidecar("IGC", re.compile(rb"A[A-Z0-9]{3}[^\0]{0,2048}?\nH[FOP]?DTE"), _RECORDS, words=_IGC_WORDS),
    TextSidecar("JSON", re.compile(rb"\s*[\[{]"), _KEYS, frozenset({".json", ".geojson"})),
    TextSidecar(
        "CSV",
        re.compile(rb"(?is)[^\0]{0,4096}?(?<![a-z])(?:lat(?:itude)?|lon(?:g(?:itude)?)?|lng|gps)(?![a-z])"),
        _COLUMNS,
        frozenset({".csv", ".tsv"}),
    ),
)
"""Every kind of text that is known as a sidecar. The names of columns are searched for in a whole table."""
