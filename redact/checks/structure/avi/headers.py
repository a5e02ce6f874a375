"""The headers of a film and of its streams: numbers that a player needs, and none that tells anything else."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw
from redact.checks.structure.avi import codings
from redact.checks.structure.avi.media import Places, Stream
from redact.checks.structure.avi.riff import Chunk, inside
from redact.model import Keep

_INDEXED, _INTERLEAVED = 0x10, 0x100
_FILM = struct.Struct("<14I")
_STREAM = struct.Struct("<4s4sIHHIIIIIIII4h")
_MOST = 2**32 - 1
_MOST_PARTS = 16
_TIME = re.compile(rb"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?\0")


@dataclass(frozen=True)
class Film:
    """The headers: numbers of the film, how many frames it says it has, and for each stream its own numbers."""

    numbers: tuple[int, ...]
    frames: int
    streams: tuple[Stream, ...]
    told: tuple[tuple[int, ...], ...]
    indexes: tuple[bytes, ...]


def demand_time(data: Buffer, listed: Chunk, keep: Keep) -> None:
    """Raise Flaw unless a list tells when the film was taken, may do so, and tells nothing else."""
    found = list(inside(data, listed))
    plain = len(found) == 1 and found[0].code == b"ICRD" and _TIME.fullmatch(found[0].read(data))
    if "time" not in keep or not plain:
        message = "INFO is not allowed"
        raise Flaw(message)


def film(data: Buffer, listed: Chunk) -> Film:
    """What the headers say. Raises Flaw where they say more than may stay."""
    found = list(inside(data, listed))
    forms = [chunk.form or chunk.code for chunk in found]
    if forms != [b"avih", *[b"strl"] * (len(forms) - 2), b"odml"]:
        message = "the list of headers holds something else"
        raise Flaw(message)
    numbers = _FILM.unpack(found[0].read(data))
    total = list(inside(data, found[-1]))
    if [(chunk.code, chunk.end - chunk.start) for chunk in total] != [(b"dmlh", 4)]:
        message = "the extended header holds more than a number"
        raise Flaw(message)
    read = [_stream(data, chunk, number) for number, chunk in enumerate(found[1:-1])]
    streams = tuple(stream for stream, _, _ in read)
    if not any(stream.pictures for stream in streams) or len(streams) != numbers[6]:
        message = "there is no stream of pictures, or there are not as many streams as are told"
        raise Flaw(message)
    frames = int.from_bytes(total[0].read(data), "little")
    return Film(numbers, frames, streams, tuple(told for _, told, _ in read), tuple(index for _, _, index in read))


def _stream(data: Buffer, listed: Chunk, number: int) -> tuple[Stream, tuple[int, ...], bytes]:
    parts = list(inside(data, listed))
    if [part.code for part in parts] not in ([b"strh", b"strf", b"indx"], [b"strh", b"strf", b"indx", b"vprp"]):
        message = "the headers of a stream hold something else"
        raise Flaw(message)
    kind, handler, *told = _STREAM.unpack(parts[0].read(data))
    content = parts[1].read(data)
    if kind == b"vids":
        look = codings.pictures(content)
        size, coding = look.size, look.code
        stream = Stream(b"%02ddc" % number, told[10], look.name, look.allowed)
    elif kind == b"auds" and len(parts) == 3:
        codings.demand_sound(content)
        size, coding = (0, 0), bytes(4)
        stream = Stream(b"%02dwb" % number, told[10], "", None)
    else:
        message = "a stream is neither pictures nor sound"
        raise Flaw(message)
    nothing = (told[0], told[1], told[2], told[11], told[12])
    if handler != coding or any(nothing) or told[9] != _MOST or tuple(told[13:]) != size or not told[4] or not told[5]:
        message = "the header of a stream tells more than times"
        raise Flaw(message)
    if len(parts) == 4:
        _demand_shape(parts[3].read(data), size)
    return stream, tuple(told), parts[2].read(data)


def _demand_shape(content: bytes, size: tuple[int, int]) -> None:
    width, height = size
    lines = struct.pack("<8I", height, width, height, width, 0, 0, 0, 0)
    expected = (
        struct.pack("<5I", 0, 0, 0, width, height) + content[20:24] + struct.pack("<3I", width, height, 1) + lines
    )
    if content != expected or not any(content[20:22]) or not any(content[22:24]):
        message = "vprp tells more than the ratio of the sides"
        raise Flaw(message)


def demand_agreement(film: Film, places: Sequence[Places], first_frames: int) -> None:
    """Raise Flaw unless the headers tell of exactly the chunks that are there, and nothing else.

    first_frames: how many frames are in the first part
    """
    pictures = next(each for each in places if each.stream.pictures)
    numbers = film.numbers
    size = next(tuple(told[13:]) for told, each in zip(film.told, places, strict=True) if each.stream.pictures)
    flags = (_INDEXED, _INDEXED | _INTERLEAVED)
    largest = max(each.largest for each in places)
    expected = (numbers[0], 0, 0, numbers[3], first_frames, numbers[5], len(places), largest, *size, 0, 0, 0, 0)
    if numbers != expected or numbers[3] not in flags or film.frames != pictures.count:
        message = "the header of the film tells something else than what is there"
        raise Flaw(message)
    for told, index, each in zip(film.told, film.indexes, places, strict=True):
        if (told[7], told[8]) != (min(each.length, _MOST), each.largest):
            message = "the header of a stream tells something else than what is there"
            raise Flaw(message)
        listed = b"".join(struct.pack("<QII", place, size, min(length, _MOST)) for place, size, length in each.indexes)
        head = struct.pack("<HBBI4s12x", 4, 0, 0, len(each.indexes), each.stream.code)
        if index != (head + listed).ljust(24 + 16 * _MOST_PARTS, b"\0"):
            message = "the index of a stream's indexes tells something else than what is there"
            raise Flaw(message)
