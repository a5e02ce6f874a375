"""Regions are written whole or not at all, over nothing, and known by their content when they are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from redact.errors import PolicyError
from redact.regions import LAYOUTS, Regions, load, save, store
from tests.regions.listed import LISTED, demand_held

SIZES = {name: found.size for name, found in LISTED.files.items()}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_known_by_its_content(layout: str, tmp_path: Path) -> None:
    save(LISTED, tmp_path / "regions", layout)
    demand_held(LISTED, load(tmp_path / "regions", lambda: SIZES))
    assert [path.name for path in tmp_path.iterdir()] == ["regions"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_overwritten(layout: str, tmp_path: Path) -> None:
    (tmp_path / "regions").write_text("edited")
    with pytest.raises(PolicyError, match="not overwritten"):
        save(LISTED, tmp_path / "regions", layout)
    assert (tmp_path / "regions").read_text() == "edited"


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no folder"):
        save(LISTED, tmp_path / "none" / "regions.json")
    with pytest.raises(PolicyError, match="no layout 'voc'"):
        save(LISTED, tmp_path / "regions", "voc")
    with pytest.raises(PolicyError, match="XML cannot hold"):
        save(Regions({"a\x07.jpg": LISTED.files["a.jpg"]}), tmp_path / "regions", "cvat")
    assert not list(tmp_path.iterdir())


def test_one_document_of_cvat_is_read_alone(tmp_path: Path) -> None:
    save(LISTED, tmp_path / "cvat", "cvat")
    assert list(load(tmp_path / "cvat" / "images.xml").files) == ["a.jpg", "c.png"]
    assert list(load(tmp_path / "cvat" / "sub" / "b.mp4.xml").files) == ["sub/b.mp4"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{}", b'{"files": {}}', b"redact", b"<", b"\x00" * 99])
def test_a_file_that_holds_no_regions_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "regions.json").write_bytes(content)
    with pytest.raises(PolicyError, match=r"the regions regions\.json"):
        load(tmp_path / "regions.json")


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("none", "pipe"):
        with pytest.raises(PolicyError, match="cannot be read"):
            load(tmp_path / name)
    (tmp_path / "folder").mkdir()
    with pytest.raises(PolicyError, match="neither"):
        load(tmp_path / "folder")


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("0 0.5 0.5 0.1 0.1")
    (tmp_path / "yolo").mkdir()
    (tmp_path / "yolo" / "classes.txt").write_text("face\n")
    (tmp_path / "yolo" / "a.txt").symlink_to(tmp_path / "secret.txt")
    assert not load(tmp_path / "yolo", lambda: SIZES).files


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_too_large_is_refused_before_it_is_parsed(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(LISTED, tmp_path / "regions", layout)
    monkeypatch.setattr(store, "MOST_BYTES", 200)
    if layout == "yolo":
        monkeypatch.setattr(store, "MOST_BYTES", 20)
    with pytest.raises(PolicyError, match="MiB"):
        load(tmp_path / "regions", lambda: SIZES)


def test_yolo_without_sizes_is_refused(tmp_path: Path) -> None:
    save(LISTED, tmp_path / "yolo", "yolo")
    with pytest.raises(PolicyError, match="does not hold the sizes"):
        load(tmp_path / "yolo")
