"""The tracks of a film (RFC 9559 5.1.4): which are kept, and what of their descriptions stays.

Kept are those of pictures and of sound, under numbers of our own; refused those whose coding may hide what nobody here
can find, for without them the film is another.
"""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from redact.errors import UnsupportedFormatError
from redact.formats.codings import Coding, coding_of
from redact.formats.matroska import ebml, look, packing, prores, rules, sounds
from redact.formats.matroska.codes import Code
from redact.formats.matroska.packing import Budget, Unpack
from redact.formats.matroska.rules import Rule
from redact.model import Keep

PICTURES, SOUND = 1, 2
"""Types of the tracks that are kept."""

MOST_TRACKS = 126
"""So that a track's number takes one byte in each of its blocks."""

_ONE_HOUR_NS = 3600 * 10**9
_MOST_CHANNELS, _MOST_RATE, _MOST_DEPTH = 255, 6_144_000, 64
_LANGUAGE_LETTERS = 3
_UNDETERMINED = b"und"

_DOLBY_TYPES = frozenset(int.from_bytes(name, "big") for name in (b"dvcC", b"dvvC", b"dvwC"))
_DOLBY_BYTES = 24
_DOLBY_SECOND_LAYER = 0x02

_FLAG = rules.unsigned(0, 1)
_NANOSECONDS = rules.unsigned(0, _ONE_HOUR_NS)


def is_language(content: bytes) -> bool:
    """True for three letters of ISO 639: players choose by them."""
    return len(content) == _LANGUAGE_LETTERS and content.isalpha() and content.islower()


def _mapping(content: bytes) -> bytes | None:
    """Which profile of Dolby Vision the pictures are in; None for additions of other kinds, as those do not stay."""
    children = rules.only(content, (Code.BLOCK_ADD_ID_TYPE, Code.BLOCK_ADD_ID_EXTRA_DATA))
    kind = ebml.unsigned_of(children.get(Code.BLOCK_ADD_ID_TYPE, b""))
    record = children.get(Code.BLOCK_ADD_ID_EXTRA_DATA, b"")
    # A second layer does not stay, and without it what the record says would not hold.
    if kind not in _DOLBY_TYPES or len(record) < 5 or record[3] & _DOLBY_SECOND_LAYER:
        return None
    told = record[:4] + bytes((record[4] & 0xFC,))
    return ebml.written(Code.BLOCK_ADD_ID_TYPE, ebml.unsigned(kind)) + ebml.written(
        Code.BLOCK_ADD_ID_EXTRA_DATA, told.ljust(_DOLBY_BYTES, b"\0")
    )


SOUND_NUMBERS: Mapping[int, Rule] = {
    Code.SAMPLING_FREQUENCY: rules.real(1, _MOST_RATE, 1),
    Code.OUTPUT_SAMPLING_FREQUENCY: rules.real(1, _MOST_RATE, 1),
    Code.CHANNELS: rules.unsigned(1, _MOST_CHANNELS),
    Code.BIT_DEPTH: rules.unsigned(1, _MOST_DEPTH),
    Code.EMPHASIS: rules.unsigned(0, 16),
}


def _sound(content: bytes) -> bytes:
    return rules.master(content, SOUND_NUMBERS)


DESCRIPTION: Mapping[int, Rule] = {
    Code.FLAG_ENABLED: _FLAG,
    Code.FLAG_DEFAULT: _FLAG,
    Code.FLAG_FORCED: _FLAG,
    Code.FLAG_HEARING_IMPAIRED: _FLAG,
    Code.FLAG_VISUAL_IMPAIRED: _FLAG,
    Code.FLAG_TEXT_DESCRIPTIONS: _FLAG,
    Code.FLAG_ORIGINAL: _FLAG,
    Code.FLAG_COMMENTARY: _FLAG,
    Code.FLAG_LACING: _FLAG,
    Code.DEFAULT_DURATION: rules.unsigned(1, _ONE_HOUR_NS),
    Code.DEFAULT_DECODED_FIELD_DURATION: rules.unsigned(1, _ONE_HOUR_NS),
    Code.CODEC_DELAY: _NANOSECONDS,
    Code.SEEK_PRE_ROLL: _NANOSECONDS,
}
"""What is the same for pictures and sound."""

