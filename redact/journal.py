"""What earlier runs published, so that the same command goes on where it stopped. Private, and in no output folder.

A line tells that a source of a certain content was published, in a certain setting, as a copy with a certain digest;
and in which scope, where the path of the source decides how its copy comes out.
The source is known by a keyed digest: without the key, which lies beside the journal, nobody can tell from it whether a
candidate original was ever here. Names of files are not in it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from redact.model import Flag, Receipt
from redact.tree import is_regular

Known = tuple[str, str, str, str]
"""Keyed digest of the source, setting, scope, SHA-256 of the copy."""


def state_folder() -> Path:
    """Where this user's programs keep what should outlive a run (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_STATE_HOME", "")
    return (Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "state") / "redact"


class Journal:
    """The journal in a private folder, for runs of one setting."""

    def __init__(self, folder: Path, setting: str) -> None:
        """Open it, or begin one.

        setting: all that decides how a copy comes out: policy, and versions of the tool and of its detectors

        Raises OSError where the folder cannot be written.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._place = folder / "journal.jsonl"
        self._key = _key(folder / "key")
        # Fails now rather than with the first copy.
        open(self._place, "ab", opener=_privately).close()
        self._setting = setting
        self._known = dict(_noted(self._place))
        self._copies: dict[str, list[str]] = {}
        for source, _, _, copy in sorted(self._known, key=lambda known: known[1] != setting):
            self._copies.setdefault(source, []).append(copy)

    def record(self, receipt: Receipt, scope: str = "") -> None:
        """Note a copy that was published. Raises OSError.

        scope: what of the setting holds for the source's path alone, see `Redactor.scope`
        """
        line = {
            "source": self._digest(receipt.source),
            "setting": self._setting,
            "scope": scope,
            "sha256": receipt.sha256,
            "status": receipt.status,
            "hidden": dict(receipt.hidden),
            "styles": dict(receipt.styles),
            "origin": receipt.origin,
            "attention": [[flag.code, flag.label, flag.count] for flag in receipt.attention],
            "allowed": {entry: dict(labels) for entry, labels in receipt.allowed.items()},
        }
        with open(self._place, "ab", opener=_privately) as journal:
            journal.write(json.dumps(line).encode() + b"\n")

    def published(self, source: Path, target: Path, scope: str = "") -> Receipt | None:
        """The receipt of `target`, without checks, if it is the very copy that was made of this source in that scope.

        Raises OSError when one of them cannot be read.
        """
        if not self._known or not (is_regular(source) and is_regular(target)):
            return None
        digest = _sha256(target)
        line = self._known.get((self._digest(source), self._setting, scope, digest))
        if line is None:
            return None
        painted = {key: line[key] for key in ("hidden", "styles")}
        later = {"allowed": line.get("allowed", {}), "origin": line.get("origin", "found")}
        flags = tuple(Flag(*noted) for noted in line.get("attention", ()))
        return Receipt(source, target, line["status"], **painted, sha256=digest, attention=flags, **later)

    def copies(self, source: Path) -> tuple[str, ...]:
        """SHA-256 of what was published of a source of this content, under whatever name and in whatever setting.

        What was made in this setting comes first. Raises OSError.
        """
        return tuple(self._copies.get(self._digest(source), ())) if self._copies else ()

    def made_otherwise(self, source: Path, target: Path) -> bool:
        """True when `target` is a copy that was made of this very source in some setting. Raises OSError."""
        return is_regular(target) and _sha256(target) in self.copies(source)

    def _digest(self, source: Path) -> str:
        with source.open("rb") as original:
            return _keyed(self._key, original)


def _noted(place: Path) -> Iterator[tuple[Known, dict[str, Any]]]:
    """What was noted; a line cut short by a crash tells nothing."""
    for text in place.read_bytes().splitlines() if place.exists() else ():
        try:
            line = json.loads(text)
            yield (line["source"], line["setting"], line.get("scope", ""), line["sha256"]), line
        except (ValueError, TypeError, KeyError):
            continue


def _key(place: Path) -> bytes:
    """The key of this journal, made by whoever comes first."""
    try:
        with open(place, "xb", opener=_privately) as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    return place.read_bytes()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keyed(key: bytes, content: BinaryIO) -> str:
    return hashlib.file_digest(content, lambda: hmac.new(key, digestmod="sha256")).hexdigest()  # type: ignore[arg-type]


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
