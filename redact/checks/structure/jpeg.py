"""JPEG: a strict walk of the segments (ITU-T T.81, JFIF, Exif, ICC.1 annex B.4, Adobe TN 5116).

Location hides in APP1 (EXIF, XMP), APP13 (IPTC), APP2 (MPF), APP4, APP5, APP9 and other makers' segments, in
comments, in table segments that are longer than their tables, and after the end marker. Allowed are the segments a
decoder needs and, as kept, one EXIF block and the colour profile. Entropy-coded data is opaque.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, take
from redact.checks.structure import exif, icc
from redact.checks.structure.picture import Still, turns
from redact.model import Keep

SOI, EOI, SOS, DQT, DHT, DAC, DRI, DNL, DHP = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xCC, 0xDD, 0xDC, 0xDE
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
ENTROPY = 0x00
"""Stands for the entropy-coded data that follows a scan header."""

FRAMES = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, DAC}
CODED = FRAMES | {DQT, DHT, DAC, DRI, DNL, SOS, ENTROPY}
"""What the pixels depend on, but for Adobe's colour transform."""

EXIF = b"Exif\0\0"
ICC = b"ICC_PROFILE\0"

_AFTER_SCAN = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")
"""A marker that ends entropy-coded data: neither a stuffed zero nor a restart."""


@dataclass(frozen=True)
class Part:
    """A segment or a run of entropy-coded data: its marker, and where its content begins and ends."""

    marker: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """How the marker is called."""
        if 0xE0 <= self.marker <= 0xEF:
            return f"APP{self.marker - 0xE0}"
        return "COM" if self.marker == 0xFE else f"marker {self.marker:#04x}"


def parts(data: Buffer) -> Iterator[Part]:
    """Every part from the start marker to the first end marker, both included.

    Raises Flaw when the data ends early or something else stands where a marker should.
    """
    yield Part(SOI, 2, 2)
    position, end = 2, len(data)
    while True:
        marker, position = _marker(data, position, end)
        if marker == EOI:
            yield Part(EOI, position, position)
            return
        untrusted_size = int.from_bytes(take(data, position, 2, end), "big")
        if untrusted_size < 2 or position + untrusted_size > end:
            message = "a segment is longer than the file"
            raise Flaw(message)
        part = Part(marker, position + 2, position + untrusted_size)
        yield part
        position = part.end
        if marker == SOS:
            found = _AFTER_SCAN.search(data, position)
            if found is None:
                message = "the last scan has no end"
                raise Flaw(message)
            yield Part(ENTROPY, position, found.start())
            position = found.start()


def inspect(data: Buffer, keep: Keep) -> int:
    """How many parts a JPEG has. Raises Flaw unless all of them are allowed and the end marker is its end."""
    count, last, once = 0, 2, set()
    for part in parts(data):
        rule = _RULES.get(part.marker)
        if rule is None or (part.marker in (APP0, APP1, APP14, EOI) and part.marker in once):
            message = f"{part.name} is not allowed" + (" twice" if rule else "")
            raise Flaw(message)
        once.add(part.marker)
        rule(bytes(data[part.start : part.end]) if part.marker != ENTROPY else b"", keep)
        count, last = count + 1, part.end
    if last != len(data):
        message = f"{len(data) - last} bytes after the end marker"
        raise Flaw(message)
    _demand_sound_profile(data)
    return count


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    coded = []
    frame = None
    for part in parts(data):
        if part.marker in CODED:
            coded.append((part.name, part.start, part.end))
        if part.marker in FRAMES and frame is None:
            frame = bytes(data[part.start : part.end])
    if frame is None or len(frame) < 9 or len(frame) != 6 + 3 * frame[5]:
        message = "there is no frame header"
        raise Flaw(message)
    sampling = frame[7::3]
    grid = 8 * max(value >> 4 for value in sampling), 8 * max(value & 15 for value in sampling)
    size = int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")
    turn, readings = turns(_block(data), _block_as_others_read_it(data))
    return Still(size, turn, readings, frame[5], icc.sound(_profile_of(data)), grid, tuple(coded))


def _block(data: Buffer) -> bytes | None:
    """The TIFF block of the first EXIF segment; None where there is none. Raises Flaw as `parts` does."""
    for part in parts(data):
        if part.marker == APP1 and data[part.start : part.start + 6] == EXIF:
            return bytes(data[part.start + 6 : part.end])
        if part.marker == SOS:
            break
    return None


