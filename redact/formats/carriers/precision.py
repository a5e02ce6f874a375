"""How fine a ratio may stay: two 32-bit numbers have room for a coordinate, three digits have not."""

from __future__ import annotations

from fractions import Fraction

TINIEST = Fraction(1, 1_000_000)
"""Below the time of any shutter; rounded, it might not fit into 32 bits."""


def rounded(value: Fraction) -> Fraction:
    """The nearest number of three digits, or one over such a number, as shutter times are."""
    if not value:
        return value
    return min(_three_digits(value), 1 / _three_digits(1 / value), key=lambda each: abs(each - value))


def _three_digits(value: Fraction) -> Fraction:
    return Fraction(f"{float(value):.2e}")
