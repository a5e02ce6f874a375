"""What stands on a plate: patterns of signs, and the alphabets that they are filled from.

In a pattern `@` is a letter of the format's alphabet, `#` a digit, `%` a digit that is not 0, `?` a letter or a digit
and `~` one of the format's other numerals; `{name}` is one of the format's words of that name, and those may be
patterns again. `/` is where a row ends, `|` where it ends on a plate that is not wide; `°` leaves room for a round
seal. All else stands for itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import numpy as np

from training.plates.chance import happens, pick

LATIN = "ABCDEFGHJKLMNPRSTUVWXYZ"
SEAL = "°"
ENDS, MAY_END = "/", "|"
JOINTS = " -·"
TOKEN = re.compile(r"\{(\w+)\}|[@#%?~]|.", re.DOTALL)
SCRIPTS = (
    ("ARABIC", "arabic"),
    ("EXTENDED ARABIC", "arabic"),
    ("CJK", "cjk"),
    ("HIRAGANA", "kana"),
    ("KATAKANA", "kana"),
    ("HANGUL", "hangul"),
    ("THAI", "thai"),
    ("DEVANAGARI", "devanagari"),
    ("BENGALI", "bengali"),
    ("KHMER", "khmer"),
    ("ETHIOPIC", "ethiopic"),
    ("CYRILLIC", "cyrillic"),
)
"""How the Unicode names of an alphabet's signs begin, and the kind of font that has them."""


def write(
    random: np.random.Generator, pattern: str, letters: str, numerals: str, words: Mapping[str, tuple[str, ...]]
) -> str:
    """`pattern` filled: each of its signs drawn on its own. Raises KeyError for a word the format does not have."""
    return "".join(_fill(random, match, letters, numerals, words) for match in TOKEN.finditer(pattern))


def _fill(
    random: np.random.Generator,
    match: re.Match[str],
    letters: str,
    numerals: str,
    words: Mapping[str, tuple[str, ...]],
) -> str:
    if match[1]:
        return write(random, pick(random, words[match[1]]), letters, numerals, words)
    sign = match[0]
    if sign == "?":
        sign = "@" if happens(random, 0.5) else "#"
    choices = {"@": letters, "#": "0123456789", "%": "123456789", "~": numerals}
    return pick(random, choices[sign]) if sign in choices else sign


def script(sign: str) -> str | None:
    """The kind of font that `sign` needs; None for Latin letters, figures and marks, which every font has."""
    name = unicodedata.name(sign, "")
    return next((kind for start, kind in SCRIPTS if name.startswith(start)), None)


def runs(text: str) -> list[tuple[str, str | None]]:
    """`text` cut where its alphabet changes: (piece, kind of font or None). A blank stays with what is before it."""
    pieces: list[tuple[str, str | None]] = []
    for sign in text:
        kind = pieces[-1][1] if sign == " " and pieces else script(sign)
        if pieces and pieces[-1][1] == kind:
            pieces[-1] = (pieces[-1][0] + sign, kind)
        else:
            pieces.append((sign, kind))
    return pieces


def rows(text: str, *, wide: bool) -> tuple[str, ...]:
    """`text` cut into the rows it stands in, without the blanks and marks that only join two of them."""
    whole = text.replace(MAY_END, "" if wide else ENDS)
    return tuple(row for part in whole.split(ENDS) if (row := part.strip(JOINTS))) or (whole.strip(JOINTS),)
