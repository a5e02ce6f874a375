"""Places in letters and digits of a grid: MGRS, UTM and Open Location Codes, in text that `spelling` made plain.

Where a letter of the grid looks like a digit (S like 5, B like 8, V like U), both are taken for it if the rest is long
enough to be nothing else.
"""

from __future__ import annotations

import re

_MGRS = re.compile(r"(?<![A-Z0-9])(\d{1,2}) ?([C-HJ-NP-X] ?[A-HJ-NP-Z][A-HJ-NP-V]) ?(\d{2,5}) ?(\d{2,5})(?![A-Z0-9])")
_MGRS_MISREAD = re.compile(r"(?<!\d)\d{1,2} ?[A-Z568] ?(?:[A-Z][A-Z0-9]|[A-Z0-9][A-Z]) ?\d{5} ?\d{5}(?!\d)")
_MONTHS = frozenset({"FEB", "JAN", "JUL", "JUN", "MAR", "NOV", "SEP", "DEC"})
_UTM = re.compile(
    r"(?<![A-Z0-9])\d{1,3} ?[C-HJ-NP-X568][ :,]{0,2}[EX]?[ :=]{0,2}\d{6}(?:[.,]\d+)? ?M? ?E?[ ,;/]{0,2}"
    r"[NYH]?[ :=]{0,2}\d{6,8}(?:[.,]\d+)? ?M? ?N?(?![A-Z0-9])"
)
_OPEN_LOCATION_CODE = re.compile(r"(?<![A-Z0-9])[2-9CFGHJMPQRVWX0UY]{8}\+[0-9A-Z]{2,3}(?![A-Z0-9])")


def is_grid(plain: str) -> bool:
    """True when the text holds an MGRS or UTM reference or an Open Location Code."""
    return any(_is_mgrs(*groups) for groups in _MGRS.findall(plain)) or any(
        pattern.search(plain) for pattern in (_MGRS_MISREAD, _UTM, _OPEN_LOCATION_CODE)
    )


def _is_mgrs(zone: str, letters: str, east: str, north: str) -> bool:
    digits = east + north
    return 1 <= int(zone) <= 60 and len(digits) % 2 == 0 and not _is_date(letters, digits)


def _is_date(letters: str, digits: str) -> bool:
    """True for a month, or a year behind what is one but for a letter misread."""
    is_year = digits[:2] in ("19", "20")
    alike = max(sum(map(str.__eq__, letters, month)) for month in _MONTHS)
    return len(digits) == 4 and alike >= (2 if is_year else 3)
