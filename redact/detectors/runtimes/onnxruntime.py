"""Networks run by ONNX Runtime, on the processor or a graphics card. An extra: `redact-share[onnxruntime]`.

From 1.29 on it reports to its maker: it keeps a database of events in `~/.cache/Microsoft`, and sends it. Nothing but
ORT_DISABLE_TELEMETRY=1, set before its library is loaded, keeps it from that; `disable_telemetry_events` alone leaves
the database (seen with 1.32). So it is imported here, once that is set, and where somebody else imported it before
without, it is not used.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import cv2

from redact.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SWITCH = "ORT_DISABLE_TELEMETRY"

PROVIDERS = {
    "cpu": ("CPUExecutionProvider", "onnxruntime"),
    "cuda": ("CUDAExecutionProvider", "onnxruntime-gpu"),
    "coreml": ("CoreMLExecutionProvider", "onnxruntime"),
    "directml": ("DmlExecutionProvider", "onnxruntime-directml"),
}
"""Device -> how ONNX Runtime calls what runs there, and the distribution that brings it."""

FATAL_ONLY = 4
"""ONNX Runtime writes what it has to say to the terminal; all that matters here is raised."""


class OnnxRuntimeEngine:
    """One network, run by ONNX Runtime; on the processor, on as many threads as `cv2.setNumThreads` allows.

    device: "cpu", "cuda", "cuda:1", "coreml", "directml"

    Raises PluginError when ONNX Runtime is not installed, lacks the device or cannot read the network. It never falls
    back to the processor, but for single operations that a device does not know.
    """

    def __init__(self, network: str, content: bytes, device: str) -> None:
        self._network = network
        runtime = imported()
        kind, _, number = device.partition(":")
        provider, distribution = PROVIDERS[kind]
        remedy = f"pip uninstall -y onnxruntime && pip install {distribution}"
        if provider not in runtime.get_available_providers():
            message = f"this build of ONNX Runtime has nothing for device {device!r}: {remedy}"
            raise PluginError(message)
        try:
            self._session = runtime.InferenceSession(
                content,
                sess_options=_options(runtime),
                providers=[(provider, {"device_id": number} if number else {})],
            )
        except Exception as error:
            # Its errors have no root of their own below Exception.
            message = f"ONNX Runtime {runtime.__version__} cannot read the network {network!r} for device {device!r}"
            raise PluginError(message) from error
        self._session.disable_fallback()
        if provider not in self._session.get_providers():
            message = f"ONNX Runtime could not start device {device!r}: mend its drivers and libraries, or {remedy}"
            raise PluginError(message)
        self._input = self._session.get_inputs()[0].name
        self.outputs = tuple(output.name for output in self._session.get_outputs())

    @property
    def threads(self) -> int:
        """On how many threads of the processor it runs."""
        return int(self._session.get_session_options().intra_op_num_threads)

    def run(self, blob: NDArray[Any]) -> Sequence[NDArray[Any]]:
        """Every output, in the order of `outputs`. Raises PluginError when the network does not run."""
        try:
            answers: Sequence[NDArray[Any]] = self._session.run(self.outputs, {self._input: blob})
        except Exception as error:
            sides = "x".join(str(side) for side in blob.shape)
            message = f"the network {self._network!r} did not run on an input of {sides} ({type(error).__name__})"
            raise PluginError(message) from error
        return answers


def imported() -> Any:
    """The module onnxruntime, silent. Raises PluginError when it is not installed or was imported talking."""
    if "onnxruntime" in sys.modules and os.environ.get(SWITCH) != "1":
        message = f"onnxruntime was imported before redact, and reports to its maker: set {SWITCH}=1 for the process"
        raise PluginError(message)
    os.environ[SWITCH] = "1"
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        message = "ONNX Runtime does not load: pip install 'redact-share[onnxruntime]'"
        raise PluginError(message) from error
    runtime.disable_telemetry_events()
    return runtime


def _options(runtime: Any) -> Any:
    options = runtime.SessionOptions()
    # The worker processes share the processor's cores by this number; ONNX Runtime would take all of them in each.
    options.intra_op_num_threads = cv2.getNumThreads()
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = FATAL_ONLY
    # A thread that waits would else burn its core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
