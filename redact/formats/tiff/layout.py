"""How the coded picture of a page is cut into strips or tiles (TIFF 6.0, sections 3, 8 and 15), and where they lie."""

from __future__ import annotations

from dataclasses import dataclass

from redact.formats.tiff.directories import Directory, Span, Tape, decline, refuse

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES = 256, 257, 258, 259, 262, 277
_ROWS_PER_STRIP, _PLANES, _TILE_WIDTH, _TILE_LENGTH, _SUBSAMPLING = 278, 284, 322, 323, 530
_STRIP_TAGS, _TILE_TAGS = (273, 279), (324, 325)
_DEPTHS = (32997, 32998)

UNCOMPRESSED, OLD_JPEG, JPEG, PACKBITS = 1, 6, 7, 32773
LERC = 34887

CODINGS = frozenset({
    UNCOMPRESSED, 2, 3, 4, 5, JPEG, 8, 32766, 32771, 32773, 32809, 32908, 32909, 32946, 34661, 34676, 34677, LERC,
    34925, 50000,
})  # fmt: skip
"""Compressions whose streams hold samples and nothing else, or, as JPEG's, are cleaned here: not those that are files
of their own, with room for metadata (PNG, JPEG 2000, JPEG XL, WebP)."""

_MEANINGS = frozenset({0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 32844, 32845})
YCBCR = 6

_MOST_SAMPLES = 2**16 - 1
MOST_OF_ONE = 16
"""Values where one is due; the first decides."""
_MOST_BITS = 128
_MOST_CHUNKS = 2**20


