"""The fonts that plates, signs and displays are lettered with, by kind: `fonts("plate")`.

`training/fonts.toml` says which files of which Debian packages are of a kind, and `python -m training.provide` fetches
the packages. Where a kind's packages are not there, the one font that Pillow carries stands in for it: everything
draws, with less variety, and letters that this font lacks come out as its box. A log line says so, once a kind.
"""

from __future__ import annotations

import functools
import io
import logging
import tempfile
import tomllib
from pathlib import Path

from PIL import ImageFont

from training.provide import ASSETS

TABLE = Path(__file__).with_name("fonts.toml")


@functools.cache
def kinds() -> tuple[str, ...]:
    """Every kind of font there is, sorted."""
    return tuple(sorted(_table()))


@functools.cache
def fonts(kind: str) -> tuple[Path, ...]:
    """The font files of `kind`, in the order of the table; Pillow's own alone where none of them was fetched.

    Raises KeyError for a kind that the table does not name.
    """
    named = _table()[kind]
    found = tuple(path for package, files in named.items() for path in _unpacked(package, files))
    if found:
        return found
    message = "no font of kind %r in %s: Pillow's own stands in (`python -m training.provide` fetches them)"
    logging.getLogger(__name__).warning(message, kind, ASSETS.name)
    return (_carried(),)


@functools.cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@functools.cache
def packages() -> frozenset[str]:
    """Every package that the table takes a font from."""
    return frozenset(package for named in _table().values() for package in named)


def _unpacked(package: str, files: list[str]) -> list[Path]:
    found = {path.name: path for path in sorted((ASSETS / package / "usr" / "share").rglob("*")) if path.name in files}
    return [found[name] for name in files if name in found]


@functools.cache
def _carried() -> Path:
    """Pillow keeps its font inside a module: it is written out, for whoever wants a path."""
    font = ImageFont.load_default(16)
    if not isinstance(font, ImageFont.FreeTypeFont) or not isinstance(font.path, io.BytesIO):
        message = "Pillow was built without FreeType: a wheel of Pillow from PyPI has it"
        raise RuntimeError(message)
    ASSETS.mkdir(parents=True, exist_ok=True)
    target = ASSETS / "pillow.ttf"
    if not target.exists():
        with tempfile.NamedTemporaryFile(dir=ASSETS, prefix=".fetching-", delete=False) as file:
            file.write(font.path.getvalue())
        Path(file.name).replace(target)
    return target
