"""The picture of a run's log."""

import json
from pathlib import Path

import pytest

from training.curves import COLOURS, CURVES, HEIGHT, MARGIN, WIDTH, drawn, entries, height, smooth


def write(log: Path, steps: list[int], value: float) -> None:
    with log.open("a") as lines:
        lines.writelines(json.dumps({"step": step, **dict.fromkeys(CURVES, value)}) + "\n" for step in steps)


def test_of_a_step_done_twice_the_last_word_counts(tmp_path: Path) -> None:
    write(tmp_path / "log.jsonl", [20, 40, 60], 1.0)
    write(tmp_path / "log.jsonl", [40, 60, 80], 0.5)
    logged = entries(tmp_path / "log.jsonl")
    assert [(entry["step"], entry["plates"]) for entry in logged] == [(20, 1.0), (40, 0.5), (60, 0.5), (80, 0.5)]


def test_curves_are_drawn_in_their_colours() -> None:
    logged = [
        {"step": step, **{name: 0.1 * (1 + place) for place, name in enumerate(CURVES)}} for step in range(20, 400, 20)
    ]
    picture = drawn(logged)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    below = picture[MARGIN:]
    assert all((below == colour).all(axis=2).sum() > WIDTH / 2 for colour in COLOURS)


def test_a_lower_loss_is_drawn_lower() -> None:
    assert height(0.1, 2.0) > height(1.0, 2.0)


def test_each_point_is_the_mean_of_those_before_it() -> None:
    assert smooth([1.0, 3.0]) == pytest.approx([1.0, 2.0])
