"""Feeds hostile bytes to every parser of our own, by atheris (libFuzzer), for a while each.

    pip install -e '.[fuzz]'
    python -m benchmarks.fuzz [--seconds 60] [--only NAME ...]

Every target (see `target`) runs in a process of its own, two at once. It begins with the files in `corpus/NAME`, which
`seeds` made with real encoders or an earlier run found, and puts there what reaches code that nothing reached before;
`--merge` afterwards leaves the fewest files that reach as much. A target that breaks one of its promises leaves the
bytes that did it in `crashes/`, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.fuzz.seeds import sow
from benchmarks.fuzz.target import TARGETS

HERE = Path(__file__).parent
CRASHES = HERE / "crashes"


def main() -> int:
    """Run the targets; 1 when one of them broke a promise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--only", nargs="+", choices=sorted(TARGETS), default=sorted(TARGETS), metavar="NAME")
    parser.add_argument("--merge", action="store_true", help="keep only the files of the corpus that are needed")
    options = parser.parse_args()
    sow(HERE / "corpus")
    CRASHES.mkdir(exist_ok=True)
    print(f"{'':14}{'runs':>10}{'a second':>10}{'reached':>9}{'files':>7}")
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda name: fuzz(name, options.seconds, merge=options.merge), options.only))
    return int(any(outcomes))


def fuzz(name: str, seconds: int, *, merge: bool) -> int:
    """Run one target and print its figures; the exit code of its process."""
    corpus = HERE / "corpus" / name
    command = [sys.executable, "-m", "benchmarks.fuzz.target", name, f"-artifact_prefix={CRASHES}/{name}-"]
    command += ["-timeout=20", "-rss_limit_mb=3000", "-max_len=32768", "-use_value_profile=1"]
    done = subprocess.run([*command, f"-max_total_time={seconds}", str(corpus)], capture_output=True, text=True)
    runs = re.search(r"Done (\d+) runs in (\d+) second", done.stderr)
    reached = re.findall(r"cov: (\d+)", done.stderr)
    if merge:
        merged(command, corpus)
    total, spent = (int(runs[1]), max(int(runs[2]), 1)) if runs else (0, 1)
    files = len(list(corpus.iterdir()))
    print(f"{name:14}{total:>10}{total // spent:>10}{reached[-1] if reached else '-':>9}{files:>7}", flush=True)
    if done.returncode:
        print(done.stderr[-3000:], flush=True)
    return done.returncode


def merged(command: list[str], corpus: Path) -> None:
    """Leave the fewest files that reach as much."""
    fewer = corpus.with_name(corpus.name + ".fewer")
    fewer.mkdir(exist_ok=True)
    subprocess.run([*command, "-merge=1", str(fewer), str(corpus)], capture_output=True, check=True)
    for path in corpus.iterdir():
        path.unlink()
    corpus.rmdir()
    fewer.rename(corpus)


if __name__ == "__main__":
    sys.exit(main())
