"""The file of a model is the one vouched for, or there is no detector."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from redact.detectors.onnx import file
from redact.detectors.onnx.file import ModelFile
from redact.errors import PluginError, PolicyError

CONTENT = b"a model"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "private" / "vehicle.onnx"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("digest", [DIGEST, DIGEST.upper()])
def test_what_is_vouched_for_is_read(model: Path, digest: str) -> None:
    assert ModelFile(str(model), digest).read(None) == CONTENT


def test_a_relative_path_counts_from_the_policy_and_never_from_where_one_stands(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ModelFile("private/vehicle.onnx", DIGEST)
    assert asked.read(tmp_path) == CONTENT
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PolicyError, match="whole path"):
        asked.read(None)
    with pytest.raises(PluginError, match="No such file"):
        asked.read(tmp_path / "private")


def test_another_content_is_refused_and_its_digest_told(model: Path) -> None:
    model.write_bytes(b"another")
    with pytest.raises(PluginError, match=hashlib.sha256(b"another").hexdigest()):
        ModelFile(str(model), DIGEST).read(None)


def test_a_missing_file_is_told_without_its_folders(model: Path) -> None:
    model.unlink()
    with pytest.raises(PluginError, match="vehicle") as caught:
        ModelFile(str(model), DIGEST).read(None)
    assert "private" not in str(caught.value)


def test_a_folder_and_a_pipe_are_no_models(model: Path) -> None:
    with pytest.raises(PluginError, match=r"directory|regular"):
        ModelFile(str(model.parent), DIGEST).read(None)
    os.mkfifo(model.parent / "pipe.onnx")
    with pytest.raises(PluginError, match="no regular file"):
        ModelFile(str(model.parent / "pipe.onnx"), DIGEST).read(None)


def test_a_file_too_large_is_not_read_whole(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "LARGEST", len(CONTENT) - 1)
    with pytest.raises(PluginError, match="larger than"):
        ModelFile(str(model), DIGEST).read(None)
