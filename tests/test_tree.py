"""One job for every entry, in an order that does not change, following nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from redact.errors import PolicyError
from redact.tree import jobs, make_folder, refuse_nesting


def test_jobs_mirror_the_tree_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.jpg", "a/c.jpg", "a/b/d.jpg", "Z.jpg"):
        (tmp_path / "card" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "card" / name).touch()
    found = list(jobs(tmp_path / "card", tmp_path / "share"))
    assert [job.target.relative_to(tmp_path / "share").as_posix() for job in found] == [
        "Z.jpg", "a/b/d.jpg", "a/c.jpg", "b.jpg",
    ]  # fmt: skip
    assert all(job.source.relative_to(tmp_path / "card") == job.target.relative_to(tmp_path / "share") for job in found)


def test_a_link_to_a_folder_is_an_entry_and_no_way(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "loop").symlink_to(tmp_path / "card")
    assert [job.source.name for job in jobs(tmp_path / "card", tmp_path / "share")] == ["loop"]


def test_a_link_in_the_output_folder_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "card" / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "card" / "sub" / "deep" / "a.jpg").touch()
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "sub").symlink_to(tmp_path / "card")
    (job,) = jobs(tmp_path / "card", tmp_path / "share")
    assert "is a link" in (job.error or "")


def test_a_tree_may_be_deeper_than_the_interpreter_can_recurse(tmp_path: Path) -> None:
    place = tmp_path / "card"
    place.mkdir()
    where = os.open(place, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=where)
        deeper = os.open("d", os.O_RDONLY, dir_fd=where)
        os.close(where)
        where = deeper
    os.close(os.open("a.jpg", os.O_CREAT, dir_fd=where))
    os.close(where)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        found = [job.source.name for job in jobs(place, tmp_path / "share")]
    finally:
        sys.setrecursionlimit(limit)
    assert found == ["a.jpg"]


def test_one_file_is_one_job(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (job,) = jobs(tmp_path / "a.jpg", tmp_path / "share")
    assert job.target == tmp_path / "share" / "a.jpg"


def test_folders_beside_each_other_are_fine(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    refuse_nesting(tmp_path / "card", tmp_path / "card-shared")
    refuse_nesting(tmp_path / "card", tmp_path / "card.share")


@pytest.mark.parametrize("target", ["card", "card/share", "card/../card/x", "."])
def test_nested_folders_are_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "card").mkdir()
    with pytest.raises(PolicyError, match=r"source|inside"):
        refuse_nesting(tmp_path / "card", tmp_path / target)


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
