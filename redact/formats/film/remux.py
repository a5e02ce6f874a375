"""Packets from one film into another, by FFmpeg: demuxed, cleaned of messages, muxed, never decoded.

Every packet is accounted for: the samples that the tables promise have to come, whole and in order, or the film is
damaged.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from redact import ffmpeg
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats import boxes
from redact.formats.boxes import Layout, number
from redact.formats.codings import nal
from redact.formats.film import movie
from redact.formats.film.movie import Movie, Track
from redact.formats.film.sink import Sink
from redact.model import Field

_SAMPLED_PACKETS = 60
"""How many packets of video are searched for messages to name: cameras put them into every picture or key frame."""

_SOUNDS = frozenset(("aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus", "flac", "amr_nb", "amr_wb", "dts"))
BLOCK_TICKS = 1024
"""Samples of uncompressed sound in a packet; as many as FFmpeg's own demuxer puts into one."""

_MOST_TICKS = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A film, open for reading, and what its index says.

    brand:     four bytes; empty for a QuickTime file older than brands
    fragments: track -> samples in fragments
    """

    source: BinaryIO
    movie: Movie
    brand: bytes
    fragments: Counter[int]

    @property
    def container(self) -> str:
        """FFmpeg's name of the muxer that writes this kind of film."""
        return "mov" if self.brand in (b"qt  ", b"") else "mp4"


def film_of(source: BinaryIO) -> Film:
    """A film whose index says that it can be made safe.

    Raises DamagedFileError, UnsupportedFormatError.
    """
    layout = boxes.layout(source)
    read = movie.read(layout.index(source))
    movie.check_promises(read, layout.size)
    for track in (read.film, *read.sounds):
        movie.check_edits(track)
        if not read.fragmented:
            movie.check_tables(track)
    brands = [span.read(source).payload[:4] for span in layout.of(b"ftyp")[:1]]
    return Film(source, read, brands[0] if brands else b"", _fragment_samples(source, layout))


def _fragment_samples(source: BinaryIO, layout: Layout) -> Counter[int]:
    """Track -> how many samples its fragments promise."""
    samples: Counter[int] = Counter()
    for span in layout.of(b"moof"):
        for fragment in span.read(source).children():
            header = fragment.child(b"tfhd") if fragment.code == b"traf" else None
            if header:
                runs = (box for box in fragment.children() if box.code == b"trun")
                samples[number(header.payload, 4, 4)] += sum(number(run.payload, 4, 4) for run in runs)
    return samples


def message_fields(source: BinaryIO, film: Track) -> Iterator[Field]:
    """A field for each kind of message inside the first coded pictures of a film."""
    with _opened(source) as demuxer:
        stream = _video(demuxer, film)
        units = _units(stream)
        seen = dict.fromkeys(units.told)
        for packet in itertools.islice(demuxer.demux(stream), _SAMPLED_PACKETS):
            seen.update(dict.fromkeys(units.messages(bytes(packet))))
    where = f"{'H.264' if units.coding == 'h264' else 'HEVC'} SEI"
    for named in seen:
        yield Field(*named, where)


def remux(original: Film, painted: Film, sink: Sink) -> None:
    """Write the coded pictures of `painted` with the sound of `original`, and an index of FFmpeg's own.

    The two may be the same. Raises DamagedFileError, UnsupportedFormatError, MediaError where FFmpeg cannot write it.
    """
    lead = _lead(painted)
    with ExitStack() as stack:
        heard = stack.enter_context(_opened(original.source))
        seen = heard if painted is original else stack.enter_context(_opened(painted.source))
        film = _video(seen, painted.movie.film)
        sounds = [_sound(heard, track) for track in original.movie.sounds]
        packets = _merged(original, painted, heard, seen, sounds)
        units = _units(film)
        muxer = stack.enter_context(_muxer(sink, original, [film, *sounds]))
        copies = {stream: _copied(muxer, stream) for stream in (film, *sounds)}
        copies[film].codec_context.extradata = units.configuration
        for packet in _regrouped(packets):
            stream = packet.stream
            ready = _picture(packet, units, lead) if stream is film else packet
            ready.stream = copies[stream]
            muxer.mux(ready)


