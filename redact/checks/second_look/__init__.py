"""Does the detector, asked again, still see what was to be hidden?

A still is looked at where it was painted, or whole; a clip in a sample of its frames. What is seen has to lie under
what was painted in that frame: detectors see ghosts in a blurred patch, so a sighting that is mostly covered is the
patch itself and not a miss. What a clip codes beyond its frames cannot be looked at, so there must be no more of it
than fills up a block.
"""

from __future__ import annotations

from redact.checks.evidence import Evidence
from redact.checks.reading import CLIPS, answered, container, mapped_source
from redact.checks.second_look.film import SAMPLES, look_at_clip
from redact.checks.second_look.sightings import COVERED, SURE, misses
from redact.checks.second_look.still import look_at_still
from redact.model import Check

NAME = "second look"

UNSEEN = "regions were given: nobody looked"
"""The answer about what was painted on somebody's word. It passes, and is no look: the receipt's `origin` tells too."""


def ask(evidence: Evidence) -> Check:
    """Passed when detectors see nothing in the copy that was to be hidden and is not painted.

    Raises DamagedFileError when the source cannot be read, PluginError when a detector breaks.
    """
    return answered(NAME, lambda: _look(evidence))


def _look(evidence: Evidence) -> str:
    with mapped_source(evidence.source) as source:
        kind = container(source)
        found = look_at_clip(evidence) if kind in CLIPS else look_at_still(evidence, source, kind)
    return UNSEEN if evidence.findings.origin == "given" else found


__all__ = ["COVERED", "NAME", "SAMPLES", "SURE", "UNSEEN", "ask", "misses"]
