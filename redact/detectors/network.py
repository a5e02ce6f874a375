"""A neural network, and pictures as networks take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact import weights
from redact.detectors.graph import of_any_size
from redact.detectors.runtimes import OPENCV, Engine, Runtime
from redact.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from redact.model import Image


VAST = 2_000_000
"""A picture of more pixels takes so much memory itself that networks let go of theirs when they have looked at it."""


def blob(image: Image, middle: float = 0, reach: float = 1) -> NDArray[np.float32]:
    """A picture as networks take it, float32 (1, 3, height, width): each value less `middle`, divided by `reach`."""
    return np.asarray(cv2.dnn.blobFromImage(image, 1 / reach, mean=(middle, middle, middle)), np.float32)


def blue_first(image: Image) -> Image:
    """An RGB picture in the order blue, green, red, which most networks were trained with."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)


class Network:
    """A network of the install, or one whose file's content is given, run by the runtime that is named.

    name:    of its weights; in messages that of a file
    content: of an ONNX file that somebody checked; None loads the weights of that name

    Built from the very bytes that were checked. Raises PluginError when the weights are missing, are not the ones
    expected or cannot be read as a network, and when the runtime or its device is not there.
    """

    def __init__(self, name: str, runtime: Runtime = OPENCV, content: bytes | None = None) -> None:
        self._name = name
        self._runtime = runtime
        self._content = content
        self._engine: Engine | None = self._built()

    def __call__(self, blob: NDArray[Any]) -> Mapping[str, NDArray[np.float32]]:
        """Every output by name, for an input of (batch, channel, height, width).

        Raises PluginError when the network does not run, for want of memory for one, or answers with NaN.
        """
        engine = self._engine = self._engine or self._built()
        arrays = [np.asarray(answer, np.float32) for answer in engine.run(blob)]
        if not all(np.isfinite(array).all() for array in arrays):
            # Nothing compares above a threshold with NaN: it would read as "looked, found nothing".
            message = f"the network {self._name!r} answered with values that are no numbers: nobody looked"
            raise PluginError(message)
        return dict(zip(engine.outputs, arrays, strict=True))

    def rest_after(self, image: Image) -> None:
        """After a vast picture, let go of what running takes, 100 to 300 bytes a pixel of the largest input.

        It is built anew for what it is shown next, in a tenth of a second or two.
        """
        if image.shape[0] * image.shape[1] > VAST:
            self._engine = None

    def _built(self) -> Engine:
        content = self._content
        if content is None:
            content = weights.load(self._name)
            # What OpenCV reads stays the file itself; ONNX Runtime would take only the size that it was exported for.
            content = content if self._runtime == OPENCV else of_any_size(content)
        return self._runtime.engine(self._name, content)
