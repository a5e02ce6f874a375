"""Staged copy -> checks: reads it again as a stranger would, with code the rewriter does not share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from redact.checks import QUESTIONS, second_look, structure, sweep
from redact.checks.evidence import Evidence
from redact.contracts import Looker
from redact.model import Check, Detection, Findings, Image
from redact.policy import Policy

STANDALONE = (structure.ask, sweep.ask)
"""Questions that can be asked of a copy alone."""


def verify(source: Path, copy: Path, findings: Findings, looker: Looker, policy: Policy) -> tuple[Check, ...]:
    """Ask every question about `copy`. A question that cannot be answered is a check that did not pass.

    Raises DamagedFileError when it is the source that turns out to be damaged, PluginError when a detector breaks.
    """
    evidence = Evidence(source, copy, findings, policy.kept, looker.detect, policy.tracking.long_side)
    return tuple(ask(evidence) for ask in QUESTIONS)


def overlooked(checks: Sequence[Check]) -> bool:
    """True when a copy is sound but for what the second look still saw: a closer first look may mend that."""
    return [check.name for check in checks if not check.passed] == [second_look.NAME]


def recheck(copy: Path, policy: Policy) -> tuple[Check, ...]:
    """Ask about a published copy what needs no original: is every part allowed, does a byte tell a place."""
    evidence = Evidence(copy, copy, Findings(), policy.kept, _blind)
    return tuple(ask(evidence) for ask in STANDALONE)


def _blind(_image: Image) -> tuple[Detection, ...]:
    """No question that stands alone looks at pixels."""
    return ()
