"""What may describe the samples of a track: pictures and sound (ISO/IEC 14496-12, 8.5.2).

A description names no maker, encoder or compressor, and holds no box but those that `parts` allows.
"""

from __future__ import annotations

from collections.abc import Mapping

from redact.checks.reading import Buffer, Flaw, printable, take
from redact.checks.structure import pictures
from redact.checks.structure.isobmff import elementary, parts
from redact.checks.structure.isobmff.boxes import LARGEST_LEAF, Box, Rule, admit, boxes
from redact.model import Keep

_PICTURE_BYTES = 78


def inspect(data: Buffer, table: Box, keep: Keep) -> int:
    """Check a sample description table; how many boxes are in it."""
    entries = list(boxes(data, table.start + 8, table.end))
    if take(data, table.start, 8, table.end) != bytes(4) + len(entries).to_bytes(4, "big"):
        message = "stsd does not hold as many entries as it says"
        raise Flaw(message)
    count = len(entries)
    for entry in entries:
        rules, start = _parts(data, entry)
        seen = set()
        for box in boxes(data, start, entry.end):
            count += 1
            if box.kind in seen:
                message = f"{printable(box.kind)} is there twice in one description"
                raise Flaw(message)
            seen.add(box.kind)
            if box.kind == b"wave" and b"wave" in rules:
                for part in boxes(data, box.start, box.end):
                    admit(data, part, parts.WAVE_PARTS, keep)
            else:
                admit(data, box, rules, keep)
    return count


def _parts(data: Buffer, entry: Box) -> tuple[Mapping[bytes, Rule], int]:
    """What boxes a description may hold, and where they begin. Raises Flaw unless its fixed part is allowed."""
    if entry.kind in parts.CODINGS:
        code = parts.CODINGS[entry.kind][1]
        rules: Mapping[bytes, Rule] = {**parts.PICTURE_PARTS, **({code: parts.CONFIGURATIONS[code]} if code else {})}
        start = entry.start + _PICTURE_BYTES
        allowed = _picture_entry(take(data, entry.start, _PICTURE_BYTES, entry.end))
    elif entry.kind in parts.SOUNDS:
        rules, (start, allowed) = parts.SOUND_PARTS, _sound_entry(data, entry)
    else:
        message = f"coding {printable(entry.kind)} cannot be vouched for"
        raise Flaw(message)
    if not allowed:
        message = f"the description of {printable(entry.kind)} holds something that is not allowed"
        raise Flaw(message)
    return rules, start


def read(data: Buffer, table: Box, handler: bytes) -> tuple[pictures.Allowed, ...]:
    """For each description of a track what its packets may hold; sound is opaque.

    Raises Flaw for a coding or a configuration that cannot be vouched for, and for pictures in a track of sound.
    """
    entries = list(boxes(data, table.start + 8, table.end))
    if any((entry.kind in parts.CODINGS) != (handler == b"vide") for entry in entries):
        message = "a track holds something else than it says"
        raise Flaw(message)
    return tuple(_packets(data, entry) if handler == b"vide" else _opaque for entry in entries)


def _opaque(_packet: bytes) -> bool:
    return True


def _packets(data: Buffer, entry: Box) -> pictures.Allowed:
    """What tells whether a packet of such pictures holds nothing else."""
    coding, code, skip = parts.CODINGS[entry.kind]
    inside = boxes(data, entry.start + _PICTURE_BYTES, entry.end)
    found = {box.kind: bytes(data[box.start : box.end]) for box in inside if box.size <= LARGEST_LEAF}
    if code and code not in found:
        message = f"{printable(entry.kind)} has no configuration"
        raise Flaw(message)
    if coding:
        return pictures.rule(coding, b"" if skip is None else _needed(coding, found[code][skip:]))
    stream = elementary.read(found[code])
    named = next((name for objects, name in _OBJECTS if stream.coding in objects), "")
    return pictures.rule(named, stream.configuration)


def _needed(coding: str, configuration: bytes) -> bytes:
    """The configuration, without which nobody knows where units end. Raises Flaw for one in another form."""
    if not configuration or configuration[:2] == bytes(2):
        message = f"{coding} has no configuration record"
        raise Flaw(message)
    return configuration


_OBJECTS = ((range(0x20, 0x21), "mpeg4"), (range(0x60, 0x66), "mpeg2video"), (range(0x6A, 0x6B), "mpeg1video"),
            (range(0x6C, 0x6D), "mjpeg"))  # fmt: skip
"""Object types of ISO/IEC 14496-1, 7.2.6.6."""


def _picture_entry(body: bytes) -> bool:
    """The fixed part of a picture's description: reserved bytes are zero and no maker or compressor is named."""
    name = body[42:74]
    return (
        body[:8] == bytes(7) + b"\1"
        and body[8:12] == bytes(4)
        and body[12:16].strip(b"\0") in (b"", b"FFMP")
        and body[16:24] in (bytes(8), b"\0\0\2\0\0\0\2\0")
        and body[28:36] == b"\0\x48\0\0" * 2
        and body[36:40] == bytes(4)
        and body[40:42] == b"\0\1"
        and not any(name)
        and body[74:76] in (b"\0\x18", b"\0\x20")
        and body[76:78] == b"\xff\xff"
    )


def _sound_entry(data: Buffer, entry: Box) -> tuple[int, bool]:
    """Where the boxes of a sound's description begin, and whether its fixed part is allowed."""
    body = take(data, entry.start, 28, entry.end)
    version = int.from_bytes(body[8:10], "big")
    size = {0: 28, 1: 44, 2: 64}.get(version, 0)
    take(data, entry.start, size, entry.end)
    return entry.start + size, size > 0 and body[:8] == bytes(7) + b"\1" and body[10:16] == bytes(6)
