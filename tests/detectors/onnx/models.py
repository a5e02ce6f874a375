"""Small real networks, as ONNX, that find what is red and what is blue and answer in one layout or another.

Convolutions tell how red and how blue each pixel is. Where a layout has a box for each cell of its grids, the cell's
score is the mean of its pixels; else there is one box for each colour, exactly around what has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from redact.detectors.onnx.layouts import LAYOUTS
from redact.model import Image

WIDTH, HEIGHT = 128, 96
STRIDES = (8, 16, 32)
RED, BLUE = (230, 20, 30), (20, 30, 230)


@dataclass(slots=True)
class Plan:
    """A graph as it is put together: each step takes names of values and gives the name of a new one."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def step(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def value(self, numbers: NDArray[Any] | Sequence[Any] | float, kind: type = np.float32) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(numbers, kind), name))
        return name

    def called(self, name: str, value: str) -> str:
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        return name


@dataclass(frozen=True, slots=True)
class Outlet:
    """One output of a network."""

    name: str
    axes: int
    kind: int = TensorProto.FLOAT


def model(
    layout: str,
    element: int = TensorProto.FLOAT,
    batch: int | str = 1,
    sides: tuple[int | str, int | str] = (HEIGHT, WIDTH),
) -> bytes:
    """A network that answers in that layout."""
    plan = Plan()
    names = LAYOUTERS[layout](plan, _masks(plan, layout, element))
    shape = [batch, *sides, 3] if layout == "ssd-tf" else [batch, 3, *sides]
    return graph(plan, [helper.make_tensor_value_info("images", element, shape)], names)


def graph(plan: Plan, inputs: list[onnx.ValueInfoProto], outlets: Sequence[Outlet]) -> bytes:
    outputs = [helper.make_tensor_value_info(outlet.name, outlet.kind, [None] * outlet.axes) for outlet in outlets]
    made = helper.make_graph(plan.nodes, "graph", inputs, outputs, plan.weights)
    finished = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(finished.SerializeToString())


def saved(folder: Path, content: bytes, name: str = "colours.onnx") -> dict[str, Any]:
    """Writes a model's file; returns the options that name it."""
    (folder / name).write_bytes(content)
    return {"path": str(folder / name), "sha256": hashlib.sha256(content).hexdigest()}


def picture(width: int = WIDTH * 2, height: int = HEIGHT * 2) -> Image:
    """Grey, with a red block from (32, 48) to (96, 112) and a blue one from (160, 96) to (224, 160)."""
    image = np.full((height, width, 3), 120, np.uint8)
    image[48:112, 32:96] = RED
    image[96:160, 160:224] = BLUE
    return image


def _masks(plan: Plan, layout: str, element: int) -> str:
    """How red and how blue each pixel is, (1, 2, HEIGHT, WIDTH), 0 or 1 but for edges."""
    wants = LAYOUTS[layout]
    seen = "images" if element == TensorProto.FLOAT else plan.step("Cast", "images", to=TensorProto.FLOAT)
    if layout == "ssd-tf":
        seen = plan.step("Transpose", seen, perm=[0, 3, 1, 2])
    scale, mean = (np.reshape(numbers, (1, 3, 1, 1)) for numbers in (wants.scale, wants.mean))
    values = plan.step("Add", plan.step("Mul", seen, plan.value(scale)), plan.value(mean))
    weights = np.array([[1, -1, -1], [-1, -1, 1]], np.float32) / 20
    if wants.colours == "bgr":
        weights = weights[:, ::-1]
    mask = plan.step("Conv", values, plan.value(weights.reshape(2, 3, 1, 1)))
    return plan.step("Clip", mask, plan.value(0.0), plan.value(1.0))


def _cells(plan: Plan, masks: str) -> str:
    """The mean of each cell of the three grids, (1, 2, n)."""
    grids = []
    for stride in STRIDES:
        pooled = plan.step("AveragePool", masks, kernel_shape=[stride] * 2, strides=[stride] * 2)
        grids.append(plan.step("Reshape", pooled, plan.value([1, 2, -1], np.int64)))
    return plan.step("Concat", *grids, axis=2)


