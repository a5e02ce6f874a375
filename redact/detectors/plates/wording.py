"""What is told of a reading: the further terms of the second regression, each with its reason.

Pure functions over text, without a country's grammar: a plate is a short run of capitals and digits, at least one of
them a digit; a word, an amount of money or a time is none.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redact.detectors.plates.reading import Reading

NAMES = ("legible", "digits", "capitals", "small_letters", "other_signs", "plate_like", "word_like", "blank", "length")
"""The terms, in their order; each but the last two counts for as much as the reading is sure.

legible        how sure the reading is
digits         up to four: hardly a plate has none
capitals       letters without a small form, as the Arabic or Chinese ones, among them: up to six
small_letters  up to five: no country's plates have them
other_signs    up to three that are neither letter nor digit: prices and times have them
plate_like     a run of three to ten letters and digits, at least one digit, hardly a small letter, no time or amount
word_like      letters alone, four and more
blank          nothing could be read
length         how far the number of letters and digits is from that of most plates
"""

USUAL = 6.5
"""Letters and digits of most plates."""

SHORTEST, LONGEST = 3, 10
"""Letters and digits of nearly all."""

_NO_PLATE = re.compile(
    r"\d{1,2}:\d{2}(:\d{2})?"
    r"|(19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](19|20)?\d{2}"
    r"|.*[$€£¥%@#].*"
)
"""A time, a date, an amount of money or a share."""


def wording(reading: Reading) -> tuple[float, ...]:
    """The terms of a reading, in the order of `NAMES`."""
    plain = unicodedata.normalize("NFKC", reading.text).strip()
    signs = [sign for sign in plain if sign.isalnum()]
    digits = sum(sign.isdigit() for sign in signs)
    small = sum(sign.islower() for sign in signs)
    capitals = len(signs) - digits - small
    others = sum(not sign.isalnum() and not sign.isspace() for sign in plain)
    by_confidence = (
        1.0,
        min(digits, 4) / 4,
        min(capitals, 6) / 6,
        min(small, 5) / 5,
        min(others, 3) / 3,
        float(digits > 0 and SHORTEST <= len(signs) <= LONGEST and small <= 1 and not _NO_PLATE.fullmatch(plain)),
        float(digits == 0 and len(signs) >= 4),
    )
    return (
        *(reading.confidence * term for term in by_confidence),
        float(not signs),
        min(abs(len(signs) - USUAL), USUAL) / USUAL,
    )
