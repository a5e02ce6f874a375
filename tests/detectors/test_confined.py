"""A function in a confined process answers as it would here; when it dies, hangs or lies, nobody looked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from redact.detectors.confined import Confined, Task
from redact.errors import PluginError
from redact.model import Image

LOOKS = """
import os, signal, socket, subprocess, sys, time
import numpy as np

NOTHING = np.zeros((0, 5), np.float32)

def bright(content, floor=127):
    def look(picture):
        print("chatter")
        sys.stderr.write("more of it")
        rows, columns = np.nonzero(picture[:, :, 0] > floor)
        if not len(rows):
            return NOTHING
        return np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, len(content) / 10]])
    return look

def hostile(content):
    def refused(attempt):
        try:
            attempt()
        except OSError:
            return True
        return False
    def look(picture):
        program = "import socket; socket.socket()"
        attempts = (
            lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
            lambda: socket.getaddrinfo("example.invalid", 80),
            lambda: socket.socket(socket.AF_UNIX).connect("/run/systemd/resolve/io.systemd.Resolve"),
            lambda: subprocess.run([sys.executable, "-I", "-c", program], check=True, stderr=subprocess.DEVNULL),
            lambda: os.kill(os.getppid(), signal.SIGKILL),
            lambda: open(f"/proc/{os.getppid()}/mem", "r+b"),
        )
        told = []
        for attempt in attempts:
            try:
                told.append(refused(attempt))
            except subprocess.CalledProcessError:
                told.append(True)
        return np.array([[0, 0, place, 1, float(was)] for place, was in enumerate(told)])
    return look

def dying(content):
    return lambda picture: os.kill(os.getpid(), signal.SIGKILL)

def hanging(content):
    return lambda picture: time.sleep(600)

def raising(content):
    def look(picture):
        raise ValueError("52.5200 N, read in the picture")
    return look

def saying(content, boxes):
    return lambda picture: np.array(boxes, float).reshape(-1, 5)

def flooding(content):
    return lambda picture: np.zeros((10_001, 5))

def babbling(content):
    for number in range(3, 64):
        try:
            os.write(number, b"b" + bytes(7) + b"\\xff" + b"and so on")
        except OSError:
            pass
    return lambda picture: NOTHING

