"""The other side of `confined`: what runs in the process that reaches no network, and how the two speak.

A message is its kind, its length and its content. To the companion go the task and the model file, and then pictures
one by one; back come READY, and boxes for each picture; or TROUBLE, and the process ends. It ends as well when nobody
can ask it any more.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import struct
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from redact import sandbox
from redact.errors import RedactError

if TYPE_CHECKING:
    from collections.abc import Callable

    from redact.detectors.boxes import Boxes
    from redact.model import Image

HEAD = struct.Struct("<cQ")
"""What every message begins with: its kind, and how many bytes follow."""

SIZE = struct.Struct("<II")
"""Height and width of a picture; its pixels follow, uint8 RGB, row by row."""

TASK, CONTENT, PICTURE = b"t", b"c", b"p"
READY, BOXES, TROUBLE = b"r", b"b", b"!"

LONGEST_TROUBLE = 2_000
"""Bytes of what TROUBLE tells."""

_SET_PDEATHSIG = 1


def main() -> None:
    """Serve whoever holds the other ends of standard input and output, confined; does not return."""
    requests, answers = _pipes()
    # Ctrl-C reaches every process of a terminal; the one that asks answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        sandbox.deny_network()
        look = _made(requests)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told over there; no picture was seen yet
        told = str(error) if isinstance(error, RedactError) else f"{type(error).__name__}: {error}"
        _say(answers, TROUBLE, told.encode()[:LONGEST_TROUBLE])
        os._exit(1)
    _say(answers, READY, b"")
    try:
        _serve(requests, answers, look)
    except BaseException:  # noqa: BLE001 - the message may hold what was read in the picture
        _say(answers, TROUBLE, b"")
    # Threads of native code may keep an interpreter from ending.
    os._exit(0)


def _serve(requests: BinaryIO, answers: BinaryIO, look: Callable[[Image], Boxes]) -> None:
    while (request := _received(requests)) is not None:
        height, width = SIZE.unpack_from(request)
        picture = np.frombuffer(request, np.uint8, offset=SIZE.size).reshape(height, width, 3)
        _say(answers, BOXES, np.asarray(look(picture), "<f4").reshape(-1, 5).tobytes())


def _made(requests: BinaryIO) -> Callable[[Image], Boxes]:
    """What the task says is to be called with each picture."""
    task, content = json.loads(_received(requests) or b"null"), _received(requests)
    module, _, name = task["make"].partition(":")
    made: Callable[[Image], Boxes] = getattr(importlib.import_module(module), name)(content, **task["options"])
    return made


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, put aside: what libraries print does not get among the answers."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return requests, answers


def _received(requests: BinaryIO) -> bytes | None:
    """The content of the next message; None when nobody asks any more."""
    head = requests.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    _, length = HEAD.unpack(head)
    content = requests.read(length)
    return content if len(content) == length else None


def _say(answers: BinaryIO, kind: bytes, content: bytes) -> None:
    try:
        answers.write(HEAD.pack(kind, len(content)) + content)
        answers.flush()
    except BrokenPipeError:
        os._exit(0)
