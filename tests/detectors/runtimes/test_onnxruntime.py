"""ONNX Runtime answers what OpenCV does, on the device asked for and no other, and tells nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from redact.detectors.network import Network, blob, blue_first
from redact.detectors.runtimes import OPENCV, Runtime
from redact.detectors.runtimes.onnxruntime import PROVIDERS, OnnxRuntimeEngine, imported
from redact.detectors.text import TextDetector
from redact.errors import PluginError, PolicyError
from redact.model import Image
from tests.detectors.onnx.models import model

ONNXRUNTIME = Runtime("onnxruntime")

WATCHED = """
import os, sys, threading
from pathlib import Path

def sockets():
    links = []
    for number in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue
    return {link for link in links if link.startswith("socket:") or "onnxruntime.db" in link}

seen, done, tries = set(), threading.Event(), []
sys.addaudithook(lambda event, _: tries.append(event) if event.startswith("socket.") else None)

def watch():
    while not done.wait(0.002):
        seen.update(sockets())

watcher = threading.Thread(target=watch)
watcher.start()
"""

LOOKING = """
import numpy as np
from redact.detectors.network import Network
from redact.detectors.runtimes import Runtime
network = Network("yunet", Runtime("onnxruntime"))
for _ in range(30):
    network(np.zeros((1, 3, 320, 320), np.float32))
"""

CONNECTING = """
import socket
with socket.socket() as opened:
    done.wait(0.1)
"""

TOLD = """
done.set()
watcher.join()
seen.update(sockets())
home = [str(path.relative_to(Path.home())) for path in Path.home().rglob("*")]
print(sorted(seen), tries, home)
"""


def watched(home: Path, program: str) -> str:
    """What a process of its own had open that leads out of it, tried by socket calls, and left at home."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED + program + TOLD], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_it_opens_no_socket_and_keeps_no_journal_of_events(tmp_path: Path) -> None:
    assert watched(tmp_path, LOOKING) == "[] [] []"


def test_a_socket_would_have_been_seen(tmp_path: Path) -> None:
    told = watched(tmp_path, CONNECTING)
    assert "socket:[" in told
    assert "socket.__new__" in told


def test_where_it_was_imported_talking_it_is_not_used(tmp_path: Path) -> None:
    program = """
import sys
sys.modules["onnxruntime"] = sys
from redact.errors import PluginError
try:
    from redact.detectors.runtimes.onnxruntime import imported
    imported()
except PluginError as error:
    print(error)
"""
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert "set ORT_DISABLE_TELEMETRY=1" in done.stdout


@pytest.fixture
def portrait(samples: Path) -> Image:
    return np.asarray(Pillow.open(samples / "portrait.jpg").convert("RGB"))


@pytest.mark.parametrize(
    ("name", "size", "middle", "reach"),
    [
        ("yunet", (352, 320), 0, 1),
        ("centerface", (352, 320), 0, 1),
        ("ppocr-det", (352, 320), 127.5, 127.5),
        ("ppocr-rec", (224, 48), 127.5, 127.5),
    ],
)
def test_both_runtimes_give_the_same_answers(
    portrait: Image, name: str, size: tuple[int, int], middle: float, reach: float
) -> None:
    given = blob(blue_first(np.asarray(cv2.resize(portrait, size), np.uint8)), middle, reach)
    known, found = Network(name)(given), Network(name, ONNXRUNTIME)(given)
    assert known.keys() == found.keys()
    for output, answer in known.items():
        assert found[output].shape == answer.shape
        np.testing.assert_allclose(found[output], answer, atol=2e-4, rtol=1e-3)


def test_the_text_detector_finds_the_same_by_either(samples: Path) -> None:
    image = np.asarray(Pillow.open(samples / "car.jpg").convert("RGB"))
    known, found = (list(TextDetector(("plate",), runtime=name).detect(image)) for name in ("opencv", "onnxruntime"))
    assert known
    assert [each.label for each in found] == [each.label for each in known]
    for one, other in zip(known, found, strict=True):
        assert one.region.bounds.iou(other.region.bounds) > 0.98
        assert one.score == pytest.approx(other.score, abs=0.01)


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "coreml", "directml"])
def test_a_device_that_is_not_there_is_an_error_and_never_the_processor(device: str) -> None:
    provider, distribution = PROVIDERS[device.partition(":")[0]]
    if provider in imported().get_available_providers():
        pytest.skip("this build of ONNX Runtime has the device")
    with pytest.raises(PluginError, match=f"pip install {distribution}"):
        Network("yunet", Runtime("onnxruntime", device))


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:-1", "cuda:1000", "cpu:1", "", "cuda:\u0661"])
def test_a_device_nobody_knows_is_refused(device: str) -> None:
    with pytest.raises(PolicyError, match="device is one of"):
        Runtime("onnxruntime", device)


def test_opencv_has_the_processor_alone() -> None:
    assert Runtime() == OPENCV
    with pytest.raises(PolicyError, match="onnxruntime"):
        Runtime("opencv", "cuda")


@pytest.mark.parametrize("runtime", [OPENCV, ONNXRUNTIME])
@pytest.mark.parametrize("content", [b"", b"not a network", model("yolov8")[:-100]])
def test_what_is_no_network_is_an_error(runtime: Runtime, content: bytes) -> None:
    with pytest.raises(PluginError, match="cannot read the network"):
        Network("broken", runtime, content)


@pytest.mark.parametrize("runtime", [OPENCV, ONNXRUNTIME])
def test_an_input_that_does_not_fit_is_an_error(runtime: Runtime) -> None:
    network = Network("colours", runtime, model("yolov8", sides=("height", "width")))
    with pytest.raises(PluginError, match="1x3x64x64"):
        network(np.zeros((1, 3, 64, 64), np.float32))


def test_it_takes_as_many_threads_as_opencv_may() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        assert OnnxRuntimeEngine("colours", model("yolov8"), "cpu").threads == 1
    finally:
        cv2.setNumThreads(before)


def test_a_runtime_that_is_not_installed_is_told_with_what_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "1")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(PluginError, match=r"pip install 'redact-share\[onnxruntime\]'"):
        Network("yunet", ONNXRUNTIME)
