"""argv -> policy and jobs; receipts -> lines and an exit code.

Exit codes: 0 all published and verified, or a scan that found nothing; 1 a scan found something; 2 usage or policy;
3 some inputs refused or failed; 4 a model or plugin is missing or broke; 5 something was withheld by the verifier;
130 interrupted.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from redact import __version__
from redact.errors import (
    MediaError,
    PluginError,
    PolicyError,
    RedactError,
    UnsupportedFormatError,
    VerificationError,
)

if TYPE_CHECKING:
    from rich.console import Console

    from redact.model import Field
    from redact.policy import Policy
    from redact.redactor import Redactor
    from redact.scanning import Totals
    from redact.tree import Job

FOUND = 1
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _parser().parse_args(argv)
    _behave()
    try:
        code: int = options.run(options)
    except RedactError as error:
        sys.stderr.write(f"redact: {error}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"redact: {error.strerror or type(error).__name__}\n")
        return MediaError.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("redact: interrupted; what was published so far is complete\n")
        return INTERRUPTED
    return code


def _behave() -> None:
    """Clean up on SIGTERM as on Ctrl-C, and write names that the terminal's encoding lacks with escapes."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redact", description="Redact images and video before they are shared.")
    parser.add_argument("--version", action="version", version=f"redact {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    run = verbs.add_parser("run", help="publish redacted, verified copies of SRC in the folder DST")
    run.add_argument("source", type=Path, metavar="SRC", help="a folder, or one file")
    run.add_argument("target", type=Path, metavar="DST", help="the output folder; nothing in it is overwritten")
    _add_policy(run)
    run.add_argument(
        "--workers", type=_count, default=1, metavar="N", help="processes that share the files (default 1)"
    )
    run.set_defaults(run=_run)

    scan = verbs.add_parser(
        "scan", help="tell what is in SRC and what becomes of it; keeps nothing, exits 1 when there is anything"
    )
    scan.add_argument("source", type=Path, metavar="SRC", help="a folder, or one file")
    _add_policy(scan)
    scan.set_defaults(run=_scan)

    verify = verbs.add_parser("verify", help="check a shared folder against its manifest again")
    verify.add_argument("folder", type=Path, metavar="DST")
    verify.set_defaults(run=_verify)

    detectors = verbs.add_parser("detectors", help="list what can be hidden, and which package offers it")
    detectors.set_defaults(run=_detectors)

    doctor = verbs.add_parser("doctor", help="check the installation, and name the command that mends it")
    doctor.set_defaults(run=_doctor)
    return parser


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
        policy = dataclasses.replace(policy, hide=hide, detectors=detectors)
    if options.keep is not None:
        policy = dataclasses.replace(policy, keep=frozenset(_items(options.keep)))
    if options.location is not None:
        policy = dataclasses.replace(policy, location=options.location)
    if options.sidecars is not None:
        policy = dataclasses.replace(policy, sidecars=options.sidecars)
    if options.names is not None:
        policy = dataclasses.replace(policy, names=options.names)
    return policy


def _items(text: str) -> list[str]:
    items = [item.strip() for item in text.split(",")]
    if items == ["none"]:
        return []
    if not all(items):
        message = f"an item is empty in {text!r}"
        raise PolicyError(message)
    return items


def _run(options: argparse.Namespace) -> int:
    from rich.console import Console

    from redact import batch, terminal, tree

    policy = policy_of(options)
    console = Console()
    total = sum(1 for _ in tree.jobs(options.source, options.target))
    root = options.source if options.source.is_dir() else options.source.parent
    with terminal.Bars(root, total, console) as bars:
        report = batch.folder(options.source, options.target, policy, workers=options.workers, watcher=bars)
    terminal.show(console, terminal.summary_line(report))
    return max((receipt.exit_code for receipt in report), default=0)


def _scan(options: argparse.Namespace) -> int:
    from rich.console import Console

    from redact import scanning, terminal, tree
    from redact.redactor import Redactor

    policy = policy_of(options)
    if not options.source.exists():
        message = f"no such file or folder: {options.source}"
        raise PolicyError(message)
    redactor = Redactor(policy)
    console = Console()
    totals = scanning.Totals(options.source, policy)
    codes = [_scan_one(job, redactor, totals, console) for job in tree.jobs(options.source, options.source)]
    for line in totals.lines():
        terminal.show(console, line)
    return max([FOUND if totals.found else 0, *codes])


def _scan_one(job: Job, redactor: Redactor, totals: Totals, console: Console) -> int:
    """Show what is in one file; returns the code of what kept it, or a copy of it, from being looked at; else 0."""
    from redact import scanning, terminal

    name = terminal.printable(job.source)
    problem: RedactError | None = None
    left: tuple[Field, ...] | None = None
    try:
        if job.error:
            raise MediaError(job.error)
        try:
            findings = redactor.scan(job.source)
        except UnsupportedFormatError as error:
            # Pictures that nobody can look at keep no secret of the metadata beside them.
            findings, problem = redactor.described(job.source), error
    except RedactError as error:
        totals.miss(job.source)
        terminal.show(console, f"{name}: {terminal.printable(error)}")
        return error.exit_code
    try:
        left = None if problem else redactor.remaining(job.source)
    except RedactError as error:
        problem = error
    rows = scanning.rows(findings, left, redactor.policy)
    totals.add(job.source, findings, rows)
    terminal.show(console, f"{name}: {scanning.heading(findings, rows)}")
    for line, style in scanning.table(rows):
        terminal.show(console, line, style)
    if problem is None:
        return 0
    terminal.show(console, f"  no copy can be made: {terminal.printable(problem)}", terminal.ATTENTION)
    return problem.exit_code


def _verify(options: argparse.Namespace) -> int:
    from rich.console import Console

    from redact import audit, terminal

    console = Console()
    wrong = total = 0
    for name, checks in audit.audit(options.folder):
        total += 1
        wrong += any(not check.passed for check in checks)
        terminal.show(console, terminal.audit_line(name, checks))
    terminal.show(console, f"{total - wrong} of {total} files are what was published")
    return VerificationError.exit_code if wrong else 0


def _detectors(_options: argparse.Namespace) -> int:
    from rich.console import Console

    from redact import plugins, terminal, weights

    console = Console()
    table = {each.name: each for each in weights.table()}
    broken = False
    for offer in plugins.offers():
        terminal.show(console, f"{offer.label:<12} {offer.package:<16} {offer.entry_point.value}")
        try:
            names = getattr(offer.load(), "weights", ())
        except PluginError as error:
            broken = True
            terminal.show(console, f"{'':<12} {terminal.printable(error)}")
            continue
        for each in (table[name] for name in names if name in table):
            about = f"model {each.name}, {each.licence}, sha256 {each.sha256[:16]}..., {each.origin}"
            terminal.show(console, f"{'':<12} {about}")
    return PluginError.exit_code if broken else 0


def _doctor(_options: argparse.Namespace) -> int:
    from rich.console import Console

    from redact import doctor, terminal

    console = Console()
    sick = False
    for finding in doctor.examined():
        sick = sick or bool(finding.remedy)
        terminal.show(console, f"{'mend' if finding.remedy else 'ok':<5} {finding.topic:<24} {finding.state}")
        if finding.remedy:
            terminal.show(console, f"{'':<5} {'':<24} -> {finding.remedy}")
    return PluginError.exit_code if sick else 0
