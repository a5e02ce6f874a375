"""What is left of a place, what is lost of a picture, and how long it takes: ours beside the peers, in one run.

    python -m benchmarks.metadata DATA TOOLS [--exiftool PATH] [--megabytes 1000]

DATA holds `truth.json` and `files/`, and beside it lies `video/bench1080.mp4`; TOOLS is the folder of `leakscan.py`,
which decides what still tells a place: it asks ExifTool and FFmpeg, and reads the bytes. "leaks" counts published files
in which it finds a location, and in brackets those among the files that told one. A file counts as damaged where
decoders see another picture, hear another sound, or find no colour profile or orientation where there was one.
"of decodable" is what was published of the files that ordinary decoders read whole.

Speed: files of JPEG per CPU second, stripping alone in one process, from memory to memory where the peer can; then
a film of --megabytes, made by repeating one of DATA's, beside `cp` (0 leaves it out; FFmpeg makes it).
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import piexif

from benchmarks.decoded import Decoded, decoded
from benchmarks.peers import Declined, Peer, installed, measured, missing
from redact.formats.jpeg import Jpeg
from redact.model import Keep

HEAD = (
    f"{'':22}{'published':>10}{'of decodable':>14}{'leaks':>12}{'pictures':>10}{'sound':>7}"
    f"{'profile':>9}{'turn':>6}{'CPU s':>8}"
)
_ROUNDS, _REPEATED = 5, 8

KEEP = Keep(frozenset({"orientation", "colour"}))


def main() -> None:
    """Print all figures."""
    options = arguments()
    sys.path.insert(0, str(options.tools))
    leakscan = importlib.import_module("leakscan")
    truth = json.loads((options.data / "truth.json").read_text())
    files = sorted(path for path in (options.data / "files").rglob("*") if path.is_file())
    originals = {path: decoded(path) for path in files}
    print(f"{len(files)} files, {sum(each is not None for each in originals.values())} decodable")
    if absent := missing(options.exiftool):
        print(f"not installed, so not measured: {', '.join(absent)}")
    print(HEAD)
    with tempfile.TemporaryDirectory() as work:
        for number, peer in enumerate(installed(options.exiftool)):
            share = Path(work) / str(number)
            times = run(peer, files, options.data / "files", share)
            found = leakscan.scan(str(share), truth=truth, exiftool=options.exiftool)
            leaking = {
                name for name, findings in found.items() if any(one["category"] == "location" for one in findings)
            }
            print(row(peer.name, originals, options.data / "files", share, leaking, set(truth), times["cpu"]))
    print_jpeg_speed([path for path in files if path.suffix.lower() == ".jpg"], options.exiftool)
    if options.megabytes and shutil.which("ffmpeg"):
        clip = options.data.parent / "video" / "bench1080.mp4"
        command = [sys.executable, "-m", "benchmarks.film", str(clip), "--megabytes", str(options.megabytes)]
        subprocess.run([*command, *(["--exiftool", options.exiftool] if options.exiftool else [])], check=True)


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("tools", type=Path)
    parser.add_argument("--exiftool", default=os.environ.get("EXIFTOOL") or shutil.which("exiftool"))
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the film whose copying is timed")
    return parser.parse_args()


def run(peer: Peer, files: Sequence[Path], root: Path, share: Path) -> dict[str, float]:
    """Strip every file into `share` under its own name; what fails leaves nothing there. Seconds it took."""
    times: dict[str, float] = {}
    with measured(times):
        for source in files:
            target = share / source.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                peer.strip(source, target)
            except Declined:
                continue
            except Exception:  # noqa: BLE001 - each peer fails in ways of its own
                target.unlink(missing_ok=True)
    return times


def row(
    name: str,
    originals: Mapping[Path, Decoded | None],
    root: Path,
    share: Path,
    leaking: set[str],
    telling: set[str],
    seconds: float,
) -> str:
    """One line of the table."""
    published = decodable = 0
    lost: Counter[str] = Counter()
    for source, before in originals.items():
        copy = share / source.relative_to(root)
        if not copy.exists():
            continue
        published += 1
        if before is not None:
            decodable += 1
            lost.update(losses(before, decoded(copy)))
    share_of_decodable = 100 * decodable / sum(each is not None for each in originals.values())
    leaks = f"{len(leaking)} ({len(leaking & telling)})"
    return (
        f"{name:22}{published:>10}{decodable:>7}{share_of_decodable:>6.1f}%{leaks:>12}{lost['pictures']:>10}"
        f"{lost['sounds']:>7}{lost['profile']:>9}{lost['orientation']:>6}{seconds:>8.1f}"
    )


def losses(before: Decoded, after: Decoded | None) -> list[str]:
    """What of a file is not as it was."""
    if after is None:
        return ["pictures"]
    kinds = ("pictures", "sounds", "profile", "orientation")
    return [kind for kind in kinds if getattr(before, kind) != getattr(after, kind)]


def print_jpeg_speed(files: Sequence[Path], exiftool: str | None) -> None:
    """Files per CPU second of stripping alone."""
    contents = [path.read_bytes() for path in files]

    def strip(data: bytes) -> None:
        Jpeg().strip(BytesIO(data), BytesIO(), KEEP)

    def remove(data: bytes) -> None:
        piexif.remove(data, BytesIO())

    print(f"\nJPEG, {len(files)} files of {sum(map(len, contents)) / 1e6:.0f} MB: files per CPU second")
    print(f"{'redact, strip':34}{rate(strip, contents):>8.0f}")
    print(f"{'piexif.remove':34}{rate(remove, contents):>8.0f}")
    with tempfile.TemporaryDirectory() as work:
        verified = folder_rate(next(installed(None)), files, Path(work) / "ours")
        print(f"{'redact, verified and published':34}{verified:>8.0f}")
        copies = Path(work) / "copies"
        copies.mkdir()
        for number, path in enumerate(files):
            shutil.copyfile(path, copies / f"{number}.jpg")
        if exiftool:
            command = [exiftool, "-q", "-q", "-all=", "-o", str(Path(work) / "exiftool") + "/", str(copies)]
            print(f"{'exiftool -all=, one process':34}{command_rate(command, len(files)):>8.0f}")
        if mat2 := shutil.which("mat2"):
            command = [mat2, "--inplace", *map(str, sorted(copies.iterdir()))]
            print(f"{'mat2, one process':34}{command_rate(command, len(files)):>8.0f}")


def rate(strip: Callable[[bytes], None], contents: Sequence[bytes]) -> float:
    """Files per CPU second, the best of five rounds over all of them: a busy machine only ever makes it worse."""
    best = 0.0
    for _ in range(_ROUNDS):
        began = time.process_time()
        for data in [*contents] * _REPEATED:
            try:
                strip(data)
            except Exception:  # noqa: BLE001 - each fails on some, in ways of its own
                continue
        best = max(best, len(contents) * _REPEATED / (time.process_time() - began))
    return best


def folder_rate(peer: Peer, files: Sequence[Path], share: Path) -> float:
    """Files per CPU second from disk to disk."""
    root = Path(os.path.commonpath(files))
    return len(files) / run(peer, files, root, share)["cpu"]


def command_rate(command: Sequence[str], files: int) -> float:
    """Files per CPU second of one process that takes all of them."""
    times: dict[str, float] = {}
    with measured(times):
        subprocess.run(command, check=False, capture_output=True)
    return files / times["cpu"]


if __name__ == "__main__":
    main()
