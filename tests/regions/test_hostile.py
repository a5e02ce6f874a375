"""Whatever a regions file holds, it is read, or refused by the one error that says so."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.errors import PolicyError
from redact.regions import Regions, coco, cvat, own, yolo
from redact.regions.strict import read_json
from tests.regions.listed import LISTED

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        found += places(value, (*path, key))
    return found


def spoilt(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(data)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@pytest.mark.parametrize(("write", "read"), [(own.write, own.read), (coco.write, coco.read)])
def test_a_json_text_with_anything_in_any_place_is_read_or_refused(
    write: Callable[[Regions], str], read: Callable[[Any], Regions]
) -> None:
    data = json.loads(write(LISTED))
    every = places(data)

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(every), anything)
    def attack(path: tuple[Any, ...], value: Any) -> None:
        with contextlib.suppress(PolicyError):
            read(read_json(json.dumps(spoilt(data, path, value))))

    attack()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_text_with_anything_for_a_word_is_read_or_refused(data: st.DataObject) -> None:
    document = cvat.write(LISTED)["sub/b.mp4.xml"]
    words = document.split('"')
    words[data.draw(st.integers(0, len(words) - 1))] = data.draw(st.text(max_size=6) | st.floats().map(str))
    with contextlib.suppress(PolicyError):
        cvat.read({"a.xml": '"'.join(words)})
    shares = ["0", "0.5", "0.5", "0.25", "0.25"]
    shares[data.draw(st.integers(0, 4))] = data.draw(st.text(max_size=6) | st.floats().map(str))
    with contextlib.suppress(PolicyError):
        yolo.read({"classes.txt": "face\n", "a.txt": " ".join(shares)}, {"a.jpg": (9, 9)})