_FFMPEG_NAMES: Mapping[str, str] = {
    "V_MPEG4/ISO/AVC": "h264",
    "V_MPEGH/ISO/HEVC": "hevc",
    "V_MPEGI/ISO/VVC": "vvc",
    "V_AV1": "av1",
    "V_VP8": "vp8",
    "V_VP9": "vp9",
    "V_MPEG4/ISO/SP": "mpeg4",
    "V_MPEG4/ISO/ASP": "mpeg4",
    "V_MPEG4/ISO/AP": "mpeg4",
    "V_MPEG2": "mpeg2video",
    "V_MPEG1": "mpeg1video",
    "V_MJPEG": "mjpeg",
}
"""Codec ID -> FFmpeg's name of the coding."""

_PRORES = "V_PRORES"
_BITMAP = "V_MS/VFW/FOURCC"
_BITMAP_HEADER = struct.Struct("<IiiHH4sIiiII")
_MOST_BITMAP_SIDE = 1 << 16
_BITMAP_NAMES: Mapping[bytes, str] = {
    **dict.fromkeys((b"XVID", b"xvid", b"DIVX", b"divx", b"DX50", b"FMP4", b"MP4V", b"mp4v"), "mpeg4"),
    **dict.fromkeys((b"MJPG", b"mjpg"), "mjpeg"),
    **dict.fromkeys((b"H264", b"h264", b"X264", b"x264", b"AVC1", b"avc1"), "h264"),
    **dict.fromkeys((b"MPG2", b"mpg2"), "mpeg2video"),
}
"""FourCC of Windows' codings -> FFmpeg's name."""

_ALPHA_CODINGS = frozenset(("V_VP8", "V_VP9"))


@dataclass(frozen=True, slots=True)
class Track:
    """A track that is kept.

    source_number: as the blocks of the source name it
    number:        as those of the copy do
    kind:          PICTURES or SOUND
    coding:        of pictures; None for sound
    transparent:   each block may have a second picture beside it, which tells how transparent the first is
    unpack:        what makes a frame whole
    entry:         the element that describes it in the source
    codec:         the codec's ID
    private:       what may stay of its private data
    original_private: the same as it was
    """

    source_number: int
    number: int
    kind: int
    coding: Coding | None
    transparent: bool
    unpack: Unpack
    entry: bytes
    codec: str
    private: bytes
    original_private: bytes

    def written(self, keep: Keep) -> bytes:
        """The element that describes the track in the copy."""
        codec = ebml.written(Code.CODEC_ID, self.codec.encode())
        private = ebml.written(Code.CODEC_PRIVATE, self.private) if self.private else b""
        return ebml.written(
            Code.TRACK_ENTRY,
            ebml.written(Code.TRACK_NUMBER, ebml.unsigned(self.number)),
            ebml.written(Code.TRACK_UID, ebml.unsigned(self.number)),
            ebml.written(Code.TRACK_TYPE, ebml.unsigned(self.kind)),
            rules.master(self.entry, DESCRIPTION),
            self._language(),
            codec + private,
            self._particulars(keep),
        )

    def _language(self) -> bytes:
        """Without the element a track is in English: where that is not said, nothing is."""
        told = rules.only(self.entry, (Code.LANGUAGE, Code.LANGUAGE_BCP47))
        if not told:
            return b""
        code = told.get(Code.LANGUAGE, b"").rstrip(b"\0")
        return ebml.written(Code.LANGUAGE, code if is_language(code) else _UNDETERMINED)

    def _particulars(self, keep: Keep) -> bytes:
        if self.kind == SOUND:
            inside = rules.only(self.entry, (Code.AUDIO,)).get(Code.AUDIO, b"")
            return ebml.written(Code.AUDIO, _sound(inside))
        inside = rules.only(self.entry, (Code.VIDEO,)).get(Code.VIDEO, b"")
        video = ebml.written(Code.VIDEO, look.shown(inside, keep))
        additions = ebml.written(Code.MAX_BLOCK_ADDITION_ID, ebml.unsigned(1)) if self.transparent else b""
        return additions + b"".join(_dolby(self.entry)) + video


def _dolby(entry: bytes) -> Iterator[bytes]:
    """At most one record of Dolby Vision."""
    for element in ebml.elements(entry):
        plain_mapping = _mapping(element.content) if element.code == Code.BLOCK_ADDITION_MAPPING else None
        if plain_mapping is not None:
            yield ebml.written(Code.BLOCK_ADDITION_MAPPING, plain_mapping)
            return


