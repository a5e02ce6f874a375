"""The boxes of ISO/IEC 14496-12 and QuickTime: a size, a type, content; and what makes one allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from redact.checks.reading import Buffer, Flaw, printable, take
from redact.model import Keep

Rule: TypeAlias = "Callable[[bytes, Keep], bool]"
"""True when the content of a box is allowed under the kinds that may stay."""

LARGEST_LEAF = 1 << 16
"""Bytes. No header, configuration or colour box is longer."""


@dataclass(frozen=True)
class Box:
    """A box: its type, and where its content begins and ends."""

    kind: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes of content."""
        return self.end - self.start


def boxes(data: Buffer, start: int, end: int) -> Iterator[Box]:
    """Every box between two places. Raises Flaw when they do not fill it exactly."""
    while start < end:
        head = take(data, start, 8, end)
        untrusted_size, kind, content = int.from_bytes(head[:4], "big"), head[4:], start + 8
        if untrusted_size == 1:
            untrusted_size, content = int.from_bytes(take(data, content, 8, end), "big"), start + 16
        if untrusted_size < content - start or start + untrusted_size > end:
            message = f"{printable(kind)} does not fit into what holds it"
            raise Flaw(message)
        yield Box(kind, content, start + untrusted_size)
        start += untrusted_size


def admit(data: Buffer, box: Box, rules: Mapping[bytes, Rule], keep: Keep) -> None:
    """Raise Flaw unless there is a rule for a box that allows its content."""
    rule = rules.get(box.kind)
    if rule is None:
        message = f"box {printable(box.kind)} is not allowed"
        raise Flaw(message)
    if box.size > LARGEST_LEAF:
        message = f"box {printable(box.kind)} is too long"
        raise Flaw(message)
    if not rule(bytes(data[box.start : box.end]), keep):
        message = f"box {printable(box.kind)} holds something that is not allowed"
        raise Flaw(message)


def exactly(*sizes: int) -> Rule:
    """Content of one of these lengths."""
    return lambda body, _keep: len(body) in sizes


def zeros(*sizes: int) -> Rule:
    """Nothing but zeros, of one of these lengths."""
    return lambda body, _keep: len(body) in sizes and not any(body)


def up_to(size: int) -> Rule:
    """Content of at most this length."""
    return lambda body, _keep: len(body) <= size
