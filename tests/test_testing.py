"""The conformance kit finds every clause that a detector can break, and its faulty detectors break them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from redact.contracts import Detector
from redact.model import Box, Detection, Image
from redact.testing import canvas, check_detector, faults, no_sockets, well_behaved


class Honest:
    """Reads a file, as detectors do that load their model late."""

    def detect(self, image: Image) -> Iterable[Detection]:
        Path(__file__).read_bytes()
        yield Detection(Box(0, 0, image.shape[1], image.shape[0]), "all", 1.0)


@pytest.mark.parametrize("detector", [Honest(), faults.Sound(["all"])])
def test_an_honest_detector_passes(detector: Detector) -> None:
    check_detector(detector, canvas(50, 60), labels={"all"})


@pytest.mark.parametrize(
    ("fault", "clause"),
    [
        (faults.Remembers, "same answer"),
        (faults.ChangesItsMind, "same answer"),
        (faults.ScoresNaN, "score"),
        (faults.PlacesNaN, "not finite"),
        (faults.TurnsRegionsAround, "left < right"),
        (faults.LeavesFrame, "leaves the frame"),
        (faults.FindsNoEnd, "no end"),
        (faults.Mislabels, "labels it offers"),
        (faults.YieldsWords, "str instead of Detection"),
        (faults.YieldsArrays, "ndarray instead of Detection"),
        (faults.YieldsTuples, "neither Box nor Polygon"),
        (faults.OpensSocket, "open a socket"),
        (faults.WritesFile, "write a file"),
    ],
)
def test_each_broken_clause_is_named(fault: type[faults.Sound], clause: str) -> None:
    with pytest.raises(AssertionError, match=clause):
        check_detector(fault(), canvas(20, 20), labels={"fault"})


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (faults.Raises, RuntimeError),
        (faults.RaisesLate, RuntimeError),
        (faults.RaisesAtSecondSight, RuntimeError),
        (faults.Exits, SystemExit),
        (faults.RunsOutOfMemory, MemoryError),
        (faults.AnswersNothing, TypeError),
        (faults.WritesIntoPicture, ValueError),
    ],
)
def test_what_a_detector_raises_is_let_through(fault: type[faults.Sound], raised: type[BaseException]) -> None:
    with pytest.raises(raised):
        check_detector(fault(), canvas(20, 20))


def test_a_picture_that_was_written_into_past_its_lock_is_noticed() -> None:
    with pytest.raises(AssertionError, match="write into the picture"):
        check_detector(faults.ForcesItsWay())


def test_a_detector_that_gives_up_on_a_picture_without_contrast_does_not_pass() -> None:
    class Divides:
        def detect(self, image: Image) -> Iterable[Detection]:
            with np.errstate(all="raise"):
                np.array(image - image.mean()) / (image.max() - image.min())
            return []

    with pytest.raises(FloatingPointError):
        check_detector(Divides())


def test_a_socket_that_native_code_left_open_is_seen() -> None:
    libc = ctypes.CDLL(None)
    opened: list[int] = []
    with pytest.raises(AssertionError, match="open a socket"), well_behaved():
        opened.append(libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
    os.close(opened[0])


def test_nothing_is_refused_before_and_after(tmp_path: Path) -> None:
    with no_sockets():
        (tmp_path / "a").write_text("files are not minded here")
    with pytest.raises(AssertionError, match="write a file"), well_behaved():
        (tmp_path / "b").write_text("lost")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    socket.socket().close()
    (tmp_path / "c").write_text("kept")


@pytest.mark.parametrize("deed", [lambda: os.system("true"), lambda: subprocess.run(["true"], check=False)])
def test_a_process_that_was_started_is_noticed(deed: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="start a process"), well_behaved():
        deed()


def test_what_is_swallowed_was_heard_all_the_same() -> None:
    with pytest.raises(AssertionError, match="open a socket"), no_sockets(), contextlib.suppress(AssertionError):
        socket.create_connection(("127.0.0.1", 9))


def test_every_fault_but_those_that_need_a_pipeline_is_listed_as_broken() -> None:
    every = {each for each in vars(faults).values() if isinstance(each, type) and issubclass(each, faults.Sound)}
    milder = {"Sound", "Dies", "Hangs", "RaisesAtSecondSight", "Remembers", "ChangesItsMind", "LeavesFrame"}
    assert {each.__name__ for each in every - set(faults.BROKEN)} == milder | {"OpensSocket", "WritesFile"}
