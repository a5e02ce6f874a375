"""What an ONNX file says of itself is read, and what is no such file, or not all of it, is told."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from redact import weights
from redact.detectors.graph import Port, described, of_any_size
from redact.errors import PluginError
from tests.detectors.onnx.models import HEIGHT, WIDTH, model

CONTENT = model("ssd")


def test_inputs_and_outputs_are_those_that_onnx_itself_reads() -> None:
    for name in ("yunet", "centerface", "ppocr-det", "ppocr-rec"):
        content = weights.load(name)
        read, known = described(name, content), onnx.load_from_string(content).graph
        weighted = {tensor.name for tensor in known.initializer}
        assert [port.name for port in read.inputs] == [port.name for port in known.input if port.name not in weighted]
        assert [port.name for port in read.outputs] == [port.name for port in known.output]
        for port, other in zip(read.outputs, known.output, strict=True):
            sides = [side.dim_value or None for side in other.type.tensor_type.shape.dim]
            assert list(port.sides) == sides


def test_the_size_and_kind_of_the_picture_are_read() -> None:
    assert described("colours", CONTENT).inputs == (Port("images", "float32", (1, 3, HEIGHT, WIDTH)),)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(CONTENT) - 1))
def test_a_file_cut_short_anywhere_is_no_file(end: int) -> None:
    with pytest.raises(PluginError, match=r"no ONNX file|no network"):
        described("cut", CONTENT[:end])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(PluginError):
        described("bytes", content)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(CONTENT) - 1), st.integers(0, 255))
def test_a_byte_changed_anywhere_is_read_or_refused(place: int, value: int) -> None:
    changed = bytearray(CONTENT)
    changed[place] = value
    with suppress(PluginError):
        described("changed", bytes(changed))


def test_graphs_within_graphs_end_somewhere() -> None:
    nested = b""
    for _ in range(400):
        # An attribute (5) of a node (1) holds a graph (6).
        for key in (6, 5, 1):
            nested = bytes([key << 3 | 2]) + length(nested) + nested
    with pytest.raises(PluginError, match="no ONNX file"):
        described("deep", b"\x3a" + length(nested) + nested)


def length(content: bytes) -> bytes:
    number, parts = len(content), []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


@pytest.mark.parametrize("within", ["weights", "constant"])
def test_weights_in_other_files_are_refused_wherever_they_hide(tmp_path: Path, within: str) -> None:
    tensor = numpy_helper.from_array(np.ones(4, np.float32), "elsewhere")
    onnx.external_data_helper.set_external_data(tensor, "../../weights.bin")
    known = onnx.load_from_string(CONTENT)
    if within == "weights":
        known.graph.initializer.append(tensor)
    else:
        inner = helper.make_graph([helper.make_node("Constant", [], ["x"], value=tensor)], "inner", [], [])
        known.graph.node.append(helper.make_node("If", ["images"], ["y"], then_branch=inner, else_branch=inner))
    with pytest.raises(PluginError, match="weights in other files"):
        described("split", known.SerializeToString())


def test_a_network_of_any_size_is_the_same_but_for_what_it_says_of_sizes() -> None:
    before = onnx.load_from_string(weights.load("yunet"))
    after = onnx.load_from_string(of_any_size(weights.load("yunet")))
    onnx.checker.check_model(after)
    assert [side.WhichOneof("value") for side in after.graph.input[0].type.tensor_type.shape.dim] == [None] * 4
    assert after.graph.input[0].type.tensor_type.elem_type == TensorProto.FLOAT
    assert list(after.graph.node) == list(before.graph.node)
    assert list(after.graph.initializer) == list(before.graph.initializer)
    assert list(after.opset_import) == list(before.opset_import)
