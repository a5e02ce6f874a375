"""Text as a recogniser returned it -> one spelling for each sign, and digits where only digits can be.

Looked up in what PP-OCRv6 makes of displays: letters of other scripts that look alike, O, I, l and B among digits, 5
and $ for an S. A quote mark for a degree sign is left to `angles`: it may be a minute or a second.
"""

from __future__ import annotations

import re
import unicodedata

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\N{MASCULINE ORDINAL INDICATOR}\N{RING ABOVE}\N{RING OPERATOR}\N{SUPERSCRIPT ZERO}", "°"),
        **dict.fromkeys("\N{PRIME}\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{ACUTE ACCENT}`", "'"),
        **dict.fromkeys("\N{DOUBLE PRIME}\N{RIGHT DOUBLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}", '"'),
        **dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}\N{HYPHEN}\N{NON-BREAKING HYPHEN}", "-"),
        **dict.fromkeys("\N{CJK UNIFIED IDEOGRAPH-4E00}\N{KATAKANA-HIRAGANA PROLONGED SOUND MARK}", "-"),
        **dict.fromkeys("\N{FULLWIDTH COMMA}\N{IDEOGRAPHIC COMMA}\N{FULLWIDTH SEMICOLON}", ","),
        **dict.fromkeys("\N{IDEOGRAPHIC FULL STOP}\N{MIDDLE DOT}", "."),
    }
)
_LETTERS = str.maketrans(
    "\u0391\u0392\u0395\u0397\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u0410\u0412\u0415\u041a\u041c\u041d\u041e"
    "\u0420\u0421\u0422\u0425\u0405",
    "ABEHKMNOPTXABEKMHOPCTXS",
)
"""Greek and Cyrillic capitals, to the Latin ones that look like them."""

_MISREAD: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=\d)O(?=[\d.])(?![0-5]?\d(?:\.\d+)?['\"])"), "0"),  # an O before minutes was a degree sign
    (re.compile(r"(?<=\d)[I|](?=[\d.])"), "1"),
    (re.compile(r"(?<=\d)B(?=[\d.])"), "8"),
    # 544"10.686' and 533.86882: no latitude has three digits, so the first one was an S
    (re.compile(r"(?<![\d.])[5$] ?(?=[0-8]\d(?:\.\d{3}|[°\"*]))"), "S"),
    (re.compile(r"(?<![\d.])[5$] (?=\d[°\"*])"), "S"),
    # 20"15'25.8"5 and 61 10.0250 5
    (re.compile(r"(?<=[°'\"])5(?![\d.'\"])"), "S"),
    (re.compile(r"(?<=\d\d) 5(?= \d{2,3} \d)"), " S"),
)


def plainly(text: str) -> str:
    """The text in capitals, with one sign for each thing that has many and one space for many."""
    normal = unicodedata.normalize("NFKC", text.translate(_ALIKE)).translate(_ALIKE)
    # A small l among digits is a 1; a capital one is a band of the MGRS.
    plain = " ".join(re.sub(r"(?<=[\d.])l(?=[\d.])", "1", normal).upper().translate(_LETTERS).split())
    for pattern, mended in _MISREAD:
        plain = pattern.sub(mended, plain)
    return plain
