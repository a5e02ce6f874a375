"""EBML (RFC 8794), strictly: every size in as few bytes as can be, and children that fill what holds them."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from redact.checks.reading import Buffer, Flaw, take
from redact.model import Keep

Rule: TypeAlias = "Callable[[bytes, Keep], bool]"
"""True when the content of an element is allowed under the kinds that may stay."""

_LONGEST_LEAF = 1 << 20
"""Bytes. No number and no configuration of a coding is longer."""

_WIDE = 8
_WIDE_SIZES = frozenset({0x18538067, 0x1F43B675})
"""Segment and Cluster: their sizes are told in eight bytes, as they are not known when they are written."""


@dataclass(frozen=True)
class Element:
    """An element: its ID, where it begins, and where its content begins and ends."""

    kind: int
    head: int
    start: int
    end: int


def elements(data: Buffer, start: int, end: int) -> Iterator[Element]:
    """Every element between two places. Raises Flaw when they do not fill it exactly, each size as short as can be."""
    while start < end:
        kind, width = _identifier(data, start, end)
        size, size_width = variable(data, start + width, end)
        content = start + width + size_width
        wanted = _WIDE if kind in _WIDE_SIZES else shortest(size)
        if size_width != wanted or size == (1 << 7 * size_width) - 1:
            message = f"the size of element {kind:X} is open or longer than it needs"
            raise Flaw(message)
        if size > end - content:
            message = f"element {kind:X} does not fit into what holds it"
            raise Flaw(message)
        yield Element(kind, start, content, content + size)
        start = content + size


def _identifier(data: Buffer, start: int, end: int) -> tuple[int, int]:
    width = _width(take(data, start, 1, end)[0])
    if width > 4:
        message = "there is no element where one has to begin"
        raise Flaw(message)
    return int.from_bytes(take(data, start, width, end), "big"), width


def variable(data: Buffer, start: int, end: int) -> tuple[int, int]:
    """A number of variable size and how many bytes it takes. Raises Flaw where there is none."""
    width = _width(take(data, start, 1, end)[0])
    if width > _WIDE:
        message = "there is no size where one has to be"
        raise Flaw(message)
    return int.from_bytes(take(data, start, width, end), "big") & (1 << 7 * width) - 1, width


def _width(first: int) -> int:
    return 9 - first.bit_length()


def shortest(value: int) -> int:
    """How few bytes a number of variable size can take."""
    return next(width for width in range(1, 10) if value < (1 << 7 * width) - 1)


def demand(data: Buffer, parent: Element, rules: Mapping[int, Rule], keep: Keep, *, repeated: int = 0) -> int:
    """How many children an element has. Raises Flaw unless a rule allows each, and each is there once.

    repeated: ID of the one that may be there more than once
    """
    seen: set[int] = set()
    count = 0
    for element in elements(data, parent.start, parent.end):
        count += 1
        rule = rules.get(element.kind)
        if rule is None or (element.kind in seen and element.kind != repeated):
            message = f"element {element.kind:X} is not allowed in {parent.kind:X}, or is there twice"
            raise Flaw(message)
        seen.add(element.kind)
        size = element.end - element.start
        if size > _LONGEST_LEAF or not rule(bytes(data[element.start : element.end]), keep):
            message = f"element {element.kind:X} holds something that is not allowed"
            raise Flaw(message)
    return count


def children(data: Buffer, parent: Element) -> dict[int, bytes]:
    """ID -> content of the children of an element whose children `demand` has allowed."""
    return {each.kind: bytes(data[each.start : each.end]) for each in elements(data, parent.start, parent.end)}


def unsigned(least: int, most: int) -> Rule:
    """A number in a range, in as few bytes as can be."""
    return lambda body, _keep: is_short(body) and least <= int.from_bytes(body, "big") <= most


def is_short(body: bytes) -> bool:
    """True for an unsigned number in as few bytes as can be, and at least one."""
    return len(body) == 1 or (1 < len(body) <= 8 and body[0] != 0)


def signed(most: int) -> Rule:
    """A number from -most to most, in as few bytes as can be."""

    def allowed(body: bytes, _keep: Keep) -> bool:
        if not 0 < len(body) <= 8 or abs(int.from_bytes(body, "big", signed=True)) > most:
            return False
        # A first byte that only repeats the sign of the second is one too many.
        return len(body) == 1 or (body[0], body[1] >> 7) not in ((0, 0), (0xFF, 1))

    return allowed


def real(least: float, most: float, steps: int) -> Rule:
    """A number in a range, in eight bytes, with so many steps between two whole ones."""

    def allowed(body: bytes, _keep: Keep) -> bool:
        if len(body) != _WIDE:
            return False
        (value,) = struct.unpack(">d", body)
        return math.isfinite(value) and least <= value <= most and value == round(value * steps) / steps

    return allowed


def one_of(*contents: bytes) -> Rule:
    """One of these contents."""
    return lambda body, _keep: body in contents


def inside(rules: Mapping[int, Rule]) -> Rule:
    """Elements, each allowed by a rule and there once."""

    def allowed(body: bytes, keep: Keep) -> bool:
        return demand(body, Element(0, 0, 0, len(body)), rules, keep) > 0

    return allowed


def with_kind(kind: str, rule: Rule) -> Rule:
    """Allowed only where that kind of metadata may stay."""
    return lambda body, keep: kind in keep and rule(body, keep)
