"""Whether the data of an AV1 item is one frame (AVIF 2.1; AV1 specification, 5.9.2): decoders show one of several.

Frames that are not shown, a frame behind another, a second group of tiles or another sequence header would be a picture
that nobody sees. Of HEVC the units themselves tell (see redact.formats.codings.nal).
"""

from __future__ import annotations

from collections.abc import Iterator

from redact.errors import UnsupportedFormatError

_SEQUENCE_HEADER, _FRAME_HEADER, _TILES, _FRAME = 1, 3, 4, 6
_PICTURES = ([_FRAME], [_FRAME_HEADER, _TILES])
_EXTENDED, _SIZED = 4, 2
_REDUCED = 0x08
"""Of a sequence header's first byte: its one picture is a still, and its frame header says no more about it."""

_BEGINNING, _SHOWN_KEY_FRAME = 0xF0, 0x10
_RECORD_BYTES = 4


def demand_single(packet: bytes, configuration: bytes) -> None:
    """Raise UnsupportedFormatError unless there is one key frame, which is shown, in one piece.

    packet:        units that fill it
    configuration: the av1C record
    """
    units = list(_units(packet))
    kinds = [kind for kind, _ in units if kind in (_FRAME_HEADER, _TILES, _FRAME)]
    sequences = [content for kind, content in units if kind == _SEQUENCE_HEADER]
    recorded = [content for kind, content in _units(configuration[_RECORD_BYTES:]) if kind == _SEQUENCE_HEADER]
    frame = next((content for kind, content in units if kind in (_FRAME_HEADER, _FRAME)), b"")
    first = next((content for content in (*sequences, *recorded) if content), b"")
    is_key = bool(frame) and frame[0] & _BEGINNING == _SHOWN_KEY_FRAME
    is_shown = bool(first) and (bool(first[0] & _REDUCED) or is_key)
    if kinds not in _PICTURES or len(sequences) > 1 or not is_shown:
        message = "a coded picture is made of several, of which one is shown: save what is shown as a picture alone"
        raise UnsupportedFormatError(message)


def _units(packet: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, content) of units that are known to fill a packet."""
    place = 0
    while place < len(packet):
        head = packet[place]
        place += 2 if head & _EXTENDED else 1
        size = len(packet) - place
        if head & _SIZED:
            size = shift = 0
            more = True
            while more:
                size |= (packet[place] & 0x7F) << shift
                more = packet[place] >= 0x80
                place, shift = place + 1, shift + 7
        yield head >> 3, packet[place : place + size]
        place += size
