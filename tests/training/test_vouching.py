"""The table vouches for the model that was exported last, and nothing else in it changes."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from redact import weights
from training.vouching import vouched

TABLE = Path(weights.__file__).with_name("table.toml").read_text("utf-8")


def test_the_digest_of_the_new_model_is_in_the_table_and_all_else_as_it_was() -> None:
    before, after = tomllib.loads(TABLE), tomllib.loads(vouched(TABLE, "plates.onnx", b"trained anew"))
    (own,), (own_before,) = after["own"], before["own"]
    assert own["sha256"] == hashlib.sha256(b"trained anew").hexdigest()
    own["sha256"] = own_before["sha256"]
    assert after == before
    assert len(vouched(TABLE, "plates.onnx", b"trained anew")) == len(TABLE)


def test_a_model_that_no_table_names_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"has 0 entries for boats\.onnx"):
        vouched(TABLE, "boats.onnx", b"trained anew")


def test_a_model_that_a_table_names_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"has 2 entries for plates\.onnx"):
        vouched(TABLE + TABLE, "plates.onnx", b"trained anew")
