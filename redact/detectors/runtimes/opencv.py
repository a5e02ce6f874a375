"""Networks run by OpenCV on the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from redact.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class OpenCvEngine:
    """One network, run by `cv2.dnn` on as many threads as `cv2.setNumThreads` allows.

    Raises PluginError when OpenCV cannot read it.
    """

    def __init__(self, network: str, content: bytes) -> None:
        self._network = network
        try:
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        except cv2.error as error:
            message = (
                f"OpenCV {cv2.__version__} cannot read the network {network!r}: install opencv-python-headless>=5.0"
            )
            message += ', or set runtime = "onnxruntime"'
            raise PluginError(message) from error
        self.outputs = tuple(self._net.getUnconnectedOutLayersNames())

    def run(self, blob: NDArray[Any]) -> Sequence[NDArray[Any]]:
        """Every output, in the order of `outputs`.

        Raises PluginError when the network does not run, for want of memory for one, or has an output without values,
        which OpenCV cannot tell from none at all.
        """
        try:
            self._net.setInput(blob)
            answers = self._net.forward(self.outputs)
        except cv2.error as error:
            message = f"the network {self._network!r} did not run on an input of {_sides(blob)}"
            raise PluginError(message) from error
        if any(answer is None for answer in answers):
            message = f"OpenCV has no answer of the network {self._network!r} where it holds no values: "
            message += 'set runtime = "onnxruntime"'
            raise PluginError(message)
        return [np.asarray(answer) for answer in answers]


def _sides(blob: NDArray[Any]) -> str:
    return "x".join(str(side) for side in blob.shape)
