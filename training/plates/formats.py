"""The formats of the world's plates, as `table/*.toml` describes them: `formats()`.

A format is data alone. One more country is one more `[[format]]` there; the fields are those of `Format` below.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.plates.writing import LATIN

TABLE = Path(__file__).with_name("table")


@dataclass(frozen=True, slots=True)
class Band:
    """A strip along one side of a plate, with a colour of its own.

    side:   left, right, top or bottom
    share:  of the plate's width (left, right) or height (top, bottom) that it takes
    ground: its colour; "" for the plate's own, set off by a line
    ink:    colour of what stands on it; "" for that of the letters
    texts:  patterns, of which one is drawn, none for a bare band
    emblem: name of the emblem on it, or ""
    """

    side: str
    share: float
    ground: str = ""
    ink: str = ""
    texts: tuple[str, ...] = ()
    emblem: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """How the plates of a country, or of one kind of vehicle in it, look.

    kind:     short name
    patterns: what stands on it, in the signs of `training.plates.writing`
    colours:  "ground/ink" by name, as often as they are common; a ground may be "white>sky" (shading downwards),
              "white|sky" (shading to the right), "white_green" (cut into an upper and a lower half) or
              "picture" (a landscape in pale colours)
    sizes:    width and height in millimetres, as often as they are common; a pattern with a `|` breaks there on those
              less than `BREAKS` times as wide as high
    share:    how often it is drawn beside the others
    fonts:    kind of font for Latin letters and figures
    letters:  the alphabet that `@` stands for; numerals: what `~` stands for
    heights:  of each row beside the others, for plates with as many rows; equal where it is empty
    top, bottom: captions, of which one is drawn, and `captions` the share of the plate's height each takes
    corners:  "stickers" where validity stickers are put there, else ""
    bands:    strips along its sides
    words:    lists of words for the patterns
    """

    kind: str
    patterns: tuple[str, ...]
    colours: tuple[str, ...]
    sizes: tuple[tuple[float, float], ...]
    share: float = 1.0
    fonts: str = "plate"
    letters: str = LATIN
    numerals: str = "0123456789"
    heights: tuple[float, ...] = ()
    top: tuple[str, ...] = ()
    bottom: tuple[str, ...] = ()
    captions: float = 0.17
    corners: str = ""
    bands: tuple[Band, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


BREAKS = 2.02
"""Width over height below which a pattern with a `|` stands in rows; one with a `/` always does."""


@functools.cache
def formats() -> tuple[Format, ...]:
    """Every format of the table, by file and place in it."""
    entries = (entry for path in sorted(TABLE.glob("*.toml")) for entry in _entries(path))
    return tuple(entries)


def _entries(path: Path) -> list[Format]:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    shared = content.get("words", {})
    return [_format(entry, shared, path) for entry in content["format"]]


def _format(entry: dict[str, Any], shared: dict[str, list[str]], path: Path) -> Format:
    values = dict(entry)
    euro = values.pop("euro", None)
    bands = [_band(band) for band in values.pop("bands", [])]
    if euro:
        bands.append(Band("left", 0.085, "euro", "white", tuple(euro), "ring"))
    words = {name: tuple(choices) for name, choices in (shared | values.pop("words", {})).items()}
    try:
        return Format(bands=tuple(bands), words=words, **{name: _frozen(value) for name, value in values.items()})
    except TypeError as error:
        message = f"{path.name}: format {entry.get('kind')!r}: {error}"
        raise ValueError(message) from error


def _band(entry: dict[str, Any]) -> Band:
    return Band(**{name: _frozen(value) for name, value in entry.items()})


def _frozen(value: object) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
