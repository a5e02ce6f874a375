"""What a policy says of a model of one's own, checked: everything after `kind = "onnx"`."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from redact.detectors.onnx.file import ModelFile
from redact.detectors.onnx.layouts import LAYOUTS, Colours, Fit, Layout, Triple
from redact.detectors.onnx.windows import Lens, Look
from redact.detectors.runtimes import Runtime
from redact.errors import PluginError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from redact.detectors.graph import Graph

LEAST, MOST = 16, 4096
"""Sides of a network's input, pixels."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What counts of the network's answers, and how much of the picture is covered for it.

    layout:    one of LAYOUTS
    classes:   what the network tells apart, in its order; none where that is one thing alone
    only:      those that count; else those called like the label, or the one there is
    threshold: score from which on a thing counts, 0..1
    overlap:   intersection over union from which on two boxes of a class are one thing, where the layout needs it
    margin:    what a box is grown by on each side, in shares of its width and height
    """

    layout: str
    classes: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    threshold: float = 0.25
    overlap: float = 0.6
    margin: float = 0.1

    def __post_init__(self) -> None:
        _demand_choice("layout", self.layout, tuple(LAYOUTS))
        _demand_names("classes", self.classes)
        _demand_names("only", self.only)
        _demand_number("threshold", self.threshold, 0.001, 0.999)
        _demand_number("overlap", self.overlap, 0.05, 1)
        _demand_number("margin", self.margin, 0, 2)
        for name in self.only:
            if name not in self.classes:
                _refuse(f"only names {name!r}, which is not among the classes: {', '.join(self.classes) or 'none'}")

    def labels_of(self, labels: Sequence[str]) -> Mapping[int, tuple[str, ...]]:
        """Number of a class -> the labels it counts for. Raises PolicyError for a label that no class counts for."""
        counted: dict[int, tuple[str, ...]] = {}
        for label in labels:
            for number in self._classes_of(label):
                counted[number] = (*counted.get(number, ()), label)
        return counted

    def _classes_of(self, label: str) -> tuple[int, ...]:
        if len(self.classes) <= 1:
            return (0,)
        names = self.only or (label,)
        numbers = tuple(number for number, name in enumerate(self.classes) if name in names)
        if not numbers:
            _refuse(f"no class is called {label!r}: say which count with only = [...], of {', '.join(self.classes)}")
        return numbers


@dataclass(frozen=True, slots=True)
class Showing:
    """What of the picture the network is shown, and in which form.

    input:  width and height of its input, pixels, or one number for both; None takes what the file says
    look:   "whole": the picture at once; "tiles": parts of it besides, the smallest not scaled down
    fit, colours, mean, scale: see `Lens`; None takes what networks of that layout mostly want
    """

    input: int | tuple[int, int] | None = None
    look: Look = "whole"
    fit: Fit | None = None
    colours: Colours | None = None
    mean: float | Triple | None = None
    scale: float | Triple | None = None

    def __post_init__(self) -> None:
        sides = self.input if isinstance(self.input, tuple) else (self.input,) * 2
        if self.input is not None and not (len(sides) == 2 and all(_is_side(side) for side in sides)):
            _refuse(f"input is a number of pixels from {LEAST} to {MOST}, or [width, height], not {self.input!r}")
        _demand_choice("look", self.look, get_args(Look))
        if self.fit is not None:
            _demand_choice("fit", self.fit, get_args(Fit))
        if self.colours is not None:
            _demand_choice("colours", self.colours, get_args(Colours))
        for name in ("mean", "scale"):
            for value in _triple(getattr(self, name) or 1, name):
                _demand_number(name, value, -1e4, 1e4)
        if self.scale is not None and 0 in _triple(self.scale, "scale"):
            _refuse("scale is what values are divided by: it cannot be 0")

    def lens(self, name: str, graph: Graph, layout: Layout) -> Lens:
        """How pictures are shown to the network that a file describes.

        Raises PluginError for a network that takes no pictures, PolicyError where file and options disagree.
        """
        if len(graph.inputs) != 1:
            _unusable(f"{name} has {len(graph.inputs)} inputs; what takes more than a picture is not understood")
        (port,) = graph.inputs
        sides = port.sides or (None,) * 4
        if len(sides) != 4 or sides[0] not in (None, 1) or not port.element:
            _unusable(f"{name} takes no single picture of float32, float16 or uint8 in batches of one: export it so")
        channels_last = sides[3] == 3 and sides[1] != 3
        if (sides[3] if channels_last else sides[1]) not in (None, 3):
            _unusable(f"{name} takes no picture of three colours: export it so")
        height, width = sides[1:3] if channels_last else sides[2:]
        if port.element == "uint8" and (self.mean, self.scale) != (None, None):
            _refuse(f"{name} takes whole numbers from 0 to 255: mean and scale have no place")
        return Lens(
            self._side(name, 0, width),
            self._side(name, 1, height),
            self.fit or layout.fit,
            self.colours or layout.colours,
            layout.mean if self.mean is None else _triple(self.mean, "mean"),
            layout.scale if self.scale is None else _triple(self.scale, "scale"),
            port.element,
            channels_last,
        )

    def _side(self, name: str, axis: int, fixed: int | None) -> int:
        wanted = self.input[axis] if isinstance(self.input, tuple) else self.input
        side = fixed if wanted is None else wanted
        if side is None:
            _refuse(f"{name} takes pictures of any size: say which it was trained with, as input = 640")
        if fixed not in (None, side):
            _refuse(f"{name} takes pictures {fixed} pixels {('wide', 'high')[axis]}, not {side}: leave input out")
        if not _is_side(side):
            _refuse(f"{name} takes pictures of {side} pixels; from {LEAST} to {MOST} are understood")
        return side


@dataclass(frozen=True, slots=True)
class Options:
    """All that a policy says."""

    file: ModelFile
    reading: Reading
    showing: Showing
    runtime: Runtime

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """The options in one table of a policy. Raises PolicyError for unknown, missing and senseless ones."""
        known = [field.name for part in (ModelFile, Reading, Showing) for field in dataclasses.fields(part)]
        known += ["runtime", "device"]
        for key in given:
            if key not in known:
                _refuse(f'there is no option {key!r} of kind = "onnx"; it takes {", ".join(known)}')
        for key in ("path", "sha256", "layout"):
            if key not in given:
                _refuse(f'kind = "onnx" needs {key} = "..."')
        return cls(
            ModelFile(given["path"], given["sha256"]),
            Reading(**_part(Reading, given)),
            Showing(**_part(Showing, given)),
            Runtime(given.get("runtime", "opencv"), given.get("device", "cpu")),
        )


def _part(cls: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    named = {field.name for field in dataclasses.fields(cls)}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items() if key in named}


def _is_side(value: object) -> bool:
    return type(value) is int and LEAST <= value <= MOST


def _triple(value: object, name: str) -> Triple:
    values = value if isinstance(value, tuple) else (value,) * 3
    if len(values) != 3 or not all(type(each) in (int, float) for each in values):
        _refuse(f"{name} is a number, or one for each of three colours, not {value!r}")
    first, second, third = (float(each) for each in values)
    return first, second, third


def _demand_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        _refuse(f"{name} is one of {', '.join(choices)}, not {value!r}")


def _demand_number(name: str, value: object, least: float, most: float) -> None:
    if type(value) not in (int, float) or not (math.isfinite(value) and least <= value <= most):  # type: ignore[arg-type,operator]
        _refuse(f"{name} lies between {least} and {most}, not {value!r}")


def _demand_names(name: str, value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(each, str) and each for each in value):
        _refuse(f"{name} is a list of names, not {value!r}")
    if len(set(value)) < len(value):
        _refuse(f"{name} has a name twice")


def _refuse(message: str) -> NoReturn:
    raise PolicyError(message)


def _unusable(message: str) -> NoReturn:
    raise PluginError(message)
