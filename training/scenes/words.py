"""What is written on things that are not number plates: words of no language, prices, telephones, times."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from numpy.random import Generator

_ONSETS = (
    "b", "bl", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "kl", "l", "m", "n", "p", "pr", "qu",
    "r", "s", "sch", "st", "t", "tr", "v", "w", "z",
)  # fmt: skip
_RIMES = (
    "a", "e", "i", "o", "u", "an", "ar", "el", "en", "er", "in", "on", "or", "ing", "ion", "ert", "ist", "olm", "urg",
)  # fmt: skip

ALPHABETS = {
    "cyrillic": (0x0410, 0x0450),
    "arabic": (0x0627, 0x064B),
    "cjk": (0x4E00, 0x5E00),
    "kana": (0x3042, 0x3094),
    "hangul": (0xAC00, 0xC500),
    "thai": (0x0E01, 0x0E2F),
    "devanagari": (0x0905, 0x093A),
}
"""First letter and the one after the last, per kind of font that has them."""

_NUMBERS = (
    "0",
    "00",
    "000",
    "0.00",
    "00,00",
    "0.00 EUR",
    "00%",
    "-00%",
    "00:00",
    "00:00:00",
    "00/00/00",
    "00.00.0000",
    "+00 00 0000000",
    "(000) 000-0000",
    "No 00",
    "00 km",
    "0000 kg",
    "00 m",
    "0/0",
    "000 kW",
    "0000 0000 0000",
    "0 000000 000000",
)

_CODES = (
    "@@@@ 000000 0",
    "@@@ 000",
    "@@0",
    "@0",
    "@@@-000-@",
    "0@00",
    "@@00 0@@",
    "@-00",
    "@000000",
    "@@@@@",
    "@@@",
    "@@",
)


def word(random: Generator) -> str:
    """A word of one to four syllables, in small letters."""
    return "".join(_one(random, _ONSETS) + _one(random, _RIMES) for _ in range(random.integers(1, 5)))


def phrase(random: Generator) -> str:
    """One to four words, written small, with capitals at the front, or in capitals."""
    cased: tuple[Callable[[str], str], ...] = (str.lower, str.title, str.upper, str.upper)
    return cased[random.integers(len(cased))](" ".join(word(random) for _ in range(random.integers(1, 5))))


def number(random: Generator) -> str:
    """A price, a telephone, a date, a house number and the like: figures, but no registration."""
    return filled(random, _one(random, _NUMBERS))


def code(random: Generator) -> str:
    """What stands on containers, shelves, jerseys and machines: letters and figures that are no registration either."""
    return filled(random, _one(random, _CODES))


def foreign(random: Generator, alphabet: str) -> str:
    """A few letters of one of `ALPHABETS`, in one or two groups."""
    first, end = ALPHABETS[alphabet]
    groups = range(random.integers(1, 3))
    return " ".join("".join(chr(random.integers(first, end)) for _ in range(random.integers(1, 7))) for _ in groups)


def filled(random: Generator, pattern: str) -> str:
    """The pattern with a figure for each 0 and a capital for each @."""
    capital, figure = ord("A"), ord("0")
    letters = {"@": lambda: chr(capital + random.integers(26)), "0": lambda: chr(figure + random.integers(10))}
    return "".join(letters[sign]() if sign in letters else sign for sign in pattern)


def _one(random: Generator, choices: Sequence[str]) -> str:
    return choices[int(random.integers(len(choices)))]
