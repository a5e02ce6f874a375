"""Findings -> the table of a scan: what is in each file, and what becomes of it. Names and counts, never a value.

What becomes of a field is not foretold from the policy but seen in a copy, as the receipt of a run sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from redact import attention, telling
from redact.errors import RedactError
from redact.model import Field, Findings, Flag
from redact.policy import Policy
from redact.redactor import removed
from redact.terminal import ATTENTION, counted, printable

_HEAD = ("kind", "name", "carrier", "times", "becomes")


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of metadata of a file.

    times:   how often it is there
    becomes: "dropped", "kept", "coarsened"; "stays", though the policy would drop it, as what a name tells; or "not
             copied", where no copy can be made
    """

    field: Field
    times: int
    becomes: str

    @property
    def found(self) -> bool:
        """True for what the policy does not let stay."""
        return self.becomes != "kept"

    @property
    def cells(self) -> tuple[str, ...]:
        """As texts, in the order of the table."""
        about = (self.field.kind, printable(self.field.name), printable(self.field.where))
        return *about, str(self.times), self.becomes


@dataclass(frozen=True, slots=True)
class Told:
    """What a scan tells of one file.

    path:     the file's own below the root of its tree
    findings: None for a file that could not be read
    rows, flags: what becomes of its metadata, and what to look at
    problem:  what kept the file, or a copy of it, from being looked at
    """

    source: Path
    path: PurePath
    findings: Findings | None = None
    rows: tuple[Row, ...] = ()
    flags: tuple[Flag, ...] = ()
    problem: RedactError | None = None

    @property
    def exit_code(self) -> int:
        """That of the problem; 0 without one."""
        return self.problem.exit_code if self.problem else 0


def rows(findings: Findings, left: Sequence[Field] | None, policy: Policy) -> tuple[Row, ...]:
    """A row for each different field and what becomes of it, those that are kept last.

    left: the metadata of a copy, see `Redactor.remaining`; None where none can be made
    """
    every = Counter(findings.fields)
    if left is None:
        return tuple(Row(each, times, "not copied") for each, times in every.items())
    gone = Counter(removed(findings.fields, left))
    found = [Row(each, times, "dropped") for each, times in gone.items()]
    found += [Row(each, times, _becomes(each, policy)) for each, times in (every - gone).items()]
    return tuple(sorted(found, key=lambda row: not row.found))


def _becomes(each: Field, policy: Policy) -> str:
    """What became of a field that is in the copy too."""
    if each.kind in policy.kept:
        return "kept"
    coarse = policy.kept.grid_km is not None and each.kind == "location" and each.where != telling.FILE_NAME
    return "coarsened" if coarse else "stays"


def flags(findings: Findings, path: PurePath, policy: Policy) -> tuple[Flag, ...]:
    """What a person should look at in a file, and in the names that a copy of it would bear.

    path: the file's own below the root of its tree
    """
    if findings.dropped:
        return ()
    names = [*(("folder", name) for name in path.parts[:-1]), ("file", path.name)] if policy.names == "keep" else []
    return (*attention.flags(findings), *telling.attention(names, policy.kept))


def heading(findings: Findings, table: Sequence[Row]) -> str:
    """What is found in a file, counted by label and kind."""
    counts = Counter(track.label for track in findings.tracks)
    for row in table:
        if row.found:
            counts[row.field.kind] += row.times
    left = counted(Counter(each.label for each in findings.allowed))
    told = "; ".join(part for part in (counted(counts), left and f"leaves {left} visible") if part) or "nothing"
    return f"sidecar, {told}" if findings.dropped else told


def table(found: Sequence[Row]) -> Iterator[tuple[str, str | None]]:
    """The lines of a table with the style of each: what is kept is dim, what stays all the same calls for attention."""
    if not found:
        return
    cells = [_HEAD, *(row.cells for row in found)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEAD))]
    styles = ["dim", *map(_style, found)]
    for row, style in zip(cells, styles, strict=True):
        aligned = [
            f"{text:>{width}}" if text.isdigit() or text == "times" else f"{text:<{width}}"
            for text, width in zip(row, widths, strict=True)
        ]
        yield "  " + "  ".join(aligned).rstrip(), style


def _style(row: Row) -> str | None:
    return {"kept": "dim", "stays": ATTENTION, "not copied": ATTENTION}.get(row.becomes)


@dataclass(slots=True)
class _Total:
    files: int = 0
    missed: int = 0
    telling: int = 0
    sidecars: int = 0
    found: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)


class Totals:
    """Counts for each folder of a tree, and for all of it."""

    def __init__(self, root: Path, policy: Policy) -> None:
        self._root = root
        self._policy = policy
        self._folders: dict[Path, _Total] = {}

    def add(self, told: Told) -> None:
        """Count one file."""
        total = self._folders.setdefault(told.source.parent, _Total())
        if told.findings is None:
            total.missed += 1
            return
        total.files += 1
        total.sidecars += told.findings.dropped
        total.telling += bool(told.findings.tracks) or any(row.found for row in told.rows)
        total.found.update(track.label for track in told.findings.tracks)
        for row in told.rows:
            (total.found if row.found else total.kept)[row.field.kind] += row.times

    @property
    def found(self) -> bool:
        """True when there is something to drop or to hide, or when a folder's name tells what may not be told."""
        return any(total.telling or self._named(folder) for folder, total in self._folders.items())

    def _named(self, folder: Path) -> tuple[str, ...]:
        """What may not be told of what the names on the way to a folder tell; that of the root is not published."""
        names = folder.relative_to(self._root).parts if folder.is_relative_to(self._root) else ()
        told = {kind for name in names for kind in telling.kinds(name)}
        return tuple(sorted(kind for kind in told if kind not in self._policy.kept))

    def lines(self) -> Iterator[str]:
        """A line for each folder with files, and one for all where there are several; none for a single file."""
        if not self._root.is_dir() or not self._folders:
            return
        for folder, total in self._folders.items():
            kinds = " and ".join(self._named(folder))
            name = f"; its name tells {kinds}" if kinds else ""
            yield f"{printable(folder)}/: {_counts(total)}{name}"
        if len(self._folders) > 1:
            every = list(self._folders.values())
            whole = _Total(
                *(sum(getattr(each, part) for each in every) for part in ("files", "missed", "telling", "sidecars"))
            )
            for each in every:
                whole.found.update(each.found)
                whole.kept.update(each.kept)
            yield f"in all: {_counts(whole)}"


def _counts(total: _Total) -> str:
    found, kept = counted(total.found), counted(total.kept)
    parts = [
        f"{total.files} files, {total.telling} with something to drop or hide",
        f"{total.missed} that could not be read" if total.missed else "",
        f"{total.sidecars} sidecars" if total.sidecars else "",
        f"found {found}" if found else "",
        f"kept {kept}" if kept else "",
    ]
    return "; ".join(part for part in parts if part)