def kept(tracks: bytes, budget: Budget, covers: Container[int] = ()) -> tuple[Track, ...]:
    """The tracks of pictures and sound, from the content of Tracks, in their order.

    budget: for what is packed
    covers: numbers of tracks that do not stay

    Raises UnsupportedFormatError where there are none, or one that cannot be made safe; DamagedFileError.
    """
    entries = [each.content for each in ebml.elements(tracks) if each.code == Code.TRACK_ENTRY]
    numbers = [number_of(entry) for entry in entries]
    if len(set(numbers)) != len(numbers) or 0 in numbers:
        raise ebml.contradiction("the list of tracks")
    wanted = [entry for entry in entries if type_of(entry) in (PICTURES, SOUND) and number_of(entry) not in covers]
    if not wanted or len(wanted) > MOST_TRACKS:
        count = len(wanted) or "no"
        message = f"the film has {count} tracks of pictures or sound: there is nothing to share in it"
        raise UnsupportedFormatError(message)
    return tuple(_track(entry, number, budget) for number, entry in enumerate(wanted, 1))


def number_of(entry: bytes) -> int:
    """The number by which blocks name a track; 0 where it has none."""
    return ebml.unsigned_of(rules.only(entry, (Code.TRACK_NUMBER,)).get(Code.TRACK_NUMBER, b""))


def type_of(entry: bytes) -> int:
    """What a track is of; 0 where it does not say."""
    return ebml.unsigned_of(rules.only(entry, (Code.TRACK_TYPE,)).get(Code.TRACK_TYPE, b""))


def codec_of(entry: bytes) -> str:
    """The ID of a track's coding; empty where it has none."""
    name = rules.only(entry, (Code.CODEC_ID,)).get(Code.CODEC_ID, b"")
    return name.rstrip(b"\0").decode("latin-1")


def _track(entry: bytes, number: int, budget: Budget) -> Track:
    children = tuple(ebml.elements(entry))
    codec, kind = codec_of(entry), type_of(entry)
    told = rules.only(entry, (Code.CODEC_PRIVATE, Code.CONTENT_ENCODINGS, Code.TRACK_TIMESTAMP_SCALE, Code.VIDEO))
    if Code.TRACK_TIMESTAMP_SCALE in told and ebml.real_of(told[Code.TRACK_TIMESTAMP_SCALE]) != 1:
        message = "a track of the film plays at a speed of its own: save it as an ordinary Matroska or MP4 first"
        raise UnsupportedFormatError(message)
    unpack, unpack_private = packing.unpacking(told.get(Code.CONTENT_ENCODINGS, b""), budget)
    private = told.get(Code.CODEC_PRIVATE, b"")
    original = unpack_private(private) if private else private
    coding, private = (None, sounds.cleaned(codec, original)) if kind == SOUND else _coding(codec, original)
    video = tuple(ebml.elements(told.get(Code.VIDEO, b"")))
    transparent = codec in _ALPHA_CODINGS and rules.among(video, Code.ALPHA_MODE, 0) == 1
    source_number = rules.among(children, Code.TRACK_NUMBER, 0)
    return Track(source_number, number, kind, coding, transparent, unpack, entry, codec, private, original)


def _coding(codec: str, private: bytes) -> tuple[Coding, bytes]:
    """The coding of a track of pictures, and what may stay of its private data."""
    if codec == _BITMAP:
        return _windows_coding(private)
    if codec == _PRORES:
        frames = prores.frames_of(private)
        return frames, frames.configuration
    if codec not in _FFMPEG_NAMES:
        message = f"the video is coded as {sounds.named(codec)}: what hides in that is not known here, so convert it"
        raise UnsupportedFormatError(message)
    coding = coding_of(_FFMPEG_NAMES[codec], private)
    return coding, coding.configuration


def _windows_coding(private: bytes) -> tuple[Coding, bytes]:
    """The same for a BITMAPINFOHEADER, behind which the configuration stands."""
    if len(private) < _BITMAP_HEADER.size:
        raise ebml.contradiction("the description of the pictures")
    _, width, height, _, depth, name, *_ = _BITMAP_HEADER.unpack_from(private)
    if not 0 < width <= _MOST_BITMAP_SIDE or not 0 < abs(height) <= _MOST_BITMAP_SIDE or depth > _MOST_DEPTH:
        raise ebml.contradiction("the description of the pictures")
    if name not in _BITMAP_NAMES:
        message = "the video is in an old Windows coding: what hides in that is not known here, so convert it first"
        raise UnsupportedFormatError(message)
    coding = coding_of(_BITMAP_NAMES[name], private[_BITMAP_HEADER.size :])
    size = _BITMAP_HEADER.size + len(coding.configuration)
    header = _BITMAP_HEADER.pack(size, width, height, 1, depth, name, 0, 0, 0, 0, 0)
    return coding, header + coding.configuration


def by_source(tracks: Sequence[Track]) -> Mapping[int, Track]:
    """The tracks by the number that the blocks of the source have."""
    return {track.source_number: track for track in tracks}