def _block_as_others_read_it(data: Buffer) -> bytes | None:
    """As `_block`, but also where the name is in capitals, and put together where a long block fills two segments."""
    whole = b""
    for part in parts(data):
        name, block = bytes(data[part.start : part.start + 4]), bytes(data[part.start + 6 : part.end])
        if part.marker == APP1 and name.lower() == b"exif":
            if whole and exif.is_block(block):
                break
            whole += block
        if part.marker == SOS:
            break
    return whole or None


def _profile_of(data: Buffer) -> bytes:
    """The ICC profile, put together; empty where there is none or a piece is missing. Raises Flaw as `parts` does."""
    chunks: list[tuple[int, int, bytes]] = []
    for part in parts(data):
        if part.marker == APP2 and data[part.start : part.start + 12] == ICC and part.end > part.start + 14:
            number, count, *_ = data[part.start + 12 : part.start + 14]
            chunks.append((number, count, bytes(data[part.start + 14 : part.end])))
    chunks.sort()
    if [chunk[:2] for chunk in chunks] != [(number + 1, len(chunks)) for number in range(len(chunks))]:
        return b""
    return b"".join(piece for _, _, piece in chunks)


def _marker(data: Buffer, position: int, end: int) -> tuple[int, int]:
    if take(data, position, 1, end) != b"\xff":
        message = "bytes between two segments"
        raise Flaw(message)
    while take(data, position, 1, end) == b"\xff":
        position += 1
    return data[position], position + 1


def _demand_sound_profile(data: Buffer) -> None:
    numbers = [(data[part.start + 12], data[part.start + 13]) for part in parts(data) if part.marker == APP2]
    if numbers != [(number + 1, len(numbers)) for number in range(len(numbers))]:
        message = "the colour profile's pieces are not numbered in order"
        raise Flaw(message)
    whole = _profile_of(data)
    if numbers and (not whole or icc.sound(whole) != whole):
        message = "the colour profile is none, or more than one"
        raise Flaw(message)


def _jfif(body: bytes, _keep: Keep) -> None:
    if len(body) != 14 or not body.startswith(b"JFIF\0") or body[12:] != bytes(2):
        message = "APP0 is more than a JFIF header"
        raise Flaw(message)


def _exif(body: bytes, keep: Keep) -> None:
    if not body.startswith(EXIF):
        message = "APP1 is not EXIF"
        raise Flaw(message)
    exif.inspect(body[6:], keep)


def _icc(body: bytes, keep: Keep) -> None:
    if "colour" not in keep or len(body) < 14 or not body.startswith(ICC):
        message = "APP2 is not a colour profile that may stay"
        raise Flaw(message)


def _adobe(body: bytes, _keep: Keep) -> None:
    if len(body) != 12 or not body.startswith(b"Adobe"):
        message = "APP14 is more than Adobe's colour transform"
        raise Flaw(message)


def _quantisation(body: bytes, _keep: Keep) -> None:
    position = 0
    while position < len(body):
        position += 129 if body[position] >> 4 else 65
    _demand_end(position, body, "a quantisation table")


def _huffman(body: bytes, _keep: Keep) -> None:
    position = 0
    while position < len(body):
        position += 17 + sum(body[position + 1 : position + 17])
    _demand_end(position, body, "a Huffman table")


def _conditioning(body: bytes, _keep: Keep) -> None:
    _demand_end(len(body) // 2 * 2, body, "an arithmetic conditioning table")


def _frame(body: bytes, _keep: Keep) -> None:
    _demand_end(6 + 3 * body[5] if len(body) > 5 else 6, body, "a frame header")


def _scan(body: bytes, _keep: Keep) -> None:
    _demand_end(4 + 2 * body[0] if body else 4, body, "a scan header")


def _two_bytes(body: bytes, _keep: Keep) -> None:
    _demand_end(2, body, "a restart interval or line count")


def _nothing(body: bytes, _keep: Keep) -> None:
    _demand_end(0, body, "a marker without content")


def _opaque(_body: bytes, _keep: Keep) -> None:
    """Entropy-coded data: what is in it, the other questions see as pixels."""


def _demand_end(position: int, body: bytes, name: str) -> None:
    if position != len(body):
        message = f"{name} is not as long as its segment"
        raise Flaw(message)


_RULES: dict[int, Callable[[bytes, Keep], None]] = {
    **dict.fromkeys(FRAMES, _frame),
    SOI: _nothing,
    APP0: _jfif,
    APP1: _exif,
    APP2: _icc,
    APP14: _adobe,
    DQT: _quantisation,
    DHT: _huffman,
    DAC: _conditioning,
    DRI: _two_bytes,
    DNL: _two_bytes,
    SOS: _scan,
    ENTROPY: _opaque,
    EOI: _nothing,
}
