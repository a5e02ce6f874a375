"""What a question is asked about: the two files, what was found, what may stay, and how to look again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from redact.model import Detection, Findings, Image, Keep


@dataclass(frozen=True)
class Evidence:
    """One rewritten file and all that is needed to judge it.

    source:    the original, only read
    copy:      the staged file, byte for byte what would be published
    findings:  what was found in the source and had to be painted
    keep:      kinds of metadata that may be in the copy
    detect:    finds what the policy hides in a picture, uint8 (height, width, 3) RGB, upright
    long_side: pixels that frames of a clip are scaled down to before they are looked at, as the first look does:
               a smaller picture would show it less, a larger one more
    """

    source: Path
    copy: Path
    findings: Findings
    keep: Keep
    detect: Callable[[Image], Sequence[Detection]]
    long_side: int = 960

    @property
    def painted(self) -> bool:
        """True when there was anything to paint."""
        return any(track.regions for track in self.findings.tracks)
