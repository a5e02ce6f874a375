"""The clusters of a film (RFC 9559 5.1.3): each block of a kept track, cleaned as its coding needs.

Dropped: blocks of other tracks, positions and sizes of clusters, additions to a block but for its transparency, and
whatever else is in a cluster or a group. Refused: a film that changes its coding on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from redact.errors import UnsupportedFormatError
from redact.formats.codings import vpx
from redact.formats.matroska import blocks, ebml, rules
from redact.formats.matroska.codes import Code
from redact.formats.matroska.ebml import Element, Reader, Span
from redact.formats.matroska.tracks import Track

_MOST_TIMESTAMP = 1 << 56
_MOST_TICKS = 1 << 40
_MOST_REFERENCES = 32
_TRANSPARENCY = 1
_KEYS = {"V_VP8": vpx.is_vp8_key, "V_VP9": vpx.is_vp9_key}


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a cluster as it is written.

    cluster: time of the cluster, ticks
    time:    of the block, ticks
    key:     decoding can begin here
    data:    a SimpleBlock or BlockGroup, head and all
    """

    track: Track
    cluster: int
    time: int
    key: bool
    data: bytes


@dataclass(slots=True)
class Walk:
    """The clusters of a film, in order.

    tracks: those that are kept, by the number in the source
    begun:  numbers of tracks whose transparency has begun
    """

    reader: Reader
    tracks: Mapping[int, Track]
    begun: set[int] = field(default_factory=set)

    def pieces(self, cluster: Span) -> Iterator[Piece]:
        """The blocks of the cluster that are kept, in order. Raises DamagedFileError, UnsupportedFormatError."""
        timestamp = None
        for span in self.reader.spans(cluster.body, cluster.end or cluster.body):
            if span.code == Code.TIMESTAMP:
                untrusted_time = ebml.unsigned_of(self.reader.content(span))
                if untrusted_time >= _MOST_TIMESTAMP or timestamp not in (None, untrusted_time):
                    raise ebml.contradiction("the time of a cluster")
                timestamp = untrusted_time
            elif span.code in (Code.SIMPLE_BLOCK, Code.BLOCK_GROUP):
                if timestamp is None:
                    raise ebml.contradiction("a cluster without a time")
                yield from self._kept(Element(span.code, self.reader.content(span)), timestamp)

    def _kept(self, element: Element, cluster: int) -> Iterator[Piece]:
        """The piece that an element of a cluster becomes; none for a track that is not kept."""
        if element.code == Code.SIMPLE_BLOCK:
            track = self.tracks.get(blocks.track_of(element.content))
            if track is not None:
                block = _cleaned(element.content, track, blocks.SIMPLE_FLAGS)
                data = ebml.written(Code.SIMPLE_BLOCK, block.written())
                yield Piece(track, cluster, cluster + block.time, bool(block.flags & blocks.KEY_FRAME), data)
            return
        children = element.children
        found = [child.content for child in children if child.code == Code.BLOCK]
        if len(found) > 1:
            raise ebml.contradiction("a group of blocks")
        track = self.tracks.get(blocks.track_of(found[0])) if found else None
        if track is not None:
            yield self._grouped(children, found[0], cluster, track)

    def _grouped(self, children: Sequence[Element], content: bytes, cluster: int, track: Track) -> Piece:
        """A BlockGroup of the block, its transparency, how long it is shown, and what it is predicted from."""
        if any(child.code == Code.CODEC_STATE for child in children):
            message = "the film changes its coding on the way: save it as an ordinary Matroska or MP4 first"
            raise UnsupportedFormatError(message)
        block = _cleaned(content, track, blocks.GROUPED_FLAGS)
        references = [ebml.signed_of(child.content) for child in children if child.code == Code.REFERENCE_BLOCK]
        parts = [
            ebml.written(Code.BLOCK, block.written()),
            *self._transparency(children, track),
            *_numbers(children, Code.BLOCK_DURATION),
            *(ebml.written(Code.REFERENCE_BLOCK, ebml.signed(_reference(value))) for value in references),
            *_numbers(children, Code.DISCARD_PADDING),
        ]
        if len(references) > _MOST_REFERENCES:
            raise ebml.contradiction("a group of blocks")
        return Piece(track, cluster, cluster + block.time, not references, ebml.written(Code.BLOCK_GROUP, *parts))

    def _transparency(self, children: Sequence[Element], track: Track) -> Iterator[bytes]:
        """The second picture of a block, which is coded as the first is; the film's first one needs no other."""
        if not track.transparent or track.coding is None:
            return
        for more in (more for child in children if child.code == Code.BLOCK_ADDITIONS for more in child.children):
            if more.code == Code.BLOCK_MORE and rules.among(more.children, Code.BLOCK_ADD_ID, 1) == _TRANSPARENCY:
                frame = next((each.content for each in more.children if each.code == Code.BLOCK_ADDITIONAL), b"")
                clean = track.coding.cleaned(frame)
                if track.number not in self.begun and not _KEYS[track.codec](clean):
                    raise ebml.contradiction("the transparency of the pictures")
                self.begun.add(track.number)
                parts = (
                    ebml.written(Code.BLOCK_ADDITIONAL, clean),
                    ebml.written(Code.BLOCK_ADD_ID, ebml.unsigned(_TRANSPARENCY)),
                )
                yield ebml.written(Code.BLOCK_ADDITIONS, ebml.written(Code.BLOCK_MORE, *parts))
                return


def _cleaned(content: bytes, track: Track, flags: int) -> blocks.Block:
    return blocks.read(content).changed(track.number, flags, lambda frame: cleaned(track, frame))


def cleaned(track: Track, packed: bytes) -> bytes:
    """A frame with what may stay. Raises UnsupportedFormatError when that is nothing, DamagedFileError."""
    frame = track.unpack(packed)
    if track.coding is None or not frame:
        return frame
    clean = track.coding.cleaned(frame)
    if not clean:
        message = "a coded picture of the film holds messages and no picture: save it as an ordinary MP4 first"
        raise UnsupportedFormatError(message)
    return clean


def _numbers(children: Sequence[Element], code: Code) -> Iterator[bytes]:
    """The one number of that kind, where it is one that a film can need."""
    values = {child.content for child in children if child.code == code}
    if len(values) > 1:
        raise ebml.contradiction("a group of blocks")
    for content in values:
        value = ebml.signed_of(content) if code == Code.DISCARD_PADDING else ebml.unsigned_of(content)
        if abs(value) >= _MOST_TICKS:
            raise ebml.contradiction("how long a block is shown")
        yield ebml.written(code, ebml.signed(value) if code == Code.DISCARD_PADDING else ebml.unsigned(value))


def _reference(value: int) -> int:
    if abs(value) >= _MOST_TICKS:
        raise ebml.contradiction("what a block is predicted from")
    return value
