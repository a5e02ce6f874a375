"""The header of a JP2 (jp2h, ITU-T T.800 I.5.3): what its boxes may say, and that written anew.

Each box is about what the picture has and nothing more; numbers with room for a place are dropped, and a colour whose
method nobody knows gives way to the one that the samples most likely have.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from fractions import Fraction

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats import boxes
from redact.formats.carriers import icc
from redact.formats.jpeg2000.codestream import Codestream
from redact.formats.jpeg2000.damage import damaged
from redact.model import Keep

_IHDR = struct.Struct(">IIHBBBB")
_COMPRESSION = 7
ENUMERATED, _RESTRICTED_ICC, _ANY_ICC = 1, 2, 3
"""How a colour is told: by number, or by profile."""
_LARGEST_APPROXIMATION = 4
_GREY_SPACE, _COLOUR_SPACE, _INK_SPACE = 17, 16, 12
_PARAMETERS_NEEDED = (14, 19)
_LARGEST_SPACE = 100
_SPACES: Mapping[icc.Model, int] = {"grey": _GREY_SPACE, "colour": _COLOUR_SPACE, "ink": _INK_SPACE}
_RESOLUTION = struct.Struct(">HHHHbb")
_MOST_PER_METRE = 999_999
_MOST_TENS = 9
_MOST_CHANNELS = 2**14
_MOST_COLOURS = 1024
_CHANNEL_TYPES = (0, 1, 2, 0xFFFF)
_WHOLE, _NONE = 0, 0xFFFF

MEANINGS = (b"bpcc", b"pclr", b"cmap", b"cdef")
"""What tells what samples mean."""


def check(header: tuple[boxes.Box, ...], picture: Codestream) -> None:
    """Raise unless the boxes of jp2h are there once and fit the codestream."""
    codes = [box.code for box in header]
    if not codes or codes[0] != b"ihdr" or b"colr" not in codes or len(header[0].payload) != _IHDR.size:
        raise damaged("has no header, or none for colours")
    height, width, components, _, compression, _, _ = _IHDR.unpack(header[0].payload)
    if ((width, height), components, compression) != (picture.size, picture.components, _COMPRESSION):
        raise damaged("says two sizes")
    for code in (b"ihdr", b"bpcc", b"pclr", b"cmap", b"cdef"):
        if codes.count(code) > 1:
            raise damaged("has two headers of one kind")
    parts = {box.code: box.payload for box in header}
    if not _fit(parts, picture.depths):
        raise damaged("has a header of the wrong size, or about what is not there")


def _fit(parts: Mapping[bytes, bytes], depths: bytes) -> bool:
    """True when the boxes that tell what samples mean are about the components there are, and each as long as that."""
    channels = len(depths)
    if parts.get(b"bpcc", depths) != depths:
        return False
    if b"cmap" in parts:
        if not _is_map(parts[b"cmap"], parts.get(b"pclr", b""), depths):
            return False
        channels = len(parts[b"cmap"]) // 4
    return b"cdef" not in parts or _are_channels(parts[b"cdef"], channels)


def _is_map(payload: bytes, palette: bytes, depths: bytes) -> bool:
    """True for channels that are a component or a column of the palette, and use it all.

    A palette has no more entries than a sample can be.
    """
    entries, columns = int.from_bytes(palette[:2], "big"), (palette[2] if len(palette) > 2 else 0)
    widths = [((bits & 0x7F) + 8) // 8 for bits in palette[3 : 3 + columns]]
    if not 0 < entries <= _MOST_COLOURS or not columns or len(palette) != 3 + columns + entries * sum(widths):
        return False
    if not 0 < len(payload) <= 4 * _MOST_CHANNELS or len(payload) % 4:
        return False
    told = list(struct.iter_unpack(">HBB", payload))
    through = [(component, column) for component, way, column in told if way]
    return (
        len(set(told)) == len(told)
        and all(component < len(depths) and way <= 1 and (way or not column) for component, way, column in told)
        and all(entries <= 2 << (depths[component] & 0x7F) for component, _ in through)
        and {column for _, column in through} == set(range(columns))
    )


def _are_channels(payload: bytes, channels: int) -> bool:
    """True where each channel is described at most once, as of a colour that there can be."""
    count = boxes.number(payload, 0, 2)
    if len(payload) != 2 + 6 * count:
        return False
    told = list(struct.iter_unpack(">HHH", payload[2:]))
    return (
        len({channel for channel, _, _ in told}) == count
        and all(channel < channels and kind in _CHANNEL_TYPES for channel, kind, _ in told)
        and all(_WHOLE <= colour <= channels or colour == _NONE for _, _, colour in told)
    )


def written(header: tuple[boxes.Box, ...], picture: Codestream, keep: Keep) -> bytes:
    """A jp2h of what may stay."""
    ihdr = header[0].payload
    is_space_unknown, *_ = ihdr[-2:]
    parts = [boxes.written(b"ihdr", ihdr[:-2], bytes((min(is_space_unknown, 1), 0)))]
    is_coloured = False
    for box in header[1:]:
        if box.code in MEANINGS:
            parts.append(boxes.written(box.code, box.payload))
        elif box.code == b"colr" and not is_coloured and _is_known(box.payload):
            parts.append(_colour(box.payload, picture, header, keep))
            is_coloured = True
        elif box.code == b"res ":
            parts += resolution(box)
    if not is_coloured:
        parts.append(_enumerated(_likely_space(picture, header)))
    return boxes.written(b"jp2h", *parts)


def _is_known(payload: bytes) -> bool:
    """True for a colour by number, and for one by profile."""
    if len(payload) < 7:
        return False
    if payload[0] != ENUMERATED:
        return payload[0] in (_RESTRICTED_ICC, _ANY_ICC)
    space = boxes.number(payload, 3, 4)
    if space in _PARAMETERS_NEEDED and len(payload) > 7:
        message = "the JPEG 2000 has a colour space with parameters, which cannot be made safe here: save it in sRGB"
        raise UnsupportedFormatError(message)
    return space <= _LARGEST_SPACE


def _colour(payload: bytes, picture: Codestream, header: tuple[boxes.Box, ...], keep: Keep) -> bytes:
    """A colr with the same colours; a profile only where it may stay."""
    approximation = payload[2] if payload[2] <= _LARGEST_APPROXIMATION else 0
    if payload[0] == ENUMERATED:
        return _enumerated(boxes.number(payload, 3, 4), approximation)
    profile = icc.profile(payload[3:])
    if profile is None:
        return _enumerated(_likely_space(picture, header))
    if "colour" not in keep:
        return _enumerated(_SPACES[icc.model(profile)])
    return boxes.written(b"colr", bytes((payload[0], 0, approximation)), profile)


def _enumerated(space: int, approximation: int = 0) -> bytes:
    return boxes.written(b"colr", bytes((ENUMERATED, 0, approximation)), struct.pack(">I", space))


def _likely_space(picture: Codestream, header: tuple[boxes.Box, ...]) -> int:
    """What so many channels most likely mean."""
    palettes = (box.payload[2] for box in header if box.code == b"pclr")
    channels = next(palettes, picture.components)
    return _COLOUR_SPACE if channels > 2 else _GREY_SPACE


def resolution(box: boxes.Box) -> Iterator[bytes]:
    """A res with what of it tells pixels a metre, in numbers that no place fits into."""
    try:
        children = box.children()
    except DamagedFileError:
        # No pixel depends on it, so the rest of the file is worth having without.
        return
    told = [each for each in children if each.code in (b"resc", b"resd") and _is_density(each.payload)]
    first = {each.code: boxes.written(each.code, each.payload) for each in reversed(told)}
    if first:
        yield boxes.written(b"res ", *(first[code] for code in sorted(first)))


def _is_density(payload: bytes) -> bool:
    if len(payload) != _RESOLUTION.size:
        return False
    above, below, across, under, tens, tens_across = _RESOLUTION.unpack(payload)
    if (above, below, tens) != (across, under, tens_across) or not below or abs(tens) > _MOST_TENS:
        return False
    return bool(1 <= Fraction(above, below) * Fraction(10) ** tens <= _MOST_PER_METRE)
