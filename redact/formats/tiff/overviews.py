"""Which smaller pictures are a page once more, as the levels of a pyramid are, and which are pictures of their own.

Viewers do not show smaller pictures, or show them in place of the page. One that is no level of a pyramid, such as a
camera's preview, a slide's label or a page from before it was cropped, is metadata.
"""

from __future__ import annotations

from dataclasses import dataclass

from redact.formats.tiff.directories import Directory, Tape
from redact.formats.tiff.layout import MOST_OF_ONE, OLD_JPEG

_SUBFILE, _OLD_SUBFILE, _WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES = (
    254, 255, 256, 257, 258, 259, 262, 277,
)  # fmt: skip
_REDUCED, _MASK, _OLD_REDUCED = 1, 4, 2
_MOST_LEVELS = 31
_MOST_SAMPLES = 2**16


@dataclass(frozen=True, slots=True)
class Look:
    """What a directory says of its picture, unchecked: sides in pixels, bits of each sample, and what samples mean."""

    width: int
    length: int
    bits: tuple[int, ...]
    meaning: int
    is_mask: bool
    is_reduced: bool
    is_in_old_coding: bool

    @classmethod
    def of(cls, tape: Tape, directory: Directory) -> Look | None:
        """None where there are no sides: no picture."""
        if _WIDTH not in directory or _LENGTH not in directory:
            return None

        def first(tag: int, default: int) -> int:
            return next(iter(_numbers(tape, directory, tag, MOST_OF_ONE)), default)

        subfile, samples = first(_SUBFILE, 0), first(_SAMPLES, 1)
        bits = _numbers(tape, directory, _BITS, _MOST_SAMPLES) or (1,)
        return cls(
            first(_WIDTH, 0),
            first(_LENGTH, 0),
            bits * samples if len(bits) == 1 and 0 < samples < _MOST_SAMPLES else bits[:samples],
            first(_PHOTOMETRIC, 0),
            bool(subfile & _MASK),
            bool(subfile & _REDUCED) or first(_OLD_SUBFILE, 0) == _OLD_REDUCED,
            first(_COMPRESSION, 1) == OLD_JPEG,
        )

    def is_level_of(self, page: Look) -> bool:
        """True for the same kind of picture with both sides divided by one power of two, whichever way rounded."""
        same = (self.bits, self.meaning, self.is_mask) == (page.bits, page.meaning, page.is_mask)
        return (
            same
            and not self.is_in_old_coding
            and any(
                _halved(page.width, self.width, level) and _halved(page.length, self.length, level)
                for level in range(1, _MOST_LEVELS)
            )
        )


def _halved(whole: int, side: int, level: int) -> bool:
    return side in (max(whole >> level, 1), -(-whole >> level))


def _numbers(tape: Tape, directory: Directory, tag: int, most: int) -> tuple[int, ...]:
    entry = directory.entries.get(tag)
    return tape.integers(entry, most) if entry else ()
