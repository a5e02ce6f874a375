"""How networks lay out what they found, by the name a policy gives it: a reader for each, and what its authors expect.

Readers tell a layout that is not theirs wherever they can: a misread answer would mostly say "found nothing".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from redact.detectors.onnx.layouts import detr, ssd, yolo
from redact.detectors.onnx.layouts.answers import Asked, Floats, MismatchError, Sightings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["LAYOUTS", "Asked", "Colours", "Fit", "Floats", "Layout", "MismatchError", "Sightings", "Triple", "fitting"]

Fit: TypeAlias = Literal["letterbox", "stretch"]
Colours: TypeAlias = Literal["rgb", "bgr"]
Triple: TypeAlias = tuple[float, float, float]

BLACK: Triple = (0, 0, 0)
EIGHT_BITS: Triple = (255, 255, 255)
AS_THEY_ARE: Triple = (1, 1, 1)
IMAGENET_MEAN: Triple = (123.675, 116.28, 103.53)
IMAGENET_SPREAD: Triple = (58.395, 57.12, 57.375)
"""Of the red, green and blue of ImageNet's pictures, by which most networks of that time were trained."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout, and how a picture is shown to networks that have it, unless a policy says otherwise.

    read:       the answers, by name -> what scored high enough; raises MismatchError
    expects:    what the answers look like, for messages; {classes}, {4+classes} and {5+classes} are put in
    overlaps:   one thing is told by several boxes, of which the best has to be chosen
    fit:        the picture keeps its proportions on grey ground ("letterbox"), or is stretched to the input's
    colours:    which channel comes first
    mean, scale: a channel's value v is given as (v - mean) / scale
    """

    read: Callable[[Mapping[str, Floats], Asked], Sightings]
    expects: str
    overlaps: bool
    fit: Fit = "letterbox"
    colours: Colours = "rgb"
    mean: Triple = BLACK
    scale: Triple = EIGHT_BITS


LAYOUTS: Mapping[str, Layout] = {
    "yolov5": Layout(yolo.with_objectness, "(1, n, 5 + classes)", overlaps=True),
    "yolov8": Layout(yolo.without_objectness, "(1, 4 + classes, n)", overlaps=True),
    "yolov10": Layout(yolo.end_to_end, "(1, n, 6)", overlaps=False),
    "yolox": Layout(yolo.yolox, "(1, n, 5 + classes)", overlaps=True, colours="bgr", scale=AS_THEY_ARE),
    "detr": Layout(
        detr.detr,
        "boxes (1, n, 4) and logits (1, n, classes + 1)",
        overlaps=False,
        fit="stretch",
        mean=IMAGENET_MEAN,
        scale=IMAGENET_SPREAD,
    ),
    "rt-detr": Layout(
        detr.rt_detr,
        "boxes (1, n, 4) and logits (1, n, classes), or both in one, (1, n, 4 + classes)",
        overlaps=False,
        fit="stretch",
    ),
    "ssd": Layout(
        ssd.across_first,
        "boxes (1, n, 4), scores (1, n) and labels (1, n); or boxes and scores (1, n, classes + 1)",
        overlaps=True,
        fit="stretch",
        mean=IMAGENET_MEAN,
        scale=IMAGENET_SPREAD,
    ),
    "ssd-tf": Layout(
        ssd.down_first,
        "detection_boxes (1, n, 4), detection_scores (1, n), detection_classes (1, n), num_detections (1)",
        overlaps=True,
        fit="stretch",
        scale=AS_THEY_ARE,
    ),
}
"""Name in a policy -> layout."""


def fitting(answers: Mapping[str, Floats], asked: Asked) -> tuple[str, ...]:
    """Names of the layouts that such answers may have."""
    return tuple(name for name, layout in LAYOUTS.items() if _fits(layout, answers, asked))


def _fits(layout: Layout, answers: Mapping[str, Floats], asked: Asked) -> bool:
    try:
        layout.read(answers, asked)
    except MismatchError:
        return False
    return True
