"""A TIFF block written whole: every directory complete, and nothing in it but what was asked for."""

from __future__ import annotations

import struct

import piexif
import pytest
from PIL import Image as Pillow

from redact.checks.structure import exif as walk
from redact.formats.carriers import exif, tiff_block
from redact.model import KINDS, Keep

TIME = b"2024:05:06 07:08:09"
FULL: dict[str, dict[int, object]] = {
    "IFD0": {0x0112: 6, 0x0132: TIME, 0x013B: b"Ann"},
    "Exif IFD": {0x829A: (1, 250), 0x9003: TIME, 0x9010: b"+02:00", 0x9204: (-1, 3), 0xA001: 2, 0xA432: ((24, 1),) * 4},
    "GPS IFD": {0: (2, 3, 0, 0), 1: b"N", 2: ((47, 1), (30, 1), (0, 1)), 3: b"E", 4: ((8, 1), (30, 1), (0, 1))},
}
BLOCKS: list[dict[str, dict[int, object]]] = [
    {},
    {"IFD0": {0x0112: 6}},
    {"Exif IFD": {0xA001: 2}},
    {"IFD0": {0x0112: 6}, "Exif IFD": {0xA001: 2}},
    {"IFD0": {0x0132: TIME}, "Exif IFD": {0x9003: TIME}},
    {"GPS IFD": FULL["GPS IFD"]},
    {"GPS IFD": {0: (2, 3, 0, 0)}},
    FULL,
]


@pytest.mark.parametrize("values", BLOCKS)
def test_every_directory_ends_with_the_place_of_no_next_one(values: dict[str, dict[int, object]]) -> None:
    block = tiff_block.written(values)
    places = [8]
    while places:
        place = places.pop()
        (count,) = struct.unpack_from(">H", block, place)
        for number in range(count):
            tag, _, _, value = struct.unpack_from(">HHII", block, place + 2 + 12 * number)
            places += [value] if tag in (0x8769, 0x8825) else []
        assert block[place + 2 + 12 * count :][:4] == bytes(4)


@pytest.mark.parametrize("values", BLOCKS)
def test_readers_find_what_was_written_and_miss_nothing(values: dict[str, dict[int, object]]) -> None:
    block = tiff_block.written(values)
    told = piexif.load(block)
    for name, directory in (("0th", "IFD0"), ("Exif", "Exif IFD"), ("GPS", "GPS IFD")):
        found = {tag: value for tag, value in told[name].items() if tag not in (0x8769, 0x8825)}
        assert found == values.get(directory, {})
    read = Pillow.Exif()
    read.load(b"Exif\0\0" + block)
    assert {*read} == {*values.get("IFD0", ())} | {
        pointer for name, pointer in (("Exif IFD", 0x8769), ("GPS IFD", 0x8825)) if name in values
    }
    assert {*read.get_ifd(0x8769)} == {*values.get("Exif IFD", ())}
    assert {*read.get_ifd(0x8825)} == {*values.get("GPS IFD", ())}


@pytest.mark.parametrize("kinds", [("colour",), ("orientation", "colour"), ("time",), tuple(KINDS)])
def test_what_is_kept_is_admitted_and_kept_again_as_it_is(kinds: tuple[str, ...]) -> None:
    keep = Keep(frozenset(kinds), 10 if len(kinds) > 2 else None)
    fresh = exif.kept(tiff_block.written(FULL), keep)
    assert fresh is not None
    assert walk.inspect(fresh, keep) > 0
    assert exif.kept(fresh, keep) == fresh
