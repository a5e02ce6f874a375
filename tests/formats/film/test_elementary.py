"""What the description of coded sound holds beyond what a decoder needs is gone; the sound is not."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import redact
from redact.checks.reading import Flaw
from redact.checks.structure.isobmff import elementary as seen
from redact.formats.film import elementary
from redact.formats.film.elementary import SOUND, Elementary

CANARY = b"SN-1581F45TB21D9 4 Elm Street +12.3456-045.6789/"
PREFIX = bytes((2, 30))


def sound(encoder: str, described: Callable[[bytes], bytes]) -> bytes:
    """An MP4 of half a second of sound, whose decoder's configuration is what `described` makes of it."""
    raw = io.BytesIO()
    with av.open(raw, "w", format="matroska") as muxer:
        stream: Any = muxer.add_stream(encoder, rate=44100, layout="stereo", options={"strict": "experimental"})
        for start in range(0, 22050, 1024):
            wave = np.sin(np.arange(start, start + 1024) / 16)[None].repeat(2, 0).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(wave, "fltp", "stereo")
            frame.sample_rate, frame.pts = 44100, start
            muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
    out = io.BytesIO()
    with av.open(io.BytesIO(raw.getvalue()), "r") as demuxer, av.open(out, "w", format="mp4") as muxer:
        source: Any = demuxer.streams.audio[0]
        written: Any = muxer.add_stream_from_template(source, opaque=True)
        written.codec_context.extradata = described(source.codec_context.extradata or b"")
        for packet in demuxer.demux(source):
            if packet.size:
                packet.stream = written
                muxer.mux(packet)
    return out.getvalue()


def commented(private: bytes) -> bytes:
    """Vorbis' three headers, the second with a comment."""
    comment = b"\3vorbis" + bytes(4) + (1).to_bytes(4, "little") + len(CANARY).to_bytes(4, "little") + CANARY + b"\1"
    assert private.startswith(PREFIX)
    return PREFIX + bytes((len(comment),)) + private[3:33] + comment + private[33 + private[2] :]


def heard(path: Path) -> list[bytes]:
    with av.open(str(path), "r") as demuxer:
        return [frame.to_ndarray().tobytes() for frame in demuxer.decode(audio=0)]


@pytest.mark.parametrize(
    ("encoder", "described"),
    [("aac", lambda private: private + CANARY), ("libmp3lame", lambda _: CANARY), ("vorbis", commented)],
)
def test_what_hides_behind_the_description_of_sound_goes(
    tmp_path: Path, encoder: str, described: Callable[[bytes], bytes]
) -> None:
    source, copy = tmp_path / "sound.mp4", tmp_path / "copy.mp4"
    source.write_bytes(sound(encoder, described))
    assert CANARY in source.read_bytes()
    receipt = redact.file(source, copy, redact.Policy(hide={}))
    assert receipt.target == copy
    assert CANARY not in copy.read_bytes()
    assert heard(copy) == heard(source)


AAC = bytes.fromhex("120856e500")


def esds(coding: int, configuration: bytes) -> bytes:
    return elementary.payload(SOUND, Elementary(coding, configuration))


@pytest.mark.parametrize(("coding", "configuration"), [(0x40, AAC), (0x40, b""), (0x6B, b""), (0xA9, b"")])
def test_a_description_without_more_is_allowed(coding: int, configuration: bytes) -> None:
    assert seen.of_sound(esds(coding, configuration))
    assert not seen.of_pictures(esds(coding, configuration))


@pytest.mark.parametrize(
    "body",
    [
        esds(0x40, AAC + CANARY),
        esds(0x6B, CANARY),
        esds(0xA5, b"\0"),
        esds(0xDD, CANARY),
        esds(0xDD, b""),
        esds(0x42, b""),
        esds(0x40, AAC) + b"\6\1A",
        b"TEXT" + esds(0x40, AAC)[4:],
        esds(0x40, AAC).replace(bytes(11), b"\0\0\0TEXTTEXT"),
        esds(0x40, AAC).replace(b"\6\x80\x80\x80\1\2", b"\6\x80\x80\x80\1A"),
        elementary.payload(elementary.PICTURES, Elementary(0x40, AAC)),
        esds(0x40, AAC)[:-9],
        bytes(4) + b"\3",
    ],
)
def test_whatever_else_a_description_tells_is_seen(body: bytes) -> None:
    try:
        allowed = seen.of_sound(body)
    except (Flaw, IndexError):
        allowed = False
    assert not allowed
