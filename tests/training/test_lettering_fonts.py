from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageFont

from training import fonts as module
from training.fonts import fonts, kinds, packages
from training.provide import listed


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_a_font_that_opens_whatever_was_fetched(kind: str) -> None:
    assert fonts(kind)
    assert all(ImageFont.truetype(path, 20).getlength("A0") > 0 or kind != "plate" for path in fonts(kind))


def test_every_package_that_fonts_come_from_is_listed_to_be_fetched() -> None:
    assert packages() <= set(listed())


def test_a_kind_that_nobody_named_is_an_error() -> None:
    with pytest.raises(KeyError, match="runes"):
        fonts("runes")


def test_without_the_packages_pillows_own_font_stands_in_and_a_log_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "ASSETS", tmp_path)
    for cached in (module.fonts, module._carried):
        cached.cache_clear()
    try:
        paths = fonts("plate")
        again = fonts("plate")
    finally:
        for cached in (module.fonts, module._carried):
            cached.cache_clear()
    assert paths == again == (tmp_path / "pillow.ttf",)
    assert ImageFont.truetype(paths[0], 20).getlength("A0") > 10
    assert len(caplog.records) == 1
    assert "python -m training.provide" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["pillow.ttf"]
