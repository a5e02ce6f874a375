"""A training run, interrupted and not."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.training.bars import draw
from training import batches
from training import train as module
from training.checkpoints import Checkpoint, Recipe, keep, kept
from training.train import RATE, WARM_UP, Run, rate, train

STEPS = 6


@pytest.fixture(autouse=True)
def few_and_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of eight pictures of 64 pixels; the processes get plans, so they need not know."""
    monkeypatch.setattr(batches, "COUNTS", {64: 8})
    monkeypatch.setattr(batches, "TURN", (64,))
    monkeypatch.setattr(module, "LOGGED", 2)


def same(one: Checkpoint, other: Checkpoint) -> bool:
    return one.step == other.step and all(
        torch.equal(values, other.averaged[name]) for name, values in one.averaged.items()
    )


def test_a_run_that_was_interrupted_comes_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(tmp_path / "whole", Recipe(1, STEPS), 1, draw)
    learn = Run.learn

    def broken_off(run: Run, batch: batches.Batch) -> object:
        if run.step == 4:
            raise KeyboardInterrupt
        return learn(run, batch)

    with monkeypatch.context() as patch:
        patch.setattr(module, "EVERY", 0.0)
        patch.setattr(Run, "learn", broken_off)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "halved", Recipe(1, STEPS), 1, draw)
    train(tmp_path / "halved", Recipe(1, STEPS), 1, draw)
    whole, halved = kept(tmp_path / "whole"), kept(tmp_path / "halved")
    assert whole is not None
    assert halved is not None
    assert same(whole, halved)
    assert whole.hard == halved.hard


def test_a_run_of_another_recipe_is_not_gone_on_with(tmp_path: Path) -> None:
    keep(tmp_path, Run(Recipe(1, 1)).checkpoint())
    with pytest.raises(ValueError, match="holds a run of seed 1 and 1 steps: name another"):
        train(tmp_path, Recipe(1, 2), 1, draw)


def test_it_learns_and_logs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WARM_UP", 2)
    train(tmp_path, Recipe(2, 40), 1, draw)
    logged = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in logged] == list(range(2, 41, 2))
    assert logged[-1]["plates"] < logged[0]["plates"] / 2
    assert logged[-1]["plate corners"] < logged[0]["plate corners"] / 2


def test_the_rate_rises_then_falls_to_next_to_nothing() -> None:
    steps = 1000
    rates = [rate(step, steps) for step in range(steps)]
    assert max(rates) == pytest.approx(RATE)
    assert np.argmax(rates) in (WARM_UP - 1, WARM_UP)
    assert (np.diff(rates[WARM_UP:]) < 0).all()
    assert rates[-1] < RATE / 50
