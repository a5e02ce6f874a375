"""What is said of a PNG that contradicts itself."""

from __future__ import annotations

from redact.errors import DamagedFileError


def damaged(what: str) -> DamagedFileError:
    """The error to raise. `what` goes on after "the PNG", without any value of the file."""
    return DamagedFileError(f"the PNG {what}: it is damaged or cut short, copy it again from where it came")
