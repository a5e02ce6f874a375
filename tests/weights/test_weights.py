"""The model files of the install: there, right, and never handed out when they are not."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from redact import weights
from redact.errors import PluginError

NAMES = {"centerface", "yunet", "ppocr-det", "ppocr-rec", "ppocr-characters", "plates"}


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the table and of the smallest model file in a folder of its own, in use instead of the package's."""
    package = Path(weights.__file__).parent
    shutil.copy(package / "table.toml", tmp_path)
    (tmp_path / "files").mkdir()
    shutil.copy(package / "files" / "yunet.onnx", tmp_path / "files")
    monkeypatch.setattr(weights, "_folder", lambda: tmp_path)
    return tmp_path


def test_every_model_file_is_installed_and_is_the_one_the_table_names() -> None:
    assert {entry.name for entry, _ in weights.check()} == NAMES
    assert {status for _, status in weights.check()} == {"ok"}


def test_what_is_loaded_has_the_digest_of_the_table() -> None:
    for entry in weights.table():
        assert hashlib.sha256(weights.load(entry.name)).hexdigest() == entry.sha256


def test_every_model_file_has_a_free_licence_and_says_where_it_is_from() -> None:
    assert {entry.licence for entry in weights.table()} <= {"MIT", "Apache-2.0"}
    assert all(entry.origin for entry in weights.table())


def test_a_licence_notice_lies_beside_the_model_files() -> None:
    files = {path.name for path in (Path(weights.__file__).parent / "files").iterdir()}
    assert {"LICENSE.centerface", "LICENSE.yunet", "LICENSE.ppocr", "NOTICE.ppocr.md"} <= files


def test_what_was_trained_here_lies_beside_a_card_that_tells_how() -> None:
    own = Path(weights.__file__).parent / "own"
    (plates,) = (entry for entry in weights.table() if entry.name == "plates")
    assert plates.file == "own/plates.onnx"
    assert plates.licence == "Apache-2.0"
    assert (own / "plates.md").is_file()
    assert plates.origin.endswith("own/plates.md")
    assert (own / "plates.onnx").stat().st_size < 3_000_000


def test_a_missing_file_is_an_error_that_says_how_to_mend_it(copied: Path) -> None:
    (copied / "files" / "yunet.onnx").unlink()
    with pytest.raises(PluginError, match=r"missing.*pip install"):
        weights.load("yunet")


def test_a_file_with_one_bit_changed_is_an_error_that_says_how_to_mend_it(copied: Path) -> None:
    path = copied / "files" / "yunet.onnx"
    content = bytearray(path.read_bytes())
    content[100_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(PluginError, match=r"not the one.*pip install"):
        weights.load("yunet")


def test_a_name_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(PluginError, match="eyebrows"):
        weights.load("eyebrows")


def test_a_missing_table_is_an_error_that_says_how_to_mend_it(copied: Path) -> None:
    (copied / "table.toml").unlink()
    with pytest.raises(PluginError, match="pip install"):
        weights.table()


def test_the_check_tells_good_missing_and_differing_files_apart(copied: Path) -> None:
    (copied / "files" / "centerface.onnx").write_bytes(b"not a network")
    statuses = {entry.name: status for entry, status in weights.check()}
    assert statuses == dict.fromkeys(NAMES, "missing") | {"yunet": "ok", "centerface": "differs"}
