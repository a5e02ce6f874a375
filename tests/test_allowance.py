"""An entry of `allow` says plainly what stays visible, or is refused; what it leaves open is hidden."""

from __future__ import annotations

import dataclasses
import math
import pickle
from fractions import Fraction
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.allowance import Allow, Span, entries_from
from redact.errors import PolicyError
from redact.model import Box, Polygon, Region
from redact.policy import Policy

LEFT_HALF = (0.0, 0.0, 0.5, 1.0)
WHOLE = Allow(
    "face",
    "presenter",
    area=(0.1, 0, 0.4, 0.2),
    times=("00:00:10-00:00:20", "00:01:00-00:01:02.5"),
    file="press/*.mp4",
    faces="people/anna/",
    likeness=0.5,
    package="redact-known",
)


def test_an_entry_survives_toml_and_the_digest_does_not_depend_on_how_numbers_are_written() -> None:
    policy = Policy(allow=(WHOLE, Allow("plate", area=LEFT_HALF)))
    assert Policy.from_toml(policy.to_toml()) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert [entry.name for entry in policy.allow] == ["presenter", "2"]
    written = '[[allow]]\nlabel = "face"\narea = [{}]'
    whole, broken = (Policy.from_toml(written.format(area)) for area in ("0, -0.0, 1, 0.5", "0.0, 0.0, 1.0, 0.50"))
    assert whole.digest == broken.digest != Policy().digest


def test_a_policy_without_entries_is_what_it_was() -> None:
    assert Policy(allow=()).digest == Policy().digest
    assert "allow" not in Policy().to_toml()


@pytest.mark.parametrize(
    "change", [{"area": (0.1, 0, 0.4, 0.3)}, {"times": ()}, {"file": "press/*"}, {"likeness": 0.6}, {"name": "other"}]
)
def test_every_term_is_part_of_the_digest(change: dict[str, object]) -> None:
    other = dataclasses.replace(WHOLE, **change)  # type: ignore[arg-type]
    assert Policy(allow=(other,)).digest != Policy(allow=(WHOLE,)).digest


def test_the_published_policy_has_the_digest_and_none_of_the_terms() -> None:
    policy = Policy(allow=(WHOLE,))
    text = policy.portable.to_toml()
    assert Policy.from_toml(text).digest == policy.digest
    assert "presenter" in text
    for told in ("0.4", "00:00:10", "press", "anna", "redact-known"):
        assert told not in text


def test_nothing_stays_visible_by_a_sealed_entry() -> None:
    sealed = WHOLE.seal()
    assert sealed == sealed.seal()
    assert not sealed.is_for(PurePath("press/a.mp4"))
    assert not sealed.is_for(None)


