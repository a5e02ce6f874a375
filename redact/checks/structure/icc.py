"""ICC profiles (ICC.1:2022) as stills carry them: which bytes are the profile, and what of it may be shared.

A profile made for one device tells which: by private tags, by texts, by the header's date and maker, by bytes that no
tag refers to. One that has none of these may stay as it is. Of any other the colours may stay, in one form alone: the
header's version, class, spaces and intent; a description and a copyright that say nothing; each tag about colours.

Tags may share data, but claim no more of it in all than a profile has: else a walk could go over it again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LARGEST = 1 << 22
"""Bytes. The largest in use, with tables for printers, have half of that."""

_HEADER, _TAG, _MOST_TAGS = 128, 12, 200
_SPACES = (b"GRAY", b"RGB ", b"Lab ", b"CMYK")

_MEANING = re.compile(
    rb"wtpt|bkpt|chad|chrm|cicp|lumi|meas|view|tech|ciis|gamt|rig[02]|[rgb]XYZ|[rgbk]TRC|(?:A2B|B2A|D2B|B2D)[0-3]"
)
_NUMERIC = re.compile(rb"XYZ |curv|para|sf32|chrm|cicp|meas|view|sig |mft[12]|mAB |mBA |mpet")
_WORDED = re.compile(rb"desc|cprt|dmnd|dmdd|vued|dscm")
_WORDS = re.compile(rb"desc|text|mluc")
_LONGEST_WORDS = 1 << 15
_STANDARDS = re.compile(rb"(?<!\d)(?:61966|12647|15076|22028)(?!\d)")
_PERSONAL = re.compile(
    rb"\d{5}|\d[.,]\d{3}|(?<!\d)[12][09]\d\d[-./]\d{1,2}[-./]\d|\d[-./]\d{1,2}[-./][12][09]\d\d(?!\d)|[@#]"
    rb"|(?i:serial|(?<![a-z\d])s/?n(?![a-z\d]))"
)


def sound(untrusted: bytes) -> bytes:
    """The profile that may be shared of the one that these bytes begin with, which it equals where nothing has to go.

    Empty where they are none, are cut short or speak of other samples.
    """
    size, count = _number(untrusted, 0), _number(untrusted, _HEADER)
    whole = _HEADER + 4 + _TAG * count <= size <= min(len(untrusted), LARGEST) and count <= _MOST_TAGS
    if not whole or untrusted[36:40] != b"acsp" or untrusted[16:20] not in _SPACES:
        return b""
    profile = untrusted[:size]
    if sum(end - start for start, end in {(start, end) for _, start, end in _table(profile)}) > size:
        return b""
    return profile if _tells_no_device(profile) else _colours_alone(profile)


def _number(data: bytes, start: int) -> int:
    return int.from_bytes(data[start : start + 4], "big")


def _table(profile: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each tag; nothing at the very end where it does not lie behind the table."""
    first = _HEADER + 4
    last = first + _TAG * _number(profile, _HEADER)
    for place in range(first, last, _TAG):
        start = _number(profile, place + 4)
        end = start + _number(profile, place + 8)
        lies_inside = last <= start and end <= len(profile)
        yield profile[place : place + 4], *((start, end) if lies_inside else (len(profile), len(profile)))


def _is_about_colour(name: bytes, data: bytes) -> bool:
    return bool(_MEANING.fullmatch(name) and _NUMERIC.match(data))


def _is_impersonal(name: bytes, data: bytes) -> bool:
    if not _WORDED.fullmatch(name) or not _WORDS.match(data) or len(data) > _LONGEST_WORDS:
        return False
    if data.startswith(b"mluc"):
        records = 16 + 12 * _number(data, 8)
        if _number(data, 12) != 12 or records > len(data):
            return False
        if not all(_is_record(data[place : place + 12], records, len(data)) for place in range(16, records, 12)):
            return False
        data = data[records:].decode("utf-16-be", "ignore").encode("ascii", "ignore")
    return not _PERSONAL.search(_STANDARDS.sub(b"IEC-", data.replace(b"\0", b"")))


def _is_record(record: bytes, least: int, most: int) -> bool:
    """True for the codes of a language and a country, and where its text lies behind all such records."""
    size, start = _number(record, 4), _number(record, 8)
    return re.fullmatch(rb"[A-Za-z\0]{4}", record[:4]) is not None and least <= start and start + size <= most


def _tells_no_device(profile: bytes) -> bool:
    tags = list(_table(profile))
    covered = bytearray(profile)
    # What is left when all that is known was taken out.
    covered[:100] = bytes(100)
    covered[_HEADER : _HEADER + 4 + _TAG * len(tags)] = bytes(4 + _TAG * len(tags))
    parts = {(start, end): profile[start:end] for _, start, end in tags}
    if not all(_is_about_colour(name, parts[s, e]) or _is_impersonal(name, parts[s, e]) for name, s, e in tags):
        return False
    for (start, end), data in parts.items():
        covered[start:end] = bytes(len(data))
    return not any(covered)


def _colours_alone(profile: bytes) -> bytes:
    """Header and tags as the module's description has them: equal data once, each part on a multiple of four."""
    tags = {b"desc": _said(profile, b"desc", "colour profile"), b"cprt": _said(profile, b"text", "none")}
    parts: dict[tuple[int, int], bytes] = {}
    for name, start, end in _table(profile):
        if name not in tags and _is_about_colour(name, profile[start : min(end, start + 4)]):
            tags[name] = parts.setdefault((start, end), profile[start:end])
    first = _HEADER + 4 + _TAG * len(tags)
    starts: dict[bytes, int] = {}
    body = bytearray()
    for data in tags.values():
        if data not in starts:
            starts[data] = first + len(body)
            body += data.ljust((len(data) + 3) // 4 * 4, b"\0")
    header = bytearray(_HEADER)
    header[0:4] = (first + len(body)).to_bytes(4, "big")
    header[8:10], header[12:24], header[36:40] = profile[8:10], profile[12:24], b"acsp"
    # The first of January 2000; D50, in which all profiles meet.
    header[24:30] = b"\x07\xd0\0\1\0\1"
    header[67] = profile[67] % 4
    header[68:80] = b"\0\0\xf6\xd6\0\1\0\0\0\0\xd3\x2d"
    table = b"".join(name + _coded(starts[data]) + _coded(len(data)) for name, data in tags.items())
    return bytes(header) + _coded(len(tags)) + table + bytes(body)


def _coded(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _said(profile: bytes, form: bytes, text: str) -> bytes:
    """A text in the type that the profile's version has for it."""
    if profile[8] >= 4:
        words = text.encode("utf-16-be")
        return b"mluc" + bytes(4) + _coded(1) + _coded(12) + b"enUS" + _coded(len(words)) + _coded(28) + words
    ascii_text = text.encode("ascii") + b"\0"
    if form == b"desc":
        return b"desc" + bytes(4) + _coded(len(ascii_text)) + ascii_text + bytes(78)
    return b"text" + bytes(4) + ascii_text
