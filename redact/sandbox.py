"""Confines a process: from then on it, its threads and what it starts reach no network. Linux; needs no privileges.

Two layers, neither of which can be taken off again:

- A seccomp filter refuses every socket, whatever its family, for a local one reaches daemons that reach the network. It
  refuses io_uring, which makes sockets without the call, the taking over of another process's file descriptors, and
  all calls in the numbering of another architecture.
- A Landlock domain refuses TCP once more (from Linux 6.7 on) and signals to processes outside (from 6.12). What every
  domain brings is worth most here: no process outside can be traced, read or written, so none can be made to open a
  socket in its stead.

Files stay as they were: what may be read and written is not decided here yet.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import stat
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redact.errors import RedactError


@dataclass(frozen=True, slots=True)
class _Machine:
    """How one architecture numbers what is needed here; `audit` is its name in seccomp's data (linux/audit.h)."""

    audit: int
    seccomp: int
    socket: int
    socketpair: int


_MACHINES = {
    "x86_64": _Machine(audit=0xC000003E, seccomp=317, socket=41, socketpair=53),
    "aarch64": _Machine(audit=0xC00000B7, seccomp=277, socket=198, socketpair=199),
}

_IO_URING_SETUP = 425
_ALIKE = (_IO_URING_SETUP, 426, 427, 438)
"""io_uring_setup, io_uring_enter, io_uring_register and pidfd_getfd: the same number everywhere."""

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_RULESET_VERSION = 1

_NO_DEVICES = 1 << 6 | 1 << 11
"""LANDLOCK_ACCESS_FS_MAKE_CHAR and _MAKE_BLOCK. A domain has to handle something, and the first version knows files."""

_NO_TCP = 1 << 0 | 1 << 1
"""LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP, since version 4."""

_SCOPES = 1 << 0 | 1 << 1
"""LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and _SIGNAL, since version 6."""

_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER = 1

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_X32 = 0x40000000
"""Calls from here up are those of the x32 numbering; nothing else is as high."""

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_FAMILIES = (*_INTERNET, socket.AF_NETLINK, socket.AF_PACKET, socket.AF_UNIX)

_libc = ctypes.CDLL(None, use_errno=True)


def deny_network() -> None:
    """Cut the calling process off from the network for good, with all that it will start.

    Raises RedactError, and the process is not to be used then, where the kernel does not offer both layers, where the
    process runs more than one thread or holds an internet socket already, or where a socket can be made all the same.
    """
    machine = _machine()
    _demand_one_thread()
    _demand_no_connection()
    _call("prctl", _libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _enter_domain(_NO_DEVICES, _NO_TCP, _SCOPES)
    _load_filter(machine, (machine.socket, machine.socketpair, *_ALIKE))
    _probe()


def _machine() -> _Machine:
    if platform.system() != "Linux" or platform.machine() not in _MACHINES:
        message = f"{platform.system()} on {platform.machine()} cannot be confined: Linux on x86_64 or aarch64 can"
        raise RedactError(message)
    return _MACHINES[platform.machine()]


def _demand_one_thread() -> None:
    """Landlock takes the calling thread alone: another one would go on as before."""
    threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    if threads > 1:
        message = f"a process is confined before it starts threads; this one runs {threads}"
        raise RedactError(message)


def _demand_no_connection() -> None:
    """Filters refuse to make a socket, not to use one."""
    held = [each for each in _open_sockets() if each in _INTERNET]
    if held:
        message = f"the process to be confined holds {len(held)} internet sockets already"
        raise RedactError(message)


def _open_sockets() -> Iterator[socket.AddressFamily]:
    """The families of the sockets that are open in this process."""
    for number in [int(each.name) for each in Path("/proc/self/fd").iterdir()]:
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as held:
                    yield socket.AddressFamily(held.family)
        except OSError as error:
            # The descriptor that listed the others is closed by now.
            if error.errno != errno.EBADF:
                raise


def _enter_domain(files: int, tcp: int, scopes: int) -> None:
    """Enter a Landlock domain that refuses these rights everywhere, as far as this kernel's version knows them."""
    version = _call("Landlock", _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _RULESET_VERSION))
    attributes = struct.pack("=QQQ", files, tcp if version >= 4 else 0, scopes if version >= 6 else 0)
    ruleset = _call("Landlock", _libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    try:
        _call("Landlock", _libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _load_filter(machine: _Machine, refused: tuple[int, ...]) -> None:
    """Have the kernel answer these calls with EPERM, and all of another numbering."""
    program = _program(machine.audit, refused)
    held = ctypes.create_string_buffer(program)
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(held))
    _call("seccomp", _libc.syscall(machine.seccomp, _SET_MODE_FILTER, 0, header))


def _program(audit: int, refused: tuple[int, ...]) -> bytes:
    """The filter in classic BPF: 8 bytes an instruction, jumps counted from the next one (linux/seccomp.h)."""
    to_refusal = len(refused) + 1
    instructions = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_IF_EQUAL, 0, to_refusal + 2, audit),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_IF_AT_LEAST, to_refusal, 0, _X32),
        *((_JUMP_IF_EQUAL, to_refusal - place, 0, number) for place, number in enumerate(refused, 1)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *each) for each in instructions)


def _probe() -> None:
    """Try what must not work: that the kernel took both layers does not say that it keeps to them."""
    attempts: list[Callable[[], object]] = [partial(socket.socket, family) for family in _FAMILIES]
    attempts += [socket.socketpair, _start_io_uring]
    if not all(_is_refused(attempt) for attempt in attempts):
        message = "the kernel took the confinement but does not keep to it: a socket could be made all the same"
        raise RedactError(message)


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _start_io_uring() -> None:
    parameters = ctypes.create_string_buffer(120)
    if _libc.syscall(_IO_URING_SETUP, 1, parameters) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _call(layer: str, result: int) -> int:
    """The result of a system call; RedactError when it failed."""
    if result >= 0:
        return result
    reason = os.strerror(ctypes.get_errno())
    message = (
        f"this process cannot be confined: the kernel refuses {layer} ({reason}); "
        "Linux 5.13 or later with Landlock switched on, and a container that allows it, are needed"
    )
    raise RedactError(message)
