"""What parameter sets and slices of H.264 tell of hidden pictures (ITU-T H.264 7.3.2 and 7.3.3).

A redundant coded picture is a second one, of anything, that decoders pass over; and so are slices in groups by those
decoders, nearly all, that know none. Two pictures in one packet are a frame's two fields, or one that nobody sees.
"""

from __future__ import annotations

from collections.abc import Iterable

from redact.errors import UnsupportedFormatError
from redact.formats.codings.bits import Bits

_HIGH_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
_ALL_COLOURS = 3
_HEADER_BYTES = 32
"""Of a slice, more than its fields up to the kind of picture take."""


def check_picture_set(content: bytes) -> None:
    """Raises UnsupportedFormatError for a picture parameter set that lets pictures be coded twice, or in groups.

    content: behind the header of its unit, without the bytes that keep start codes out. A set that ends before its
    flags has none of them set, as decoders read it.
    """
    bits = Bits(content)
    try:
        hides = _hides(bits)
    except EOFError:
        return
    if hides:
        message = "the video has redundant pictures or groups of slices, which decoders pass over: convert it first"
        raise UnsupportedFormatError(message)


def _hides(bits: Bits) -> bool:
    bits.golomb()
    bits.golomb()
    bits.take(1 + 1)
    if bits.golomb():
        return True
    bits.golomb()
    bits.golomb()
    bits.take(1 + 2)
    for _ in range(3):
        bits.golomb()
    bits.take(1 + 1)
    return bool(bits.take(1))


def field_place(sequence_sets: Iterable[bytes]) -> int | None:
    """How many bits stand in a slice's header between the number of its parameter set and the flag of a field.

    sequence_sets: as in `check_picture_set`

    None where there are no fields, or the sets do not agree on them.
    """
    places = set(map(_field_place, sequence_sets))
    return places.pop() if len(places) == 1 else None


def _field_place(content: bytes) -> int | None:
    bits = Bits(content)
    try:
        return _read_field_place(bits)
    except EOFError:
        return None


def _read_field_place(bits: Bits) -> int | None:
    profile = bits.take(8)
    bits.take(8 + 8)
    bits.golomb()
    if profile in _HIGH_PROFILES and not _skip_colours(bits):
        return None
    number_bits = bits.golomb() + 4
    _skip_order(bits)
    bits.golomb()
    bits.take(1)
    bits.golomb()
    bits.golomb()
    return None if bits.take(1) else number_bits


def _skip_colours(bits: Bits) -> bool:
    """Pass over what high profiles tell of samples; False where each colour has slices of its own."""
    colours = bits.golomb()
    if colours == _ALL_COLOURS and bits.take(1):
        return False
    bits.golomb()
    bits.golomb()
    bits.take(1)
    if bits.take(1):
        for number in range(12 if colours == _ALL_COLOURS else 8):
            if bits.take(1):
                _skip_scaling(bits, 16 if number < 6 else 64)
    return True


def _skip_scaling(bits: Bits, count: int) -> None:
    scale = 8
    for _ in range(count):
        scale = (scale + bits.signed_golomb()) % 256
        if not scale:
            return


def _skip_order(bits: Bits) -> None:
    """Pass over how the order of pictures is told."""
    kind = bits.golomb()
    if kind == 0:
        bits.golomb()
    elif kind == 1:
        bits.take(1)
        for _ in range(2):
            bits.golomb()
        for _ in range(min(bits.golomb(), 255)):
            bits.golomb()


def are_fields(slices: tuple[bytes, bytes], place: int | None) -> bool:
    """True for slices of the two fields of one frame.

    slices: behind the headers of their units, without the bytes that keep start codes out
    place:  as `field_place` tells it
    """
    if place is None:
        return False
    try:
        return {_parity(Bits(content[:_HEADER_BYTES]), place) for content in slices} == {0, 1}
    except EOFError:
        return False


def _parity(bits: Bits, place: int) -> int | None:
    """0 for an upper field, 1 for a lower one; None for a frame."""
    for _ in range(3):
        bits.golomb()
    bits.take(place)
    return bits.take(1) if bits.take(1) else None
