"""The file that a run becomes."""

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from training import export
from training.checkpoints import Checkpoint, Recipe, keep, kept
from training.export import OUTPUTS, by_opencv, compare, exported, put, source
from training.network import PlateNetwork


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    """Weights drawn by chance, and statistics of a normalisation that has something to fold."""
    torch.manual_seed(3)
    network = PlateNetwork()
    for name, values in network.named_buffers():
        if name.endswith(("mean", "var")):
            values.uniform_(0.5, 1.5)
    weights = network.state_dict()
    return Checkpoint(Recipe(3, 10), 7, weights, weights, {}, {})


@pytest.fixture(scope="module")
def content(checkpoint: Checkpoint) -> bytes:
    return exported(checkpoint, "test")


def test_the_same_checkpoint_gives_the_same_bytes(checkpoint: Checkpoint, content: bytes) -> None:
    assert exported(checkpoint, "test") == content


def test_it_says_what_it_was_made_from(content: bytes) -> None:
    told = {entry.key: entry.value for entry in onnx.load_from_string(content).metadata_props}
    assert told == {
        "version": "test",
        "seed": "3",
        "steps": "7 of 10",
        "source": source(),
        "licence": "Apache-2.0",
    }


def test_it_tells_nothing_of_where_it_was_made(content: bytes) -> None:
    assert str(Path(export.__file__).parents[1]).encode() not in content


def test_normalisation_is_folded_away(content: bytes) -> None:
    kinds = {node.op_type for node in onnx.load_from_string(content).graph.node}
    assert kinds <= {"Conv", "Relu", "Add", "Resize", "Constant", "Identity"}


def test_one_network_of_opencv_takes_sizes_in_any_order(content: bytes) -> None:
    network = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
    for height, width in ((64, 96), (160, 32), (64, 96)):
        picture = np.random.default_rng(1).uniform(-1, 1, (1, 3, height, width)).astype(np.float32)
        network.setInput(picture)
        answers = network.forward(OUTPUTS)
        alone = by_opencv(content, picture)
        assert all(np.array_equal(answer, alone[name]) for name, answer in zip(OUTPUTS, answers, strict=True))


def test_a_file_that_answers_otherwise_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="apart from PyTorch"):
        compare(PlateNetwork().eval(), content)


def test_a_checkpoint_comes_back_from_disk_as_it_was(checkpoint: Checkpoint, content: bytes, tmp_path: Path) -> None:
    keep(tmp_path, checkpoint)
    again = kept(tmp_path)
    assert again is not None
    assert exported(again, "test") == content


def test_a_checkpoint_is_replaced_whole_or_not_at_all(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, checkpoint)
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def full(_held: object, path: Path) -> None:
        path.write_bytes(before[:100])
        raise OSError(28, "no space left")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="no space left"):
        keep(tmp_path, checkpoint)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_a_folder_without_a_run_has_no_checkpoint(tmp_path: Path) -> None:
    assert kept(tmp_path) is None


def test_a_file_is_put_in_the_place_of_another_and_nothing_else_is_left(tmp_path: Path) -> None:
    for content in (b"before", b"after"):
        put(content, tmp_path / "plates.onnx")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("plates.onnx", b"after")]
