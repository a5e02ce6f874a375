"""What kind of film a file calls itself (`ftyp`, ISO/IEC 14496-12 4.3).

Makers have brands of their own, so of those that a source names the common ones stay, in its order.
"""

from __future__ import annotations

from redact.formats.boxes import Box, number, written

_KNOWN = frozenset({
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"mp71",
    b"avc1", b"hvc1", b"hev1", b"qt  ", b"M4V ", b"M4A ", b"3gp4", b"3gp5", b"3gp6", b"3g2a", b"dby1", b"av01",
})  # fmt: skip
_VERSIONS = frozenset((0, 1, 0x100, 0x200, 0x20050300))
_MOST_BRANDS = 16

QUICKTIME = b"qt  "
_ANY = b"isom"


def main(box: Box | None) -> bytes:
    """The brand that a film goes by in its copy; a file older than brands is one of QuickTime."""
    if box is None:
        return QUICKTIME
    brand = box.payload[:4]
    return brand if brand in _KNOWN else _ANY


def kept(box: Box | None) -> bytes:
    """The box of the copy."""
    brand = main(box)
    told = box.payload if box else QUICKTIME + bytes(4)
    version = number(told, 4, 4) if len(told) >= 8 else 0
    others = [told[start : start + 4] for start in range(8, len(told) - 3, 4)]
    known = [each for each in dict.fromkeys(others) if each in _KNOWN][:_MOST_BRANDS]
    brands = known if brand in known else [brand, *known]
    return written(b"ftyp", brand, (version if version in _VERSIONS else 0).to_bytes(4, "big"), *brands)
