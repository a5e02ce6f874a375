"""What is said of a JPEG 2000 that contradicts itself."""

from __future__ import annotations

from redact.errors import DamagedFileError


def damaged(what: str) -> DamagedFileError:
    """The error to raise. `what` goes on after "the JPEG 2000", without any value of the file."""
    return DamagedFileError(f"the JPEG 2000 {what}: it is damaged or cut short, copy it again from where it came")
