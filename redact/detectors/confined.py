"""A function over pictures that runs in a process of its own, which reaches no network.

For code that one has reason not to trust with a connection. The process confines itself before it imports anything of
that code; pictures go to it and boxes come back over two pipes, and nothing else does. It ends with whoever started it.
Whatever goes wrong with it is a PluginError: nobody looked.
"""

from __future__ import annotations

import json
import math
import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, NoReturn, cast

import numpy as np

from redact.detectors.companion import BOXES, CONTENT, HEAD, LONGEST_TROUBLE, PICTURE, READY, SIZE, TASK, TROUBLE
from redact.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redact.detectors.boxes import Boxes
    from redact.model import Image

MOST = 10_000
"""Boxes in one picture. An answer of more is none."""

_BOX_BYTES = 20

_BEGIN = "import sys; sys.path[:] = sys.argv[1:]; from redact.detectors.companion import main; main()"

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""numpy starts its threads when it is imported, and a process is confined before it has any."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to run over there.

    name:    for messages
    make:    "module:name" of what is called over there once, with the content and the options; what it gives is called
             with each picture, uint8 (height, width, 3) RGB, and answers with boxes, float32 (n, 5)
    content: of the model file
    options: plain values
    start_seconds:  how long it may take to begin, imports and all
    answer_seconds: how long it may take over a picture
    """

    name: str
    make: str
    content: bytes = b""
    options: Mapping[str, Any] = field(default_factory=dict)
    start_seconds: float = 120
    answer_seconds: float = 60


class Confined:
    """The function: called with a picture it gives boxes in pixels of it.

    Its process starts at once, and anew where it has gone while nobody wanted it, where the thread that started it has
    ended, or where this process is a fork of that one. Raises PluginError when it does not start, goes, hangs, or
    answers with what are no boxes.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._companion = _Companion(task)

    def __call__(self, image: Image) -> Boxes:
        """Boxes of what was found in an RGB picture; the picture is only read."""
        if not self._companion.is_there():
            self._companion = _Companion(self._task)
        return self._companion.answer(image)


class _Companion:
    """One process, from its start to its end."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._lock = threading.Lock()
        self._process = _started(task.name)
        self._requests, self._answers = _pipes(self._process)
        self._owner = os.getpid(), threading.current_thread()
        # At the end of the interpreter too: none is left that its parent has not collected.
        self._end = weakref.finalize(self, _end, self._process, os.getpid())
        what = json.dumps({"make": task.make, "options": dict(task.options)}).encode()
        start = _message(TASK, what) + _message(CONTENT, task.content)
        kind, told = self._answered(start, task.start_seconds)
        if kind == TROUBLE:
            self._refuse(f"did not start: {told.decode('utf-8', 'replace')}")
        if kind != READY:
            self._refuse("answered before it was asked")

    def is_there(self) -> bool:
        """True while it can be asked by the process that asks.

        The kernel has it end with the thread that started it, be there others or not.
        """
        process, thread = self._owner
        return process == os.getpid() and thread.is_alive() and self._process.poll() is None

    def answer(self, image: Image) -> Boxes:
        """What it finds in a picture."""
        height, width = image.shape[:2]
        shown = SIZE.pack(height, width) + np.ascontiguousarray(image).tobytes()
        kind, content = self._answered(_message(PICTURE, shown), self._task.answer_seconds)
        if kind == TROUBLE:
            self._refuse("failed at a picture")
        if kind != BOXES or len(content) % _BOX_BYTES:
            self._refuse("answered with what is no list of boxes")
        boxes = np.frombuffer(content, "<f4").reshape(-1, 5)
        if not _are_boxes(boxes):
            self._refuse("answered with boxes that are none")
        return boxes

    def _answered(self, request: bytes, seconds: float) -> tuple[bytes, bytes]:
        """The kind and the content of its answer. After a failure the two are out of step, so it is ended."""
        deadline = time.monotonic() + seconds
        try:
            with self._lock:
                _send(self._requests, request, deadline)
                kind, untrusted_length = HEAD.unpack(_receive(self._answers, HEAD.size, deadline))
                if untrusted_length > max(MOST * _BOX_BYTES, LONGEST_TROUBLE):
                    self._refuse("answered with more than there can be")
                return kind, _receive(self._answers, untrusted_length, deadline)
        except TimeoutError as error:
            self._refuse(f"did not answer within {seconds:g} seconds", error)
        except (OSError, EOFError) as error:
            self._refuse("ended while it was wanted", error)
        except BaseException:
            self._end()
            raise

    def _refuse(self, what: str, cause: Exception | None = None) -> NoReturn:
        self._end()
        message = f"the confined process of {self._task.name} {what}"
        raise PluginError(message) from cause


def _started(name: str) -> subprocess.Popen[bytes]:
    """A companion; the pipes to it and from it never block here."""
    # With -I neither the environment nor the current folder says what is imported: it is what is imported here.
    command = [sys.executable, "-I", "-c", _BEGIN, *sys.path]
    try:
        process = subprocess.Popen(  # noqa: S603 - every word is ours
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ONE_THREAD,
            start_new_session=True,
        )
    except OSError as error:
        message = f"the confined process of {name} cannot be started: {error.strerror}"
        raise PluginError(message) from error
    for pipe in _pipes(process):
        os.set_blocking(pipe.fileno(), False)
    return process


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """To it, and from it."""
    return cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    """Kill a companion, which has nothing to finish, with what it started, and collect it.

    In a fork of its owner it is not ours to end.
    """
    if os.getpid() != owner:
        return
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in _pipes(process):
        pipe.close()


def _message(kind: bytes, content: bytes) -> bytes:
    return HEAD.pack(kind, len(content)) + content


def _send(pipe: IO[bytes], message: bytes, deadline: float) -> None:
    left = memoryview(message)
    while left:
        _await(pipe, select.POLLOUT, deadline)
        left = left[os.write(pipe.fileno(), left) :]


def _receive(pipe: IO[bytes], length: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < length:
        _await(pipe, select.POLLIN, deadline)
        part = os.read(pipe.fileno(), length - len(received))
        if not part:
            raise EOFError
        received += part
    return bytes(received)


def _await(pipe: IO[bytes], event: int, deadline: float) -> None:
    """Return when the pipe is ready, or broken. Raises TimeoutError when it is neither by then."""
    waiting = select.poll()
    waiting.register(pipe, event)
    left = deadline - time.monotonic()
    if left <= 0 or not waiting.poll(math.ceil(left * 1000)):
        raise TimeoutError


def _are_boxes(boxes: Boxes) -> bool:
    finite = bool(np.isfinite(boxes).all())
    ordered = bool((boxes[:, 2:4] >= boxes[:, :2]).all())
    return finite and ordered and bool(((boxes[:, 4] >= 0) & (boxes[:, 4] <= 1)).all())
