"""All questions together, and what they may not lean on."""

from __future__ import annotations

import ast
from pathlib import Path

import redact.checks
from redact.checks import QUESTIONS
from tests.checks.conftest import Ask, encoded, noise


def test_a_clean_copy_passes_every_question(about: Ask, clip: bytes) -> None:
    for copy in (clip, *(encoded(noise(32, 48), kind) for kind in ("JPEG", "PNG", "WebP"))):
        answers = [question(about(copy, copy)) for question in QUESTIONS]
        assert [answer.name for answer in answers] == ["structure", "sweep", "pixels", "timing", "second look"]
        assert all(answer.passed for answer in answers), answers


def test_no_question_leans_on_the_code_that_wrote_the_copy() -> None:
    folder = Path(redact.checks.__file__).parent
    imported = set()
    for module in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module)
            if isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
    own = {name.split(".")[1] for name in imported if name.startswith("redact.")}
    assert own <= {"checks", "model", "errors"}
