"""The segments of a codestream's headers: what each may hold, and that none says more than the picture has.

ITU-T T.800 annex A, T.814. A second segment about the same thing is one that decoders may pass over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from redact.checks.reading import Flaw

POINTERS = {0x55: "TLM", 0x56: "PRF", 0x57: "PLM", 0x58: "PLT", 0x59: "CPF", 0x63: "CRG", 0x64: "COM"}
"""Segments that no pixel depends on."""

_CAP, _SIZ, _COD, _COC, _QCD, _QCC, _RGN, _POC, _PPM, _PPT = 0x50, 0x51, 0x52, 0x53, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61
_MAIN = frozenset({_CAP, _SIZ, _PPM})
_ABOUT_COMPONENTS = frozenset({_COC, _QCC, _RGN})
_BANDS = 3 * 32 + 1

Told = tuple[int, bytes]
"""Kind of a segment, and its content."""


def admit(told: Told, components: int) -> None:
    """Raise Flaw unless a segment is one that decoding takes, as long as what it tells, of values there can be."""
    kind, body = told
    width = _width(components)
    if kind in _ABOUT_COMPONENTS:
        allowed = len(body) > width and _number(body[:width]) < components
        allowed = allowed and _is_of_a_component(kind, body[width:])
    elif kind == _COD:
        allowed = len(body) >= 10 and body[0] < 8 and body[1] < 5 and body[2:4] != b"\0\0" and body[4] < 2
        allowed = allowed and _is_style(body[0], body[5:])
    elif kind == _QCD:
        allowed = _is_quantization(body)
    elif kind == _CAP:
        allowed = len(body) == 6 and body.startswith(b"\0\2\0\0")
    elif kind in (_PPM, _PPT):
        allowed = len(body) > 1
    elif kind == _POC:
        allowed = _are_orders(body, width, components)
    elif kind == _SIZ:
        allowed = len(body) == 36 + 3 * components and all(
            body[36 + at] % 128 < 38 for at in range(0, len(body) - 36, 3)
        )
        allowed = allowed and all(body[37::3]) and all(body[38::3])
    else:
        allowed = False
    if not allowed:
        message = f"the segment {POINTERS.get(kind, f'{kind:#04x}')} is not allowed"
        raise Flaw(message)


def admit_together(main: Sequence[Told], parts: Sequence[tuple[int, Sequence[Told]]], components: int) -> None:
    """Raise Flaw when segments say a thing twice, or of more bands and layers than there are.

    parts: tile -> segments, for each part of a tile
    """
    tiles: dict[int, list[Told]] = {}
    for tile, told in parts:
        # Each part of a tile may order its packets anew.
        if sum(kind == _POC for kind, _ in told) > 1:
            message = "a tile is ordered in two ways"
            raise Flaw(message)
        tiles.setdefault(tile, []).extend(each for each in told if each[0] != _POC)
    for header in (main, *tiles.values()):
        if any(count > 1 for count in Counter(_about(each, components) for each in header).values()):
            message = "a header says a thing twice"
            raise Flaw(message)
    inner = [each for _, told in parts for each in told]
    kinds = {kind for kind, _ in main}, {kind for kind, _ in inner}
    if not kinds[0] >= {_COD, _QCD} or kinds[1] & _MAIN or (_PPM in kinds[0] and _PPT in kinds[1]) or _PPT in kinds[0]:
        message = "a header is missing, or is where it does not belong"
        raise Flaw(message)
    _demand_no_more((*main, *inner), _width(components))


def _demand_no_more(told: Sequence[Told], width: int) -> None:
    styles = [body for kind, body in told if kind == _COD]
    deepest = max(body[5] for body in styles)
    deepest = max(deepest, *(body[width + 1] for kind, body in told if kind == _COC), 0)
    layers = max(_number(body[2:4]) for body in styles)
    for kind, body in told:
        if kind in (_QCD, _QCC):
            steps = body[width:] if kind == _QCC else body
            if steps[0] % 32 != 1 and (len(steps) - 1) // (2 if steps[0] % 32 else 1) > 3 * deepest + 1:
                message = "there are step sizes of no band"
                raise Flaw(message)
        elif kind == _POC:
            size = 5 + 2 * width
            if any(_number(body[at + 1 + width : at + 3 + width]) > layers for at in range(0, len(body), size)):
                message = "layers are ordered that are not there"
                raise Flaw(message)


def _about(told: Told, components: int) -> tuple[int, bytes]:
    kind, body = told
    if kind in _ABOUT_COMPONENTS:
        return kind, body[: _width(components)]
    return kind, body[:1] if kind in (_PPM, _PPT) else b""


def _width(components: int) -> int:
    """Bytes that the number of a component takes."""
    return 2 if components > 256 else 1


def _is_of_a_component(kind: int, body: bytes) -> bool:
    if kind == _RGN:
        return len(body) == 2 and body[0] == 0
    return body[0] < 2 and _is_style(body[0], body[1:]) if kind == _COC else _is_quantization(body)


def _is_style(style: int, body: bytes) -> bool:
    """True for levels, block sizes and transform, and a precinct size for each resolution where they are announced."""
    if len(body) < 5 or body[0] > 32 or body[1] + body[2] > 8 or body[4] > 1:
        return False
    return len(body) == 5 + (body[0] + 1) * (style % 2)


def _is_quantization(body: bytes) -> bool:
    """True for one step size, or one for each band of at most 32 levels."""
    style = body[0] % 32 if body else 3
    if style == 1:
        return len(body) == 3
    bands, rest = divmod(len(body) - 1, 2 if style == 2 else 1)
    return style in (0, 2) and rest == 0 and bands % 3 == 1 and bands <= _BANDS


def _are_orders(body: bytes, width: int, components: int) -> bool:
    size = 5 + 2 * width
    rows = {body[at : at + size] for at in range(0, len(body), size)}
    if len(body) % size or not 1 <= len(rows) <= 32 or len(rows) * size != len(body):
        return False
    for row in rows:
        lowest, first = row[0], _number(row[1 : 1 + width])
        layer, highest, last = row[1 + width : 3 + width], row[3 + width], _number(row[4 + width : -1]) or components
        if not (lowest < highest <= 33 and first < last <= components and any(layer) and row[-1] < 5):
            return False
    return True


def _number(body: bytes) -> int:
    return int.from_bytes(body, "big")
