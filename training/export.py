"""Writes a run's averaged weights as the ONNX file that the detector loads, once three runtimes agree about it.

    python -m training.export RUN [--to FILE] [--version 1]

RUN is a run's folder, in the middle of it or at its end. Without FILE it replaces the package's own network,
`redact/weights/own/plates.onnx`, and the digest in `redact/weights/table.toml` that vouches for it. Normalisation is
folded into the convolutions before it. The file tells its version, the run's seed and steps, and the digest of all
source in `training/` as it is when this runs; the same checkpoint and source give the same bytes. Nothing is written
where PyTorch, OpenCV and ONNX Runtime answer differently.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import cv2
import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
import torch
from numpy.typing import NDArray

from training.checkpoints import Checkpoint, kept
from training.network import PlateNetwork
from training.vouching import vouched

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = Path(__file__).resolve().parents[1] / "redact" / "weights" / "own" / "plates.onnx"
TABLE = PLACE.parents[1] / "table.toml"
OPSET = 13
SIZES = ((768, 768), (96, 224))
"""Heights and widths of the pictures that the runtimes are compared with."""

ALLOWED = 1e-3
"""Largest difference between the runtimes, of any answer."""

OUTPUTS = ("plates", "lines")


def exported(checkpoint: Checkpoint, version: str) -> bytes:
    """The ONNX file of a checkpoint's averaged weights."""
    network = PlateNetwork()
    network.load_state_dict(checkpoint.averaged)
    content = graph(network.eval())
    model = onnx.load_from_string(content)
    told = {
        "version": version,
        "seed": str(checkpoint.recipe.seed),
        "steps": f"{checkpoint.step} of {checkpoint.recipe.steps}",
        "source": source(),
        "licence": "Apache-2.0",
    }
    onnx.helper.set_model_props(model, told)
    onnx.checker.check_model(model, full_check=True)
    content = bytes(model.SerializeToString(deterministic=True))
    compare(network, content)
    return content


def graph(network: PlateNetwork) -> bytes:
    """The network as ONNX, for one picture whose sides are any multiples of 32."""
    buffer = io.BytesIO()
    axes = {"picture": {2: "height", 3: "width"}} | {name: {2: "rows", 3: "columns"} for name in OUTPUTS}
    with warnings.catch_warnings():
        # The exporter that is not deprecated needs a package more and leaves shape arithmetic that OpenCV cannot run.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, 64, 64),),
            buffer,
            input_names=["picture"],
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    return buffer.getvalue()


def source() -> str:
    """SHA-256 of all Python source and tables of `training/`, by name and content."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for path in listed(root) if path.suffix in {".py", ".toml", ".txt"}):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def listed(root: Path) -> list[Path]:
    """Files of the package, without what is fetched or made."""
    made = (root / "assets", root / "runs")
    return [path for path in root.rglob("*") if path.is_file() and not any(path.is_relative_to(each) for each in made)]


def compare(network: PlateNetwork, content: bytes) -> None:
    """Raise ValueError where the runtimes answer differently."""
    random = np.random.default_rng(0)
    for height, width in SIZES:
        picture = random.uniform(-1, 1, (1, 3, height, width)).astype(np.float32)
        with torch.no_grad():
            answers = network(torch.from_numpy(picture))
        expected = dict(zip(OUTPUTS, (answer.numpy() for answer in answers), strict=True))
        for runtime, run in (("OpenCV", by_opencv), ("ONNX Runtime", by_onnxruntime)):
            apart = difference(expected, run(content, picture))
            if not apart <= ALLOWED:
                message = f"{runtime} answers {apart:.2g} apart from PyTorch at {width}x{height}: nothing was exported"
                raise ValueError(message)


def difference(one: Mapping[str, NDArray[np.float32]], other: Mapping[str, NDArray[np.float32]]) -> float:
    """Largest between two runtimes' answers; infinite where they differ in shape."""
    if any(one[name].shape != other[name].shape for name in OUTPUTS):
        return float("inf")
    return max(float(np.abs(one[name] - other[name]).max()) for name in OUTPUTS)


def by_opencv(content: bytes, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """What OpenCV's `dnn` answers."""
    network = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
    network.setInput(picture)
    return dict(zip(OUTPUTS, (np.asarray(answer, np.float32) for answer in network.forward(OUTPUTS)), strict=True))


def by_onnxruntime(content: bytes, picture: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """What ONNX Runtime answers."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    answers = session.run(list(OUTPUTS), {"picture": picture})
    return dict(zip(OUTPUTS, (np.asarray(answer, np.float32) for answer in answers), strict=True))


def put(content: bytes, place: Path) -> None:
    """Write a file in the place of the one before, whole or not at all."""
    fresh = place.with_name(f".{place.name}")
    fresh.write_bytes(content)
    fresh.replace(place)


def main() -> None:
    """Export as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--to", type=Path, default=PLACE)
    parser.add_argument("--version", default="1")
    options = parser.parse_args()
    checkpoint = kept(options.run)
    if checkpoint is None:
        parser.error(f"{options.run} holds no checkpoint: train first")
    content = exported(checkpoint, options.version)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    if options.to.resolve() == PLACE:
        # Cut off between the two, the package refuses the old model by the new digest, and says so.
        put(vouched(TABLE.read_text("utf-8"), PLACE.name, content).encode(), TABLE)
    put(content, options.to)
    print(f"{options.to}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
