"""`check_embedder`: is it an embedder as `redact.contracts.Embedder` asks for?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from redact.contracts import Embedder
from redact.model import Box, Image, Polygon, Region
from redact.testing.conduct import well_behaved
from redact.testing.conformance import ODD_SIZES, PLAIN, canvas


def check_embedder(embedder: Embedder, image: Image, region: Region) -> None:
    """Hold an embedder to its contract; raises AssertionError with the clause it breaks.

    image:  uint8 (height, width, 3) RGB, with a thing that it can tell from others
    region: of the thing, as a detector finds it; noise, black and white of odd sizes are looked at beside it

    It must have a threshold above -1 and up to 1, give vectors of one length that are finite and not all zero, or None,
    which it may not for the thing, answer the same when asked again, take a polygon for a box, and must not write into
    the picture, remember the one before, open a socket, write a file or start a process. What it raises is let through.
    """
    assert _is_threshold(getattr(embedder, "threshold", None)), "the threshold is no number above -1 and up to 1"
    shown = [(image, region), (image, _outline(region)), *_odd()]
    with well_behaved():
        answers = [_answer(embedder, *each) for each in shown]
        again = [_answer(embedder, *each) for each in reversed(shown)][::-1]
    assert answers[0] is not None, "it cannot tell what the picture shows: take one in which it can"
    alike = all(_same(one, other) for one, other in zip(answers, again, strict=True))
    assert alike, "the same picture and region must give the same answer, whatever was looked at before"
    lengths = {len(vector) for vector in answers if vector is not None}
    assert len(lengths) == 1, f"vectors of several lengths: {sorted(lengths)}"


def _is_threshold(given: object) -> bool:
    return isinstance(given, (int, float)) and not isinstance(given, bool) and -1 < given <= 1


def _odd() -> Iterator[tuple[Image, Region]]:
    """Pictures in which there is nobody, each with all of it as the region: they occur."""
    pictures = [canvas(height, width) for height, width in ODD_SIZES]
    pictures += [np.full((48, 64, 3), brightness, np.uint8) for brightness in PLAIN]
    for picture in pictures:
        yield picture, Box(0, 0, picture.shape[1], picture.shape[0])


def _outline(region: Region) -> Polygon:
    box = region.bounds
    return Polygon(((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)))


def _answer(embedder: Embedder, image: Image, region: Region) -> NDArray[np.float64] | None:
    shown = image.copy()
    shown.flags.writeable = False
    given = embedder.embed(shown, region)
    assert np.array_equal(shown, image), "an embedder must not write into the picture"
    if given is None:
        return None
    vector = np.asarray(given, np.float64)
    assert vector.ndim == 1, f"a vector has one axis, not {vector.ndim}"
    assert np.isfinite(vector).all(), "the vector is not finite"
    assert vector.any(), "the vector is all zero: it points nowhere"
    # A buffer that is filled anew at each call would agree with itself.
    return vector.copy()


def _same(one: NDArray[np.float64] | None, other: NDArray[np.float64] | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
