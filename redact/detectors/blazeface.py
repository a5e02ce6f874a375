"""BlazeFace: where MediaPipe's network sees faces in one tile. It runs confined; see `confined`.

The network comes as a .tflite file in a short range, with an input of 128 pixels, and a full range, with 192
(Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.detectors.boxes import NONE, Boxes
from redact.errors import PluginError

if TYPE_CHECKING:
    from redact.model import Image

REMEDY = "pip install 'redact-share[mediapipe]' && pip install --no-deps 'mediapipe>=1.2'"
"""MediaPipe's own list of requirements brings a second OpenCV, which overwrites the one that is here."""


class BlazeFace:
    """Boxes around faces, from the middle of the forehead to the chin.

    content: of the .tflite file
    floor:   score from which on something is a candidate

    Raises PluginError when MediaPipe is not installed or refuses the model.
    """

    def __init__(self, content: bytes, floor: float) -> None:
        try:
            import mediapipe
            from mediapipe.tasks.python import BaseOptions, vision
        except Exception as error:
            message = f"MediaPipe does not load ({type(error).__name__}: {error}); to install it: {REMEDY}"
            raise PluginError(message) from error
        options = vision.FaceDetectorOptions(
            base_options=BaseOptions(model_asset_buffer=content), min_detection_confidence=floor
        )
        try:
            self._network = vision.FaceDetector.create_from_options(options)
        except Exception as error:
            message = f"MediaPipe does not take the model for one of faces ({type(error).__name__})"
            raise PluginError(message) from error
        self._mediapipe = mediapipe

    def __call__(self, tile: Image) -> Boxes:
        """Boxes in an RGB picture, which is best as large as the network's input."""
        shown = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=tile)
        found = [(each.bounding_box, each.categories[0].score) for each in self._network.detect(shown).detections]
        if not found:
            return NONE
        return np.array(
            [
                [box.origin_x, box.origin_y, box.origin_x + box.width, box.origin_y + box.height, score]
                for box, score in found
            ],
            np.float32,
        )
