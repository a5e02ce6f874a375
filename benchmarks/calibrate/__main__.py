"""Fits every number of the detectors and tells honestly how good they are with them.

    python -m benchmarks.calibrate DATA TOOLS [--seen FILE] [--only NAME] [--write]

DATA holds `labels.json` and the pictures it names; TOOLS is the folder of `detection_score.py`. `--write` puts the
numbers into the package; `--seen` keeps what the networks saw, which takes minutes, beside FILE for another run.

A fifth of the pictures takes part in no choice: nothing is fitted on it, and no threshold or margin is chosen with it
in view. On the rest two figures are made. *Nested*: five times a fifth of it is set aside, everything is fitted and
chosen on what remains, by an inner cross-validation, and measured on what was set aside. *Untouched*: everything is
fitted and chosen on the rest, and measured on the fifth that took no part. Pictures made from one another are always
on the same side (`folds`). The looks of the presets were chosen before these figures and by their cost.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.calibrate import faces, plates
from benchmarks.calibrate.request import Request

FITTED_BY: Mapping[str, Callable[[Request], None]] = {
    **dict.fromkeys(faces.NAMES, faces.calibrate),
    **dict.fromkeys(plates.NAMES, plates.calibrate),
}
"""What `--only` may name -> what fits it."""


def main() -> None:
    """Let each module fit what was asked of it."""
    options = arguments()
    sys.path.insert(0, str(options.tools))
    score = importlib.import_module("detection_score").score
    labels = json.loads((options.data / "labels.json").read_text())
    wanted = [options.only] if options.only else list(FITTED_BY)
    for fit in dict.fromkeys(FITTED_BY[name] for name in wanted):
        names = tuple(name for name in wanted if FITTED_BY[name] is fit)
        fit(Request(options.data, labels, score, names, options.seen, options.write))


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    first_line = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibrate", description=first_line)
    parser.add_argument("data", type=Path)
    parser.add_argument("tools", type=Path)
    parser.add_argument("--seen", type=Path, help="what the networks saw is kept beside it, for another run")
    parser.add_argument("--only", choices=tuple(FITTED_BY), help="fit this and leave the others")
    parser.add_argument("--write", action="store_true", help="write the numbers into the package")
    return parser.parse_args()


if __name__ == "__main__":
    main()
