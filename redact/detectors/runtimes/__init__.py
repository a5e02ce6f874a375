"""What runs a network: OpenCV, which comes with the install, or ONNX Runtime, an extra, which knows graphics cards.

A runtime is a value that a policy names (`runtime = "onnxruntime"`, `device = "cuda:1"`); its engine is one network,
built from bytes that somebody checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from redact.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NAMES = ("opencv", "onnxruntime")
DEVICES = ("cpu", "cuda", "coreml", "directml")

_DEVICE = re.compile(r"cpu|coreml|(?:cuda|directml)(?::\d{1,2})?", re.ASCII)


class Engine(Protocol):
    """One network, ready to run."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it answers."""
        ...

    def run(self, blob: NDArray[Any]) -> Sequence[NDArray[Any]]:
        """Every output, in the order of `outputs`, for what its one input takes. Raises PluginError."""
        ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """By what, and on what, networks are run.

    name:   "opencv" or "onnxruntime"
    device: "cpu"; ONNX Runtime knows besides "cuda", "coreml" and "directml", and "cuda:1" for the second card

    Raises PolicyError for others, and for a device that OpenCV's wheel cannot use.
    """

    name: str = "opencv"
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            message = f"runtime is one of {', '.join(NAMES)}, not {self.name!r}"
            raise PolicyError(message)
        if not isinstance(self.device, str) or not _DEVICE.fullmatch(self.device):
            message = f'device is one of {", ".join(DEVICES)}, or "cuda:1" for the second card, not {self.device!r}'
            raise PolicyError(message)
        if self.name == "opencv" and self.device != "cpu":
            message = f'OpenCV runs networks on the cpu alone: device = "{self.device}" wants runtime = "onnxruntime"'
            raise PolicyError(message)

    def engine(self, network: str, content: bytes) -> Engine:
        """The network in an ONNX file's content; `network` is its name in messages.

        Raises PluginError when the runtime is not installed, lacks the device, or cannot read the network.
        """
        if self.name == "onnxruntime":
            from redact.detectors.runtimes.onnxruntime import OnnxRuntimeEngine

            return OnnxRuntimeEngine(network, content, self.device)
        from redact.detectors.runtimes.opencv import OpenCvEngine

        return OpenCvEngine(network, content)


OPENCV = Runtime()
"""What built-in networks are run by unless a policy says otherwise."""
