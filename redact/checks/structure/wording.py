"""Texts that may stay in a copy, by what they are made of: who made a picture, who owns it, which lens it was.

Coordinates, grid references, codes and serial numbers need digits, and secrets need letters that nobody sees. So a name
has letters and the marks on them, the punctuation of names, and at most two years; a lens has one focal length, one
aperture, one teleconverter, and models of few digits. Texts are in their composed form, with single spaces.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST_CREDIT, _LONGEST_LENS = 200, 100

_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""What Unicode calls a letter or a mark, and no reader shows."""

_YEAR = re.compile(r"(?<![\w.,])(?:19|20)[0-9]{2}(?!\w|[.,][0-9])")
_SIGN = r"[.,'\u2019&()/;\u00a9@_\u00b7\u30fb\u2010\-\u2013\u2014]"
_PIECE = rf"(?:am{{0,3}}|yyyy|{_SIGN})"
_CREDIT = re.compile(rf"(?=.*a){_PIECE}(?: ?{_PIECE})*")
_LOCATOR = re.compile(rf"{_SIGN}{{4}}|[^ (]@|@(?![\w])|/.*/|\w\w+\.\w\w+\.\w\w+")

_GLASS_PIECE = r"(?:am{0,3}|9|[.,'&()/\[\]:*+|\-\u2013])"
_GLASS = re.compile(rf"(?=.*a){_GLASS_PIECE}(?: ?{_GLASS_PIECE})*")
_MEASURES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?<!\d[.,])(?:\d{1,3}(?:\.\d)?(?: ?mm)? ?[-\u2013] ?\d{1,3}(?:\.\d)?|\d{4}|\d{1,3}(?:\.\d)?"
        r"|1?\d\.\d{2,3}) ?mm",
        r"(?:(?<![^\W\d_])f/?|(?<!\d)1:|/)(?:\d{1,2}(?:\.\d)?[-\u2013]\d{1,2}(?:\.\d)?|\d{1,2}(?:\.\d{1,2})?)(?![\d.])",
        r"(?<![\d.])[12](?:\.\d)?x(?![^\W\d_])",
    )
)
"""Focal length, or from where to where; aperture likewise; teleconverter."""
_COORDINATE = re.compile(r"\d[.,:]\d|(?:\d\D*){7}")
_CODE = re.compile(r"\d{5}|[^\W\d_]\d+[^\W\d_]|(?<![^\W_])\d+(?:[^\W\d_]{3}|[^\W\d_]+\d)")
_SERIAL = re.compile(r"serial|number|\bs[/. ]?n\b|\bn[or]\.? ?\d|//", re.IGNORECASE)


def is_credit(text: str) -> bool:
    """True for one or several names, or a notice of copyright."""
    shape = list(_shape(text))
    years = [found.span() for found in _YEAR.finditer(text)]
    for start, end in years:
        shape[start:end] = "yyyy"
    sound = len(text) <= _LONGEST_CREDIT and len(years) <= 2 and _is_composed(text)
    return sound and _CREDIT.fullmatch("".join(shape)) is not None and not _LOCATOR.search(text)


def is_lens(text: str) -> bool:
    """True for the name of a lens."""
    if len(text) > _LONGEST_LENS or not _is_composed(text) or not _GLASS.fullmatch(_shape(text)):
        return False
    rest = text
    for measure in _MEASURES:
        rest = measure.sub(" ", rest, count=1)
    return not (_COORDINATE.search(rest) or _CODE.search(rest) or _SERIAL.search(text))


def _is_composed(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text) and not _INVISIBLE.search(text)


def _shape(text: str) -> str:
    """Each character by what it is: a letter, a mark, a digit, itself where it is none of these but seen, or none."""
    return "".join(map(_kind, text))


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "L":
        return "a"
    if category in ("Mn", "Mc"):
        return "m"
    if category == "Nd":
        return "9" if character.isascii() else "\0"
    return character if category[0] in "PSZ" else "\0"
