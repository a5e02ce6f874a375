"""JPEG streams put together by hand: segments, and scans that hold another picture or what nobody reads."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from PIL import Image as Pillow

from tests.formats.laden import saved, segment

SECRET = b"47.5821 N 8.5417 E, by the bridge, house 12; ring twice, Ada."
"""Sixty-one bytes: a table of quantisation has room for it."""


def quantisation(number: int, text: bytes = SECRET) -> bytes:
    """A table of quantisation that says something else."""
    return segment(0xDB, bytes((number,)) + text.ljust(64, b"!")[:64])


def huffman(number: int, text: bytes = SECRET) -> bytes:
    """A Huffman table whose symbols say something else."""
    return segment(0xC4, bytes((number,)) + bytes(7) + bytes((len(text),)) + bytes(8) + text)


def intervals(text: bytes = SECRET) -> bytes:
    """Restart intervals that overwrite each other, the last of them none."""
    pairs = [text[start : start + 2].ljust(2, b"!") for start in range(0, len(text), 2)]
    return b"".join(segment(0xDD, pair) for pair in [*pairs, b"\0\0"])


def conditioning(text: bytes = SECRET) -> bytes:
    """Conditioning of arithmetic coding that says something else."""
    return segment(0xCC, b"".join(bytes((16, letter)) for letter in text))


def before(data: bytes, marker: int, more: bytes) -> bytes:
    """A JPEG with more bytes in front of the first segment of a marker."""
    place = data.index(bytes((0xFF, marker)))
    return data[:place] + more + data[place:]


def coded_data(data: bytes) -> bytes:
    """What follows the header of the only scan."""
    place = data.index(b"\xff\xda")
    return data[place + 2 + int.from_bytes(data[place + 2 : place + 4], "big") : -2]


def one_scan_each(pictures: Sequence[Pillow.Image]) -> bytes:
    """A baseline JPEG with a scan for every component of every picture, one picture after the other."""
    planes = [plane for picture in pictures for plane in picture.convert("YCbCr").split()]
    first = saved(planes[0], "JPEG")
    frame, scan = first.index(b"\xff\xc0"), first.index(b"\xff\xda")
    width, height = pictures[0].size
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    head = first[:frame] + segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + components)
    tables = first[frame + 2 + int.from_bytes(first[frame + 2 : frame + 4], "big") : scan]
    scans = b"".join(
        segment(0xDA, bytes((1, number % 3 + 1, 0, 0, 63, 0))) + coded_data(saved(plane, "JPEG"))
        for number, plane in enumerate(planes)
    )
    return head + tables + scans + b"\xff\xd9"


def arithmetic(conditions: bytes) -> bytes:
    """The segments of an arithmetic-coded grey picture of 8 by 8, with its conditioning; its data is none."""
    frame = segment(0xC9, struct.pack(">BHHB", 8, 8, 8, 1) + b"\1\x11\0")
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\x34"
    return b"\xff\xd8" + segment(0xDB, bytes(65)) + frame + segment(0xCC, conditions) + scan + b"\xff\xd9"
