"""Receipts, findings and progress as lines on a terminal. Shows names and counts, never a value."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from redact.batch import Watcher
from redact.model import CODES, Check, Code, Flag, Receipt, Report, Status
from redact.tree import Job

LONG_CLIP_FRAMES = 60
"""From so many frames on a file gets a line of its own below the folder's bar."""

STYLES = {
    "redacted": "green",
    "clean": "green",
    "dropped": "dim",
    "refused": "yellow",
    "failed": "red",
    "withheld": "red",
}
"""Status -> how its line looks."""

ATTENTION = "yellow"

_LOOK: Mapping[Code, str] = {
    "at-border": "{} at the border",
    "near-threshold": "{} hardly sure",
    "disagreement": "{} in dispute",
    "doubtful": "{} in doubt",
    "small": "{} very small",
}
"""What a flag says of the picture, around as much as "2 face"."""

_TELLS: Mapping[Code, str] = {"name-tells-place": "a place", "name-tells-time": "a time"}
"""What a flag says that a name tells."""


def printable(name: object) -> str:
    """A file's name without anything that moves a cursor or breaks a line; bytes that are no UTF-8 are escaped."""
    text = os.fsencode(str(name)).decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def receipt_line(receipt: Receipt, root: Path) -> str:
    """One line: what became of a file, what was hidden in it, which kinds of metadata were dropped, what to know.

    Where a copy has another name than its source this line alone tells which belong together.
    """
    name = printable(receipt.source.relative_to(root) if receipt.source.is_relative_to(root) else receipt.source)
    if receipt.status == "dropped":
        return f"{receipt.status:<9} {name}: sidecar; {', '.join(sorted({field.kind for field in receipt.removed}))}"
    if not receipt.ok:
        return f"{receipt.status:<9} {name}: {printable(receipt.error)}"
    hidden = counted(receipt.hidden)
    dropped = counted(Counter(field.kind for field in receipt.removed))
    earlier = "" if receipt.checks else "published before"
    names = (f"{each}: --names random gives another" for each in told_by_names(receipt.attention))
    visible = Counter[str]()
    for labels in receipt.allowed.values():
        visible.update(labels)
    left = visible and f"left {counted(visible)} visible"
    parts = (
        hidden and f"hid {hidden}",
        left,
        dropped and f"dropped {dropped}",
        earlier,
        to_look_at(receipt.attention),
        *names,
    )
    told = "; ".join(part for part in parts if part)
    return f"{receipt.status:<9} {name}{_other_name(receipt)}" + (f": {told}" if told else "")


def to_look_at(flags: Iterable[Flag]) -> str:
    """What there is to look at in a picture, as "look at 1 face at the border, 2 face very small"; else nothing."""
    seen = [_LOOK[flag.code].format(f"{flag.count} {printable(flag.label)}") for flag in flags if flag.code in _LOOK]
    return f"look at {', '.join(seen)}" if seen else ""


def told_by_names(flags: Iterable[Flag]) -> list[str]:
    """What names tell, a text for each kind of name, as "the file name tells a place and a time"."""
    told: dict[str, list[str]] = {}
    for flag in flags:
        if flag.code in _TELLS:
            told.setdefault(flag.label, []).append(_TELLS[flag.code])
    return [f"the {label} name tells {' and '.join(kinds)}" for label, kinds in told.items()]


def calls_for_attention(flags: Iterable[Flag]) -> bool:
    """True when a flag is more than a notice: then its line stands out."""
    return any(flag.severity != "notice" for flag in flags)


def _other_name(receipt: Receipt) -> str:
    """The copy's name, where it is not its source's."""
    if receipt.target is None or receipt.target.name == receipt.source.name:
        return ""
    return f" -> {printable(receipt.target.name)}"


def counted(counts: Mapping[str, int]) -> str:
    """As "2 face, 1 plate": labels are an open vocabulary, so they are not put into the plural."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def summary_line(report: Report) -> str:
    """One line for the whole run."""
    counts = Counter(receipt.status for receipt in report)
    published = counts["redacted"] + counts["clean"]
    unpublished: tuple[Status, ...] = ("dropped", "refused", "failed", "withheld")
    others = ", ".join(f"{counts[status]} {status}" for status in unpublished if counts[status])
    parts = (f"{published} of {len(report)} files published", others, *_flagged(report))
    return "; ".join(part for part in parts if part)


def _flagged(report: Report) -> Iterator[str]:
    """How many files were flagged, by code."""
    codes = [{flag.code for flag in receipt.attention} for receipt in report]
    look = [each & _LOOK.keys() for each in codes]
    if any(look):
        counts = Counter(code for each in look for code in each)
        yield f"look at {sum(map(bool, look))}: {', '.join(f'{counts[code]} {code}' for code in CODES if counts[code])}"
    if telling := sum(bool(each & _TELLS.keys()) for each in codes):
        yield f"attention: {telling} published under a name that tells a place or a time"


def audit_line(name: str, checks: Iterable[Check]) -> str:
    """What was found when a published file was looked at again."""
    unmet = [f"{check.name}: {check.detail}" for check in checks if not check.passed]
    return f"{'wrong' if unmet else 'right':<9} {printable(name)}" + (
        f": {printable('; '.join(unmet))}" if unmet else ""
    )


class Bars(Watcher):
    """A bar for the folder, one for a long clip, and a line for each file; no bars where nobody watches a terminal."""

    def __init__(self, root: Path, total: int, console: Console) -> None:
        self._root = root
        self._console = console
        # One console on one terminal, or bars and lines would write over each other; lines go where the caller said.
        watched = console if console.is_terminal else Console(stderr=True)
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            console=watched,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not watched.is_terminal,
        )
        self._files = self._bars.add_task("files", total=total, rate="")
        self._clip = self._bars.add_task("", total=None, visible=False, rate="")

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, job: Job) -> None:
        """A new file: its own bar appears once it turns out to be a long clip."""
        self._bars.reset(self._clip, description=printable(job.source.name), visible=False, total=None)

    def frames(self, done: int) -> None:
        """Show how far a long clip is."""
        if done >= LONG_CLIP_FRAMES:
            speed = self._bars.tasks[self._clip].speed
            rate = f"{speed:.0f} frames/s" if speed else "frames"
            self._bars.update(self._clip, completed=done, visible=True, rate=rate)

    def end(self, receipt: Receipt) -> None:
        """The file's line, above the bars."""
        self._bars.update(self._clip, visible=False)
        self._bars.advance(self._files)
        style = ATTENTION if calls_for_attention(receipt.attention) else STYLES[receipt.status]
        show(self._console, receipt_line(receipt, self._root), style)


def show(console: Console, line: str, style: str | None = None) -> None:
    """Print a line as it is: names are no markup."""
    console.print(line, markup=False, highlight=False, soft_wrap=True, style=style)
