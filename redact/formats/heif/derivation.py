"""Which items make up the picture that a HEIF shows (ISO/IEC 23008-12 6.4 to 6.6, ISO/IEC 23000-22).

The primary item is a coded picture, or is derived from others (`dimg`): a grid of tiles, pictures laid over each other,
or one picture turned. Any of them may have its transparency in an auxiliary picture. Everything else in the file is
another picture or no picture at all.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redact.errors import UnsupportedFormatError
from redact.formats.boxes import printable
from redact.formats.heif.collection import Collection, Item, damaged

CODED: Mapping[bytes, tuple[str, bytes]] = {b"hvc1": ("hevc", b"hvcC"), b"av01": ("av1", b"av1C")}
"""Item type -> the name of its coding, and the property that holds the decoder's configuration."""

DERIVED = frozenset({b"grid", b"iovl", b"iden"})

ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
"""What an auxiliary picture of transparency says it is."""

_DEEPEST = 8
"""Derivations of derivations. ISO/IEC 23000-22 allows three."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """The items of the shown picture.

    order:  their numbers: the primary item, what it is made of level by level, then its transparency likewise
    inputs: derived item -> what it is made of, in order
    alphas: item -> its transparency
    """

    order: tuple[int, ...]
    inputs: Mapping[int, tuple[int, ...]]
    alphas: Mapping[int, int]

    @property
    def upright(self) -> frozenset[int]:
        """Items whose own turn is the orientation of the whole; the turn of a part is part of the picture."""
        primary = self.order[0]
        return frozenset({primary, self.alphas.get(primary, primary)})


def derivation_of(collection: Collection) -> Derivation:
    """How the primary item is made. Raises DamagedFileError, UnsupportedFormatError for items of unknown types."""
    made: dict[int, tuple[int, ...]] = {}
    for each in collection.references:
        if each.kind == b"dimg" and made.setdefault(each.origin, each.targets) is not each.targets:
            raise damaged("says twice what a picture is made of")
    shown = _made_of(collection, made, (collection.primary,))
    alphas = dict(_alphas(collection, shown))
    _check_alphas(collection, shown, alphas)
    hidden = _made_of(collection, made, tuple(dict.fromkeys(alphas.values())))
    if shown.keys() & alphas.values():
        raise damaged("has a picture that is its own transparency")
    everything = {**shown, **hidden}
    return Derivation(tuple(everything), {number: parts for number, parts in everything.items() if parts}, alphas)


def auxiliary_kind(collection: Collection, number: int) -> bytes:
    """The URN by which an auxiliary picture says what it is; empty where it says nothing."""
    return collection.told(number, b"auxC")[4:].partition(b"\0")[0]


def _made_of(
    collection: Collection, made: Mapping[int, tuple[int, ...]], roots: tuple[int, ...]
) -> dict[int, tuple[int, ...]]:
    """Every item from the roots on, level by level, with what each is made of."""
    found: dict[int, tuple[int, ...]] = {}
    level = roots
    for _ in range(_DEEPEST):
        # What was met before is met again with its inputs: so a loop goes on until there are too many levels.
        inputs = {number: _inputs(collection.items.get(number), made.get(number, ())) for number in level}
        found.update(inputs)
        level = tuple(dict.fromkeys(part for parts in inputs.values() for part in parts))
        if not level:
            return found
    raise damaged("has a picture that is made of itself")


def _inputs(item: Item | None, made_of: tuple[int, ...]) -> tuple[int, ...]:
    """What an item is made of. Raises unless it is a picture, and of a known type."""
    if item is None:
        raise damaged("refers to a picture that is not there")
    if item.protected:
        message = "the picture is encrypted: decrypt it first"
        raise UnsupportedFormatError(message)
    if item.kind in CODED:
        return ()
    if item.kind not in DERIVED:
        message = f"a picture is an item of type '{printable(item.kind)}', which is not known here: convert it first"
        raise UnsupportedFormatError(message)
    if not made_of or (item.kind == b"iden" and len(made_of) > 1):
        raise damaged("has a picture that is made of nothing, or of too much")
    return made_of


def _alphas(collection: Collection, shown: Mapping[int, tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    """Each shown item that has a transparency, in the order of `shown`, and that."""
    found: dict[int, int] = {}
    for each in collection.references:
        if each.kind != b"auxl" or auxiliary_kind(collection, each.origin) not in ALPHA:
            continue
        for master in each.targets:
            if found.setdefault(master, each.origin) != each.origin:
                raise damaged("has a picture with two transparencies")
    return ((master, found[master]) for master in shown if master in found)


def _check_alphas(collection: Collection, shown: Mapping[int, tuple[int, ...]], alphas: Mapping[int, int]) -> None:
    """Raise UnsupportedFormatError for a transparency that readers pass over, as it would be a hidden picture.

    Readers ask for that of the whole; else that of all tiles of a grid in AV1, or of pictures laid on a canvas.
    """
    primary = next(iter(shown))
    tiles = shown[primary] if collection.items[primary].kind == b"grid" else ()
    are_tiles_asked = primary not in alphas and all(
        tile in alphas and collection.items[tile].kind == b"av01" for tile in tiles
    )
    laid, elsewhere = set[int](), set[int]()
    for number, parts in shown.items():
        (laid if collection.items[number].kind == b"iovl" else elsewhere).update(parts)
    asked = {primary, *(laid - elsewhere), *(tiles if are_tiles_asked else ())}
    if not alphas.keys() <= asked:
        message = "a part of the picture has a transparency that hardly any reader shows: save the picture anew first"
        raise UnsupportedFormatError(message)


def recipe(kind: bytes, payload: bytes, inputs: int) -> bytes:
    """What a derived item says of how its inputs are put together, to the length that this takes.

    Raises DamagedFileError where it says something else than its references.
    """
    if kind == b"iden":
        return b""
    if len(payload) < 4 or payload[0]:
        raise damaged("puts a picture together in an unknown way")
    wide = payload[1] & 1
    number = "I" if wide else "H"
    layout = struct.Struct(">BBBB" + 2 * number if kind == b"grid" else ">BB4H" + 2 * (1 + inputs) * number)
    if len(payload) < layout.size:
        raise damaged("puts a picture together in an unknown way")
    version, _, *numbers = layout.unpack_from(payload)
    if kind == b"grid" and (numbers[0] + 1) * (numbers[1] + 1) != inputs:
        raise damaged("has a grid of more or fewer tiles than it says")
    return layout.pack(version, wide, *numbers)
