"""Our own layout reads what it writes, exactly, and nothing that is not as the schema says."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest
from hypothesis import given, settings

from redact.errors import PolicyError
from redact.regions import Regions, own
from redact.regions.strict import read_json
from tests.regions.listed import LISTED, regions


def read(text: str) -> Regions:
    return own.read(read_json(text))


@settings(max_examples=20, deadline=None)
@given(regions())
def test_what_is_written_is_read_back_exactly(before: Regions) -> None:
    after = read(own.write(before))
    assert after.files == before.files
    assert after.digest == Regions(before.files).digest


def test_doubts_are_kept() -> None:
    assert read(own.write(LISTED)) == LISTED


def test_one_region_is_one_line_so_that_it_is_found_by_whoever_edits_it() -> None:
    lines = own.write(LISTED).splitlines()
    assert any(
        re.search(r'"label": "face".*"regions": \{"0": \[10\.0, 20\.0, 30\.5, 40\.0\]\}', line) for line in lines
    )
    assert '    "3": [5.0, 5.0, 15.0, 15.0]}},' in lines


def test_the_schema_is_published_with_the_package() -> None:
    schema = json.loads(resources.files("redact.regions").joinpath(own.SCHEMA).read_text())
    assert schema["$schema"].startswith("http://json-schema.org/")
    assert schema["properties"]["redact_regions"]["const"] == own.VERSION


def text(change: str = "", into: str = "") -> str:
    good = (
        '{"redact_regions": 1, "files": {"a.jpg": {"size": [160, 120], "frames": 2, "tracks": '
        '[{"label": "face", "score": 0.5, "regions": {"0": [1, 2, 3, 4], "1": [[1, 2], [3, 4], [5, 1]]}}]}}}'
    )
    assert change in good
    return good.replace(change, into) if change else good


def test_the_text_the_next_test_spoils_is_good() -> None:
    assert read(text()).files["a.jpg"].frames == 2


@pytest.mark.parametrize(
    ("change", "into", "problem"),
    [
        ('"redact_regions": 1', '"redact_regions": 2', "redact_regions"),
        ('"redact_regions": 1, ', "", "redact_regions"),
        ("[160, 120]", "[160]", "size"),
        ("[160, 120]", "[160, -120]", "size"),
        ("[160, 120]", "[160, true]", "size"),
        ("[160, 120]", "[160, 1e999]", "size"),
        ("[160, 120]", '["160", 120]', "size"),
        ('"frames": 2', '"frames": 0', "frames"),
        ('"frames": 2', '"frames": 1', "track 0: there is no frame '1'"),
        ('"frames": 2', '"frames": 1e30', "frames"),
        ('"score": 0.5', '"score": NaN', "no number"),
        ('"score": 0.5', '"score": 1.5', "score"),
        ('"score": 0.5', '"score": "0.5"', "score"),
        ('"label": "face"', '"label": ""', "label"),
        ('"label": "face"', '"label": 3', "label"),
        ('"label": "face", ', "", "label"),
        ('"label": "face"', '"labels": "face"', "must contain"),
        ('"label": "face"', '"label": "face", "label": "plate"', "'label': it is there twice"),
        ('"0":', '"00":', "regions"),
        ('"0":', '"-1":', "regions"),
        ('"0":', '"0x1":', "regions"),
        ('"1":', '"0":', "'0': it is there twice"),
        ("[1, 2, 3, 4]", "[1, 2, 3]", "regions"),
        ("[1, 2, 3, 4]", "[1, 2, 3, 4, 5]", "regions"),
        ("[1, 2, 3, 4]", "[1, 2, 1, 4]", "frame 0: a box needs left < right"),
        ("[1, 2, 3, 4]", "[3, 2, 1, 4]", "frame 0: a box needs left < right"),
        ("[1, 2, 3, 4]", "[1, 2, Infinity, 4]", "no number"),
        ("[1, 2, 3, 4]", "[1, 2, 1e400, 4]", "regions"),
        ("[1, 2, 3, 4]", "[1, 2, 3, null]", "regions"),
        ("[1, 2, 3, 4]", f"[1, 2, 3, {'9' * 5000}]", "too long"),
        ("[1, 2, 3, 4]", f"[1, 2, 3, {'9' * 400}]", "regions"),
        ("[1, 2, 3, 4]", "[160, 2, 170, 4]", "frame 0: the region lies outside the frame of 160 x 120"),
        ("[1, 2, 3, 4]", "[-9, 2, 0, 4]", "outside the frame"),
        ("[[1, 2], [3, 4], [5, 1]]", "[[1, 2], [3, 4]]", "regions"),
        ("[[1, 2], [3, 4], [5, 1]]", "[[1, 2], [3, 2], [5, 2]]", "frame 1: a box needs"),
        ("[[1, 2], [3, 4], [5, 1]]", "[1, 2, [3, 4], [5, 1]]", "regions"),
        ('"a.jpg"', '"../a.jpg"', "no path below"),
        ('"a.jpg"', '"/a.jpg"', "no path below"),
        ('{"redact', '[{"redact', "no valid JSON"),
    ],
)
def test_what_is_not_as_it_has_to_be_is_refused_with_its_place(change: str, into: str, problem: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(problem)):
        read(text(change, into))


@pytest.mark.parametrize("hostile", ["[" * 200_000, '{"a":' * 200_000, "", "nul", "1", "[]", '"' + "x" * 9, "\x00"])
def test_what_is_deep_or_nothing_is_refused(hostile: str) -> None:
    with pytest.raises(PolicyError):
        read(hostile)


def test_a_message_moves_no_cursor_and_is_short() -> None:
    with pytest.raises(PolicyError) as refused:
        read(text('"a.jpg"', json.dumps("\x1b[2J" + "x" * 100_000)).replace('"frames": 2', '"frames": 0'))
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 1000


def test_an_outline_that_goes_round_a_place_twice_is_painted_as_its_bounds() -> None:
    star = "[[50, 0], [80, 100], [0, 40], [100, 40], [20, 100]]"
    (track,) = read(text("[[1, 2], [3, 4], [5, 1]]", star)).files["a.jpg"].tracks
    assert track.regions[1] == track.regions[1].bounds
    assert (track.regions[1].bounds.right, track.regions[1].bounds.bottom) == (100, 100)
