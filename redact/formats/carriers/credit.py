"""Who made a picture and who owns it, as carriers other than EXIF tell it: to be written into the fresh EXIF block.

A name is taken only where it is of the form of one (see wording.py), in UTF-8. Several names become one text, as the
Metadata Working Group's guidelines (2.0, 5.2) have it: "Ada; Grace".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from redact.formats.carriers import wording
from redact.model import Keep


@dataclass(frozen=True, slots=True)
class Credit:
    """Who made it and who owns it; None where nobody says."""

    author: str | None = None
    copyright: str | None = None

    def or_else(self, other: Credit) -> Credit:
        """This, and where this says nothing the other."""
        return Credit(self.author or other.author, self.copyright or other.copyright)


UNCREDITED = Credit()


def is_wanted(keep: Keep) -> bool:
    """True when a policy keeps any of it: else nobody needs to look."""
    return "author" in keep or "copyright" in keep


def plain(untrusted: bytes) -> str | None:
    """The name that bytes spell; None where they spell none."""
    try:
        text = untrusted.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return wording.credit(text.strip())


def together(names: Iterable[str | None]) -> str | None:
    """Several names as one text; None where there are none, or too many to be one text of a name's form."""
    return wording.credit("; ".join(name for name in names if name))
