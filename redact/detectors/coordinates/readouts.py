"""What stands beside a place in a display and narrows it down: height, home, distance, speed, bearing.

On its own "H 120m" is anything, so these are asked only about lines that stand together with a place.
"""

from __future__ import annotations

import re

_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_NAMED = re.compile(
    rf"""
    (?<![A-Z])
    (?: ALT(?:ITUDE)? | AGL | AM?SL | MSL | REL | ELEV?(?:ATION)? | HEIGHT | HGT | HT | H | H\.?S | V\.?S | VSI
      | HOME | HM | RTH | D | DST | DIS(?:T(?:ANCE)?)? | RANGE | RNG
      | SPD | SPEED | VEL(?:OCITY)? | GS | G\.?SPD | V
      | HDG | HEADING | BRG | BEARING | COG | CRS | COURSE | TRK | YAW | AZ(?:IMUTH)? | HACC | VACC | ACC )
    [ :=.()/M]{{0,4}} {_NUMBER}
    """,
    re.VERBOSE,
)
_MEASURED = re.compile(
    rf"(?<![A-Z\d.]){_NUMBER} ?(?:M|FT|FEET|KM|MI|NM|M/S|MS|KM/H|KMH|KPH|MPH|KN|KTS?|°|DEG)(?![A-Z0-9])"
)
_LOOSE = re.compile(r"[NSEW]?[ ]?[-+]?[\d .,'\"°*]+[ ]?[NSEW]?")
_NAME = re.compile(r"(?:LAT(?:ITUDE)?|L[O0]N(?:G(?:ITUDE)?)?|LNG|GP[S5]|POS|[NSEW])[ :=.]{0,3}")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}:\d{2}")


def is_readout(plain: str) -> bool:
    """True when the text, which stands beside a place, tells a height, a distance, a speed or a bearing."""
    return _NAMED.search(plain) is not None or _MEASURED.search(plain) is not None


def is_remainder(plain: str) -> bool:
    """True when the text, which stands beside a place, may be a part of it: what it is called, or three digits or more.

    A piece of a place that was misread beside another that was not is no less telling.
    """
    return loose_digits(plain) >= 3 or _NAME.fullmatch(plain) is not None


def loose_digits(plain: str) -> int:
    """How many digits the text has, where it has nothing else but the signs of an angle; 0 for a date or a time."""
    if _LOOSE.fullmatch(plain) is None or _DATE.search(plain) is not None:
        return 0
    return sum(map(str.isdigit, plain))