def fruitful(content):
    started = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(600)"])
    return lambda picture: np.array([[0, 0, started.pid % 1000, started.pid // 1000, 1]])

def slow(content):
    time.sleep(600)

def broken(content):
    raise RuntimeError("the model is torn")
"""


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Makes a module `looks` that can be imported, here and over there."""
    folder = tmp_path_factory.mktemp("looks")
    (folder / "looks.py").write_text(LOOKS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield folder


def task(name: str, start_seconds: float = 60, answer_seconds: float = 60, **options: object) -> Task:
    return Task(f"the {name} one", f"looks:{name}", b"12345678", options, start_seconds, answer_seconds)


def spotted(size: int = 40) -> Image:
    picture = np.zeros((size, size + 10, 3), np.uint8)
    picture[10:20, 5:25] = 255
    picture.flags.writeable = False
    return picture


SPOT = [[5, 10, 25, 20, pytest.approx(0.8)]]


def is_running(process: int) -> bool:
    """False for one that is gone, or is dead and not collected by somebody else yet."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def wait_until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def process_of(confined: Confined) -> int:
    return confined._companion._process.pid


def is_gone(confined: Confined) -> bool:
    """True when nothing of the process is left, collected and all."""
    return not Path(f"/proc/{process_of(confined)}").exists()


def test_what_it_finds_comes_back_whatever_it_prints(looks: Path) -> None:
    confined = Confined(task("bright"))
    assert confined(spotted()).tolist() == SPOT
    assert confined(np.zeros((1, 1, 3), np.uint8)).tolist() == []
    assert confined(spotted(900)[:, ::-1][:, ::-1]).tolist() == SPOT


def test_options_reach_it(looks: Path) -> None:
    assert Confined(task("bright", floor=255))(spotted()).tolist() == []


def test_it_reaches_no_network_and_harms_no_process_outside(looks: Path) -> None:
    assert Confined(task("hostile"))(spotted())[:, 4].tolist() == [1] * 6


def test_it_is_confined_before_its_code_is_imported(looks: Path) -> None:
    (looks / "early.py").write_text("import socket\nsocket.socket()\n")
    with pytest.raises(PluginError, match="did not start: PermissionError"):
        Confined(Task("the early one", "early:look"))


def test_one_that_dies_at_a_picture_did_not_look(looks: Path) -> None:
    confined = Confined(task("dying"))
    with pytest.raises(PluginError, match="the dying one ended while it was wanted"):
        confined(spotted())
    assert is_gone(confined)


def test_one_that_hangs_did_not_look(looks: Path) -> None:
    confined = Confined(task("hanging", answer_seconds=0.3))
    with pytest.raises(PluginError, match=r"the hanging one did not answer within 0.3 seconds"):
        confined(spotted())
    assert is_gone(confined)


def test_one_that_does_not_take_the_picture_did_not_look(looks: Path) -> None:
    confined = Confined(task("bright", answer_seconds=0.3))
    os.kill(process_of(confined), signal.SIGSTOP)
    with pytest.raises(PluginError, match="did not answer"):
        confined(spotted(1000))
    assert is_gone(confined)


def test_one_that_raises_did_not_look_and_what_it_says_is_not_told(looks: Path) -> None:
    with pytest.raises(PluginError, match="the raising one failed at a picture") as caught:
        Confined(task("raising"))(spotted())
    assert "52" not in str(caught.value)


@pytest.mark.parametrize(
    "boxes",
    [
        [1, 1, 2, 2, float("nan")],
        [1, 1, float("inf"), 2, 0.5],
        [1, 1, 2, 2, 1.5],
        [1, 1, 2, 2, -0.1],
        [3, 1, 2, 2, 0.5],
    ],
)
def test_boxes_that_are_none_are_no_answer(looks: Path, boxes: list[float]) -> None:
    confined = Confined(task("saying", boxes=boxes))
    with pytest.raises(PluginError, match="the saying one answered with boxes that are none"):
        confined(spotted())
    assert is_gone(confined)


def test_more_boxes_than_there_can_be_are_no_answer(looks: Path) -> None:
    with pytest.raises(PluginError, match="the flooding one answered with more than there can be"):
        Confined(task("flooding"))(spotted())


def test_one_that_speaks_out_of_turn_is_no_answer(looks: Path) -> None:
    with pytest.raises(PluginError, match="the babbling one answered"):
        Confined(task("babbling"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("broken", "did not start: RuntimeError: the model is torn"),
        ("missing", "did not start: AttributeError"),
    ],
)
def test_one_that_does_not_start_says_why(looks: Path, name: str, said: str) -> None:
    with pytest.raises(PluginError, match=said):
        Confined(task(name))


def test_one_that_takes_too_long_to_start_is_ended(looks: Path) -> None:
    with pytest.raises(PluginError, match=r"did not answer within 0.5 seconds"):
        Confined(task("slow", start_seconds=0.5))


def test_an_interpreter_that_is_not_there_is_told(looks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(PluginError, match="cannot be started: No such file"):
        Confined(task("bright"))


def test_one_that_went_while_nobody_wanted_it_is_started_anew(looks: Path) -> None:
    confined = Confined(task("bright"))
    first = process_of(confined)
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: not is_running(first))
    assert confined(spotted()).tolist() == SPOT
    assert process_of(confined) != first


def test_it_outlives_the_thread_that_started_it(looks: Path) -> None:
    built: list[Confined] = []
    thread = threading.Thread(target=lambda: built.append(Confined(task("bright"))))
    thread.start()
    thread.join()
    assert built[0](spotted()).tolist() == SPOT


def test_threads_that_share_it_get_their_own_answers(looks: Path) -> None:
    confined = Confined(task("bright"))
    answers: dict[int, list[list[float]]] = {}

    def ask(side: int) -> None:
        picture = np.zeros((50, 50, 3), np.uint8)
        picture[:side, :side] = 255
        answers[side] = confined(picture)[:, :4].tolist()

    threads = [threading.Thread(target=ask, args=(side,)) for side in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {side: [[0, 0, side, side]] for side in range(1, 9)}


def test_it_ends_when_it_is_not_needed_any_more(looks: Path) -> None:
    confined = Confined(task("bright"))
    process = process_of(confined)
    del confined
    assert not Path(f"/proc/{process}").exists()


def test_what_it_started_ends_with_it(looks: Path) -> None:
    confined = Confined(task("fruitful"))
    ((_, _, low, high, _),) = confined(spotted()).tolist()
    started = int(high) * 1000 + int(low)
    assert is_running(started)
    del confined
    assert wait_until(lambda: not is_running(started))


def script(looks: Path, body: str) -> subprocess.Popen[str]:
    """A Python process that has one built, and tells its number first."""
    source = f"""
import os, signal, sys
sys.path[:0] = {[str(looks), *sys.path]!r}
import numpy as np
from redact.detectors.confined import Confined, Task
confined = Confined(Task("it", "looks:bright", b"12345678"))
picture = np.full((2, 2, 3), 255, np.uint8)
print(confined._companion._process.pid, flush=True)
{body}
"""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", "-c", source]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.parametrize("end", ["pass", "sys.exit(3)", "os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_it_ends_with_whoever_started_it_however_that_ends(looks: Path, end: str) -> None:
    with script(looks, end) as parent:
        told, _ = parent.communicate(timeout=60)
    process = int(told)
    assert wait_until(lambda: not is_running(process))


def test_a_fork_asks_one_of_its_own_and_leaves_the_other(looks: Path) -> None:
    body = """
forked = os.fork()
if forked == 0:
    answer = confined(picture).tolist()
    print("fork", answer[0][:4], confined._companion._process.pid, flush=True)
    sys.exit(0)
os.waitpid(forked, 0)
print("here", confined(picture).tolist()[0][:4], confined._companion._process.pid, flush=True)
"""
    with script(looks, body) as parent:
        told, _ = parent.communicate(timeout=60)
    first, fork, here = told.splitlines()
    assert fork.startswith("fork [0.0, 0.0, 2.0, 2.0]")
    assert not fork.endswith(first)
    assert here == f"here [0.0, 0.0, 2.0, 2.0] {first}"


def asked_elsewhere(folder: str) -> tuple[list[list[float]], int]:
    sys.path.insert(0, folder)
    confined = Confined(task("bright"))
    return confined(spotted())[:, :4].tolist(), process_of(confined)


def test_it_works_in_a_worker_process_and_ends_with_it(looks: Path) -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        found, process = pool.submit(asked_elsewhere, str(looks)).result()
    assert found == [[5, 10, 25, 20]]
    assert wait_until(lambda: not is_running(process))
