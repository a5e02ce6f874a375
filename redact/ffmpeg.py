"""Opens a film, and nothing else.

A file decides much of what FFmpeg does with it: it may pose as a playlist, name further files and addresses, or ask
for more memory than there is. So here FFmpeg is told which demuxer to use, is given open files and no protocol, opens
nothing that a film refers to, probes no picture above MAX_PIXELS, and sees no film that promises more samples than it
has bytes. What it raises becomes the project's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NoReturn, Protocol

import av
from av.container import InputContainer, OutputContainer

from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError

MAX_PIXELS = 8192 * 8192
"""Larger frames are refused before one is decoded."""

_PIECE_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 20
"""Read and written at once: each time costs a call from FFmpeg into Python."""
_PROMISE = re.compile(rb"(stsz|stz2|trun|cmov)(?=(.{8,12}))", re.DOTALL)
"""Where an index counts samples (ISO/IEC 14496-12 8.7.3, 8.8.8), and QuickTime's compressed index."""
_COUNT_STARTS = {b"stsz": 8, b"stz2": 8, b"trun": 4}
_PROMISE_BYTES = 16
_LEAST_REFUSED = 1 << 29
"""Counts that FFmpeg itself takes for damage, as they would not fit its index; four letters of a text make no less."""

_FAMILIES = {
    "mov": "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska": "matroska,webm",
    "mpegts": "mpegts",
    "avi": "avi",
    "jpegxl_pipe": "jpegxl_pipe",
}
"""FFmpeg's name of a demuxer -> that of its family."""

_OPTIONS = {"mov": {"enable_drefs": "0"}}
"""Demuxer -> what keeps it from opening what a film refers to."""

# PyAV hands on what a file asks of it and does not fit C's integers as an OverflowError.
_FAILURES = (av.FFmpegError, ValueError, OverflowError)


class Readable(Protocol):
    """What FFmpeg reads a film from."""

    def read(self, size: int = -1, /) -> bytes:
        """As a file's."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As a file's."""
        ...


class Writable(Protocol):
    """What FFmpeg writes a film to."""

    def write(self, data: bytes, /) -> int:
        """As a file's."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As a file's."""
        ...

    def tell(self) -> int:
        """As a file's."""
        ...


@contextmanager
def demuxer(source: Readable, container: str = "mov", **options: str) -> Iterator[InputContainer]:
    """A film, read from its start and closed behind the block; the open file stays open.

    container: FFmpeg's name of the demuxer: "mov", "matroska", "mpegts" or "avi"; "jpegxl_pipe" for what is no film,
               but codestreams one behind the other, each of which becomes a packet
    options:   further ones of that demuxer

    Raises DamagedFileError for anything that is no film or promises more than it holds, UnsupportedFormatError for one
    that refers to another file or has a compressed index. Errors of the block are the block's own, see `reading`.
    """
    if container == "mov":
        _check_promises(source)
    source.seek(0)
    with reading("the file cannot be read whole"):
        film = av.open(
            source,
            "r",
            format=container,
            options={"max_pixels": str(MAX_PIXELS)},
            container_options={
                "format_whitelist": _FAMILIES[container],
                "protocol_whitelist": "none",
                **_OPTIONS.get(container, {}),
                **options,
            },
            metadata_errors="replace",
            buffer_size=_BUFFER_BYTES,
            io_open=_refuse,
        )
    with film:
        yield film


@contextmanager
def muxer(target: Writable, container: str, options: Mapping[str, str]) -> Iterator[OutputContainer]:
    """A new film, written whole behind the block, with as little of FFmpeg's own in it as can be.

    container: FFmpeg's name of the muxer: "mp4", "mov", "mpegts" or "avi"
    options:   further ones of that muxer

    Raises MediaError where the film cannot be begun or finished. Errors of the block are the block's own, see `coding`.
    """
    with coding():
        film = av.open(
            target,
            "w",
            format=container,
            container_options={"fflags": "+bitexact", "empty_hdlr_name": "1", **options},
            buffer_size=_BUFFER_BYTES,
            io_open=_refuse,
        )
    try:
        yield film
    except BaseException:
        # What went wrong in the block is what is told.
        with suppress(*_FAILURES):
            film.close()
        raise
    with coding():
        film.close()


@contextmanager
def reading(problem: str) -> Iterator[None]:
    """Turns what FFmpeg raises into a DamagedFileError: what it could not read was not read whole."""
    try:
        yield
    except _FAILURES as cause:
        message = f"{problem} ({type(cause).__name__}): get an undamaged original"
        raise DamagedFileError(message) from cause


@contextmanager
def coding() -> Iterator[None]:
    """Turns what FFmpeg's encoders and muxers raise into a MediaError."""
    try:
        yield
    except _FAILURES as cause:
        message = f"the film cannot be coded again ({type(cause).__name__}): convert it to an ordinary MP4 first"
        raise MediaError(message) from cause


def _check_promises(source: Readable) -> None:
    """Raises DamagedFileError when an index speaks of more samples than the file has bytes.

    FFmpeg makes room for all of them at once, from a number in a file of any size. It reads tables wherever they stand
    outside of `mdat`, also where none belongs, so they are looked for by their codes.
    """
    size = source.seek(0, os.SEEK_END)
    promised = 0
    for piece in _outside_media(source, size):
        for found in _PROMISE.finditer(piece):
            code, following = found.groups()
            if code == b"cmov":
                if following[4:8] != b"dcom":
                    continue
                message = "the index of the film is compressed: save it as an ordinary MP4"
                raise UnsupportedFormatError(message)
            untrusted_count = int.from_bytes(following[_COUNT_STARTS[code] :][:4], "big")
            if untrusted_count >= _LEAST_REFUSED:
                continue
            promised += untrusted_count if code == b"trun" else 0
            if max(promised, untrusted_count) > size:
                message = "the film promises more pictures or sound than it can hold: get an undamaged original"
                raise DamagedFileError(message)


def _outside_media(source: Readable, size: int) -> Iterator[bytes]:
    """The file without its media data, in pieces that overlap by less than a table's beginning."""
    start = 0
    while start + 8 <= size:
        source.seek(start)
        header = source.read(16)
        untrusted_size = int.from_bytes(header[:4], "big")
        if untrusted_size == 1:
            untrusted_size = int.from_bytes(header[8:], "big")
        # What is no box, or says it has no end, goes on to the end of the file.
        end = start + untrusted_size if 8 <= untrusted_size <= size - start else size
        if header[4:8] != b"mdat":
            for place in range(start, end, _PIECE_BYTES):
                source.seek(place)
                yield source.read(min(_PIECE_BYTES + _PROMISE_BYTES - 1, end - place))
        start = end


def _refuse(url: str, flags: int, options: Mapping[str, str]) -> NoReturn:  # noqa: ARG001 - PyAV's signature
    """Called when a film wants another file opened."""
    message = "the film refers to another file: export it as one file"
    raise UnsupportedFormatError(message)
