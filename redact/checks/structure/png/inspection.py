"""Is all of a PNG allowed? Each chunk by the rule of its name, and some by what others say."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from redact.checks.reading import Buffer, Flaw, printable
from redact.checks.structure import exif, icc
from redact.checks.structure.png import numbers
from redact.checks.structure.png.chunks import INDEXED, Chunk, Header, chunks, header
from redact.checks.structure.png.inflating import inflated
from redact.checks.structure.png.rows import demand_whole
from redact.model import Keep


def inspect(data: Buffer, keep: Keep) -> int:
    """How many chunks a PNG has. Raises Flaw unless all of them are allowed, whole, and IEND is its end."""
    top = header(data)
    found = list(chunks(data))
    seen = set()
    for chunk in found:
        rule = _RULES.get(chunk.kind)
        if rule is None:
            message = f"{printable(chunk.kind)} is not allowed"
            raise Flaw(message)
        if not chunk.sound:
            message = f"the checksum of {printable(chunk.kind)} is wrong"
            raise Flaw(message)
        if chunk.kind in seen and chunk.kind not in _REPEATED:
            message = f"{printable(chunk.kind)} is there twice"
            raise Flaw(message)
        seen.add(chunk.kind)
        if chunk.kind not in _PICTURE:
            rule(bytes(data[chunk.start : chunk.end]), keep)
    if found[-1].end + 4 != len(data):
        message = f"{len(data) - found[-1].end - 4} bytes after IEND"
        raise Flaw(message)
    _demand_colours_fit(top, found, data)
    demand_whole(data, top, found)
    return len(found)


def _sized(*sizes: int) -> Callable[[bytes, Keep], None]:
    def rule(body: bytes, _keep: Keep) -> None:
        if len(body) not in sizes:
            message = "a chunk is longer than its content"
            raise Flaw(message)

    return rule


def _numeric(kind: bytes) -> Callable[[bytes, Keep], None]:
    size, fits = numbers.RULES[kind]
    sized = _sized(size)

    def rule(body: bytes, keep: Keep) -> None:
        sized(body, keep)
        if not fits(body):
            message = f"{printable(kind)} holds numbers that no picture needs"
            raise Flaw(message)

    return rule


def _kept(kind: str, then: Callable[[bytes, Keep], None]) -> Callable[[bytes, Keep], None]:
    def rule(body: bytes, keep: Keep) -> None:
        if kind not in keep:
            message = f"a chunk of kind {kind} is there and may not stay"
            raise Flaw(message)
        then(body, keep)

    return rule


def _profile(body: bytes, _keep: Keep) -> None:
    name, _, packed = body.partition(b"\0")
    if name.lower() != b"icc profile":
        message = "iCCP has a name that says something"
        raise Flaw(message)
    unpacked, rest = inflated(packed[1:], icc.LARGEST)
    if rest or not unpacked or icc.sound(unpacked) != unpacked:
        message = "iCCP is not one whole profile"
        raise Flaw(message)


def _exif(body: bytes, keep: Keep) -> None:
    exif.inspect(body, keep)


def _palette(body: bytes, _keep: Keep) -> None:
    if not body or len(body) > 768 or len(body) % 3:
        message = "a palette is not of 1 to 256 colours"
        raise Flaw(message)


def _demand_colours_fit(top: Header, found: Iterable[Chunk], data: Buffer) -> None:
    """Raise Flaw unless palette, tRNS and sBIT are what the kind of picture has.

    A palette is for indexed pictures; tRNS is one colour of the picture's kind, or at most one byte for each colour of
    its palette; sBIT tells of each channel how many bits of a sample mean something.
    """
    bodies = {chunk.kind: bytes(data[chunk.start : chunk.end]) for chunk in found if chunk.kind in _FITTED}
    if b"PLTE" in bodies and top.colour != INDEXED:
        message = "a picture without indexes has a palette"
        raise Flaw(message)
    entries = len(bodies.get(b"PLTE", b"")) // 3
    allowed = {0: (2,), 2: (6,), INDEXED: range(1, entries + 1)}.get(top.colour, ())
    if b"tRNS" in bodies and len(bodies[b"tRNS"]) not in allowed:
        message = "tRNS is not as long as this kind of picture needs"
        raise Flaw(message)
    depth, channels = (8, 3) if top.colour == INDEXED else (top.depth, {0: 1, 2: 3, 4: 2, 6: 4}[top.colour])
    bits = bodies.get(b"sBIT", bytes((depth,)) * channels)
    if len(bits) != channels or not all(0 < each <= depth for each in bits):
        message = "sBIT does not tell of the samples of this picture"
        raise Flaw(message)


def _fitted(_body: bytes, _keep: Keep) -> None:
    """How long it may be, other chunks tell: see `_demand_colours_fit`."""


_FITTED = frozenset({b"PLTE", b"tRNS", b"sBIT"})
_PICTURE = frozenset({b"IDAT", b"fdAT"})
_REPEATED = frozenset({b"IDAT", b"fdAT", b"fcTL"})
_RULES: dict[bytes, Callable[[bytes, Keep], None]] = {
    b"IHDR": _sized(13),
    b"PLTE": _palette,
    b"tRNS": _fitted,
    b"IDAT": _sized(),
    b"fdAT": _sized(),
    b"IEND": _sized(0),
    b"acTL": _sized(8),
    b"fcTL": _sized(26),
    b"iCCP": _kept("colour", _profile),
    b"sBIT": _kept("colour", _fitted),
    b"pHYs": _numeric(b"pHYs"),
    b"eXIf": _exif,
    b"tIME": _kept("time", _numeric(b"tIME")),
    **{kind: _kept("colour", _numeric(kind)) for kind in (b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI")},
}
