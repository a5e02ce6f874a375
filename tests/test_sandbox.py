"""A confined process makes no socket, by whichever way and in whatever it starts; what cannot be confined is told."""

from __future__ import annotations

import errno
import json
import os
import platform
import struct
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact import sandbox

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

PRELUDE = """
import ctypes, errno, json, os, socket, subprocess, sys, threading
from redact import sandbox
from redact.errors import RedactError
libc = ctypes.CDLL(None, use_errno=True)

def outcome(attempt, *arguments):
    try:
        attempt(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

def call(number, *arguments):
    ctypes.set_errno(0)
    return "done" if libc.syscall(number, *arguments) >= 0 else errno.errorcode[ctypes.get_errno()]

def refusal():
    try:
        sandbox.deny_network()
    except RedactError as error:
        return str(error)
    return "confined"
"""


def told(script: str) -> Any:
    """What a Python process tells with `tell`."""
    source = f"{PRELUDE}\ndef tell(what):\n    print(json.dumps(what))\n{script}"
    ran = subprocess.run(
        [sys.executable, "-c", source],
        capture_output=True,
        text=True,
        env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_no_socket_of_any_family_is_made() -> None:
    script = """
sandbox.deny_network()
outcomes = {}
for family in range(64):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        outcomes.setdefault(outcome(lambda: socket.socket(family, kind).close()), []).append(family)
outcomes.setdefault(outcome(socket.socketpair), []).append("pair")
tell(sorted(outcomes))
"""
    assert told(script) == ["EPERM"]


def test_threads_forks_and_programs_that_are_started_later_make_none_either() -> None:
    script = """
sandbox.deny_network()
seen = []
thread = threading.Thread(target=lambda: seen.append(outcome(socket.socket)))
thread.start()
thread.join()
program = "import socket\\ntry:\\n    socket.socket()\\nexcept PermissionError:\\n    print('EPERM')"
command = [sys.executable, "-I", "-c", program]
seen.append(subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.strip())
forked = os.fork()
if forked == 0:
    os._exit(0 if outcome(socket.socket) == "EPERM" else 1)
seen.append(os.waitpid(forked, 0)[1])
tell(seen)
"""
    assert told(script) == ["EPERM", "EPERM", 0]


def test_the_ways_around_a_socket_are_closed() -> None:
    script = """
sandbox.deny_network()
ring = ctypes.create_string_buffer(120)
tell([call(425, 1, ring), call(426, 0, 0, 0, 0, 0), call(427, 0, 0, 0, 0), call(438, 0, 0, 0)])
"""
    assert told(script) == ["EPERM"] * 4


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86-64 numbers its calls twice")
def test_the_second_numbering_of_calls_is_closed() -> None:
    assert told("sandbox.deny_network()\ntell(call(0x40000000 | 41, 2, 1, 0))") == "EPERM"


def test_no_process_outside_can_be_traced_or_read_nor_stopped_where_the_kernel_can_forbid_it() -> None:
    script = """
sandbox.deny_network()
outside = os.getppid()
attach = -1 if libc.ptrace(16, outside, 0, 0) else 0
tell([
    attach,
    outcome(open, f"/proc/{outside}/mem", "rb"),
    outcome(os.kill, outside, 0),
    libc.syscall(444, None, 0, 1),
])
"""
    attached, read, stopped, landlock = told(script)
    assert attached == -1
    assert read in ("EACCES", "EPERM")
    if landlock >= 6:
        assert stopped == "EPERM"


def test_the_rest_of_what_a_process_does_goes_on() -> None:
    script = """
import tempfile
sandbox.deny_network()
import numpy as np
with tempfile.TemporaryFile() as file:
    file.write(b"written")
reading, writing = os.pipe()
os.write(writing, b"said")
tell([os.read(reading, 4).decode(), int(np.ones((300, 300)).dot(np.ones(300)).sum())])
"""
    assert told(script) == ["said", 90000]


def test_confined_twice_is_confined() -> None:
    assert told("tell([refusal(), refusal(), outcome(socket.socket)])") == ["confined", "confined", "EPERM"]


def test_a_process_that_runs_threads_is_not_taken_for_confined() -> None:
    script = """
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
tell(refusal())
stop.set()
"""
    assert "before it starts threads; this one runs 2" in told(script)


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_a_process_that_holds_an_internet_socket_is_not_taken_for_confined(family: str) -> None:
    assert "holds 1 internet sockets" in told(f"held = socket.socket(socket.{family})\ntell(refusal())")


def test_a_local_socket_or_a_pipe_that_is_held_is_no_hindrance() -> None:
    assert told("held = socket.socketpair(), os.pipe()\ntell(refusal())") == "confined"


@pytest.mark.parametrize("layer", ["Landlock", "seccomp"])
def test_a_kernel_without_one_of_the_layers_confines_nothing_and_says_so(layer: str) -> None:
    # A filter of the same make takes the layer away, so it is the kernel that refuses.
    script = f"""
machine = sandbox._machine()
taken = {{"Landlock": 444, "seccomp": machine.seccomp}}["{layer}"]
libc.prctl(38, 1, 0, 0, 0)
sandbox._load_filter(machine, (taken,))
tell([refusal(), outcome(lambda: socket.socket().close())])
"""
    message, made = told(script)
    assert f"the kernel refuses {layer} (Operation not permitted)" in message
    assert made == "done"


def test_a_layer_that_does_not_hold_is_found_out() -> None:
    assert "does not keep to it" in told("sandbox._load_filter = lambda *_: None\ntell(refusal())")


@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("Linux", "riscv64"), ("Windows", "AMD64")])
def test_systems_that_nobody_knows_how_to_confine_are_refused(system: str, machine: str) -> None:
    script = f"""
import platform
platform.system, platform.machine = lambda: "{system}", lambda: "{machine}"
tell(refusal())
"""
    assert "cannot be confined" in told(script)


def verdict(program: bytes, architecture: int, number: int) -> int:
    """What the kernel would answer: classic BPF over seccomp's data, as far as the filter uses it."""
    instructions = list(struct.iter_unpack("=HBBI", program))
    data = {0: number, 4: architecture}
    accumulator = position = 0
    while True:
        code, if_true, if_false, operand = instructions[position]
        position += 1
        if code == sandbox._LOAD:
            accumulator = data[operand]
        elif code == sandbox._RETURN:
            return int(operand)
        else:
            holds = accumulator == operand if code == sandbox._JUMP_IF_EQUAL else accumulator >= operand
            position += if_true if holds else if_false


numbers = st.one_of(st.integers(0, 600), st.integers(0, 2**32 - 1))


@given(numbers, st.lists(numbers, min_size=1, max_size=20), st.sampled_from([0xC000003E, 0xC00000B7, 0x40000003]))
def test_the_filter_refuses_what_is_listed_and_other_numberings_and_nothing_else(
    number: int, listed: list[int], architecture: int
) -> None:
    program = sandbox._program(0xC000003E, tuple(listed))
    refused = architecture != 0xC000003E or number in listed or number >= 0x40000000
    expected = 0x00050000 | errno.EPERM if refused else 0x7FFF0000
    assert verdict(program, architecture, number) == expected
    for each in listed:
        assert verdict(program, 0xC000003E, each) == 0x00050000 | errno.EPERM
