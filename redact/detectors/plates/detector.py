"""Licence plates: our own network proposes places, what cannot be told by looking is read, and a regression decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from redact.detectors import doubts
from redact.detectors.options import demand_amount, demand_threshold
from redact.detectors.plates.decision import preset as preset_of
from redact.detectors.plates.network import PlateNetwork
from redact.detectors.plates.places import seen
from redact.detectors.plates.quads import extents, holds
from redact.detectors.plates.reading import read
from redact.detectors.plates.traits import traits
from redact.detectors.plates.wording import wording
from redact.detectors.ppocr import TextReader
from redact.detectors.runtimes import Runtime
from redact.model import Detection, Polygon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redact.detectors.boxes import Floats
    from redact.detectors.plates.places import Places
    from redact.detectors.plates.quads import Corners
    from redact.model import Image


class PlateDetector:
    """Finds licence plates from about 8 pixels' height up to the whole picture.

    preset:    "fast" looks; "balanced" also reads what it is not sure of, and paints less else: docs/detection.md
    threshold: probability from which on something is called a plate, 0..1; lower finds more and covers more else;
               None takes the one measured for the preset
    min_size:  plates whose longer side is less are left, pixels of the picture
    margin:    times the measured margins by which places are grown; 0 paints them as they were found
    runtime, device: what runs the networks, see `redact.detectors.runtimes`

    Raises PluginError when a model is missing or is not the one expected, PolicyError for options out of range.
    """

    weights: ClassVar[tuple[str, ...]] = (*PlateNetwork.weights, *TextReader.weights)

    def __init__(
        self,
        preset: str = "balanced",
        threshold: float | None = None,
        min_size: float = 0,
        margin: float = 1,
        runtime: str = "opencv",
        device: str = "cpu",
    ) -> None:
        self._preset = preset_of(preset)
        self._threshold = self._preset.threshold if threshold is None else threshold
        demand_threshold("plate", self._threshold)
        demand_amount("plate", "min_size", min_size)
        demand_amount("plate", "margin", margin)
        self._min_size = min_size
        self._margin = margin
        engine = Runtime(runtime, device)
        self._network = PlateNetwork(engine)
        self._reader = TextReader(engine) if self._preset.reading else None

    def detect(self, image: Image) -> Iterator[Detection]:
        """Every plate in an RGB picture, the likeliest first, each grown along its sides by the measured margins.

        Raises MediaError when more of the picture looks like plates than can be weighed.
        """
        places = seen(self._network, image)
        self._network.rest_after(image)
        likely = self._likely(image, places)
        large = np.maximum(*extents(places.corners)) >= self._min_size
        regions = self._preset.margins.around(places.corners, self._margin)
        painted: list[int] = []
        for place in np.argsort(-likely, kind="stable"):
            if likely[place] < self._threshold or not large[place] or holds(regions[painted], regions[place]).any():
                continue
            painted.append(int(place))
            yield from self._told(image, regions[place], float(likely[place]))

    def _likely(self, image: Image, places: Places) -> Floats:
        """How likely each place is a plate, 0..1, (n,)."""
        looked = traits(image, places)
        likely = self._preset.probabilities(looked, lambda place: self._read(image, places.corners[place]))
        if self._reader:
            self._reader.rest_after(image)
        return likely

    def _read(self, image: Image, corners: Corners) -> tuple[float, ...]:
        """What reading tells of a place; nobody asks where the preset does not read."""
        return wording(read(self._reader, image, corners)) if self._reader else ()

    def _told(self, image: Image, corners: Corners, likely: float) -> Iterator[Detection]:
        """The place as a detection, unless nothing of it is in the picture."""
        region = Polygon(tuple((float(x), float(y)) for x, y in corners)).clipped(image.shape[1], image.shape[0])
        if region is not None:
            yield Detection(region, "plate", likely, doubts.of_score(likely, self._threshold))
