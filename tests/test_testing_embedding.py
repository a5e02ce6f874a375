"""The conformance kit for embedders finds every clause that one can break."""

from __future__ import annotations

import importlib.util
import itertools
import socket
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from redact.model import Box, Image, Region
from redact.testing import canvas, check_embedder
from tests.conftest import ROOT

PICTURE, THING = canvas(60, 80), Box(10, 10, 50, 50)

Vector = Sequence[float] | NDArray[np.floating[Any]] | None


class Means:
    """Tells things by their mean colour: keeps the contract. The others break one clause each."""

    threshold = 0.9

    def embed(self, image: Image, region: Region) -> Vector:
        box = region.bounds
        part = image[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
        return np.append(part.mean(axis=(0, 1)), 1)


class Blind(Means):
    def embed(self, image: Image, region: Region) -> Vector:
        return None


class Unset(Means):
    threshold = None  # type: ignore[assignment]


class Switched(Means):
    threshold = True


class Boundless(Means):
    threshold = 1.5


class Unnumbered(Means):
    threshold = float("nan")


class Grows(Means):
    def embed(self, image: Image, region: Region) -> Vector:
        return np.ones(image.shape[1])


class Flat(Means):
    def embed(self, image: Image, region: Region) -> Vector:
        return np.ones((2, 2))


class Infinite(Means):
    def embed(self, image: Image, region: Region) -> Vector:
        return [1.0, float("inf")]


class Nowhere(Means):
    def embed(self, image: Image, region: Region) -> Vector:
        return [0.0, 0.0]


class Counts(Means):
    def __init__(self) -> None:
        self._looks = itertools.count(1)

    def embed(self, image: Image, region: Region) -> Vector:
        return [1.0, float(next(self._looks))]


class Refills(Means):
    """Fills one buffer anew at each call, with what the call before was about."""

    def __init__(self) -> None:
        self._buffer, self._before = np.ones(2), 1.0

    def embed(self, image: Image, region: Region) -> Vector:
        self._buffer[0], self._before = self._before, float(image.shape[1])
        return self._buffer


class Forgets(Means):
    """Cannot tell what it saw a moment ago."""

    def __init__(self) -> None:
        self._looks = itertools.count()

    def embed(self, image: Image, region: Region) -> Vector:
        return super().embed(image, region) if next(self._looks) < 5 else None


class Draws(Means):
    def embed(self, image: Image, region: Region) -> Vector:
        image.flags.writeable = True
        image[0, 0] ^= 255
        return [1.0]


class Calls(Means):
    def embed(self, image: Image, region: Region) -> Vector:
        socket.socket().close()
        return [1.0]


class Raises(Means):
    def embed(self, image: Image, region: Region) -> Vector:
        raise LookupError


def test_an_honest_embedder_passes() -> None:
    check_embedder(Means(), PICTURE, THING)


@pytest.mark.parametrize(
    ("fault", "clause"),
    [
        (Blind, "cannot tell"),
        (Unset, "threshold"),
        (Switched, "threshold"),
        (Boundless, "threshold"),
        (Unnumbered, "threshold"),
        (Grows, "several lengths"),
        (Flat, "one axis"),
        (Infinite, "not finite"),
        (Nowhere, "all zero"),
        (Counts, "same answer"),
        (Refills, "same answer"),
        (Forgets, "same answer"),
        (Draws, "write into the picture"),
        (Calls, "open a socket"),
    ],
)
def test_each_broken_clause_of_an_embedder_is_named(fault: type[Means], clause: str) -> None:
    with pytest.raises(AssertionError, match=clause):
        check_embedder(fault(), PICTURE, THING)


def test_what_an_embedder_raises_is_let_through() -> None:
    with pytest.raises(LookupError):
        check_embedder(Raises(), PICTURE, THING)


def test_the_picture_that_is_given_stays_as_it_is() -> None:
    before = PICTURE.copy()
    check_embedder(Means(), PICTURE, THING)
    assert np.array_equal(PICTURE, before)


def test_the_embedder_of_the_samples_keeps_the_contract() -> None:
    specification = importlib.util.spec_from_file_location(
        "sample_badge", ROOT / "samples" / "redact-badge" / "redact_badge.py"
    )
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    check_embedder(module.BadgeEmbedder(), PICTURE, THING)
