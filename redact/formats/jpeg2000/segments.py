"""What the segments of a codestream may say (ITU-T T.800 annex A, T.814): of each kind, and of all of them together.

Where location hides: in segments that are there twice, of which a decoder reads one; in those about components that the
picture has not; in step sizes and orders of packets beyond what the picture has. None of that is needed to decode, and
no encoder writes it, so it is taken for damage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from redact.errors import UnsupportedFormatError
from redact.formats.jpeg2000.damage import damaged

SIZE, CAPABILITIES, STYLE, COMPONENT_STYLE, LENGTHS = 0x51, 0x50, 0x52, 0x53, 0x55
STEPS, COMPONENT_STEPS, REGION, ORDER = 0x5C, 0x5D, 0x5E, 0x5F
_PACKED_MAIN, _PACKED_TILE = 0x60, 0x61

MAIN_ALONE = frozenset({SIZE, CAPABILITIES, LENGTHS, _PACKED_MAIN})
"""Kinds that have no place in the header of a tile."""

DROPPED: Mapping[int, str] = {0x56: "PRF", 0x57: "PLM", 0x58: "PLT", 0x59: "CPF", 0x63: "CRG", 0x64: "COM"}
"""Kinds that no decoder needs: names of profiles, where packets lie, how components were shifted, comments."""

_OF_A_COMPONENT = frozenset({COMPONENT_STYLE, COMPONENT_STEPS, REGION})
_NUMBERED = frozenset({_PACKED_MAIN, _PACKED_TILE})
_HIGH_THROUGHPUT = b"\0\2\0\0"
"""Of the later parts that may be announced the one that is known here."""

_MOST_LEVELS = 32
_MOST_ORDERS = 32
_LARGEST_BLOCK_POWER = 8
_PROGRESSIONS = 5
_DEEPEST_SAMPLE = 37

Subject = tuple[int, int]
"""Kind of a segment, and which component or which number it has."""


def check(kind: int, payload: bytes, components: int) -> None:
    """Raise unless the segment is of a kind and a length that decoding takes, about what there can be.

    Raises DamagedFileError, UnsupportedFormatError.
    """
    fits = _FITS.get(kind)
    if fits is None:
        message = "the JPEG 2000 is coded with an extension that cannot be made safe here: save it again as plain one"
        raise UnsupportedFormatError(message)
    if not fits(payload, wide(components), components):
        raise damaged("has a header of the wrong size, or about what is not there")


def wide(components: int) -> int:
    """Bytes of a component's number."""
    return 1 if components < 257 else 2


def subject(kind: int, payload: bytes, components: int) -> Subject:
    """What a segment is about: a header, or the headers of a tile, may hold one about each subject."""
    if kind in _OF_A_COMPONENT:
        return kind, int.from_bytes(payload[: wide(components)], "big")
    return kind, payload[0] if kind in _NUMBERED else 0


def check_together(segments: Iterable[tuple[int, bytes]], components: int) -> None:
    """Raise DamagedFileError where some tell more than others leave room for.

    segments: (kind, payload) of all of a codestream
    """
    told = list(segments)
    levels = [levels for kind, payload in told for levels in _levels(kind, payload, components)]
    layers = [int.from_bytes(payload[2:4], "big") for kind, payload in told if kind == STYLE]
    kinds = {kind for kind, _ in told}
    if not layers or not kinds >= {STYLE, STEPS} or kinds >= _NUMBERED:
        raise damaged("does not say how it is coded, or says it in two ways")
    if any(bands > 3 * max(levels) + 1 for kind, payload in told for bands in _bands(kind, payload, components)):
        raise damaged("has more step sizes than bands")
    if any(layer > max(layers) for kind, payload in told for layer in _last_layers(kind, payload, components)):
        raise damaged("orders more layers than there are")


def _levels(kind: int, payload: bytes, components: int) -> Iterator[int]:
    if kind == STYLE:
        yield payload[5]
    elif kind == COMPONENT_STYLE:
        yield payload[wide(components) + 1]


def _bands(kind: int, payload: bytes, components: int) -> Iterator[int]:
    """How many step sizes a segment tells; none where it tells one for all bands."""
    if kind in (STEPS, COMPONENT_STEPS):
        body = payload[wide(components) if kind == COMPONENT_STEPS else 0 :]
        if body[0] & 0x1F != 1:
            yield (len(body) - 1) // _step_bytes(body)


