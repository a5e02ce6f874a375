"""A model of one's own finds what it was made to find, in each layout, by each runtime; what is not right is told."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from redact.detectors.network import Network
from redact.detectors.onnx import OnnxDetector
from redact.detectors.onnx.layouts import LAYOUTS, Asked, fitting
from redact.detectors.runtimes import Runtime
from redact.errors import PluginError, PolicyError
from redact.model import Box, Detection, Image
from redact.testing import check_detector
from tests.detectors.onnx.models import HEIGHT, LAYOUTERS, RED, WIDTH, Outlet, Plan, graph, model, picture, saved

RED_BOX, BLUE_BOX = Box(32, 48, 96, 112), Box(160, 96, 224, 160)
ELEMENTS = {"ssd-tf": TensorProto.UINT8}


def detector(folder: Path, layout: str = "yolov10", content: bytes | None = None, **options: Any) -> OnnxDetector:
    """One that finds red, unless the options say otherwise."""
    content = model(layout, ELEMENTS.get(layout, TensorProto.FLOAT)) if content is None else content
    given = {"labels": ("red",), "classes": ("red", "blue"), "margin": 0, "threshold": 0.9, "layout": layout}
    return OnnxDetector(**{**given, **saved(folder, content), **options})


def hull(found: Iterable[Detection], label: str) -> Box:
    return functools.reduce(Box.hull, (each.region.bounds for each in found if each.label == label))


def corners(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


@pytest.mark.parametrize("runtime", ["opencv", "onnxruntime"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_read_whatever_runs_it(tmp_path: Path, layout: str, runtime: str) -> None:
    found = list(detector(tmp_path, layout, labels=("red", "blue"), runtime=runtime).detect(picture()))
    assert {each.label for each in found} == {"red", "blue"}
    assert corners(hull(found, "red")) == pytest.approx(corners(RED_BOX), abs=0.01)
    assert corners(hull(found, "blue")) == pytest.approx(corners(BLUE_BOX), abs=0.01)
    assert all(each.score > 0.9 for each in found)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_where_there_is_nothing_nothing_is_found(tmp_path: Path, layout: str) -> None:
    assert list(detector(tmp_path, layout).detect(np.full((200, 300, 3), 120, np.uint8))) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_told_from_every_other_but_two_that_differ_in_order_alone(tmp_path: Path, layout: str) -> None:
    content = model(layout)
    shape = (1, HEIGHT, WIDTH, 3) if layout == "ssd-tf" else (1, 3, HEIGHT, WIDTH)
    answers = Network("colours", Runtime("onnxruntime"), content)(np.zeros(shape, np.float32))
    alike = {"ssd", "ssd-tf"}
    assert set(fitting(answers, Asked(WIDTH, HEIGHT, 2, 0.5))) == (alike if layout in alike else {layout})


def test_a_wrong_layout_says_when_loaded_what_was_expected_and_what_came(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"1, n, 5 \+ classes.*with 2 classes.*output0 \(1, 6, 252\).*may be yolov8"):
        detector(tmp_path, "yolox", model("yolov8"))


def test_a_class_too_few_is_told_when_the_model_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="Name all its classes"):
        detector(tmp_path, "yolov8", classes=("red",))


@pytest.mark.parametrize("size", [(300, 150), (150, 300), (WIDTH, HEIGHT), (1000, 700), (40, 30)])
@pytest.mark.parametrize("layout", ["yolov10", "detr"])
def test_boxes_come_back_from_pictures_of_any_proportions(tmp_path: Path, layout: str, size: tuple[int, int]) -> None:
    width, height = size
    image = np.full((height, width, 3), 120, np.uint8)
    box = Box(width // 4, height // 3, width // 2, height * 2 // 3)
    image[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = RED
    (found,) = detector(tmp_path, layout).detect(image)
    assert found.region.bounds.iou(box) > 0.9


def test_a_thing_too_small_for_the_whole_picture_is_found_in_tiles(tmp_path: Path) -> None:
    image = np.full((1000, 1500, 3), 120, np.uint8)
    image[700:705, 1300:1306] = RED
    assert list(detector(tmp_path).detect(image)) == []
    found = hull(detector(tmp_path, look="tiles").detect(image), "red")
    assert found.holds(Box(1300, 700, 1306, 705))
    assert found.area < 80


def test_a_thing_larger_than_a_tile_is_found_whole_too(tmp_path: Path) -> None:
    image = np.full((600, 900, 3), 120, np.uint8)
    image[50:550, 100:800] = RED
    whole = Box(100, 50, 800, 550)
    assert max(found.region.bounds.iou(whole) for found in detector(tmp_path, look="tiles").detect(image)) > 0.95


def test_one_model_serves_labels_called_like_its_classes(tmp_path: Path) -> None:
    found = list(detector(tmp_path, labels=("blue", "red")).detect(picture()))
    assert {each.label: each.region for each in found} == {"red": RED_BOX, "blue": BLUE_BOX}


def test_only_some_classes_count_for_a_label_of_another_name(tmp_path: Path) -> None:
    (found,) = detector(tmp_path, labels=("sky",), only=("blue",)).detect(picture())
    assert (found.label, found.region) == ("sky", BLUE_BOX)
    both = detector(tmp_path, labels=("paint",), only=("blue", "red")).detect(picture())
    assert {each.region for each in both} == {RED_BOX, BLUE_BOX}


def test_boxes_are_grown_by_the_margin_and_clipped(tmp_path: Path) -> None:
    (found,) = detector(tmp_path, margin=0.25).detect(picture())
    assert found.region == Box(16, 32, 112, 128)
    (clipped,) = detector(tmp_path, margin=2).detect(picture())
    assert clipped.region == Box(0, 0, 224, 192)


def test_a_score_close_to_the_threshold_is_in_doubt(tmp_path: Path) -> None:
    pale = picture()
    pale[48:112, 32:96] = (140, 60, 65)
    found = list(detector(tmp_path, "yolov8", threshold=0.73).detect(pale))
    assert {each.doubts for each in found} == {("near-threshold",)}
    assert hull(found, "red") == RED_BOX
    assert {each.doubts for each in detector(tmp_path, "yolov8", threshold=0.5).detect(pale)} == {()}


@pytest.mark.parametrize("look", ["whole", "tiles"])
def test_the_contract_is_kept(tmp_path: Path, look: str) -> None:
    check_detector(detector(tmp_path, "yolov8", look=look, margin=0.3), picture())


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1)])
@pytest.mark.parametrize("look", ["whole", "tiles"])
def test_tiny_and_thin_pictures_are_looked_at(tmp_path: Path, look: str, shape: tuple[int, int]) -> None:
    assert list(detector(tmp_path, look=look).detect(np.zeros((*shape, 3), np.uint8))) == []


@pytest.mark.parametrize("runtime", ["opencv", "onnxruntime"])
def test_a_model_of_halves_is_given_halves(tmp_path: Path, runtime: str) -> None:
    found = detector(tmp_path, "yolov8", model("yolov8", TensorProto.FLOAT16), runtime=runtime).detect(picture())
    assert hull(found, "red") == RED_BOX


@pytest.mark.parametrize("open_side", ["height", -1, 0])
def test_a_model_for_any_size_wants_to_be_told_which(tmp_path: Path, open_side: int | str) -> None:
    content = model("yolov8", sides=(open_side, open_side), batch="batch")
    with pytest.raises(PolicyError, match="input = 640"):
        detector(tmp_path, "yolov8", content)
    assert hull(detector(tmp_path, "yolov8", content, input=(WIDTH, HEIGHT)).detect(picture()), "red") == RED_BOX


def test_a_model_for_one_size_is_shown_no_other(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="128 pixels wide, not 640"):
        detector(tmp_path, input=640)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"layout": "yolo"}, "layout is one of yolov5"),
        ({"colours": "rbg"}, "colours is one of"),
        ({"fit": "crop"}, "fit is one of"),
        ({"look": "twice"}, "look is one of"),
        ({"threshold": 0}, "threshold lies"),
        ({"threshold": float("nan")}, "threshold lies"),
        ({"threshold": True}, "threshold lies"),
        ({"margin": -0.1}, "margin lies"),
        ({"overlap": "much"}, "overlap lies"),
        ({"input": 8}, "input is"),
        ({"input": (640, 480, 3)}, "input is"),
        ({"input": 640.0}, "input is"),
        ({"scale": 0}, "cannot be 0"),
        ({"scale": (1, 2)}, "one for each of three colours"),
        ({"mean": ("a", "b", "c")}, "one for each of three colours"),
        ({"mean": float("inf")}, "mean lies"),
        ({"classes": "red"}, "list of names"),
        ({"classes": ("red", "red")}, "twice"),
        ({"only": ("green",)}, "not among the classes"),
        ({"labels": ("green",)}, "no class is called 'green'"),
        ({"sha256": "abc"}, "64 hexadecimal"),
        ({"sha256": 3}, "64 hexadecimal"),
        ({"path": ""}, "path names"),
        ({"path": 3}, "path names"),
        ({"path": "colours.onnx"}, "counts from the policy file"),
        ({"treshold": 0.5}, "no option 'treshold'"),
        ({"runtime": "tensorrt"}, "runtime is one of"),
        ({"device": "cuda"}, 'wants runtime = "onnxruntime"'),
        ({"device": "gpu"}, "device is one of"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_a_reason(
    tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PolicyError, match=reason):
        detector(tmp_path, content=model("yolov10"), **options)


@pytest.mark.parametrize("missing", ["path", "sha256", "layout"])
def test_what_a_model_needs_has_to_be_said(tmp_path: Path, missing: str) -> None:
    options = {"layout": "yolov10", "classes": ("red", "blue"), **saved(tmp_path, model("yolov10"))}
    del options[missing]
    with pytest.raises(PolicyError, match=f"needs {missing}"):
        OnnxDetector(labels=("red",), **options)


def with_input(*inputs: tuple[int, list[int]]) -> bytes:
    """A network that gives back the first of its inputs, and takes more."""
    plan = Plan()
    plan.called("output0", plan.step("Cast", "images0", to=TensorProto.FLOAT))
    ports = [
        helper.make_tensor_value_info(f"images{number}", kind, shape) for number, (kind, shape) in enumerate(inputs)
    ]
    return graph(plan, ports, [Outlet("output0", len(inputs[0][1]))])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (with_input((TensorProto.FLOAT, [1, 3, 64, 64]), (TensorProto.FLOAT, [1, 2])), "2 inputs"),
        (with_input((TensorProto.FLOAT, [4, 3, 64, 64])), "batches of one"),
        (with_input((TensorProto.FLOAT, [1, 3, 64])), "no single picture"),
        (with_input((TensorProto.INT64, [1, 3, 64, 64])), "no single picture"),
        (with_input((TensorProto.FLOAT, [1, 1, 64, 64])), "three colours"),
        (with_input((TensorProto.FLOAT, [1, 3, 64, 64])), "no output is of that shape"),
    ],
)
def test_a_model_that_is_no_detector_is_told_when_it_is_loaded(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(PluginError, match=reason):
        detector(tmp_path, content=content)


def test_values_have_no_mean_where_whole_numbers_are_taken(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="whole numbers"):
        detector(tmp_path, "ssd-tf", mean=127)


def rows(*values: Any, divided_by_picture: bool = False) -> bytes:
    """A network that answers the same rows to any picture, as layout yolov10; NaN for black where divided."""
    plan = Plan()
    brightest = plan.step("ReduceMax", "images", keepdims=0)
    part = plan.step("Div", brightest, brightest if divided_by_picture else plan.value(1.0))
    nothing = plan.step("Mul", part, plan.value(0.0))
    plan.called("output0", plan.step("Add", plan.value([values]), nothing))
    port = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])
    return graph(plan, [port], [Outlet("output0", 3)])


@pytest.mark.parametrize("runtime", ["opencv", "onnxruntime"])
def test_an_answer_that_is_no_number_is_no_answer(tmp_path: Path, runtime: str) -> None:
    content = rows((0, 0, 20, 20, 0.9, 0), divided_by_picture=True)
    with pytest.raises(PluginError, match="no numbers"):
        detector(tmp_path, content=content, runtime=runtime)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((0, 0, 20, 20, 7.5, 0), "scores do not lie"),
        ((0, 0, 20, 20, 0.95, 2), "not among the 2 named"),
        ((0, 0, 20, 20, 0.95, -1), "not among the 2 named"),
        ((0, 0, 20, 20, 0.05, 0.5), "numbers of classes are none"),
        ((60, 60, 20, 20, 0.95, 0), "end before they begin"),
    ],
)
def test_an_answer_that_cannot_be_is_no_answer(tmp_path: Path, row: tuple[float, ...], reason: str) -> None:
    with pytest.raises(PluginError, match=reason):
        detector(tmp_path, content=rows(row))


def test_a_box_outside_of_the_picture_or_without_area_is_left(tmp_path: Path) -> None:
    content = rows((-50, -50, -20, -20, 0.95, 0), (30, 30, 30, 30, 0.95, 0), (-5, -5, 20, 20, 0.95, 0))
    (found,) = detector(tmp_path, content=content).detect(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    assert found.region == Box(0, 0, 20, 20)


def test_more_things_than_can_be_are_no_answer(tmp_path: Path) -> None:
    content = rows(*((0, 0, 20, 20, 0.95, 0) for _ in range(10_001)))
    with pytest.raises(PluginError, match="more than 10000"):
        detector(tmp_path, content=content)


def test_no_row_at_all_is_nothing_found_to_onnx_runtime_and_told_of_by_opencv(tmp_path: Path) -> None:
    plan = Plan()
    bright = plan.step("NonZero", plan.step("Relu", plan.step("Sub", "images", plan.value(0.95))))
    boxes = plan.step("Transpose", plan.step("Cast", bright, to=TensorProto.FLOAT), perm=[1, 0])
    six = plan.step("Concat", boxes, plan.step("Slice", boxes, *(plan.value([n], np.int64) for n in (0, 2, 1))), axis=1)
    plan.called("output0", plan.step("Unsqueeze", six, plan.value([0], np.int64)))
    port = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])
    content = graph(plan, [port], [Outlet("output0", 3)])
    black: Image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    assert list(detector(tmp_path, content=content, runtime="onnxruntime").detect(black)) == []
    with pytest.raises(PluginError, match='runtime = "onnxruntime"'):
        detector(tmp_path, content=content)


def test_every_layout_has_a_model_in_these_tests() -> None:
    assert set(LAYOUTERS) == set(LAYOUTS)
