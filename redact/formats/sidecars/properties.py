"""Which properties of an XMP packet may stay, in which form, and a fresh packet of them.

A packet is never edited. What may stay is read, checked value by value, written in its plainest form and into a packet
that has always the same shape, so nothing rides along. Numbers have no room for a coordinate: ratios have three digits,
develop settings the range and the steps of their sliders (see settings.py). Texts are of the form of names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias
from xml.sax.saxutils import escape

from redact.formats.carriers import precision, wording
from redact.formats.sidecars.packet import Properties
from redact.formats.sidecars.settings import CROP, SETTINGS
from redact.model import Keep, Kind

Values: TypeAlias = tuple[str, ...]

_PREFIXES = {
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "exifEX": "http://cipa.jp/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}

_HEAD = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    '<rdf:Description rdf:about=""'
    + "".join(f'\n xmlns:{prefix}="{namespace}"' for prefix, namespace in _PREFIXES.items())
    + ">\n"
)
_FOOT = '</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>\n'

_MOST_AUTHORS = 8


@dataclass(frozen=True, slots=True)
class _Rule:
    """A property that may stay. `read` gives its values in their plainest form; nothing where they are anything else.

    listed: what its values are listed in, "Seq" or "Alt"; None for a single value
    """

    kind: Kind
    read: Callable[[Values], Values]
    listed: str | None = None


def kinds(told: Properties) -> dict[str, Kind]:
    """The properties that could stay, by prefix and name as "tiff:Orientation", and what each tells."""
    return {name: rule.kind for name, rule in _KEEPABLE.items() if _read(told, name, rule)}


def written(told: Properties, keep: Keep) -> bytes:
    """A fresh packet of what may stay."""
    lines = []
    for name, rule in _KEEPABLE.items():
        values = _read(told, name, rule) if rule.kind in keep else ()
        if values:
            lines.append(f"<{name}>{_listed(values, rule.listed)}</{name}>\n")
    return (_HEAD + "".join(lines) + _FOOT).encode()


def _read(told: Properties, name: str, rule: _Rule) -> Values:
    prefix, _, local = name.partition(":")
    return rule.read(told.get(_PREFIXES[prefix] + local, ()))


def _listed(values: Values, listed: str | None) -> str:
    if listed is None:
        return escape(values[0])
    item = '<rdf:li xml:lang="x-default">' if listed == "Alt" else "<rdf:li>"
    return f"<rdf:{listed}>" + "".join(f"{item}{escape(value)}</rdf:li>" for value in values) + f"</rdf:{listed}>"


def _single(read: Callable[[str], str | None]) -> Callable[[Values], Values]:
    """Reads the first value."""

    def one(values: Values) -> Values:
        plain = read(values[0]) if values else None
        return () if plain is None else (plain,)

    return one


def _whole(least: int, most: int) -> Callable[[Values], Values]:
    def read(value: str) -> str | None:
        number = int(value) if re.fullmatch(r"-?\d{1,9}", value, re.ASCII) else None
        return str(number) if number is not None and least <= number <= most else None

    return _single(read)


def _ratio(least: int, most: int) -> Callable[[Values], Values]:
    def read(value: str) -> str | None:
        match = re.fullmatch(r"(-?\d{1,10})(?:/(\d{1,10}))?", value, re.ASCII)
        if match is None or not int(match[2] or 1):
            return None
        number = Fraction(int(match[1]), int(match[2] or 1))
        if not least <= number <= most or 0 < abs(number) < precision.TINIEST:
            return None
        return "{}/{}".format(*precision.rounded(number).as_integer_ratio())

    return _single(read)


def _time(value: str) -> str | None:
    """A time to the second at best, in a zone or in none."""
    match = _TIME.fullmatch(value)
    return f"{match[1]}{match[2] or ''}" if match else None


_TIME = re.compile(
    r"([12]\d{3}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d(?::[0-6]\d)?)(?:\.\d{1,9})?(Z|[+-][01]\d:[0-5]\d)?", re.ASCII
)


def _authors(values: Values) -> Values:
    plain = tuple(map(wording.credit, values[:_MOST_AUTHORS]))
    return tuple(value for value in plain if value is not None)


def _one_of(words: frozenset[str]) -> Callable[[Values], Values]:
    return _single(lambda value: value if value in words else None)


_BALANCES = frozenset({
    "As Shot", "Auto", "Daylight", "Cloudy", "Shade", "Tungsten", "Fluorescent", "Flash", "Custom",
})  # fmt: skip

_KEEPABLE: Mapping[str, _Rule] = {
    "tiff:Orientation": _Rule("orientation", _whole(1, 8)),
    "xmp:CreateDate": _Rule("time", _single(_time)),
    "exif:DateTimeOriginal": _Rule("time", _single(_time)),
    "exif:DateTimeDigitized": _Rule("time", _single(_time)),
    "exif:ExposureTime": _Rule("camera", _ratio(0, 100_000)),
    "exif:FNumber": _Rule("camera", _ratio(0, 1000)),
    "exif:ExposureProgram": _Rule("camera", _whole(0, 9)),
    "exif:ISOSpeedRatings": _Rule("camera", _whole(1, 65535), "Seq"),
    "exif:ShutterSpeedValue": _Rule("camera", _ratio(-100, 100)),
    "exif:ApertureValue": _Rule("camera", _ratio(0, 100)),
    "exif:BrightnessValue": _Rule("camera", _ratio(-100, 100)),
    "exif:ExposureBiasValue": _Rule("camera", _ratio(-100, 100)),
    "exif:MaxApertureValue": _Rule("camera", _ratio(0, 100)),
    "exif:MeteringMode": _Rule("camera", _whole(0, 255)),
    "exif:LightSource": _Rule("camera", _whole(0, 255)),
    "exif:FocalLength": _Rule("camera", _ratio(0, 100_000)),
    "exif:ExposureMode": _Rule("camera", _whole(0, 2)),
    "exif:WhiteBalance": _Rule("camera", _whole(0, 1)),
    "exif:FocalLengthIn35mmFilm": _Rule("camera", _whole(1, 65535)),
    "exif:SceneCaptureType": _Rule("camera", _whole(0, 4)),
    "exifEX:LensModel": _Rule("camera", _single(wording.lens)),
    "aux:Lens": _Rule("camera", _single(wording.lens)),
    "dc:creator": _Rule("author", _authors, "Seq"),
    "dc:rights": _Rule("copyright", _single(wording.credit), "Alt"),
    "xmp:Rating": _Rule("colour", _whole(-1, 5)),
    "crs:WhiteBalance": _Rule("colour", _one_of(_BALANCES)),
    **{f"crs:{name}": _Rule("colour", _single(edge.read)) for name, edge in CROP.items()},
    **{f"crs:{name}": _Rule("colour", _single(SETTINGS[name].read)) for name in sorted(SETTINGS)},
}
"""Property, by prefix and name -> what may stay of it, and when; in the order in which they are written."""
