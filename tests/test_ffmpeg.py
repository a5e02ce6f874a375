"""FFmpeg opens films and nothing else, and what it raises is told in the project's own errors."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from redact import ffmpeg
from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Failing(io.BytesIO):
    """A file that takes no more from some moment on."""

    failure: Exception | None = None

    def write(self, data: ReadableBuffer) -> int:
        if self.failure:
            raise self.failure
        return super().write(data)


def write_film(target: Failing, failure: Exception | None = None) -> None:
    """Two black pictures, into a file that fails before the film is finished where a failure is given."""
    with ffmpeg.muxer(target, "mp4", {}) as muxer:
        stream = muxer.add_stream("libx264", rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(2):
            frame = VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
        target.failure = failure


@cache
def film() -> bytes:
    """The two pictures as a file; the encoder makes another one each time."""
    target = Failing()
    write_film(target)
    return target.getvalue()


def test_a_film_is_written_and_read_from_its_start() -> None:
    source = io.BytesIO(film())
    source.seek(77)
    with ffmpeg.demuxer(source) as demuxer:
        assert sum(bool(packet.size) for packet in demuxer.demux()) == 2
    assert not source.closed


def test_nothing_of_ffmpegs_own_tells_its_version() -> None:
    assert b"Lavf" not in film()


def test_what_is_no_codestream_of_jpeg_xl_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "real.jxl").write_bytes(b"\xff\x0a")
    for posing in (film(), f"ffconcat version 1.0\nfile {tmp_path / 'real.jxl'}\n".encode()):
        with ffmpeg.demuxer(io.BytesIO(posing), "jpegxl_pipe") as demuxer:
            assert b"".join(bytes(packet) for packet in demuxer.demux() if packet.size) == posing


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile {0}\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{0}\n#EXT-X-ENDLIST\n",
        "RIFF",
        "",
    ],
)
def test_what_is_no_film_opens_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "real.mp4").write_bytes(film())
    posing = text.format(tmp_path / "real.mp4").encode()
    with pytest.raises(DamagedFileError), ffmpeg.demuxer(io.BytesIO(posing)):
        pass


def test_errors_of_the_block_are_the_blocks_own() -> None:
    with pytest.raises(KeyError, match="mine"), ffmpeg.demuxer(io.BytesIO(film())):
        raise KeyError("mine")
    with pytest.raises(KeyError, match="mine"), ffmpeg.muxer(io.BytesIO(), "mp4", {}):
        raise KeyError("mine")


def test_a_film_that_cannot_be_begun_is_an_error_of_the_project() -> None:
    with pytest.raises(MediaError, match="cannot be coded again"), ffmpeg.muxer(io.BytesIO(), "no such container", {}):
        pass


def test_a_film_that_cannot_be_finished_is_an_error_of_the_project() -> None:
    with pytest.raises(MediaError, match="cannot be coded again"):
        write_film(Failing(), ValueError("closed"))


def test_a_full_disk_is_told_as_what_it_is() -> None:
    with pytest.raises(OSError, match="full"):
        write_film(Failing(), OSError("full"))


@pytest.mark.parametrize("error", [ValueError, OverflowError])
def test_only_types_of_errors_are_told(error: type[Exception]) -> None:
    with pytest.raises(DamagedFileError, match=error.__name__) as damaged, ffmpeg.reading("it cannot be read"):
        raise error("47.5821")
    with pytest.raises(MediaError, match=error.__name__) as uncoded, ffmpeg.coding():
        raise error("47.5821")
    assert "47.5821" not in f"{damaged.value} {uncoded.value}"


def box(code: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, code) + body


def promising(count: int) -> bytes:
    """The film with a table that counts so many samples of one byte."""
    return film().replace(b"stsz" + bytes(8) + struct.pack(">I", 2), b"stsz" + struct.pack(">III", 0, 1, count))


@pytest.mark.parametrize(
    "data",
    [
        promising(100_000_000),
        film() + box(b"moof", box(b"traf", box(b"trun", bytes(4), struct.pack(">I", 100_000_000)))),
        film() + box(b"moof", box(b"traf", *[box(b"trun", bytes(4), struct.pack(">I", len(film()) // 2))] * 3)),
        film() + box(b"udta", bytes((1 << 20) - len(film()) - 20), box(b"stz2", bytes(8), struct.pack(">I", 1 << 28))),
        box(b"stsz", bytes(8), struct.pack(">I", 1 << 20)),
        box(b"udta", b"trun", box(b"stsz", bytes(8), struct.pack(">I", 1 << 20))),
    ],
)
def test_a_film_that_promises_more_samples_than_it_has_bytes_is_not_opened(data: bytes) -> None:
    with pytest.raises(DamagedFileError, match="promises more"), ffmpeg.demuxer(io.BytesIO(data)):
        pytest.fail("it was opened")


def test_a_compressed_index_is_refused() -> None:
    data = film() + box(b"moov", box(b"cmov", box(b"dcom", b"zlib")))
    with pytest.raises(UnsupportedFormatError, match="compressed"), ffmpeg.demuxer(io.BytesIO(data)):
        pytest.fail("it was opened")


def test_words_that_look_like_tables_are_no_promise() -> None:
    data = film() + box(b"udta", b"a trunk full of things, stsz for example, and a cmov") + box(b"free", b"trunk" * 9)
    with ffmpeg.demuxer(io.BytesIO(data)) as demuxer:
        assert sum(bool(packet.size) for packet in demuxer.demux()) == 2
