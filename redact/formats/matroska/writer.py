"""A film is written from its start to its end; then the sizes and places that were not known before are filled in.

EBML header, Segment, SeekHead, Info, Tracks, clusters, Cues: one order for all. Sizes of the Segment and of clusters,
and the place of the Cues, take eight bytes; every other number as few as can be.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from redact.errors import UnsupportedFormatError
from redact.formats.matroska import ebml
from redact.formats.matroska.clusters import Piece
from redact.formats.matroska.codes import Code
from redact.formats.matroska.tracks import PICTURES, Track

_PLACE_BYTES = 8
_CUES_APART_NS = 500_000_000
_MOST_CUES = 250_000


def header(doc_type: str) -> bytes:
    """The EBML header: that of version 4, which any reader of version 2 can play."""
    return ebml.written(
        Code.EBML,
        ebml.written(Code.EBML_VERSION, ebml.unsigned(1)),
        ebml.written(Code.EBML_READ_VERSION, ebml.unsigned(1)),
        ebml.written(Code.EBML_MAX_ID_LENGTH, ebml.unsigned(4)),
        ebml.written(Code.EBML_MAX_SIZE_LENGTH, ebml.unsigned(8)),
        ebml.written(Code.DOC_TYPE, doc_type.encode()),
        ebml.written(Code.DOC_TYPE_VERSION, ebml.unsigned(4)),
        ebml.written(Code.DOC_TYPE_READ_VERSION, ebml.unsigned(2)),
    )


class Writer:
    """Writes one film.

    tracks:          those of the film, in their order
    timestamp_scale: nanoseconds in a tick
    """

    def __init__(self, target: BinaryIO, tracks: Iterable[Track], timestamp_scale: int) -> None:
        self._target = target
        self._apart = max(1, _CUES_APART_NS // timestamp_scale)
        numbers = {track.number: track.kind for track in tracks}
        pictures = {number for number, kind in numbers.items() if kind == PICTURES}
        self._cued = pictures or set(numbers)
        self._last_cues: dict[int, int] = {}
        self._cues: list[bytes] = []
        self._body = 0
        self._info_bytes = 0

    def begin(self, doc_type: str, info: bytes, tracks: bytes) -> None:
        """Write all that stands before the clusters: `info` and `tracks` are elements, head and all."""
        self._target.write(header(doc_type) + ebml.identifier(Code.SEGMENT) + ebml.long_size(0))
        self._body = self._target.tell()
        self._info_bytes = len(info)
        self._target.write(self._seek_head(0) + info + tracks)

    def cluster(self, pieces: Iterable[Piece]) -> None:
        """Write a cluster; nothing where there are no pieces."""
        start = self._target.tell()
        size = 0
        for piece in pieces:
            if not size:
                timestamp = ebml.written(Code.TIMESTAMP, ebml.unsigned(piece.cluster))
                self._target.write(ebml.identifier(Code.CLUSTER) + ebml.long_size(0) + timestamp)
                size = len(timestamp)
            self._cue(piece, start, size)
            self._target.write(piece.data)
            size += len(piece.data)
        if size:
            self._fill_in(start + len(ebml.identifier(Code.CLUSTER)), ebml.long_size(size))

    def end(self) -> None:
        """Write what stands behind the clusters, and fill in what is known by now."""
        if not self._cues:
            message = "the film holds no picture and no sound: there is nothing to share in it"
            raise UnsupportedFormatError(message)
        place = self._target.tell() - self._body
        self._target.write(ebml.written(Code.CUES, *self._cues))
        size = self._target.tell() - self._body
        self._fill_in(self._body - ebml.LONG_SIZE_BYTES, ebml.long_size(size) + self._seek_head(place))

    def _fill_in(self, place: int, data: bytes) -> None:
        end = self._target.tell()
        self._target.seek(place)
        self._target.write(data)
        self._target.seek(end)

    def _cue(self, piece: Piece, cluster_start: int, place: int) -> None:
        """Note where a player can jump to: to key frames, some way apart."""
        number = piece.track.number
        last = self._last_cues.get(number)
        # Playing begins at the first block, whatever it says of itself.
        due = last is None or (piece.key and piece.time >= last + self._apart)
        if not due or piece.time < 0 or number not in self._cued or len(self._cues) >= _MOST_CUES:
            return
        self._last_cues[number] = piece.time
        positions = ebml.written(
            Code.CUE_TRACK_POSITIONS,
            ebml.written(Code.CUE_TRACK, ebml.unsigned(number)),
            ebml.written(Code.CUE_CLUSTER_POSITION, ebml.unsigned(cluster_start - self._body)),
            ebml.written(Code.CUE_RELATIVE_POSITION, ebml.unsigned(place)),
        )
        cue_time = ebml.written(Code.CUE_TIME, ebml.unsigned(piece.time))
        self._cues.append(ebml.written(Code.CUE_POINT, cue_time, positions))

    def _seek_head(self, cues: int) -> bytes:
        """Where Info, Tracks and Cues are, relative to the Segment's content; of one size, whatever the places."""
        # The places are of one size, so how long the list is can be told without them.
        own = len(ebml.written(Code.SEEK_HEAD, self._seeks(0, 0, 0)))
        return ebml.written(Code.SEEK_HEAD, self._seeks(own, own + self._info_bytes, cues))

    def _seeks(self, info: int, tracks: int, cues: int) -> bytes:
        places = {Code.INFO: info, Code.TRACKS: tracks, Code.CUES: cues}
        return b"".join(
            ebml.written(
                Code.SEEK,
                ebml.written(Code.SEEK_ID, ebml.identifier(code)),
                ebml.written(Code.SEEK_POSITION, place.to_bytes(_PLACE_BYTES, "big")),
            )
            for code, place in places.items()
        )
