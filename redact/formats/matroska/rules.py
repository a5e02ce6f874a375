"""What may stay of a master element: a table of its children, each with a rule for its content.

Location can hide in numbers as well, so nothing is copied: each is read, has to be one that a film can need, and is
written anew, in the order of the table. What is in no table is dropped, and so is a value out of range: players then
take the default.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from redact.formats.matroska import ebml
from redact.formats.matroska.ebml import Element

Rule: TypeAlias = Callable[[bytes], bytes | None]
"""The content of an element with nothing in it but what it has to say; None where that is nothing."""


def master(content: bytes, rules: Mapping[int, Rule]) -> bytes:
    """The children that may stay, in the order of `rules`. Raises DamagedFileError where one is there in two versions.

    Readers differ in which of two they believe.
    """
    found = only(content, rules)
    kept = ((code, rule(found[code])) for code, rule in rules.items() if code in found)
    return b"".join(ebml.written(code, plain) for code, plain in kept if plain is not None)


def only(content: bytes, codes: Collection[int]) -> dict[int, bytes]:
    """ID -> content of the children of these IDs. Raises DamagedFileError where one is there in two versions."""
    found: dict[int, bytes] = {}
    for element in ebml.elements(content):
        if element.code in codes and found.setdefault(element.code, element.content) != element.content:
            raise ebml.contradiction("an element that is there twice")
    return found


def among(children: Collection[Element], code: int, default: int) -> int:
    """The unsigned number of the first child with that ID."""
    return next((ebml.unsigned_of(each.content) for each in children if each.code == code), default)


def unsigned(least: int, most: int) -> Rule:
    """An unsigned integer in a range."""

    def rule(content: bytes) -> bytes | None:
        value = ebml.unsigned_of(content)
        return ebml.unsigned(value) if least <= value <= most else None

    return rule


def one_of(values: Collection[int]) -> Rule:
    """An unsigned integer out of a list."""

    def rule(content: bytes) -> bytes | None:
        value = ebml.unsigned_of(content)
        return ebml.unsigned(value) if value in values else None

    return rule


def real(least: float, most: float, steps: int) -> Rule:
    """A float in a range, as the nearest of so many steps between two whole numbers."""

    def rule(content: bytes) -> bytes | None:
        value = ebml.real_of(content)
        if not math.isfinite(value) or not least <= value <= most:
            return None
        return ebml.real(round(value * steps) / steps)

    return rule
