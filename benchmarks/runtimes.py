"""What each built-in network costs when OpenCV runs it and when ONNX Runtime does, and how far their answers differ.

    python benchmarks/runtimes.py [--rounds N]

Each network is given the same noise, of the size it is mostly shown. Both runtimes take turns in one process, on one
thread and on two; the figures are medians. *wall* is how long one picture takes, *CPU* what all threads together were
busy. *first* is the first picture of a size, for which both make plans. *differ* is the largest difference between any
two values of their answers.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.detectors.network import Network
from redact.detectors.runtimes import OPENCV, Runtime

RUNTIMES = (OPENCV, Runtime("onnxruntime"))
INPUTS: Mapping[str, tuple[int, int]] = {
    "yunet": (768, 768),
    "centerface": (768, 768),
    "ppocr-det": (544, 960),
    "ppocr-rec": (48, 320),
}
"""Network -> height and width of what it is mostly shown, pixels."""

HEAD = (
    f"{'network':<12}{'input':>10}{'threads':>9}  {'runtime':<12}"
    f"{'first ms':>10}{'wall ms':>10}{'CPU ms':>10}{'differ':>10}"
)


@dataclass(slots=True)
class Clock:
    """Seconds that each round took, on the wall and of all threads."""

    wall: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def run(self, network: Network, blob: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        """Let a network run once, and note how long it took."""
        wall, busy = time.perf_counter(), time.process_time()
        answers = network(blob)
        self.busy.append(time.process_time() - busy)
        self.wall.append(time.perf_counter() - wall)
        return answers


def main() -> None:
    """Run every network by both, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print(f"OpenCV {cv2.__version__}, ONNX Runtime {metadata.version('onnxruntime')}, {rounds} rounds")
    print(HEAD)
    for threads in (1, 2):
        # ONNX Runtime takes as many as OpenCV may when a network is built.
        cv2.setNumThreads(threads)
        for name, size in INPUTS.items():
            for row in compared(name, size, rounds):
                print(f"{name:<12}{size[1]:>5}x{size[0]:<4}{threads:>9}  {row}")


def compared(name: str, size: tuple[int, int], rounds: int) -> list[str]:
    """A row for each runtime."""
    blob = np.random.default_rng(0).uniform(-1, 1, (1, 3, *size)).astype(np.float32)
    networks = [Network(name, runtime) for runtime in RUNTIMES]
    first, clocks = [Clock() for _ in RUNTIMES], [Clock() for _ in RUNTIMES]
    for clock, network in zip(first, networks, strict=True):
        clock.run(network, blob)
    for _ in range(rounds):
        answers = [clock.run(network, blob) for clock, network in zip(clocks, networks, strict=True)]
    differ = max(float(np.abs(answer - answers[1][output]).max()) for output, answer in answers[0].items())
    return [
        f"{runtime.name:<12}{start.wall[0] * 1e3:10.1f}{statistics.median(clock.wall) * 1e3:10.1f}"
        f"{statistics.median(clock.busy) * 1e3:10.1f}{differ:10.1e}"
        for runtime, start, clock in zip(RUNTIMES, first, clocks, strict=True)
    ]


if __name__ == "__main__":
    main()