def _grid() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Corner of each cell in cells (2, n), and width of the cells in pixels (1, n)."""
    corners, widths = [], []
    for stride in STRIDES:
        down, across = np.mgrid[: HEIGHT // stride, : WIDTH // stride]
        corners.append(np.stack([across.ravel(), down.ravel()]))
        widths.append(np.full((1, across.size), stride))
    return np.concatenate(corners, 1).astype(np.float32), np.concatenate(widths, 1).astype(np.float32)


def _yolov8(plan: Plan, masks: str) -> tuple[Outlet, ...]:
    corners, widths = _grid()
    boxes = np.concatenate([(corners + 0.5) * widths, widths, widths])[None]
    plan.called("output0", plan.step("Concat", plan.value(boxes), _cells(plan, masks), axis=1))
    return (Outlet("output0", 3),)


def _yolov5(plan: Plan, masks: str) -> tuple[Outlet, ...]:
    corners, widths = _grid()
    boxes = np.concatenate([(corners + 0.5) * widths, widths, widths, np.ones_like(widths)])[None]
    return _rows(plan, plan.step("Concat", plan.value(boxes), _cells(plan, masks), axis=1))


def _yolox(plan: Plan, masks: str) -> tuple[Outlet, ...]:
    corners, _ = _grid()
    ones = np.ones((1, corners.shape[1]), np.float32)
    boxes = np.concatenate([np.full_like(corners, 0.5), np.zeros_like(corners), ones])[None]
    return _rows(plan, plan.step("Concat", plan.value(boxes), _cells(plan, masks), axis=1))


def _rows(plan: Plan, columns: str) -> tuple[Outlet, ...]:
    plan.called("output", plan.step("Transpose", columns, perm=[0, 2, 1]))
    return (Outlet("output", 3),)


def _extents(plan: Plan, masks: str) -> tuple[str, str]:
    """Left, top, right, bottom of each colour in shares, (1, 2, 4), and whether it is there, (1, 2, 1)."""
    sides = []
    for axis, length in ((3, WIDTH), (2, HEIGHT)):
        profile = plan.step("ReduceMax", masks, axes=[5 - axis], keepdims=1)
        shape = [1, 1, 1, length] if axis == 3 else [1, 1, length, 1]
        ahead = plan.value(np.reshape(np.arange(1, length + 1), shape))
        behind = plan.value(np.reshape(np.arange(length, 0, -1), shape))
        last = plan.step("ReduceMax", plan.step("Mul", profile, ahead), axes=[axis], keepdims=1)
        first = plan.step("ReduceMax", plan.step("Mul", profile, behind), axes=[axis], keepdims=1)
        unit = plan.value(float(length))
        sides += [plan.step("Div", plan.step("Sub", unit, first), unit), plan.step("Div", last, unit)]
    flat = [plan.step("Reshape", side, plan.value([1, 2, 1], np.int64)) for side in sides]
    there = plan.step("ReduceMax", masks, axes=[2, 3], keepdims=0)
    return (
        plan.step("Concat", flat[0], flat[2], flat[1], flat[3], axis=2),
        plan.step("Reshape", there, plan.value([1, 2, 1], np.int64)),
    )


def _yolov10(plan: Plan, masks: str) -> tuple[Outlet, ...]:
    boxes, there = _extents(plan, masks)
    pixels = plan.step("Mul", boxes, plan.value([WIDTH, HEIGHT] * 2))
    numbers = plan.step("Add", plan.step("Mul", there, plan.value(0.0)), plan.value([[[0], [1]]]))
    plan.called("output0", plan.step("Concat", pixels, there, numbers, axis=2))
    return (Outlet("output0", 3),)


def _middles(plan: Plan, boxes: str) -> str:
    """Middle, width and height instead of the sides."""
    turn = np.array([[0.5, 0, -1, 0], [0, 0.5, 0, -1], [0.5, 0, 1, 0], [0, 0.5, 0, 1]])
    return plan.step("MatMul", boxes, plan.value(turn))


def _guesses(plan: Plan, masks: str, spread: Sequence[Sequence[float]], base: Sequence[float]) -> tuple[Outlet, ...]:
    boxes, there = _extents(plan, masks)
    plan.called("pred_boxes", _middles(plan, boxes))
    plan.called("logits", plan.step("Add", plan.step("Mul", there, plan.value([spread])), plan.value([[base]])))
    return Outlet("logits", 3), Outlet("pred_boxes", 3)


def _detr(plan: Plan, masks: str) -> tuple[Outlet, ...]:
    return _guesses(plan, masks, [[20, 0, 0], [0, 20, 0]], [-10, -10, 0])


def _rt_detr(plan: Plan, masks: str) -> tuple[Outlet, ...]:
    return _guesses(plan, masks, [[20, 0], [0, 20]], [-10, -10])


def _ssd(plan: Plan, masks: str) -> tuple[Outlet, ...]:
    boxes, there = _extents(plan, masks)
    plan.called("bboxes", boxes)
    scores = plan.step("Reshape", there, plan.value([1, 2], np.int64))
    plan.called("scores", scores)
    numbers = plan.step("Add", plan.step("Mul", scores, plan.value(0.0)), plan.value([[1, 2]]))
    plan.called("labels", plan.step("Cast", numbers, to=TensorProto.INT64))
    return Outlet("bboxes", 3), Outlet("labels", 2, TensorProto.INT64), Outlet("scores", 2)


def _ssd_tf(plan: Plan, masks: str) -> tuple[Outlet, ...]:
    boxes, there = _extents(plan, masks)
    plan.called("detection_boxes:0", plan.step("Gather", boxes, plan.value([1, 0, 3, 2], np.int64), axis=2))
    scores = plan.step("Reshape", there, plan.value([1, 2], np.int64))
    plan.called("detection_scores:0", scores)
    plan.called(
        "detection_classes:0", plan.step("Add", plan.step("Mul", scores, plan.value(0.0)), plan.value([[1, 2]]))
    )
    count = plan.step("ReduceSum", plan.step("Mul", scores, plan.value(0.0)), keepdims=0)
    plan.called(
        "num_detections:0", plan.step("Reshape", plan.step("Add", count, plan.value(2.0)), plan.value([1], np.int64))
    )
    axes = {"detection_boxes:0": 3, "detection_classes:0": 2, "detection_scores:0": 2, "num_detections:0": 1}
    return tuple(Outlet(name, count) for name, count in axes.items())


LAYOUTERS: dict[str, Callable[[Plan, str], tuple[Outlet, ...]]] = {
    "yolov5": _yolov5,
    "yolov8": _yolov8,
    "yolov10": _yolov10,
    "yolox": _yolox,
    "detr": _detr,
    "rt-detr": _rt_detr,
    "ssd": _ssd,
    "ssd-tf": _ssd_tf,
}
