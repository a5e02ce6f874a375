"""Marks of a place that no clean file holds.

Names of location fields and of the carriers they travel in, position texts (ISO 6709, coordinate pairs, NMEA) and
telemetry signatures, in ASCII and in UTF-16.
"""

from __future__ import annotations

from collections.abc import Iterable

from redact.checks.sweep.quick import SIGNATURES
from redact.checks.sweep.texts import is_named, positions, texts


def marks(stretches: Iterable[bytes]) -> set[str]:
    """The kinds of marks of a place in the stretches of a file that may hold any."""
    found = set()
    for stretch in stretches:
        if any(signature in stretch for signature in SIGNATURES):
            found.add("telemetry or location signature")
        for text in texts([stretch]):
            if is_named(text):
                found.add("name of a location field")
            found |= {f"position text ({position.lastgroup})" for position in positions(text)}
    return found
