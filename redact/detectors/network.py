"""A neural network of the install, run by OpenCV on the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact import weights
from redact.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from redact.model import Image


def blob(image: Image, middle: float = 0, reach: float = 1) -> NDArray[np.float32]:
    """A picture as networks take it, float32 (1, 3, height, width): each value less `middle`, divided by `reach`."""
    return np.asarray(cv2.dnn.blobFromImage(image, 1 / reach, mean=(middle, middle, middle)), np.float32)


def blue_first(image: Image) -> Image:
    """An RGB picture in the order blue, green, red, which most networks were trained with."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)


class Network:
    """The network whose weights have that name, built from the very bytes that were checked.

    Raises PluginError when the weights are missing, are not the ones expected or cannot be read as a network.
    """

    def __init__(self, name: str) -> None:
        content = weights.load(name)
        try:
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        except cv2.error as error:
            message = f"OpenCV {cv2.__version__} cannot read the network {name!r}: install opencv-python-headless>=5.0"
            raise PluginError(message) from error
        self._name = name
        self._outputs = tuple(self._net.getUnconnectedOutLayersNames())

    def __call__(self, blob: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        """Every output by name, for an input of (batch, channel, height, width).

        Raises PluginError when the network does not run, for want of memory for one, or answers with NaN.
        """
        try:
            self._net.setInput(blob)
            answers = self._net.forward(self._outputs)
        except cv2.error as error:
            message = f"the network {self._name!r} did not run on a picture of {blob.shape[3]}x{blob.shape[2]} pixels"
            raise PluginError(message) from error
        arrays = [np.asarray(answer, np.float32) for answer in answers]
        if not all(np.isfinite(array).all() for array in arrays):
            # Nothing compares above a threshold with NaN: it would read as "looked, found nothing".
            message = f"the network {self._name!r} answered with values that are no numbers: nobody looked"
            raise PluginError(message)
        return dict(zip(self._outputs, arrays, strict=True))
