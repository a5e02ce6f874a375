"""Whether a line of writing is a licence plate: what it says, and the shape and share of the picture it has.

Pure functions over text and geometry, without a country's grammar: a plate is a short run of capitals and digits, at
least one of them a digit, on a field that is wider than high and small beside the picture.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redact.model import Box

SHORTEST, LONGEST = 2, 11
"""Letters and digits of a plate."""
NARROWEST, WIDEST = 0.8, 9.0
"""Width of the line over its height."""
LARGEST = 0.07
"""Share of the picture a line may take up."""
CONFIDENCE = 0.5
"""Mean certainty of the letters below which nothing was read."""

ACROSS, DOWN = 0.18, 0.35
"""What of its width and height a line is grown by on each side: writing sits inside the plate."""

_NOT_A_PLATE = tuple(
    re.compile(pattern)
    for pattern in (
        # a time, a date, an amount of money or a share
        r"\d{1,2}:\d{2}(:\d{2})?",
        r"(19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](19|20)?\d{2}",
        r".*[$€£¥%@#].*",
        # a word of small letters with a digit beside it
        r".*[a-zäöüß]{3}.*",
    )
)


def could_be_plate(bounds: Box, width: int, height: int) -> bool:
    """True when a line with these bounds has the shape of a plate in a picture of that size, whatever it says."""
    return NARROWEST <= bounds.width / bounds.height <= WIDEST and bounds.area <= LARGEST * width * height


def reads_like_plate(text: str, confidence: float) -> bool:
    """True when what was read, with that mean certainty, may stand on a plate."""
    plain = unicodedata.normalize("NFKC", text).strip()
    signs = [sign for sign in plain if sign.isalnum()]
    return (
        confidence >= CONFIDENCE
        and SHORTEST <= len(signs) <= LONGEST
        and any(sign.isdigit() for sign in signs)
        and not any(pattern.fullmatch(plain) for pattern in _NOT_A_PLATE)
    )