def _last_layers(kind: int, payload: bytes, components: int) -> Iterator[int]:
    if kind == ORDER:
        size, place = 5 + 2 * wide(components), 1 + wide(components)
        for start in range(0, len(payload), size):
            yield int.from_bytes(payload[start + place : start + place + 2], "big")


def _size(payload: bytes, _wide: int, components: int) -> bool:
    depths, across, down = payload[36::3], payload[37::3], payload[38::3]
    sound = all(depth & 0x7F <= _DEEPEST_SAMPLE for depth in depths) and all(across) and all(down)
    return sound and len(payload) == 36 + 3 * components


def _style(payload: bytes, _wide: int, _components: int) -> bool:
    """Flags, order, layers, mixing of components, and a coding."""
    head = payload[:5]
    known = len(head) == 5 and head[0] <= 7 and head[1] < _PROGRESSIONS and any(head[2:4]) and head[4] <= 1
    return known and _coding(payload[0], payload[5:])


def _component_style(payload: bytes, wide: int, components: int) -> bool:
    style = payload[wide : wide + 1]
    return _is_there(payload, wide, components) and style in (b"\0", b"\1") and _coding(style[0], payload[wide + 1 :])


def _coding(flags: int, payload: bytes) -> bool:
    """Levels, size and style of blocks, transform, and a size for each resolution where precincts have their own."""
    if len(payload) < 5:
        return False
    levels, across, down, _, transform = payload[:5]
    sound = levels <= _MOST_LEVELS and across + down <= _LARGEST_BLOCK_POWER and transform <= 1
    return sound and len(payload) == 5 + (levels + 1 if flags & 1 else 0)


def _steps(payload: bytes) -> bool:
    """Step sizes of a quantization: one for all bands, or one for each."""
    size = _step_bytes(payload)
    if not size or (len(payload) - 1) % size:
        return False
    bands = (len(payload) - 1) // size
    return bands == 1 or (payload[0] & 0x1F != 1 and bands <= 3 * _MOST_LEVELS + 1 and bands % 3 == 1)


def _step_bytes(payload: bytes) -> int:
    return {0: 1, 1: 2, 2: 2}.get(payload[0] & 0x1F, 0) if payload else 0


def _order(payload: bytes, wide: int, components: int) -> bool:
    """Changes of the order of packets, each other than all before."""
    size = 5 + 2 * wide
    entries = [payload[start : start + size] for start in range(0, len(payload), size)]
    return (
        0 < len(entries) <= _MOST_ORDERS
        and len(set(entries)) == len(entries)
        and all(len(entry) == size and _is_order(entry, wide, components) for entry in entries)
    )


def _is_order(entry: bytes, wide: int, components: int) -> bool:
    first, last = entry[0], entry[3 + wide]
    begin = int.from_bytes(entry[1 : 1 + wide], "big")
    # 256 has no room in a byte, nor 16384 in what a component's number may be, and zero means them.
    end = int.from_bytes(entry[4 + wide : 4 + 2 * wide], "big") or components
    layers = entry[1 + wide : 3 + wide]
    return first < last <= _MOST_LEVELS + 1 and begin < end <= components and any(layers) and entry[-1] < _PROGRESSIONS


def _is_there(payload: bytes, wide: int, components: int) -> bool:
    return len(payload) > wide and int.from_bytes(payload[:wide], "big") < components


_Fits = Callable[[bytes, int, int], bool]

_FITS: Mapping[int, _Fits] = {
    SIZE: _size,
    CAPABILITIES: lambda payload, _, __: payload[:4] == _HIGH_THROUGHPUT and len(payload) == 6,
    STYLE: _style,
    COMPONENT_STYLE: _component_style,
    STEPS: lambda payload, _, __: _steps(payload),
    COMPONENT_STEPS: lambda payload, wide, components: _is_there(payload, wide, components) and _steps(payload[wide:]),
    REGION: lambda payload, wide, components: (
        _is_there(payload, wide, components) and len(payload) == 2 + wide and not payload[wide]
    ),
    ORDER: _order,
    _PACKED_MAIN: lambda payload, _, __: len(payload) > 1,
    _PACKED_TILE: lambda payload, _, __: len(payload) > 1,
}
"""Marker -> whether a segment may be kept: SIZ, CAP, COD, COC, QCD, QCC, RGN, POC, PPM and PPT."""
