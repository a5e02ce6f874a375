"""What an ONNX file says of its network before anything runs it: what goes in, what comes out, what lies elsewhere.

An ONNX file is one Protocol Buffers message, `ModelProto`: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
Only the fields named there that matter here are followed; weights are passed over, not copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from redact.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEEPEST = 32
"""Graphs within graphs; a branch or a loop is one, and nobody nests so many."""

ELEMENTS = {1: "float32", 2: "uint8", 10: "float16"}
"""`TensorProto.DataType` -> NumPy's name, of what a picture can be given as."""

Sides: TypeAlias = tuple[int | None, ...]
"""Sizes of the axes; None where any is taken."""

_Message: TypeAlias = Literal["model", "graph", "node", "function", "attribute", "sparse", "training", "tensor"]

_INSIDE: dict[_Message, dict[int, _Message]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""Where a message holds others in which weights may lie: field number -> what it is."""


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output.

    element: as "float32"; empty for what no picture is given as
    sides:   of its axes; empty where the file does not say
    """

    name: str
    element: str
    sides: Sides


@dataclass(frozen=True, slots=True)
class Graph:
    """A network's inputs, but for those that are weights, and its outputs."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


class _MalformedError(Exception):
    """The bytes are no Protocol Buffers message of that shape."""


def described(name: str, content: bytes) -> Graph:
    """What goes into a network and comes out.

    name:    of the file, for messages
    content: of an ONNX file

    Raises PluginError when it is no ONNX file, or keeps weights in other files: their digest is nobody's.
    """
    try:
        elsewhere = _lies_elsewhere(memoryview(content), "model", 0)
        graphs = [_graph(body) for body in _bodies(memoryview(content), 7)]
        # Every file says by which version of the operators it is read, and says so after the graph.
        if graphs and not list(_bodies(memoryview(content), 8)):
            raise _MalformedError
    except (_MalformedError, UnicodeDecodeError) as error:
        message = f"{name} is no ONNX file, or not a whole one: fetch or export it again"
        raise PluginError(message) from error
    if len(graphs) != 1 or not graphs[0].outputs:
        message = f"{name} holds no network: an ONNX file has one graph with outputs"
        raise PluginError(message)
    if elsewhere:
        message = f"{name} keeps weights in other files, which its sha256 does not vouch for: save it as one file"
        raise PluginError(message)
    return graphs[0]


def of_any_size(content: bytes) -> bytes:
    """The same network with no word of how large its inputs, outputs and steps are.

    OpenCV runs a convolutional network on any picture, whatever size it was exported for; ONNX Runtime goes by the
    file. `content` is an ONNX file that was read before.
    """
    return _rewritten(content, {7: _without_steps})


def _without_steps(graph: bytes) -> bytes:
    return _rewritten(graph, {11: _without_sides, 12: _without_sides, 13: lambda _: None})


def _without_sides(port: bytes) -> bytes:
    """An input or output with as many axes as before, each of any size."""

    def open_sides(shape: bytes) -> bytes:
        return _rewritten(shape, {1: lambda _: b""})

    return _rewritten(port, {2: lambda kind: _rewritten(kind, {1: lambda tensor: _rewritten(tensor, {2: open_sides})})})


def _rewritten(message: bytes, changes: dict[int, Callable[[bytes], bytes | None]]) -> bytes:
    """The message with the bodies of those fields changed; a change that gives None leaves the field out."""
    parts: list[bytes | memoryview] = []
    view = memoryview(message)
    for number, value, start, end in _fields(view):
        if number not in changes or not isinstance(value, memoryview):
            parts.append(view[start:end])
        elif (body := changes[number](bytes(value))) is not None:
            parts += [_varint(number << 3 | 2), _varint(len(body)), body]
    return b"".join(parts)


def _lies_elsewhere(message: memoryview, what: _Message, depth: int) -> bool:
    """True when a tensor of the message, or of one in it, has its values in another file."""
    if depth > DEEPEST * 3:
        raise _MalformedError
    inside = _INSIDE[what]
    for number, value, _, _ in _fields(message):
        if what == "tensor" and (number == 13 or (number == 14 and value != 0)):
            return True
        if number in inside and _lies_elsewhere(_body(value), inside[number], depth + 1):
            return True
    return False


def _graph(message: memoryview) -> Graph:
    weights = {_text(field) for tensor in _bodies(message, 5) for field in _bodies(tensor, 8)}
    ports = tuple(_port(body) for body in _bodies(message, 11))
    return Graph(
        tuple(port for port in ports if port.name not in weights), tuple(_port(body) for body in _bodies(message, 12))
    )


def _port(message: memoryview) -> Port:
    name = "".join(_text(body) for body in _bodies(message, 1))
    element = ""
    sides: Sides = ()
    for kind in _bodies(message, 2):
        for tensor in _bodies(kind, 1):
            element = ELEMENTS.get(next((value for value in _numbers(tensor, 1)), 0), "")
            sides = tuple(_side(side) for shape in _bodies(tensor, 2) for side in _bodies(shape, 1))
    return Port(name, element, sides)


def _side(message: memoryview) -> int | None:
    # Exporters write 0 or -1, the latter as 2**64 - 1, for a side that is open.
    return next((value for value in _numbers(message, 1) if 0 < value < 2**31), None)


def _bodies(message: memoryview, wanted: int) -> Iterator[memoryview]:
    return (_body(value) for number, value, _, _ in _fields(message) if number == wanted)


def _numbers(message: memoryview, wanted: int) -> Iterator[int]:
    return (value for number, value, _, _ in _fields(message) if number == wanted and isinstance(value, int))


def _text(body: memoryview) -> str:
    return str(body, "utf-8")


def _body(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise _MalformedError
    return value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview, int, int]]:
    """Number, value, start and end of each field: https://protobuf.dev/programming-guides/encoding/."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        value: int | memoryview
        match key & 7:
            case 0:
                value, at = _read_varint(message, at)
            case 1:
                value, at = message[at : at + 8], at + 8
            case 2:
                untrusted_length, at = _read_varint(message, at)
                value, at = message[at : at + untrusted_length], at + untrusted_length
            case 5:
                value, at = message[at : at + 4], at + 4
            case _:
                raise _MalformedError
        if at > len(message) or not key >> 3:
            raise _MalformedError
        yield key >> 3, value, start, at


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        part = message[at]
        number, at = number | (part & 0x7F) << shift, at + 1
        if part < 0x80:
            return number, at
    raise _MalformedError


def _varint(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
