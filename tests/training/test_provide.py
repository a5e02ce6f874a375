from __future__ import annotations

from pathlib import Path

import pytest

from training.provide import PACKAGES, ProvisionError, listed, missing, provide


def test_the_list_names_each_package_once_and_a_licence_behind_each() -> None:
    names = listed()
    lines = [line for line in PACKAGES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert len(names) == len(set(names)) == len(lines)
    assert all(line.partition("#")[2].strip() for line in lines)


def test_what_is_there_already_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "fonts-go").mkdir()
    assert missing(("fonts-go", "fonts-hack"), tmp_path) == ("fonts-hack",)


def test_without_apt_the_error_says_what_is_lacking_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(ProvisionError, match="apt-get: not found"):
        provide("fonts-go", tmp_path / "assets")
    assert list((tmp_path / "assets").iterdir()) == []


def test_a_package_that_apt_does_not_have_is_an_error_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho 'E: Unable to locate package' >&2\nexit 100\n", encoding="utf-8")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ProvisionError, match=r"Unable to locate package .*apt-get update"):
        provide("fonts-nowhere", tmp_path / "assets")
    assert list((tmp_path / "assets").iterdir()) == []
