"""What a walk of a still's container tells about its picture."""

from __future__ import annotations

from dataclasses import dataclass

from redact.checks.structure import exif


@dataclass(frozen=True)
class Still:
    """What a still's container tells about its picture.

    size:        (width, height) as stored, pixels
    orientation: EXIF's, 1 to 8, strictly read: what the regions of findings go by
    readings:    all orientations that one reader or another takes from the file
    colours:     how many numbers make the colour of a sample: 1 for grey, 3, or 4 for ink; alpha is none
    profile:     the ICC profile to the size it declares, empty where there is no sound one
    grid:        (across, down) of the coded units whose samples change together, pixels
    coded:       the parts of the file the pixels depend on, in order: name, start and end
    animated:    there is more than one frame to it
    """

    size: tuple[int, int]
    orientation: int
    readings: frozenset[int]
    colours: int
    profile: bytes
    grid: tuple[int, int]
    coded: tuple[tuple[str, int, int], ...]
    animated: bool = False

    @property
    def exact(self) -> bool:
        """True when what is not painted keeps every sample: for all codings but WebP's lossy one."""
        return not any(name == "VP8 " for name, _, _ in self.coded)


def turns(strict: bytes | None, lenient: bytes | None) -> tuple[int, frozenset[int]]:
    """The orientation by the standard, and with it what more lenient readers may make of the same file.

    strict, lenient: the EXIF block that each of them finds
    """
    turn = exif.orientation(strict or b"")
    return turn, frozenset({turn}) | exif.orientations(lenient or b"")
