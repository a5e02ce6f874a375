"""A scan as data: what is in each file and what to look at there, for programs and gates. Pure.

It holds names and counts, never a value: what the lines of a scan show, and the flags.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from redact import attention
from redact.errors import RedactError
from redact.model import Code, Findings, Flag
from redact.report import noted
from redact.scanning import Row

VERSION = 1


class Inventory:
    """What was found in the files of a tree, in the order they were scanned."""

    def __init__(self) -> None:
        self._files: dict[str, dict[str, Any]] = {}
        self._flags: list[Flag] = []

    def add(self, path: PurePath, findings: Findings, rows: Sequence[Row], flags: Sequence[Flag]) -> None:
        """One file that was looked at.

        path: below the root of the tree
        """
        self._flags += flags
        self._files[path.as_posix()] = {
            "sidecar": findings.dropped,
            "frames": findings.frames,
            "found": dict(sorted(Counter(track.label for track in findings.tracks).items())),
            "allowed": dict(sorted(Counter(each.label for each in findings.allowed).items())),
            "metadata": [_row(row) for row in rows],
            "attention": [noted(flag) for flag in flags],
        }

    def miss(self, path: PurePath, error: RedactError) -> None:
        """One file that could not be looked at, or of which no copy can be made."""
        known = self._files.setdefault(path.as_posix(), {})
        known["problem"] = {"exit_code": error.exit_code, "message": str(error)}

    def raised(self, codes: frozenset[Code]) -> bool:
        """True when a file has a flag of one of these codes."""
        return attention.raised(self._flags, codes)

    def text(self) -> str:
        """As JSON, ASCII alone, whatever the files are called."""
        return json.dumps({"scan": VERSION, "files": self._files}, indent=1) + "\n"


def _row(row: Row) -> dict[str, Any]:
    about = {"kind": row.field.kind, "name": row.field.name, "carrier": row.field.where}
    return {**about, "times": row.times, "becomes": row.becomes}
