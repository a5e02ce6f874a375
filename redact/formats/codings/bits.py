"""Bits taken from a message or a header in their order, the most significant of a byte first."""

from __future__ import annotations


class Bits:
    """Takes bits from bytes. Raises EOFError where there are no more.

    left: how many there still are
    """

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self.left = 8 * len(data)

    def take(self, count: int) -> int:
        """The number that the next bits make."""
        if count > self.left:
            raise EOFError
        self.left -= count
        return self._value >> self.left & (1 << count) - 1

    def golomb(self) -> int:
        """A number behind as many zeros as it has digits after its first: ue(v) of H.264."""
        digits = 0
        while not self.take(1):
            digits += 1
        return (1 << digits | self.take(digits)) - 1

    def signed_golomb(self) -> int:
        """The same of either sign: se(v)."""
        value = self.golomb()
        return -(value // 2) if value % 2 == 0 else (value + 1) // 2

    def variable(self, group: int) -> int:
        """A number in groups of bits, each with one behind it that tells of another group."""
        value = self.take(group)
        while self.take(1):
            value = (value + 1 << group) + self.take(group)
        return value
