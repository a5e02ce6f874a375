from __future__ import annotations

import re

import pytest

from training.fonts import kinds
from training.plates.colours import COLOURS
from training.plates.emblems import EMBLEMS
from training.plates.formats import Band, Format, formats

GROUND = re.compile("[>|_]")
WORD = re.compile(r"\{(\w+)\}")
EVERY = pytest.mark.parametrize("form", formats(), ids=lambda form: form.kind)


def test_the_table_holds_formats_of_the_whole_world_each_under_a_name_of_its_own() -> None:
    names = [form.kind for form in formats()]
    assert len(names) == len(set(names)) >= 100


@EVERY
def test_a_format_names_fonts_colours_and_emblems_that_there_are(form: Format) -> None:
    assert form.fonts in kinds()
    for pair in form.colours:
        ground, _, ink = pair.partition("/")
        assert ink in COLOURS
        assert ground == "picture" or all(name in COLOURS for name in GROUND.split(ground))
    for band in form.bands:
        assert band.side in {"left", "right", "top", "bottom"}
        assert not band.emblem or band.emblem.split()[0] in {*EMBLEMS, "ends"}
        assert all(name in COLOURS for name in (*GROUND.split(band.ground), band.ink) if name)
    assert form.corners in {"", "stickers"}


@EVERY
def test_every_word_that_a_format_asks_for_is_listed(form: Format) -> None:
    texts = [*form.patterns, *form.top, *form.bottom, *(text for band in form.bands for text in band.texts)]
    assert {word for text in texts for word in WORD.findall(text)} <= set(form.words)


@EVERY
def test_sizes_are_those_of_plates(form: Format) -> None:
    assert all(90 <= wide <= 620 and 80 <= high <= 260 and 0.7 < wide / high < 6.8 for wide, high in form.sizes)
    assert form.share > 0


def test_a_band_is_a_strip_and_not_the_plate() -> None:
    bands: list[Band] = [band for form in formats() for band in form.bands]
    assert bands
    assert all(0.02 <= band.share <= 0.31 for band in bands)