def _merged(
    original: Film, painted: Film, heard: InputContainer, seen: InputContainer, sounds: Sequence[AudioStream]
) -> Iterator[Packet[Stream]]:
    """The packets of the film and of the sounds, in the order in which they are to be decoded."""
    film = _video(seen, painted.movie.film)
    if seen is heard:
        yield from _packets(original, heard, [film, *sounds], Counter())
        return
    hidden = _video(heard, original.movie.film)
    was, now = Counter[Stream](), Counter[Stream]()
    others = (packet for packet in _packets(original, heard, [hidden, *sounds], was) if packet.stream is not hidden)
    yield from heapq.merge(_packets(painted, seen, [film], now), others, key=_decoding_time)
    if was[hidden] != now[film]:
        message = f"{now[film]} pictures were painted where the film shows {was[hidden]}: nothing can be made of it"
        raise DamagedFileError(message)


def _decoding_time(packet: Packet[Stream]) -> Fraction:
    return (packet.dts or 0) * packet.time_base


def _packets(
    film: Film, demuxer: InputContainer, streams: Sequence[Stream], shown: Counter[Stream]
) -> Iterator[Packet[Stream]]:
    """Every packet of the streams, each one sound. Counts those that are shown, and misses none.

    Raises DamagedFileError where one is cut, has no time, or does not come.
    """
    came: Counter[Stream] = Counter()
    for packet in demuxer.demux(list(streams)):
        stream = packet.stream
        if not packet.size and packet.dts is None:
            continue
        if packet.is_corrupt or packet.pts is None or packet.dts is None:
            message = f"packet {came[stream]} of the {stream.type} cannot be read whole: get an undamaged original"
            raise DamagedFileError(message)
        came[stream] += 1
        shown[stream] += not packet.is_discard
        yield packet
    for stream in streams:
        promised = _promised(film, stream)
        if came[stream] != promised:
            message = f"{came[stream]} of {promised} packets of the {stream.type} are there: get an undamaged original"
            raise DamagedFileError(message)


