"""What a HEIF tells about its picture: its turn, its profile, and every coded unit that the picture is made of."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from fractions import Fraction

from redact.checks.reading import Buffer, Flaw, take
from redact.checks.structure import icc
from redact.checks.structure.heif import recipe, units
from redact.checks.structure.heif.index import ALPHA, Index, Property, read
from redact.checks.structure.picture import Still

CODINGS = {b"hvc1": (b"hvcC", units.HEVC), b"av01": (b"av1C", units.AV1)}
"""Type of a coded item -> its configuration, and how its units are told apart."""

_TURNS = (b"irot", b"imir")

_ORIENTATIONS: Mapping[tuple[int, int, int, int], int] = {
    (1, 0, 0, 1): 1, (-1, 0, 0, 1): 2, (-1, 0, 0, -1): 3, (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5, (0, -1, 1, 0): 6, (0, -1, -1, 0): 7, (0, 1, -1, 0): 8,
}  # fmt: skip
"""What a stored place, right and down of the middle, is multiplied with to be shown upright -> EXIF's number."""


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    index = read(data)
    made, alphas = index.derivation()
    turn = _orientation(index)
    profiles = [each.body[4:] for each in index.of(index.primary) if each.body[:4] in (b"prof", b"rICC")]
    profile = next(filter(None, map(icc.sound, profiles)), b"")
    channels = index.body(index.primary, b"pixi")[4:5]
    return Still(
        _size(index),
        turn,
        frozenset({turn}),
        1 if channels == b"\1" else 3,
        profile,
        (1, 1),
        tuple(_coded(data, index, made, alphas)),
    )


def _size(index: Index) -> tuple[int, int]:
    extent = index.body(index.primary, b"ispe")
    if len(extent) < 12:
        message = "the picture has no size"
        raise Flaw(message)
    width, height = struct.unpack_from(">II", extent, 4)
    return width, height


def _orientation(index: Index) -> int:
    """The turns of the primary item, one after the other, as EXIF tells the whole of them."""
    a, b, c, d = 1, 0, 0, 1
    for each in index.of(index.primary):
        number = each.body[0] if each.body else 0
        if each.kind == b"irot":
            for _ in range(number & 3):
                a, b, c, d = c, d, -a, -b
        elif each.kind == b"imir":
            a, b, c, d = (-a, -b, c, d) if number & 1 else (a, b, -c, -d)
    return _ORIENTATIONS[a, b, c, d]


def _coded(
    data: Buffer, index: Index, made: Mapping[int, tuple[int, ...]], alphas: Mapping[int, int]
) -> Iterator[units.Part]:
    """The picture part by part: items in the order in which the primary one is made of them."""
    places = {number: place for place, number in enumerate(made)}
    whole = {index.primary, alphas.get(index.primary, index.primary)}
    configurations = _Configurations(data)
    left = len(data)
    for number, inputs in made.items():
        kind, pieces = index.items[number].kind, index.extents.get(number, ())
        left -= sum(end - start for start, end in pieces)
        if left < 0:
            message = "pictures share their data"
            raise Flaw(message)
        of = ",".join(str(places[each]) for each in inputs) if kind in recipe.DERIVED else ""
        tells = dict.fromkeys(filter(None, map(_told, _looks(index, number, number in whole))))
        yield f"{kind!r} of {of}, alpha {places.get(alphas.get(number, -1), 'none')}, {'; '.join(tells)}", 0, 0
        if kind in CODINGS:
            code, coding = CODINGS[kind]
            record = next((each for each in index.of(number) if each.kind == code), None)
            if record is None:
                message = "a picture has no decoder configuration"
                raise Flaw(message)
            yield from configurations.parts(record, coding)
            yield from coding.packet(data, record.body, pieces)
        elif kind in recipe.DERIVED:
            payload = b"".join(take(data, start, end - start, len(data)) for start, end in pieces)
            yield recipe.spelt(kind, payload, len(inputs)).hex(), 0, 0
        else:
            message = "a picture is coded in a way that is not known"
            raise Flaw(message)


class _Configurations:
    """The decoder configurations of a file, each part by part where it is first used, later by number alone.

    Many pictures share one, and an original may have two that say the same in other words.
    """

    def __init__(self, data: Buffer) -> None:
        self._data = data
        self._read: dict[bytes, int] = {}
        self._numbers: dict[tuple[tuple[str, bytes], ...], int] = {}

    def parts(self, record: Property, coding: units.Coding) -> Iterator[units.Part]:
        if record.body not in self._read:
            found = tuple(coding.record(self._data, record.start, record.start + len(record.body)))
            said = tuple((name, bytes(self._data[start:end])) for name, start, end in found)
            if said not in self._numbers:
                yield from found
            self._read[record.body] = self._numbers.setdefault(said, len(self._numbers))
        yield f"configuration {self._read[record.body]}", 0, 0


def _looks(index: Index, number: int, whole: bool) -> Iterator[Property]:  # noqa: FBT001 - a fact about the item
    return (each for each in index.of(number) if not (whole and each.kind in _TURNS))


def _told(each: Property) -> str:
    """What a property says of the samples, however it is written; empty where the picture does not depend on it."""
    kind, body = each.kind, each.body
    if kind == b"ispe":
        return f"size {struct.unpack_from('>II', body, 4)}"
    if kind == b"pixi":
        return f"depth {tuple(body[5 : 5 + body[4]])}"
    if kind == b"colr" and body[:4] == b"nclx":
        return f"colours {struct.unpack_from('>HHH', body, 4)} {body[10] >> 7}"
    if kind == b"clap":
        numbers = struct.unpack(">IIIIiIiI", body)
        return f"cut {tuple(Fraction(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True))}"
    if kind in _TURNS:
        return f"turned {kind!r} {body[0] & 3}"
    if kind == b"auxC":
        return "alpha" if body[4:].partition(b"\0")[0] in ALPHA else ""
    if kind in (b"lsel", b"a1op"):
        return f"{kind!r} {int.from_bytes(body[:2], 'big')}"
    return ""