@pytest.mark.parametrize(
    "area",
    [
        (), (0, 0, 1), (0, 0, 1, 1, 1), (0.4, 0, 0.1, 1), (0, 0.5, 1, 0.5), (-0.1, 0, 1, 1), (0, 0, 1.01, 1),
        (math.nan, 0, 1, 1), (0, 0, math.inf, 1), (0, 0, 10**400, 1), ("0", 0, 1, 1), (False, 0, True, 0.5),
        (0, 0, 640, 360), "0,0,1,1", {"left": 0}, 0.5,
    ],
)  # fmt: skip
def test_an_area_is_four_ordered_shares_of_the_frame(area: object) -> None:
    with pytest.raises(PolicyError, match="area is"):
        Allow("face", area=area, file="a.jpg")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("times", "problem"),
    [
        (("00:00:20-00:00:10",), "ends before"), (("00:00:10-00:00:10",), "ends before"), (("10-20",), "written as"),
        (("00:00:10-00:00:60",), "written as"), (("00:60:00-01:00:00",), "written as"), (("-00:00:10",), "written as"),
        (("999:00:00-999:00:01",), "written as"), (("00:00:10-00:00:20\n",), "written as"), ((10,), "written as"),
        (("00:00:1\u0660-00:00:20",), "written as"), (("00:00:10.1234-00:00:20",), "written as"),
        (("00:00:00-00:00:20", "00:00:19-00:00:30"), "overlap"),
        (("00:00:05-00:00:06", "00:00:00-01:00:00"), "overlap"),
        ("00:00:10-00:00:20", "list"), ({"00:00:10-00:00:20": 1}, "list"),
    ],
)  # fmt: skip
def test_times_are_stretches_that_do_not_overlap(times: object, problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        Allow("face", times=times)  # type: ignore[arg-type]


def test_times_are_exact_and_their_end_is_outside() -> None:
    (first, second) = Allow("face", times=("00:01:00-00:01:02.5", "00:00:10-00:01:00")).spans
    assert first == Span(Fraction(10), Fraction(60))
    assert second == Span(Fraction(60), Fraction(125, 2))
    assert first.holds(Fraction(10))
    assert not first.holds(Fraction(60))
    assert not first.holds(Fraction(10) - Fraction(1, 90000))


@pytest.mark.parametrize(
    "terms",
    [
        {}, {"area": (0, 0, 1, 1)}, {"times": ()}, {"times": ("00:00:00-24:00:00",)}, {"file": "*"}, {"file": "**"},
        {"times": ("00:00:00-12:00:00", "12:00:00-99:59:59.999")}, {"file": "**/*"}, {"file": "?*"}, {"file": "*.*"},
        {"file": "[!a]*"}, {"file": "[a-zA-Z]*", "area": (0, 0, 1.0, 1.0)},
    ],
)  # fmt: skip
def test_what_allows_everything_is_refused(terms: dict[str, object]) -> None:
    with pytest.raises(PolicyError, match="do not hide it"):
        Allow("face", **terms)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([{"label": "cat", "file": "a.jpg"}], "'cat' is not hidden"),
        ([{"file": "a.jpg"}], "entry 1: it names no label"),
        ([{"label": "face", "file": "a.jpg"}, {"label": "face", "region": [0, 0, 1, 1]}], "entry 2: .* 'region'"),
        ([{"label": "face", "name": "x", "file": "a"}, {"label": "plate", "name": "x", "file": "a"}], "one name"),
        ([{"label": "face", "name": "2", "file": "a"}, {"label": "face", "file": "b"}], "one name"),
        ([{"label": "face", "name": "a\nb", "file": "a"}], "a name is"),
        ([{"label": "face", "name": "\x1b[2J", "file": "a"}], "a name is"),
        ([{"label": "face", "likeness": 0.5, "file": "a"}], "no folder of faces"),
        ([{"label": "face", "faces": "anna", "likeness": math.nan}], "likeness lies"),
        ([{"label": "face", "faces": ""}], "faces is a text"),
        ([{"label": "face", "file": "/etc/a.jpg"}], "no path below"),
        ([{"label": "face", "file": "../a.jpg"}], "no path below"),
        ([{"label": "face", "file": "a//b.jpg"}], "no path below"),
        ([{"label": "face", "file": "press\\a.jpg"}], "separated by /"),
        ([{"label": "face", "file": "a**/b.jpg"}], "stands alone"),
        ([{"label": "face", "sealed": "ab"}], "sealed is"),
        ([{"label": "face", "sealed": "ab" * 32, "file": "a.jpg"}], "a sealed entry"),
        ([{"label": ["face"], "file": "a.jpg"}], "label is a text"),
        (["face"], "an entry is a table"),
        ({"label": "face", "file": "a.jpg"}, r"\[\[allow\]\]"),
        ("face", r"\[\[allow\]\]"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_by_number(entries: object, problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        Policy(allow=entries)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "matches", "others"),
    [
        ("a.jpg", ["a.jpg"], ["A.jpg", "x/a.jpg", "a.jpg.jpg", "aXjpg"]),
        ("press/*.mp4", ["press/a.mp4", "press/.mp4"], ["press/x/a.mp4", "press/a.MP4", "Press/a.mp4", "a.mp4"]),
        ("press/**", ["press/a.mp4", "press/x/y/a.jpg"], ["pressed/a.mp4", "x/press/a.mp4"]),
        ("**/anna.jpg", ["anna.jpg", "x/anna.jpg", "x/y/anna.jpg"], ["joanna.jpg", "anna.jpg/x"]),
        ("press/**/a.jpg", ["press/a.jpg", "press/x/y/a.jpg"], ["press/xa.jpg"]),
        ("day[12]/?.jpg", ["day1/a.jpg", "day2/\u00e9.jpg"], ["day3/a.jpg", "day1/ab.jpg", "day1//.jpg"]),
        ("caf\u00e9/*.jpg", ["caf\u00e9/a.jpg", "cafe\u0301/a.jpg"], ["cafe/a.jpg"]),
        ("press/[", ["press/["], ["press/a"]),
    ],
)  # fmt: skip
def test_a_pattern_is_of_the_path_below_the_source_folder(pattern: str, matches: list[str], others: list[str]) -> None:
    entry = Allow("face", file=pattern)
    assert [path for path in matches if not entry.is_for(PurePath(path))] == []
    assert [path for path in others if entry.is_for(PurePath(path))] == []
    assert not entry.is_for(None)


def test_a_deep_path_and_many_stars_take_no_time() -> None:
    entry = Allow("face", file="/".join(["**", "a*a*a*"] * 30))
    assert not entry.is_for(PurePath("/".join(["a" * 200] * 400 + ["b"])))


def test_a_name_that_is_no_utf8_is_a_name() -> None:
    assert Allow("face", file="press/*").is_for(PurePath("press/\udcff.jpg"))


SIDES = st.floats(0, 1)


@given(SIDES, SIDES, SIDES, SIDES, st.integers(1, 5000), st.integers(1, 5000), st.data())
def test_what_is_held_lies_in_the_area_with_all_of_it(
    left: float, top: float, right: float, bottom: float, width: int, height: int, data: st.DataObject
) -> None:
    try:
        entry = Allow("face", area=(left, top, right, bottom), file="a.jpg")
    except PolicyError:
        assert not (left < right and top < bottom)
        return
    across, down = st.floats(0, width), st.floats(0, height)
    points = data.draw(st.lists(st.tuples(across, down), min_size=3, max_size=5))
    try:
        polygon = Polygon(tuple(points))
    except ValueError:
        return
    shapes: tuple[Region, Region] = (polygon, polygon.bounds)
    inside = all(left * width <= x <= right * width and top * height <= y <= bottom * height for x, y in points)
    assert [entry.holds(shape, (width, height)) for shape in shapes] == [inside, inside]


def test_a_region_that_sticks_out_by_a_hair_is_not_held() -> None:
    entry = Allow("face", area=LEFT_HALF)
    assert entry.holds(Box(0, 0, 320, 360), (640, 360))
    assert not entry.holds(Box(0, 0, math.nextafter(320, 321), 360), (640, 360))
    assert Allow("face", file="a.jpg").holds(Box(0, 0, 640, 360), (640, 360))


def test_entries_are_made_of_tables_too() -> None:
    assert entries_from([{"label": "face", "area": [0, 0, 0.5, 1]}], {"face"}) == (Allow("face", "1", LEFT_HALF),)