@dataclass(frozen=True, slots=True)
class Layout:
    """The shape of a page.

    width, length: pixels
    bits:          of each sample
    planes:        1 where samples of a pixel stand together, else one plane for each sample
    across, down:  pixels of a chunk, which is a strip or a tile
    tags:          those of the chunks' places and of their sizes
    subsampling:   pixels across and down that share their chroma
    most_bits:     those of a pixel in its plane, where it has most
    """

    width: int
    length: int
    bits: tuple[int, ...]
    compression: int
    photometric: int
    planes: int
    across: int
    down: int
    tags: tuple[int, int]
    subsampling: tuple[int, int]
    most_bits: int

    @property
    def samples(self) -> int:
        """Numbers in a pixel."""
        return len(self.bits)

    @property
    def chunks(self) -> int:
        """How many strips or tiles there are."""
        return self.planes * self._chunks_in_a_plane

    @property
    def _chunks_in_a_plane(self) -> int:
        return -(-self.width // self.across) * -(-self.length // self.down)

    @property
    def room(self) -> int:
        """Bytes that a chunk of all its rows takes at most, not compressed."""
        return self._bytes_of(self.down, self.most_bits)

    def plain_bytes(self, number: int) -> int:
        """Bytes of a chunk that is not compressed."""
        plane, within = divmod(number, self._chunks_in_a_plane)
        rows = self.down
        if self.tags == _STRIP_TAGS:
            rows = min(self.down, self.length - within * self.down)
        return self._bytes_of(rows, self.bits[plane] if self.planes > 1 else self.most_bits)

    def _bytes_of(self, rows: int, bits: int) -> int:
        if self.subsampling != (1, 1):
            right, below = self.subsampling
            unit = (right * below + 2) * self.bits[0]
            return -(-rows // below) * -(-(-(-self.across // right) * unit) // 8)
        return rows * -(-self.across * bits // 8)


def of(tape: Tape, directory: Directory) -> Layout:
    """The layout of a page. Raises DamagedFileError; UnsupportedFormatError for what nobody here can vouch for."""
    width, length = _side(tape, directory, _WIDTH), _side(tape, directory, _LENGTH)
    samples = _one(tape, directory, _SAMPLES, 1)
    if not 0 < samples <= _MOST_SAMPLES:
        refuse("has a page without samples")
    bits = _bits(tape, directory, samples)
    compression = _one(tape, directory, _COMPRESSION, UNCOMPRESSED)
    if compression not in CODINGS:
        decline("is compressed in a way that cannot be vouched for", "save it with LZW or Deflate")
    photometric = _one(tape, directory, _PHOTOMETRIC, 0)
    if photometric not in _MEANINGS:
        decline("has samples of a meaning that nobody here knows", "save it as grey or RGB")
    if any(_one(tape, directory, tag, 1) != 1 for tag in _DEPTHS):
        decline("is a volume", "save it as a stack of pages")
    planes = _one(tape, directory, _PLANES, 1)
    if planes not in (1, 2):
        refuse("has planes of an unknown order")
    across, down, tags = _chunk(tape, directory, width, length)
    shared = _subsampling(tape, directory, photometric, samples)
    if compression in (UNCOMPRESSED, PACKBITS) and shared != (1, 1) and planes == 2:
        decline("has planes of several sizes", "save it as RGB")
    cut = samples if planes == 2 else 1
    most_bits = sum(bits) if cut == 1 else max(bits)
    layout = Layout(width, length, bits, compression, photometric, cut, across, down, tags, shared, most_bits)
    if layout.chunks > _MOST_CHUNKS:
        refuse("has more strips or tiles than any picture needs")
    return layout


def spans(tape: Tape, directory: Directory, layout: Layout) -> tuple[Span | None, ...]:
    """Where each strip or tile is; None for one that is absent, as sparse files have them. Raises DamagedFileError."""
    places, sizes = (_chunk_numbers(tape, directory, tag, layout.chunks) for tag in layout.tags)
    # Old writers leave out sizes that anybody can reckon.
    told = layout.tags[1] in directory or layout.compression != UNCOMPRESSED
    if not places or (told and not sizes):
        refuse("does not say where its picture is")
    found: list[Span | None] = []
    for number, place in enumerate(places):
        plain = layout.plain_bytes(number)
        untrusted_size = sizes[number] if sizes else plain
        if place == untrusted_size == 0:
            found.append(None)
            continue
        # What stands behind the last row of a chunk is shown by nobody.
        size = plain if layout.compression == UNCOMPRESSED else untrusted_size
        if untrusted_size < size or not size:
            refuse("has a strip or tile that is cut short")
        found.append(tape.within(place, size))
    return tuple(found)


def _chunk_numbers(tape: Tape, directory: Directory, tag: int, count: int) -> tuple[int, ...]:
    """A number for each chunk; none where there is no such entry, or too few of them."""
    entry = directory.entries.get(tag)
    return () if entry is None or entry.count < count else tape.integers(entry, _MOST_CHUNKS)[:count]


def _one(tape: Tape, directory: Directory, tag: int, default: int) -> int:
    """The first integer of a tag; the default where there is no such tag."""
    entry = directory.entries.get(tag)
    if entry is None:
        return default
    numbers = tape.integers(entry, MOST_OF_ONE)
    if not numbers:
        refuse("describes its picture in values of the wrong type")
    return numbers[0]


def _side(tape: Tape, directory: Directory, tag: int) -> int:
    side = _one(tape, directory, tag, 0)
    if not 0 < side < 2**32:
        refuse("has a page without a size")
    return side


def _bits(tape: Tape, directory: Directory, samples: int) -> tuple[int, ...]:
    entry = directory.entries.get(_BITS)
    bits = tape.integers(entry, _MOST_SAMPLES) if entry else (1,)
    # Some writers say once what holds for every sample.
    if len(bits) == 1:
        bits *= samples
    if len(bits) < samples or not all(0 < each <= _MOST_BITS for each in bits):
        refuse("has samples of an impossible size")
    return bits[:samples]


def _chunk(tape: Tape, directory: Directory, width: int, length: int) -> tuple[int, int, tuple[int, int]]:
    if _TILE_WIDTH in directory or _TILE_LENGTH in directory:
        across, down = _side(tape, directory, _TILE_WIDTH), _side(tape, directory, _TILE_LENGTH)
        # Old files give tiles' places under the tags of strips.
        tags = _TILE_TAGS if _TILE_TAGS[0] in directory else _STRIP_TAGS
        if tags == _STRIP_TAGS:
            decline("has tiles under the tags of strips", "save it anew")
        return across, down, tags
    rows = _one(tape, directory, _ROWS_PER_STRIP, length)
    if rows <= 0:
        refuse("has strips without rows")
    return width, min(rows, length), _STRIP_TAGS


def _subsampling(tape: Tape, directory: Directory, photometric: int, samples: int) -> tuple[int, int]:
    if photometric != YCBCR or samples != 3:
        return 1, 1
    entry = directory.entries.get(_SUBSAMPLING)
    shared = tape.integers(entry, 2) if entry else (2, 2)
    if len(shared) != 2 or not set(shared) <= {1, 2, 4}:
        refuse("has chroma of an impossible size")
    return shared[0], shared[1]
