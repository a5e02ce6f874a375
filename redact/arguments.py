"""What the command understands: argv -> options, and options -> the policy they ask for."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from redact import __version__
from redact.errors import PolicyError

if TYPE_CHECKING:
    from redact.model import Code
    from redact.policy import Policy
    from redact.regions import Regions


def parser() -> argparse.ArgumentParser:
    """What the command understands; `verb` of what it parses is the name of the verb."""
    whole = argparse.ArgumentParser(prog="redact", description="Redact images and video before they are shared.")
    whole.add_argument("--version", action="version", version=f"redact {__version__}")
    verbs = whole.add_subparsers(required=True, metavar="VERB", dest="verb")

    run = verbs.add_parser("run", help="publish redacted, verified copies of SRC in the folder DST")
    run.add_argument("source", type=Path, metavar="SRC", help="a folder, or one file")
    run.add_argument("target", type=Path, metavar="DST", help="the output folder; nothing in it is overwritten")
    _add_policy(run)
    run.add_argument(
        "--workers", type=_count, default=1, metavar="N", help="processes that share the files (default 1)"
    )
    run.add_argument(
        "--regions",
        metavar="FILE",
        help="paint these regions in place of looking: a file or folder that a scan wrote, COCO, YOLO or CVAT; +FILE "
        "paints them besides what the detectors find",
    )
    _add_gate(run, "exit 1, though the copies are published, when one has such a flag")

    scan = verbs.add_parser(
        "scan", help="tell what is in SRC and what becomes of it; keeps nothing, exits 1 when there is anything"
    )
    scan.add_argument("source", type=Path, metavar="SRC", help="a folder, or one file")
    _add_policy(scan)
    scan.add_argument(
        "--regions", type=Path, metavar="FILE", help="write what was found to this file, to be edited and given to run"
    )
    scan.add_argument(
        "--regions-format",
        choices=("own", "coco", "yolo", "cvat"),
        default="own",
        help="how: own holds all (the default); coco is a file too, yolo and cvat a folder",
    )
    _add_gate(scan, "exit 1 when a file has such a flag, and not because something was found")
    scan.add_argument(
        "--json",
        metavar="FILE",
        help="write names, counts and flags to this new file; - prints them in place of the rest",
    )

    loss = verbs.add_parser("loss", help="tell how much of what training labels mark is painted over, class by class")
    loss.add_argument("painted", type=Path, metavar="REGIONS", help="what is painted, as a scan wrote it")
    loss.add_argument("labels", type=Path, metavar="LABELS", help="training labels: COCO, YOLO, CVAT or our own layout")
    loss.add_argument("--json", action="store_true", help="as data in place of a table")

    verify = verbs.add_parser("verify", help="check a shared folder against its manifest again")
    verify.add_argument("folder", type=Path, metavar="DST")

    verbs.add_parser("detectors", help="list what can be hidden, and which package offers it")

    verbs.add_parser("doctor", help="check the installation, and name the command that mends it")
    return whole


def _add_gate(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--fail-on",
        metavar="FLAGS",
        help=f"as near-threshold,small or by severity, notice, warning (with alarm), alarm: {what}",
    )


def _add_policy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--policy", type=Path, metavar="FILE", help="a policy in TOML")
    parser.add_argument(
        "--hide",
        metavar="LABELS",
        help="in place of face,plate,coordinates: as face,plate=fill; +badge adds to them; none leaves pixels alone",
    )
    parser.add_argument(
        "--keep",
        metavar="KINDS",
        help="in place of orientation,colour: metadata that stays; there are also time, camera (exposure and lens), "
        "author and copyright; none drops all of it",
    )
    parser.add_argument(
        "--location",
        metavar="HOW",
        help="as coarsen:5km: an EXIF position stays as the centre of its cell in a grid so wide; drop is the default",
    )
    parser.add_argument(
        "--sidecars",
        choices=("drop", "strip"),
        help="what lies beside photos and clips (.srt, .gpx, .xmp, .thm, ...): drop makes no copy (the default); strip "
        "makes one of previews and of XMP",
    )
    parser.add_argument(
        "--names",
        choices=("keep", "random", "serial"),
        help="names of the copies and their folders: keep the originals' (the default), random, or serial numbers",
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        message = "at least 1"
        raise argparse.ArgumentTypeError(message)
    return number


def policy_of(options: argparse.Namespace) -> Policy:
    """The policy that the options ask for: the file's, or the default, changed by the options after it.

    Raises PolicyError.
    """
    from redact.policy import Policy, style_from

    policy = Policy.from_file(options.policy) if options.policy else Policy()
    if options.hide is not None:
        items = _items(options.hide)
        hide = dict(policy.hide) if any(item.startswith("+") for item in items) else {}
        for item in items:
            label, _, style = item.removeprefix("+").partition("=")
            hide[label] = style_from(style or "blur") if style or label not in policy.hide else policy.hide[label]
        detectors = {label: settings for label, settings in policy.detectors.items() if label in hide}
        allow = tuple(entry for entry in policy.allow if entry.label in hide)
        policy = dataclasses.replace(policy, hide=hide, detectors=detectors, allow=allow)
    if options.keep is not None:
        policy = dataclasses.replace(policy, keep=frozenset(_items(options.keep)))
    if options.location is not None:
        policy = dataclasses.replace(policy, location=options.location)
    if options.sidecars is not None:
        policy = dataclasses.replace(policy, sidecars=options.sidecars)
    if options.names is not None:
        policy = dataclasses.replace(policy, names=options.names)
    return policy


def regions_of(options: argparse.Namespace) -> Regions | None:
    """The regions that are given to a run: in place of looking, or, with a plus before the file, besides.

    Raises PolicyError.
    """
    if options.regions is None:
        return None
    from redact import measuring, regions

    name = options.regions.removeprefix("+")
    given = regions.load(name, lambda: measuring.sizes(options.source))
    return given if name == options.regions else dataclasses.replace(given, use="besides")


def _items(text: str) -> list[str]:
    items = [item.strip() for item in text.split(",")]
    if items == ["none"]:
        return []
    if not all(items):
        message = f"an item is empty in {text!r}"
        raise PolicyError(message)
    return items


def gate_of(options: argparse.Namespace) -> frozenset[Code]:
    """The codes of the flags that --fail-on names. Raises PolicyError for one that does not exist."""
    from redact import attention

    return attention.named(_items(options.fail_on)) if options.fail_on is not None else frozenset()
