"""argv -> policy and jobs; receipts -> lines and an exit code.

Exit codes: 0 all published and verified, or a scan that found nothing; 1 a scan found something, or there is a flag
that --fail-on names (of a scan then nothing else); 2 usage or policy;
3 some inputs refused or failed; 4 a model or plugin is missing or broke; 5 something was withheld by the verifier;
130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from redact.arguments import gate_of, parser, policy_of, regions_of
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

    from redact.inventory import Inventory
    from redact.model import Field, Findings
    from redact.redactor import Redactor
    from redact.scanning import Told
    from redact.tree import Job

FOUND = 1
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = parser().parse_args(argv)
    _behave()
    try:
        code = VERBS[options.verb](options)
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


def _run(options: argparse.Namespace) -> int:
    from rich.console import Console

    from redact import attention, batch, terminal, tree

    policy = policy_of(options)
    gate = gate_of(options)
    regions = regions_of(options)
    console = Console()
    total = sum(1 for _ in tree.jobs(options.source, options.target))
    root = options.source if options.source.is_dir() else options.source.parent
    with terminal.Bars(root, total, console) as bars:
        report = batch.folder(
            options.source, options.target, policy, regions=regions, workers=options.workers, watcher=bars
        )
    terminal.show(console, terminal.summary_line(report))
    flagged = any(attention.raised(receipt.attention, gate) for receipt in report)
    return max([FOUND if flagged else 0, *(receipt.exit_code for receipt in report)])


def _scan(options: argparse.Namespace) -> int:
    from rich.console import Console

    from redact import inventory, regions, scanning, terminal, tree
    from redact.redactor import Redactor

    policy = policy_of(options)
    gate = gate_of(options)
    if options.regions:
        regions.demand_free(options.regions)
        if not policy.hide:
            message = "nothing is looked for, so there are no regions to write: hide something, or leave --regions away"
            raise PolicyError(message)
    if options.json not in (None, "-"):
        _demand_new(Path(options.json))
    if not options.source.exists():
        message = f"no such file or folder: {options.source}"
        raise PolicyError(message)
    redactor = Redactor(policy)
    console = Console(stderr=options.json == "-")
    totals = scanning.Totals(options.source, policy)
    listed = inventory.Inventory()
    found: dict[str, Findings] = {}
    codes = [0]
    for job in tree.jobs(options.source, options.source):
        told = _told(job, redactor)
        _show(told, console)
        totals.add(told)
        listed.add(told)
        codes.append(told.exit_code)
        if told.findings and told.findings.frames:
            found[told.path.as_posix()] = told.findings
    if options.regions:
        regions.save(regions.Regions(found), options.regions, options.regions_format)
    for line in totals.lines():
        terminal.show(console, line)
    if options.json:
        _write_inventory(listed, options.json)
    hit = totals.found if options.fail_on is None else listed.raised(gate)
    return max(FOUND if hit else 0, *codes)


def _demand_new(place: Path) -> None:
    """Raise PolicyError where something is in the way of a file to be written: it may be an original."""
    if place.is_symlink() or place.exists() or not place.parent.is_dir():
        message = f"{place} exists already, or has no folder to be in: name a new file"
        raise PolicyError(message)


def _write_inventory(listed: Inventory, name: str) -> None:
    if name == "-":
        sys.stdout.write(listed.text())
        return
    with Path(name).open("x", encoding="ascii") as file:
        file.write(listed.text())


def _told(job: Job, redactor: Redactor) -> Told:
    """What is to be told of one file, whatever keeps it from being looked at."""
    from redact import scanning

    path = job.path or PurePath(job.source.name)
    problem: RedactError | None = None
    left: tuple[Field, ...] | None = None
    try:
        if job.error:
            raise MediaError(job.error)
        try:
            findings = redactor.scan(job.source, path=job.path)
        except UnsupportedFormatError as error:
            # Pictures that nobody can look at keep no secret of the metadata beside them.
            findings, problem = redactor.described(job.source), error
    except RedactError as error:
        return scanning.Told(job.source, path, problem=error)
    try:
        left = None if problem else redactor.remaining(job.source)
    except RedactError as error:
        problem = error
    rows = scanning.rows(findings, left, redactor.policy)
    flags = scanning.flags(findings, path, redactor.policy)
    return scanning.Told(job.source, path, findings, rows, flags, problem)


def _show(told: Told, console: Console) -> None:
    """The lines about one file."""
    from redact import scanning, terminal

    name = terminal.printable(told.source)
    if told.findings is None:
        terminal.show(console, f"{name}: {terminal.printable(told.problem)}")
        return
    terminal.show(console, f"{name}: {scanning.heading(told.findings, told.rows)}")
    for line, style in scanning.table(told.rows):
        terminal.show(console, line, style)
    if look := terminal.to_look_at(told.flags):
        style = terminal.ATTENTION if terminal.calls_for_attention(told.flags) else None
        terminal.show(console, f"  {look}", style)
    if told.problem:
        problem = terminal.printable(told.problem)
        terminal.show(console, f"  no copy can be made: {problem}", terminal.ATTENTION)


def _loss(options: argparse.Namespace) -> int:
    from redact import loss, regions

    painted = regions.load(options.painted)
    sizes = {name: each.size for name, each in painted.files.items()}
    found = loss.loss(painted, regions.load(options.labels, lambda: sizes))
    if options.json:
        sys.stdout.write(json.dumps(found.told, indent=1) + "\n")
        return 0
    from rich.console import Console

    from redact import terminal

    console = Console()
    for line in loss.table(found):
        terminal.show(console, terminal.printable(line))
    return 0


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
        terminal.show(console, f"{offer.name:<12} {offer.package:<16} {offer.entry_point.value}")
        try:
            names = getattr(offer.load(), "weights", ())
        except PluginError as error:
            broken = True
            terminal.show(console, f"{'':<12} {terminal.printable(error)}")
            continue
        for each in (table[name] for name in names if name in table):
            about = f"model {each.name}, {each.licence}, sha256 {each.sha256[:16]}..., {each.origin}"
            terminal.show(console, f"{'':<12} {about}")
    for kind in plugins.kinds():
        terminal.show(
            console, f"kind {kind.name:<7} {kind.package:<16} {kind.entry_point.value}: for labels of your own"
        )
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


VERBS = {
    "run": _run,
    "scan": _scan,
    "loss": _loss,
    "verify": _verify,
    "detectors": _detectors,
    "doctor": _doctor,
}
"""What each verb does; each gives an exit code."""
