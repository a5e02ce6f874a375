"""A shared folder and its manifest -> checks, file by file, without any original."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from redact.errors import PolicyError, RedactError
from redact.model import Check
from redact.policy import Policy
from redact.report import MANIFEST, parsed
from redact.tree import jobs
from redact.verifier import recheck


def audit(folder: Path) -> Iterator[tuple[str, tuple[Check, ...]]]:
    """For every file that is in the folder or ought to be: its name in it, and what was asked of it.

    Asked is whether it is listed, whether it is what was published, whether every part of it is on the allow-list, and
    whether its bytes tell a place. Raises PolicyError when there is no manifest, or none that can be read.
    """
    manifest = _manifest(folder)
    listed: dict[str, Any] = dict(manifest["files"])
    for job in jobs(folder, folder):
        name = job.source.relative_to(folder).as_posix()
        if name != MANIFEST:
            yield name, _checks(job.source, listed.pop(name, None), manifest["policies"])
    for name in listed:
        yield name, (Check("present", passed=False, detail="listed in the manifest, but not there"),)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        return parsed((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        message = f"{folder} has no readable {MANIFEST}: was it made by `redact run`?"
        raise PolicyError(message) from error


def _policy(entry: Mapping[str, Any], policies: Mapping[str, str]) -> Policy:
    """The policy a file was made under. Raises PolicyError when the manifest does not hold it."""
    digest = str(entry.get("policy"))
    policy = Policy.from_toml(policies[digest]) if digest in policies else None
    if policy is None or policy.digest != digest:
        message = "the manifest does not hold the policy it was made under"
        raise PolicyError(message)
    return policy


def _checks(path: Path, entry: Mapping[str, Any] | None, policies: Mapping[str, str]) -> tuple[Check, ...]:
    if path.is_symlink() or not path.is_file():
        return (Check("regular", passed=False, detail="a link, or no regular file"),)
    if entry is None:
        return (Check("listed", passed=False, detail="not in the manifest"),)
    try:
        with path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == entry.get("sha256")
        policy = _policy(entry, policies)
        unchanged = Check("unchanged", same, "" if same else "not the bytes that were published")
        return (unchanged, *recheck(path, policy))
    except (RedactError, OSError) as error:
        return (Check("readable", passed=False, detail=str(error)),)
