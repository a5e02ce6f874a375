"""The form of the texts that may stay: who made a picture and who owns it, and the name of a lens.

A text has room for a place or a serial number in a hundred spellings, so what is told here is what it may be made of:

- letters of any script, with the marks that belong to them, single spaces, and the punctuation of names;
- of digits, for a name or a copyright, two years; for a lens one focal length, one aperture and one teleconverter of
  the precision that lenses have, and the few digits of a model;
- nothing that is not seen (selectors of variants, joiners, fillers), no address of three words, no serial number.

Not handled: what is told in words, as a town in the place of a name.
"""

from __future__ import annotations

import re
import unicodedata

_MOST_LETTERS = 200
"""Of a name, or of several together."""

_MOST_LENS_LETTERS = 100
_MOST_MARKS = 3
"""On one letter: as many as Thai, Hebrew and Tibetan put there."""

_VARIANTS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | frozenset(
    chr(code) for first, last in _VARIANTS for code in range(first, last + 1)
)
"""Letters and marks by their category, and nothing to the eye."""

_DIGITS = "0123456789"
_PUNCTUATION = ".,'\u2019&()/;\u00a9@_\u00b7\u30fb\u2010-\u2013\u2014"
_LENS_PUNCTUATION = ".,'&()/[]:*+|-\u2013"

_YEAR = re.compile(r"(?<![\w.,])(?:19|20)\d\d(?!\w|[.,]\d)")
_MOST_YEARS = 2
_CROWDED = re.compile(f"[{re.escape(_PUNCTUATION)}]{{4}}")
_ADDRESS = re.compile(r"[^ (]@|@(?!\w)|//|/.*/|\w{2,}\.\w{2,}\.\w{2,}")

_LENGTH = r"(?:\d{1,3}(?:\.\d)?|\d{4})"
_SHORTER = r"\d{1,3}(?:\.\d)?"
_FOCAL = re.compile(
    rf"(?<!\d)(?<!\d[.,])(?:{_SHORTER}(?: ?mm)? ?[-\u2013] ?{_SHORTER}|{_LENGTH}|1?\d\.\d\d\d?) ?mm", re.IGNORECASE
)
_APERTURE = re.compile(
    r"(?:(?<![^\W\d_])f/?|(?<!\d)1:|/)(?:\d\d?(?:\.\d)?[-\u2013]\d\d?(?:\.\d)?|\d\d?(?:\.\d\d?)?)(?![\d.])",
    re.IGNORECASE,
)
_CONVERTER = re.compile(r"(?<![\d.])[12](?:\.\d)?x(?![^\W\d_])", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_MODEL = re.compile(r"[^\W\d_]*\d{0,4}|\d{1,4}[^\W\d_]{1,2}")
_MOST_MODEL_DIGITS = 6
_SERIES = re.compile(r"serial|number|\bs[/. ]?n\b|\bn[or]\.? ?\d|//", re.IGNORECASE)


def credit(untrusted: str) -> str | None:
    """A name, several of them or a notice of copyright, in its plainest form; None where it is of no such form."""
    text = _plain(untrusted)
    without, years = _YEAR.subn("", text)
    fits = 0 < len(text) <= _MOST_LETTERS and years <= _MOST_YEARS and _is_spelt(without, " " + _PUNCTUATION)
    return text if fits and not _CROWDED.search(text) and not _ADDRESS.search(text) else None


def lens(untrusted: str) -> str | None:
    """The name of a lens, in its plainest form; None where it is of no such form."""
    text = _plain(untrusted)
    if not 0 < len(text) <= _MOST_LENS_LETTERS or not _is_spelt(text, " " + _DIGITS + _LENS_PUNCTUATION):
        return None
    rest = text
    for measure in (_FOCAL, _APERTURE, _CONVERTER):
        rest = measure.sub(" ", rest, count=1)
    digits = sum(letter in _DIGITS for letter in rest)
    is_model = digits <= _MOST_MODEL_DIGITS and all(map(_MODEL.fullmatch, _WORD.findall(rest)))
    return text if is_model and not re.search(r"\d[.,:]\d", rest) and not _SERIES.search(text) else None


def _plain(untrusted: str) -> str:
    """The same with composed letters and single spaces."""
    return re.sub(" +", " ", unicodedata.normalize("NFC", untrusted)).strip(" ")


def _is_spelt(text: str, others: str) -> bool:
    """True for letters, at least one, with their marks, and whatever `others` has."""
    marks = _MOST_MARKS
    for letter in text:
        category = unicodedata.category(letter)
        if category in ("Mn", "Mc"):
            marks += 1
        elif category.startswith("L"):
            marks = 0
        elif letter in others:
            marks = _MOST_MARKS
        else:
            return False
        if marks > _MOST_MARKS or letter in _UNSEEN:
            return False
    return any(letter.isalpha() for letter in text)
