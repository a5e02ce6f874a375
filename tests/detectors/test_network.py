"""A network lets go of what running took after a vast picture, and answers the same afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from redact.detectors.centerface import CenterFace
from redact.detectors.network import VAST, Network, blob
from redact.detectors.runtimes import Engine
from redact.detectors.yunet import YuNet
from redact.model import Image

VAST_PICTURE: Image = np.broadcast_to(np.zeros(3, np.uint8), (1, VAST + 1, 3))


@pytest.fixture(scope="module")
def picture() -> Image:
    return np.random.default_rng(3).integers(0, 256, (64, 96, 3), np.uint8)


def test_a_network_that_rested_answers_as_before(picture: Image) -> None:
    network = Network("yunet")
    before = network(blob(picture))
    network.rest_after(VAST_PICTURE)
    after = network(blob(picture))
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("build", [CenterFace, YuNet])
def test_a_network_keeps_what_it_built_unless_the_picture_is_vast(
    build: type[CenterFace | YuNet], picture: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = build()
    built: list[Network] = []
    build_engine = Network._built

    def counted(self: Network) -> Engine:
        built.append(self)
        return build_engine(self)

    monkeypatch.setattr(Network, "_built", counted)
    seen = network.look(picture, 1, 0.02)
    network.rest_after(picture)
    assert np.array_equal(network.look(picture, 1, 0.02), seen)
    assert not built
    network.rest_after(VAST_PICTURE)
    assert np.array_equal(network.look(picture, 1, 0.02), seen)
    assert len(built) == 1
