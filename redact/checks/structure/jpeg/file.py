"""JPEG: a strict walk of the segments (ITU-T T.81, JFIF, Exif, ICC.1 annex B.4, Adobe TN 5116).

Location hides in APP1 (EXIF, XMP), APP13 (IPTC), APP2 (MPF), APP4, APP5, APP9 and other makers' segments, in
comments, in table segments that are longer than their tables, in tables and scans that show nothing, and after the end
marker. Allowed are the segments a decoder needs and, as kept, one EXIF block and the colour profile. Entropy-coded data
is opaque.
"""

from __future__ import annotations

from collections.abc import Callable

from redact.checks.reading import Buffer, Flaw
from redact.checks.structure import exif, icc
from redact.checks.structure.jpeg.memory import FRAME_MARKERS, TABLE_MARKERS, Memory
from redact.checks.structure.jpeg.parts import ENTROPY, EOI, SOI, SOS, parts
from redact.checks.structure.picture import Still, turns
from redact.model import Keep

APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_DNL = 0xDC
_DECODED = FRAME_MARKERS | TABLE_MARKERS | {SOS, _DNL}
"""What the pixels depend on, but for Adobe's colour transform."""

EXIF = b"Exif\0\0"
ICC = b"ICC_PROFILE\0"


def inspect(data: Buffer, keep: Keep) -> int:
    """How many parts a JPEG has. Raises Flaw unless all of them are allowed and the end marker is its end."""
    count, last, once, memory = 0, 2, set(), Memory()
    for part in parts(data):
        rule = _RULES.get(part.marker)
        if part.marker in _DECODED:
            for _ in memory.meet(part.marker, data, part.start, part.end):
                continue
        elif rule is None or (part.marker != ENTROPY and part.marker in once):
            message = f"{part.name} is not allowed" + (" twice" if rule and part.marker in once else "")
            raise Flaw(message)
        else:
            rule(bytes(data[part.start : part.end]) if part.marker != ENTROPY else b"", keep)
        if part.marker != APP2:
            once.add(part.marker)
        count, last = count + 1, part.end
    if last != len(data):
        message = f"{len(data) - last} bytes after the end marker"
        raise Flaw(message)
    memory.demand_complete()
    _demand_sound_profile(data)
    return count


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    coded: list[tuple[str, int, int]] = []
    frame, memory = None, Memory()
    for part in parts(data):
        if part.marker in _DECODED:
            coded += memory.meet(part.marker, data, part.start, part.end)
        if part.marker == ENTROPY:
            coded.append((part.name, part.start, part.end))
        if part.marker in FRAME_MARKERS:
            frame = bytes(data[part.start : part.end])
    if frame is None:
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


def _nothing(body: bytes, _keep: Keep) -> None:
    if body:
        message = "a marker without content has some"
        raise Flaw(message)


def _opaque(_body: bytes, _keep: Keep) -> None:
    """Entropy-coded data: what is in it, the other questions see as pixels."""


_RULES: dict[int, Callable[[bytes, Keep], None]] = {
    SOI: _nothing,
    APP0: _jfif,
    APP1: _exif,
    APP2: _icc,
    APP14: _adobe,
    ENTROPY: _opaque,
    EOI: _nothing,
}
"""Of what a decoder reads, `memory` asks."""
