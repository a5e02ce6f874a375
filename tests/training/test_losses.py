"""How wrong the network is held to be."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training.losses import Wanted, loss
from training.targets import Target, target

SIZE = 64
PLATE = np.array([[(10, 20), (50, 20), (50, 34), (10, 34)]], np.float32)
NONE = np.zeros((0, 4, 2), np.float32)


def wanted(*targets: Target) -> Wanted:
    names = ("score", "weight", "offsets", "extent")
    return Wanted(*(torch.from_numpy(np.stack([getattr(each, name) for each in targets])) for name in names))


def right_answer(asked: Wanted) -> Any:
    logits = torch.where(asked.score > 0, 12.0, -12.0)
    return torch.cat([logits[:, None], asked.offsets], 1)


def test_the_right_answer_costs_next_to_nothing() -> None:
    asked = wanted(target(PLATE, NONE, SIZE), target(NONE, NONE, SIZE))
    told = loss(right_answer(asked), asked)
    assert told.scores.item() < 1e-6
    assert told.corners.item() == 0


def test_what_is_not_asked_costs_nothing_whatever_is_answered() -> None:
    asked = wanted(target(NONE, PLATE, SIZE))
    answer = right_answer(asked)
    answer[:, 0] = torch.where(asked.weight == 0, 12.0, -12.0)
    assert loss(answer, asked).scores.item() < 1e-6


def test_a_plate_that_is_not_there_makes_its_picture_the_hard_one() -> None:
    asked = wanted(target(NONE, NONE, SIZE), target(NONE, NONE, SIZE))
    answer = right_answer(asked)
    answer[1, 0, 8, 8] = 5.0
    false = loss(answer, asked).false
    assert false[1] > 100 * false[0]


def test_a_missed_plate_is_no_fault_of_what_is_around_it() -> None:
    asked = wanted(target(PLATE, NONE, SIZE))
    answer = right_answer(asked)
    answer[:, 0] = -12.0
    told = loss(answer, asked)
    assert told.scores.item() > 1
    assert told.false.item() < 1e-6


def test_corners_cost_more_the_farther_off_they_are() -> None:
    asked = wanted(target(PLATE, NONE, SIZE))
    costs = []
    for off in (0.05, 0.2, 1.0):
        answer = right_answer(asked)
        answer[:, 1:] += off
        costs.append(loss(answer, asked).corners.item())
    assert 0 < costs[0] < costs[1] < costs[2]


def test_without_plates_corners_cost_nothing_and_still_have_a_gradient() -> None:
    asked = wanted(target(NONE, NONE, SIZE))
    answer = right_answer(asked).requires_grad_()
    loss(answer, asked).corners.backward()
    assert answer.grad is not None
    assert not answer.grad.any()


def test_corners_that_are_wildly_off_do_not_overflow() -> None:
    asked = wanted(target(PLATE, NONE, SIZE))
    answer = right_answer(asked)
    answer[:, 1:] = 1000
    assert torch.isfinite(loss(answer, asked).corners)
