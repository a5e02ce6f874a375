"""What earlier runs published, so that the same command goes on where it stopped. Private, and in no output folder.

A line tells that a source of a certain content was published, in a certain setting, as a copy with a certain digest.
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

from redact.model import Receipt

Known = tuple[str, str, str]
"""Keyed digest of the source, setting, SHA-256 of the copy."""


def state_folder() -> Path:
    """Where this user's programs keep what should outlive a run (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_STATE_HOME", "")
    return (Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "state") / "redact"


class Journal:
    """The journal in a private folder, for runs of one setting."""

    def __init__(self, folder: Path, setting: str) -> None:
        """Open it, or begin one.

        setting: all that decides how a copy comes out: policy, and versions of the tool and of its detectors
        Raises OSError where the folder cannot be used.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._place = folder / "journal.jsonl"
        self._key = _key(folder / "key")
        self._setting = setting
        self._known = dict(_noted(self._place))

    def record(self, receipt: Receipt) -> None:
        """Note a copy that was published. Raises OSError."""
        line = {
            "source": self._digest(receipt.source),
            "setting": self._setting,
            "sha256": receipt.sha256,
            "status": receipt.status,
            "hidden": dict(receipt.hidden),
            "styles": dict(receipt.styles),
        }
        with open(self._place, "ab", opener=_privately) as journal:
            journal.write(json.dumps(line).encode() + b"\n")

    def published(self, source: Path, target: Path) -> Receipt | None:
        """The receipt of `target`, without checks, if it is the very copy that was made of this very source.

        Raises OSError when one of them cannot be read.
        """
        if not self._known or not (_is_regular(source) and _is_regular(target)):
            return None
        with target.open("rb") as copy:
            digest = hashlib.file_digest(copy, "sha256").hexdigest()
        line = self._known.get((self._digest(source), self._setting, digest))
        if line is None:
            return None
        return Receipt(source, target, line["status"], hidden=line["hidden"], styles=line["styles"], sha256=digest)

    def _digest(self, source: Path) -> str:
        with source.open("rb") as original:
            return _keyed(self._key, original)


def _noted(place: Path) -> Iterator[tuple[Known, dict[str, Any]]]:
    """What was noted; a line cut short by a crash tells nothing."""
    for text in place.read_bytes().splitlines() if place.exists() else ():
        try:
            line = json.loads(text)
            yield (line["source"], line["setting"], line["sha256"]), line
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


def _keyed(key: bytes, content: BinaryIO) -> str:
    return hashlib.file_digest(content, lambda: hmac.new(key, digestmod="sha256")).hexdigest()  # type: ignore[arg-type]


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