def _regrouped(packets: Iterator[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """The packets, those of uncompressed sound cut anew into blocks of BLOCK_TICKS.

    FFmpeg's demuxer cuts such sound where the chunks of a file end and its muxer decides where they do: without this a
    second strip would find other packets than the first.
    """
    blocks: dict[Stream, _Block] = {}
    for packet in packets:
        stream = packet.stream
        if isinstance(stream, AudioStream) and stream.codec_context.name.startswith("pcm_"):
            block = blocks.setdefault(stream, _Block(stream))
            yield from block.fed(packet)
        else:
            yield packet
    for block in blocks.values():
        yield from block.rest()


class _Block:
    """Uncompressed sound of one track that waits to fill a block."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._bytes = bytearray()
        self._start = 0
        self._frame_bytes = 1

    def fed(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """The blocks that are full with this packet. A gap in time, or an odd packet, ends a block early."""
        ticks, time = packet.duration or 0, packet.pts or 0
        if not ticks or packet.size % ticks:
            yield from self.rest()
            yield packet
            return
        if packet.size // ticks != self._frame_bytes or time != self._start + len(self._bytes) // self._frame_bytes:
            yield from self.rest()
            self._start, self._frame_bytes = time, packet.size // ticks
        self._bytes += bytes(packet)
        while len(self._bytes) >= BLOCK_TICKS * self._frame_bytes:
            yield self._cut(BLOCK_TICKS)

    def rest(self) -> Iterator[Packet[Stream]]:
        """What is left, as a block that is not full."""
        if self._bytes:
            yield self._cut(len(self._bytes) // self._frame_bytes)

    def _cut(self, ticks: int) -> Packet[Stream]:
        size = ticks * self._frame_bytes
        block: Packet[Stream] = Packet(bytes(self._bytes[:size]))
        block.stream = self._stream
        block.pts = block.dts = self._start
        block.duration, block.is_keyframe = ticks, True
        block.time_base = self._stream.time_base or Fraction(1)
        del self._bytes[:size]
        self._start += ticks
        return block


def _promised(film: Film, stream: Stream) -> int:
    """How many packets the tables hold for a stream; those of fragments have been read by now."""
    if not film.movie.fragmented:
        return len(stream.index_entries)
    track = next(track for track in film.movie.tracks if track.number == stream.id)
    return film.fragments[stream.id] + movie.samples_in_tables(track)


def _lead(film: Film) -> int:
    """Ticks by which pictures have to be decoded earlier so that none is shown before it is decoded.

    Some cameras write negative composition offsets, which FFmpeg hands on; it writes a copy only without them.
    """
    if not film.movie.fragmented and not movie.earliest_composition(film.movie.film):
        return 0
    with _opened(film.source) as demuxer:
        packets = demuxer.demux(_video(demuxer, film.movie.film))
        return max((p.dts - p.pts for p in packets if p.dts is not None and p.pts is not None), default=0)


def _picture(packet: Packet[Stream], units: nal.Units, lead: int) -> Packet[Stream]:
    """The packet with nothing in it but what may stay."""
    coded = bytes(packet)
    clean = units.cleaned(coded)
    if clean is not coded:
        copy: Packet[Stream] = Packet(clean)
        copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
        copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
        packet = copy
    if lead > 0 and packet.dts is not None:
        packet.dts -= lead
    return packet


@contextmanager
def _opened(source: BinaryIO) -> Iterator[InputContainer]:
    """A demuxer; whatever keeps its packets from going where they belong is damage."""
    with ffmpeg.demuxer(source) as demuxer, ffmpeg.reading("the film cannot be read whole"):
        yield demuxer


def _muxer(sink: Sink, original: Film, streams: Sequence[Stream]) -> AbstractContextManager[OutputContainer]:
    """A muxer that counts in the source's own ticks."""
    film = next(stream for stream in streams if isinstance(stream, VideoStream))
    options = {
        "write_tmcd": "0",
        "video_track_timescale": str(_ticks(film)),
        "movie_timescale": str(_common_ticks([_ticks(film), original.movie.timescale, *map(_ticks, streams)])),
    }
    return ffmpeg.muxer(sink, original.container, options)


def _ticks(stream: Stream) -> int:
    """Ticks per second in which FFmpeg writes a stream."""
    if isinstance(stream, AudioStream):
        return stream.codec_context.sample_rate
    return stream.time_base.denominator if stream.time_base else 1


def _common_ticks(wanted: Sequence[int]) -> int:
    """A time scale in which edits of all streams are whole numbers; of as many as fit into 31 bits."""
    common = 1
    for ticks in wanted:
        together = math.lcm(common, max(ticks, 1))
        common = together if together <= _MOST_TICKS else common
    return common


def _copied(muxer: OutputContainer, stream: Stream) -> Stream:
    """A stream of the copy with the parameters of one of the source."""
    copy = muxer.add_stream_from_template(stream, opaque=True)
    copy.codec_context.codec_tag = stream.codec_context.codec_tag
    return copy


def _video(demuxer: InputContainer, track: Track) -> VideoStream:
    found = _stream(demuxer, track)
    if not isinstance(found, VideoStream) or found.codec_context.name not in ("h264", "hevc"):
        message = "the video is not what its description says: get an undamaged original"
        raise DamagedFileError(message)
    return found


def _sound(demuxer: InputContainer, track: Track) -> AudioStream:
    found = _stream(demuxer, track)
    if not isinstance(found, AudioStream) or not _is_known(found):
        message = f"a sound track is coded as {track.entries[0].name}, which is not known here: convert it to AAC first"
        raise UnsupportedFormatError(message)
    return found


def _is_known(sound: AudioStream) -> bool:
    name = sound.codec_context.codec.canonical_name
    return name in _SOUNDS or name.startswith("pcm_")


def _stream(demuxer: InputContainer, track: Track) -> Stream:
    """FFmpeg's view of a track."""
    found = next((stream for stream in demuxer.streams if stream.id == track.number), None)
    if found is None or found.codec_context is None:
        message = f"a track is coded as {track.entries[0].name}, which is not known here: convert it first"
        raise UnsupportedFormatError(message)
    return found


def _units(film: VideoStream) -> nal.Units:
    coding: nal.Coding = "h264" if film.codec_context.name == "h264" else "hevc"
    return nal.units_of(coding, film.codec_context.extradata or b"")
