"""The second look at a still: around what was painted where all else is proved to be the same, else at all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.checks import stills
from redact.checks.evidence import Evidence
from redact.checks.reading import Buffer, Container, Flaw, blaming_the_source, mapped
from redact.checks.second_look.places import Place, glance, near, surroundings
from redact.checks.second_look.sightings import counted, misses
from redact.model import Detection, Image, Region


def look_at_still(evidence: Evidence, source: Buffer, kind: Container | None) -> str:
    """What the look at a copy of `source` found, in words. Raises Flaw when something shows that is not painted."""
    if not evidence.painted:
        return "nothing was painted and no pixel changed: the first look stands"
    if kind is None:
        message = "an unknown container cannot be looked at"
        raise Flaw(message)
    with blaming_the_source():
        before = stills.describe(source, kind)
    with mapped(evidence.copy) as copy:
        # Regions are upright as the source was, whether or not the copy may say which way is up.
        picture = _Picture(stills.decode(copy, kind, stills.describe(copy, kind)), before.orientation)
    regions = [region for _, region in evidence.findings.regions()]
    places = surroundings(regions, picture.size) if before.exact else None
    seen = evidence.detect(picture.whole()) if places is None else _around(evidence, picture, places, regions)
    uncovered = misses([one for one in seen if not evidence.findings.leaves(one)], regions, picture.size)
    if uncovered:
        message = f"still visible: {counted(uncovered)}"
        raise Flaw(message)
    return "nothing is visible that is not painted"


class _Picture:
    """Stored samples, of which parts are set upright to be looked at: there is no second copy of the whole."""

    def __init__(self, stored: NDArray[Any], orientation: int) -> None:
        self._stored = stored
        self._turn = orientation
        height, width = stored.shape[:2]
        self.size = (height, width) if orientation >= 5 else (width, height)

    def whole(self) -> Image:
        """All of it."""
        return stills.upright(self._stored, self._turn)

    def parts(self, places: Sequence[Place]) -> list[tuple[Place, Image]]:
        """All of it at a glance, and what is in each of the places; the picture is spent then.

        Detectors take the memory that it held.
        """
        whole = glance(self.size)
        parts = [(whole, self._glance(whole.scale)), *((place, self._part(place)) for place in places)]
        del self._stored
        return parts

    def _glance(self, scale: float) -> Image:
        """All of it, scaled down before it is set upright."""
        return stills.upright(_scaled(self._stored, scale), self._turn)

    def _part(self, place: Place) -> Image:
        """What is in a place, at its scale."""
        part = stills.upright(self._stored, self._turn, place.box)
        return _read_only(_scaled(part, place.scale)) if place.scale < 1 else part


def _around(
    evidence: Evidence, picture: _Picture, places: Sequence[Place], regions: Sequence[Region]
) -> Iterator[Detection]:
    """What is seen near the regions, in the whole picture scaled down and in each of the places."""
    for place, shown in picture.parts(places):
        yield from _seen(evidence, shown, place, regions)


def _seen(evidence: Evidence, shown: Image, place: Place, regions: Sequence[Region]) -> Iterator[Detection]:
    """What detectors see near the regions in what is shown of a place, in pixels of the picture."""
    across, down = place.box.width / shown.shape[1], place.box.height / shown.shape[0]
    for one in evidence.detect(shown):
        region = one.region.scaled(across, down).shifted(place.box.left, place.box.top)
        if near(region.bounds, regions):
            yield replace(one, region=region)


def _scaled(samples: NDArray[Any], scale: float) -> NDArray[Any]:
    height, width = samples.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(samples, size, interpolation=cv2.INTER_AREA))


def _read_only(image: Image) -> Image:
    image.flags.writeable = False
    return image
