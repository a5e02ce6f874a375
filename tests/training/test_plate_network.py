"""The network that is trained."""

import pytest

torch = pytest.importorskip("torch")

from training.network import ANSWERS, PlateNetwork


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 160), (224, 96)])
def test_both_heads_answer_for_each_fourth_pixel(height: int, width: int) -> None:
    plates, lines = PlateNetwork().eval()(torch.zeros(1, 3, height, width))
    assert plates.shape == lines.shape == (1, ANSWERS, height // 4, width // 4)


def test_it_is_small() -> None:
    assert sum(weights.numel() for weights in PlateNetwork().parameters()) < 1_000_000


def test_before_training_it_is_sure_of_nothing() -> None:
    torch.manual_seed(1)
    answers = PlateNetwork().eval()(torch.rand(1, 3, 128, 128) * 2 - 1)
    assert all(torch.sigmoid(answer[:, 0]).max() < 0.5 for answer in answers)


def test_an_answer_depends_on_a_picture_as_wide_as_a_large_plate() -> None:
    torch.manual_seed(1)
    picture = torch.rand(1, 3, 64, 640, requires_grad=True)
    PlateNetwork().eval()(picture)[0][0, :, 8, 80].sum().backward()
    assert picture.grad is not None
    seen = torch.nonzero(picture.grad.abs().sum((0, 1, 2)))
    assert seen.max() - seen.min() >= 500


def test_each_part_of_it_learns() -> None:
    network = PlateNetwork()
    plates, lines = network(torch.rand(2, 3, 64, 64))
    (plates.square().sum() + lines.square().sum()).backward()
    assert all(weights.grad is not None and weights.grad.any() for weights in network.parameters())
