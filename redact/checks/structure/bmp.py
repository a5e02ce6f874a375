"""BMP: a strict walk (Microsoft, "Bitmap Storage"; OS/2 Presentation Manager).

Location hides in gaps, reserved fields, the padding of rows, bits of pixels that no mask covers, behind the pixels, and
in a linked profile, which is a path. Allowed are header, masks, palette and pixels, one right behind the other, with
zeros as padding and the bits of no mask the same in all pixels, and, as kept, a colour space of rounded numbers or a
profile behind the pixels.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from itertools import islice

import numpy as np

from redact.checks.reading import Buffer, demand, take
from redact.checks.structure import icc
from redact.checks.structure.picture import Still
from redact.model import Keep

_FILE = 14
_OS2, _V4, _V5 = 64, 108, 124
_SIZES = (12, 40, 52, 56, _OS2, _V4, _V5)
_CODINGS = {0: (1, 2, 4, 8, 16, 24, 32), 1: (8,), 2: (4,), 3: (16, 32), 6: (16, 32)}
_SRGB, _WINDOWS, _EMBEDDED = b"BGRs", b" niW", b"DEBM"
_CALIBRATED = bytes(4)
_DENSEST = 999_999
_ROUND = ((9, 30, 100_000, range((1 << 30) + 1)), (3, 16, 1_000, (0, *range(6_553, 655_361))))
"""How many numbers, bits behind their point, steps they are rounded to, and values: end points, gammas."""


@dataclass(frozen=True)
class Layout:
    """What the headers tell: of what kind the pixels are, and where.

    header:  bytes of the header behind the file's own
    height:  negative where the top row is stored first
    table:   where the palette begins
    colours: how many entries it has
    pixels:  where they begin
    """

    header: int
    width: int
    height: int
    depth: int
    coding: int
    table: int
    colours: int
    pixels: int

    @property
    def entry(self) -> int:
        """Bytes of a colour of the palette."""
        return 3 if self.header == 12 else 4

    @property
    def stride(self) -> int:
        """Bytes from row to row."""
        return -(-self.width * self.depth // 32) * 4

    @property
    def kind(self) -> str:
        """All of it that decides what the pixels mean."""
        return f"{self.width}x{self.height} {self.depth} {self.coding} {self.entry}"


def inspect(data: Buffer, keep: Keep) -> int:
    """How many parts a BMP has: headers, palette, pixels, profile. Raises Flaw unless nothing else is in it."""
    layout = _layout(data)
    _, declared, reserved, start = struct.unpack("<2sIII", take(data, 0, _FILE, len(data)))
    demand(declared == len(data), "the file is not of the size it tells")
    demand(reserved == 0, "a reserved field is not zero")
    demand(start == layout.table + layout.colours * layout.entry, "there are bytes before the pixels")
    pixels, end = _pixels(data, layout)
    demand(pixels == data[layout.pixels : end], "padding is not zero")
    profile = 0
    if layout.header != 12:
        _demand_plain(data, layout, end)
    if layout.header >= _V4:
        profile = _profile_bytes(data, layout, keep, end)
    demand(end + profile == len(data), f"{len(data) - end - profile} bytes after the pixels")
    return 3 + (layout.colours > 0) + (profile > 0)


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    layout = _layout(data)
    pixels, end = _pixels(data, layout)
    coded = (
        (layout.kind, 0, 0),
        ("masks", *_masks(layout)),
        ("palette", layout.table, layout.table + layout.colours * layout.entry),
        # Padding is no pixel, and may differ: the digest is of the pixels alone.
        (f"pixels {hashlib.blake2b(pixels).hexdigest()}", 0, 0),
    )
    return Still((layout.width, abs(layout.height)), 1, frozenset({1}), 3, _embedded(data, layout, end), (1, 1), coded)


def _layout(data: Buffer) -> Layout:
    """The headers, checked against each other and the file's size."""
    head = take(data, 0, _FILE + 12, len(data))
    size, pixels = int.from_bytes(head[14:18], "little"), int.from_bytes(head[10:14], "little")
    demand(head[:2] == b"BM" and size in _SIZES, "there is no header of a known kind")
    coding = used = 0
    if size == 12:
        width, height, _, depth = struct.unpack("<4H", head[18:26])
    else:
        raw = take(data, _FILE, size, len(data))
        width, height, _, depth, coding, _, _, _, used, _ = struct.unpack_from("<iiHHIIiiII", raw, 4)
    demand(depth in _CODINGS.get(coding, ()) and (size != _OS2 or coding < 3), "there are pixels in an unknown coding")
    demand(width > 0 and height != 0 and (height > 0 or coding not in (1, 2)), "the picture has no size")
    table = _FILE + size + ({3: 12, 6: 16}.get(coding, 0) if size == 40 else 0)
    demand(table <= pixels <= len(data), "the pixels lie outside")
    entry = 3 if size == 12 else 4
    most = 1 << depth if depth <= 8 else 0
    colours = min(used or most, most, (pixels - table) // entry)
    return Layout(size, width, height, depth, coding, table, colours, pixels)


def _pixels(data: Buffer, layout: Layout) -> tuple[bytes, int]:
    """The pixels with zeros for padding, and where they end."""
    if layout.coding in (1, 2):
        return _runs(data, layout)
    end = layout.pixels + layout.stride * abs(layout.height)
    demand(end <= len(data), "the pixels end too early")
    rows = np.frombuffer(bytes(data[layout.pixels : end]), np.uint8).reshape(-1, layout.stride).copy()
    whole, rest = divmod(layout.width * layout.depth, 8)
    if whole < layout.stride:
        rows[:, whole] &= 256 - (256 >> rest)
        rows[:, whole + 1 :] = 0
    if layout.depth in (16, 32):
        _clear_unused(rows, data, layout)
    return rows.tobytes(), end


def _clear_unused(rows: np.ndarray, data: Buffer, layout: Layout) -> None:
    """Set to zero what of each pixel is no colour's, but where it is all ones in all of them."""
    size = layout.depth // 8
    unused = np.full(size, 255, np.uint8)
    first, last = _masks(layout)
    # Without masks a pixel has five bits for each colour, or a byte.
    masks = bytes(data[first:last]) or {2: b"\xff\x7f\0\0", 4: b"\xff\xff\xff\0"}[size]
    for place in range(0, len(masks), 4):
        unused &= ~np.frombuffer(masks[place : place + size], np.uint8)
    pixels = rows[:, : layout.width * size].reshape(len(rows), -1, size)
    # Masks of nothing are taken for bytes, all of them used.
    if any(masks) and not (pixels & unused == unused).all():
        pixels &= ~unused


def _runs(data: Buffer, layout: Layout) -> tuple[bytes, int]:
    """As `_pixels`, for runs."""
    raw = bytes(data[layout.pixels :])
    packed = 2 if layout.coding == 2 else 1
    pieces, place, column, row = [], 0, 0, 0
    while True:
        demand(place + 2 <= len(raw), "the pixels end too early")
        first, second = raw[place : place + 2]
        literal = -(-second // packed) if not first and second > 2 else 2 * (first == 0 and second == 2)
        stop = place + 2 + literal + literal % 2
        demand(stop <= len(raw), "the pixels end too early")
        piece = bytearray(raw[place : place + 2 + literal])
        if literal and second > 2 and second % packed:
            piece[-1] &= 0xF0
        pieces.append(bytes(piece) + bytes(literal % 2))
        place = stop
        if first == 0 and second == 1:
            return b"".join(pieces), layout.pixels + place
        if first == 0 and second == 0:
            column, row = 0, row + 1
        elif first == 0 and second == 2:
            column, row = column + piece[2], row + piece[3]
        else:
            column += first or second
        inside = row < layout.height or (row == layout.height and not column)
        demand(inside and column <= layout.stride * packed, "there are more pixels than the picture has")


def _masks(layout: Layout) -> tuple[int, int]:
    """Where the masks of the colours begin and end."""
    if layout.coding not in (3, 6):
        return 0, 0
    return _FILE + 40, max(layout.table if layout.header == 40 else min(_FILE + layout.header, _FILE + 56), 0)


def _demand_plain(data: Buffer, layout: Layout, end: int) -> None:
    """Raise Flaw unless the fields that do not decide what is shown are of the form they have to be of."""
    raw = take(data, _FILE, layout.header, len(data))
    planes, _, _, size, across, down, used, important = struct.unpack_from("<HHIIiiII", raw, 12)
    demand(planes == 1 and important == 0, "the header tells more than is needed")
    demand(size == end - layout.pixels, "the header tells another size of the pixels")
    demand(used in (0, layout.colours), "the header tells another number of colours")
    demand(across == down and 0 <= across <= _DENSEST, "the density is of a form that is not allowed")
    if layout.header == _OS2:
        demand(not any(raw[40:]), "the header tells of halftoning")
        return
    masks = raw[40:56] or take(data, _FILE + 40, layout.table - _FILE - 40, len(data))
    for (mask,) in struct.iter_unpack("<I", masks):
        demand(mask < 1 << layout.depth and "0" not in f"{mask:b}".strip("0"), "a mask is none")


def _profile_bytes(data: Buffer, layout: Layout, keep: Keep, end: int) -> int:
    """How long the profile behind the pixels is. Raises Flaw unless what is told of colour may be told."""
    raw = take(data, _FILE, layout.header, len(data))
    space, points = raw[56:60], raw[60:108]
    kept = (_CALIBRATED, _WINDOWS, _SRGB, _EMBEDDED) if "colour" in keep else (_SRGB,)
    demand(space in kept, "the colour space is not allowed")
    demand(space == _CALIBRATED or not any(points), "there are end points of no colour space")
    demand(_are_round(points), "the end points are of no colour space, or finer than any")
    if layout.header == _V4:
        demand(space != _EMBEDDED, "there is a profile in a header that has none")
        return 0
    intent, place, size, reserved = struct.unpack_from("<4I", raw, 108)
    demand(intent in ((0, 1, 2, 4, 8) if "colour" in keep else (0,)), "the rendering intent is not allowed")
    demand(reserved == 0, "a reserved field is not zero")
    if space != _EMBEDDED:
        demand(place == size == 0, "there is a profile that nothing uses")
        return 0
    profile = take(data, _FILE + place, size, len(data))
    demand(_FILE + place == end and size > 0 and icc.sound(profile) == profile, "the profile is none")
    return int(size)


def _are_round(points: bytes) -> bool:
    """True when each number is in its range, and is one of few digits as nearly as its bits can tell."""
    numbers = iter(struct.unpack("<12I", points))
    return all(
        number in values
        and any(
            number == (near * (1 << bits) + steps // 2 * up) // steps
            for up in (0, 1)
            for near in (number * steps >> bits, (number * steps >> bits) + 1)
        )
        for count, bits, steps, values in _ROUND
        for number in islice(numbers, count)
    )


def _embedded(data: Buffer, layout: Layout, end: int) -> bytes:
    """The ICC profile behind the pixels; empty where there is none."""
    if layout.header != _V5 or data[_FILE + 56 : _FILE + 60] != _EMBEDDED:
        return b""
    place, size = struct.unpack("<II", data[_FILE + 112 : _FILE + 120])
    start = _FILE + place
    return icc.sound(bytes(data[start : start + size])) if end <= start and start + size <= len(data) else b""
