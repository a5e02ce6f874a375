"""What describes sound: numbers and what a decoder needs, and no room beside it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import RedactError
from redact.formats.boxes import Box, written
from redact.formats.film import elementary, sounds
from redact.formats.film.elementary import Elementary

CANARY = b"GPS +12.3456-045.6789/"
AAC = Elementary(0x40, b"\x12\x10")


def entry(code: bytes, *boxes: bytes, version: int = 0, bits: int = 16, extra: bytes = b"") -> Box:
    fields = bytes(7) + b"\1" + struct.pack(">H6xHHHHI", version, 2, bits, 0, 0, 48000 << 16)
    return Box(code, fields + extra + b"".join(boxes))


def stream(payload: Elementary = AAC) -> bytes:
    return written(b"esds", elementary.payload(elementary.SOUND, payload))


LAYOUT = struct.pack(">IIII", 0, 0, 0, 1) + struct.pack(">I", 1)


@pytest.mark.parametrize(
    ("laden", "clean"),
    [
        (entry(b"mp4a", stream(), written(b"udta", CANARY)), entry(b"mp4a", stream())),
        (entry(b"mp4a", stream(), written(b"btrt", CANARY[:12])), entry(b"mp4a", stream())),
        (entry(b"mp4a", written(b"esds", stream()[8:] + CANARY)), entry(b"mp4a", stream())),
        (entry(b"mp4a", stream(Elementary(0x6B, CANARY))), entry(b"mp4a", stream(Elementary(0x6B, b"")))),
        (
            entry(b"fLaC", written(b"dfLa", bytes(4) + b"\0\0\0\x22" + bytes(34) + b"\x84\0\0\x16" + CANARY)),
            entry(b"fLaC", written(b"dfLa", bytes(4) + b"\x80\0\0\x22" + bytes(34))),
        ),
        (
            entry(b"samr", written(b"damr", CANARY[:5] + b"\x81\xff\0\1")),
            entry(b"samr", written(b"damr", b"FFMP\0\x81\xff\0\1")),
        ),
        (
            entry(b"Opus", written(b"dOps", b"\0\2\1\x38\0\0\xbb\x80\0\0\0" + CANARY)),
            entry(b"Opus", written(b"dOps", b"\0\2\1\x38\0\0\xbb\x80\0\0\0")),
        ),
        (
            entry(b"sowt", written(b"chan", LAYOUT + CANARY[:16])),
            entry(b"sowt", written(b"chan", LAYOUT + bytes(16))),
        ),
        (
            entry(b"sowt", written(b"chan", LAYOUT[:-4] + struct.pack(">I", 100) + CANARY[:16])),
            entry(b"sowt"),
        ),
        (
            entry(b"mp4a", written(b"wave", written(b"frma", b"mp4a"), stream(), written(b"GPS ", CANARY))),
            entry(b"mp4a", written(b"wave", written(b"frma", b"mp4a"), stream())),
        ),
    ],
)
def test_what_stands_beside_what_a_decoder_needs_goes(laden: Box, clean: Box) -> None:
    told = sounds.described(laden)
    assert told == written(clean.code, clean.payload)
    assert sounds.described(clean) == told


@pytest.mark.parametrize(
    "strange",
    [
        entry(b"mp4a"),
        entry(b"mp4a", stream(Elementary(0xC0, CANARY))),
        entry(b"enca", stream()),
        entry(b"mp4a", stream(), version=3),
        entry(b"sowt", version=1, extra=CANARY[:16]),
        entry(b"lpcm", version=2, extra=struct.pack(">IdIIIIII", 72, float("nan"), 2, 0x7F000000, 16, 12, 4, 1)),
        entry(b"lpcm", version=2, extra=CANARY.ljust(36)),
        Box(b"mp4a", bytes(20)),
    ],
)
def test_what_is_described_in_another_way_is_left_to_ffmpeg(strange: Box) -> None:
    assert sounds.described(strange) is None


@pytest.mark.parametrize(
    ("described", "size"),
    [
        (entry(b"sowt"), 4),
        (entry(b"in24"), 6),
        (entry(b"ulaw"), 2),
        (entry(b"mp4a", stream()), 0),
        (entry(b"ipcm", written(b"pcmC", bytes(5) + b"\x18")), 6),
        (entry(b"lpcm", version=2, extra=struct.pack(">IdIIIIII", 72, 48000, 3, 0x7F000000, 24, 12, 9, 1)), 9),
        (entry(b"sowt", version=9), 0),
    ],
)
def test_a_tick_of_uncompressed_sound_has_a_size(described: Box, size: int) -> None:
    assert sounds.frame_bytes(described) == size


@given(st.binary(max_size=80))
def test_garbled_descriptors_tell_nothing_or_the_same_a_second_time(data: bytes) -> None:
    try:
        told = sounds.described(entry(b"mp4a", written(b"esds", data)))
    except RedactError:
        return
    assert told is None or sounds.described(Box(b"mp4a", told[8:])) == told
