"""A scan as data: what is in each file and what to look at there, for programs and gates. Pure.

It holds names and counts, never a value: what the lines of a scan show, and the flags.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from redact import attention
from redact.model import Code, Findings, Flag
from redact.report import noted
from redact.scanning import Row, Told

VERSION = 1


class Inventory:
    """What was found in the files of a tree, in the order they were scanned."""

    def __init__(self) -> None:
        self._files: dict[str, dict[str, Any]] = {}
        self._flags: list[Flag] = []

    def add(self, told: Told) -> None:
        """One file, that was looked at or could not be."""
        self._flags += told.flags
        found = _found(told.findings, told) if told.findings else {}
        problem = {"exit_code": told.exit_code, "message": str(told.problem)}
        self._files[told.path.as_posix()] = {**found, "problem": problem} if told.problem else found

    def raised(self, codes: frozenset[Code]) -> bool:
        """True when a file has a flag of one of these codes."""
        return attention.raised(self._flags, codes)

    def text(self) -> str:
        """As JSON, ASCII alone, whatever the files are called."""
        return json.dumps({"scan": VERSION, "files": self._files}, indent=1) + "\n"


def _found(findings: Findings, told: Told) -> dict[str, Any]:
    return {
        "sidecar": findings.dropped,
        "frames": findings.frames,
        "found": dict(sorted(Counter(track.label for track in findings.tracks).items())),
        "allowed": dict(sorted(Counter(each.label for each in findings.allowed).items())),
        "metadata": [_row(row) for row in told.rows],
        "attention": [noted(flag) for flag in told.flags],
    }


def _row(row: Row) -> dict[str, Any]:
    about = {"kind": row.field.kind, "name": row.field.name, "carrier": row.field.where}
    return {**about, "times": row.times, "becomes": row.becomes}
