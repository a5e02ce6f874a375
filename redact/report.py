"""Receipts -> the manifest that travels with the published files. Pure.

A manifest holds names of outputs, digests and counts. No value of any field, no coordinate, no name of an input that
was not published, and no digest of an original: whoever holds a candidate could confirm a match with it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redact.errors import PolicyError
from redact.model import Flag, Receipt, Report
from redact.policy import Policy

MANIFEST = "redact-manifest.json"
VERSION = 1


def merged(earlier: str | None, report: Report, policy: Policy, folder: Path) -> dict[str, Any]:
    """The manifest of a folder after a run: what it published, and what an earlier manifest of the folder lists.

    Raises PolicyError when the earlier text is no manifest.
    """
    policies, files = {}, {}
    if earlier is not None:
        known = parsed(earlier)
        policies, files = dict(known["policies"]), dict(known["files"])
    policies[policy.digest] = policy.portable.to_toml()
    for receipt in report:
        if receipt.ok and receipt.target is not None:
            name = receipt.target.relative_to(folder).as_posix()
            # What was published before has its checks in the earlier manifest.
            files[name] = entry(receipt) if receipt.checks else files.get(name, entry(receipt))
    return {
        "manifest": VERSION,
        "not_published": len(report.failed),
        "dropped_sidecars": len(report.dropped),
        "policies": policies,
        "files": dict(sorted(files.items())),
    }


def entry(receipt: Receipt) -> dict[str, Any]:
    """What a manifest says of one published file."""
    return {
        "sha256": receipt.sha256,
        "status": receipt.status,
        "policy": receipt.policy,
        "removed": dict(sorted(Counter(field.kind for field in receipt.removed).items())),
        "hidden": dict(sorted(receipt.hidden.items())),
        "styles": dict(sorted(receipt.styles.items())),
        **({"allowed": {entry: dict(labels) for entry, labels in receipt.allowed.items()}} if receipt.allowed else {}),
        **({} if receipt.origin == "found" else {"regions": receipt.origin}),
        "attention": [noted(flag) for flag in receipt.attention],
        "checks": {check.name: check.detail for check in receipt.checks},
    }


def noted(flag: Flag) -> dict[str, Any]:
    """What is written down of a flag: names and a count."""
    return {"code": flag.code, "severity": flag.severity, "label": flag.label, "count": flag.count}


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """A manifest as it is stored: JSON, one line an item."""
    return json.dumps(manifest, indent=1) + "\n"


def _table(manifest: Mapping[str, Any], name: str, kind: type) -> bool:
    table = manifest.get(name)
    return isinstance(table, dict) and all(isinstance(value, kind) for value in table.values())


def parsed(text: str) -> dict[str, Any]:
    """A manifest from its text. Raises PolicyError when it is none, or of a version not known here."""
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"{MANIFEST} is not valid JSON"
        raise PolicyError(message) from error
    if not isinstance(manifest, dict) or not (_table(manifest, "files", dict) and _table(manifest, "policies", str)):
        message = f"{MANIFEST} is no manifest of this tool"
        raise PolicyError(message)
    if manifest.get("manifest") != VERSION:
        message = f"{MANIFEST} is of a version that is not known here"
        raise PolicyError(message)
    return manifest
