"""What the verifier asks about a copy before it is published, one question a module.

Every question reads the files for itself. Nothing here imports the packages that wrote the copy: a parser that
misreads a container must not be the one that vouches for it.
"""

from __future__ import annotations

from collections.abc import Callable

from redact.checks import pixels, second_look, structure, sweep, timing
from redact.checks.evidence import Evidence
from redact.model import Check

QUESTIONS: tuple[Callable[[Evidence], Check], ...] = (
    structure.ask,
    sweep.ask,
    pixels.ask,
    timing.ask,
    second_look.ask,
)
"""In the order of their price. All are asked of every copy: a receipt tells each answer."""

__all__ = ["QUESTIONS", "Evidence", "pixels", "second_look", "structure", "sweep", "timing"]
