"""How a page is cut into strips or tiles, and what its samples are: all that decides what its bytes show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from redact.checks.reading import Flaw
from redact.checks.structure.tiff import endings
from redact.checks.structure.tiff.directories import Bones, Directory

PLAIN, JPEG = 1, 7
STRIPS, TILES = (273, 279), (324, 325)

_MOST_CHUNKS = 1 << 20
_MOST_PIXEL_BYTES = 1 << 34
_DECIDING = (266, 292, 293, 317, 332, 338, 339, 50674)
"""Tags of whole numbers that decide how a page decodes, beside those that are read here one by one."""


@dataclass(frozen=True)
class Shape:
    """A page: its size in pixels, the bits of each sample, coding, meaning, and the size of its strips or tiles."""

    size: tuple[int, int]
    bits: tuple[int, ...]
    coding: int
    meaning: int
    separate: bool
    cut: tuple[int, int]
    tags: tuple[int, int]
    shared: tuple[int, int]
    others: tuple[tuple[int, ...], ...]

    @property
    def across(self) -> int:
        """Strips or tiles side by side."""
        return -(-self.size[0] // self.cut[0])

    @property
    def down(self) -> int:
        """Strips or tiles one below the other."""
        return -(-self.size[1] // self.cut[1])

    @property
    def count(self) -> int:
        """Strips or tiles in all."""
        return self.across * self.down * (len(self.bits) if self.separate else 1)

    @cached_property
    def most_bits(self) -> int:
        """Bits of a pixel, in its plane where it has most of them."""
        return max(self.bits) if self.separate else sum(self.bits)

    @property
    def room(self) -> int:
        """Bytes of a strip or tile that has all of its rows, without compression."""
        return self._bytes(self.cut[1], self.most_bits)

    def plain(self, index: int) -> int:
        """Bytes of a strip or tile without compression."""
        plane, place = divmod(index, self.across * self.down)
        height = self.cut[1]
        if self.tags == STRIPS:
            height = min(height, self.size[1] - height * place)
        return self._bytes(height, self.bits[plane] if self.separate else self.most_bits)

    def _bytes(self, height: int, bits: int) -> int:
        width = self.cut[0]
        if self.shared != (1, 1):
            units, rows = -(-width // self.shared[0]), -(-height // self.shared[1])
            return rows * ((units * (self.shared[0] * self.shared[1] + 2) * self.bits[0] + 7) // 8)
        return height * ((width * bits + 7) // 8)


def shape(bones: Bones, page: Directory) -> Shape:
    """The shape of a page. Raises Flaw when it has none."""

    def one(tag: int, default: int = 0) -> int:
        return (bones.numbers(page.get(tag)) or (default,))[0]

    size, samples, coding, meaning = (one(256), one(257)), one(277, 1), one(259, PLAIN), one(262)
    bits = bones.numbers(page.get(258)) or (1,)
    if len(bits) == 1:
        bits *= min(samples, 1 << 16)
    tiled = page.get(322) is not None or page.get(323) is not None
    cut = (one(322), one(323)) if tiled else (size[0], min(one(278, size[1]), size[1]))
    planes = one(284, 1)
    shared = bones.numbers(page.get(530)) if page.get(530) else (2, 2)
    if meaning != 6 or samples != 3:
        shared = (1, 1)
    sound = min(*size, *cut, samples) > 0 and len(bits) >= samples and min(bits) > 0 and planes in (1, 2)
    if not sound or len(shared) != 2 or min(shared) <= 0:
        message = "a page does not say what its samples are"
        raise Flaw(message)
    others = (*(bones.numbers(page.get(tag)) for tag in _DECIDING), (one(254) & 7,))
    found = Shape(
        size,
        bits[:samples],
        coding,
        meaning,
        planes == 2,
        cut,
        TILES if tiled else STRIPS,
        (shared[0], shared[1]),
        others,
    )
    if found.count > _MOST_CHUNKS:
        message = "a page has more strips or tiles than any picture needs"
        raise Flaw(message)
    return found


def chunks(bones: Bones, page: Directory, found: Shape) -> tuple[tuple[int, int], ...]:
    """Start and end of every strip or tile; (0, 0) for an absent one. Raises Flaw for one outside the file.

    What is not compressed ends where its last row does, and a stream where it says, whatever the directory says.
    """
    places, sizes = (bones.numbers(page.get(tag)) for tag in found.tags)
    if found.coding == PLAIN and page.get(found.tags[1]) is None:
        sizes = tuple(found.plain(index) for index in range(len(places[: found.count])))
    if min(len(places), len(sizes)) < found.count:
        message = "a page does not say where its strips or tiles are"
        raise Flaw(message)
    spans = []
    for index, (start, told) in enumerate(zip(places[: found.count], sizes[: found.count], strict=True)):
        size = found.plain(index) if found.coding == PLAIN and (start or told) else told
        if (start or size) and not bones.head <= start < start + size <= len(bones.data):
            message = "a strip or tile lies outside the file"
            raise Flaw(message)
        spans.append((start, start + size))
    return tuple(spans) if found.coding not in endings.CODINGS else _ended(bones, page, found, spans)


def _ended(bones: Bones, page: Directory, found: Shape, spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans up to the end of their streams."""
    fill_order = (bones.numbers(page.get(266)) or (1,))[0]
    known: dict[tuple[int, int, int], int] = {}
    ended = []
    for index, (start, stop) in enumerate(spans):
        reading = start, stop, found.plain(index)
        if stop and reading not in known:
            if found.room * (len(known) + 1) > _MOST_PIXEL_BYTES:
                message = "a page has more pixels than can be looked at"
                raise Flaw(message)
            pixels = found.plain(index), found.room
            known[reading] = endings.end(bones.data, start, stop, found.coding, pixels, fill_order)
        ended.append((start, known[reading] if stop else 0))
    return tuple(ended)
