"""Packets from one film into another, by FFmpeg: demuxed, cleaned of messages, muxed, never decoded.

The way of films that cannot be copied as they lie: of fragments, whose index is spread over the file; with pictures
that were painted; in forms of old QuickTime. What comes out has samples and an index in the form that a film copied
directly has (see direct.py), so that a second strip, which goes that way, finds nothing to change. Every packet is
accounted for: the samples that the tables promise have to come, whole and in order, or the film is damaged.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import BinaryIO

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from redact import ffmpeg
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.boxes import Box, contradiction
from redact.formats.codings import Coding, coding_of
from redact.formats.film import index, movie, pictures, sounds, tables
from redact.formats.film.index import Part, Told
from redact.formats.film.looks import UNTURNED
from redact.formats.film.movie import Edit, Track
from redact.formats.film.sink import Sink
from redact.formats.film.source import Film
from redact.model import Field

_SAMPLED_PACKETS = 60
"""How many packets of video are searched for messages to name: cameras put them into every picture or key frame."""

_SOUNDS = frozenset((
    "aac", "mp3", "mp2", "mp1", "ac3", "eac3", "alac", "opus", "flac", "vorbis", "amr_nb", "amr_wb", "dts", "truehd",
))  # fmt: skip

_UNITS = frozenset(("h264", "hevc", "vvc"))
"""Codings that need a configuration record in this container: without it nothing tells where a unit ends."""

_OWN_TAGS: Mapping[str, str] = {"mpeg4": "mp4v", "dts": "\0\0\0\0"}
"""Codings that the copy calls by one name, whatever the source does; four zeros leave that to FFmpeg."""

_MOST_TICKS = 2**31 - 1


def strip(painted: Film, target: BinaryIO, told: Told) -> None:
    """Write a copy with the coded pictures of `painted`, and all else of the film that `told` speaks of.

    The two may be the same. Raises DamagedFileError, UnsupportedFormatError, MediaError where FFmpeg cannot write it.
    """
    sink = Sink(target)
    _remux(told.film, painted, sink)
    sink.finish(lambda moov: _index(moov, told))


def message_fields(source: BinaryIO, films: Sequence[Track]) -> Iterator[Field]:
    """A field for each kind of message inside the first coded pictures of each track."""
    for film in films:
        with _opened(source) as demuxer:
            stream = _video(demuxer, film)
            coding = _coding(stream)
            seen = dict.fromkeys(coding.told)
            for packet in itertools.islice(demuxer.demux(stream), _SAMPLED_PACKETS):
                if packet.size:
                    seen.update(dict.fromkeys(coding.messages(bytes(packet))))
        for named in seen:
            yield Field(*named, coding.carrier)


def _remux(original: Film, painted: Film, sink: Sink) -> None:
    """Write the coded pictures of `painted` with the sound of `original`, and an index of FFmpeg's own."""
    with ExitStack() as stack:
        heard = stack.enter_context(_opened(original.source))
        seen = heard if painted is original else stack.enter_context(_opened(painted.source))
        films = [_video(seen, track) for track in painted.films]
        voices = [_sound(heard, track) for track in original.sounds]
        if painted is original:
            packets = _packets(original, heard, [*films, *voices], Counter())
        else:
            packets = _merged(original, painted, heard, seen, voices)
        codings = {film: _coding(film) for film in films}
        leads = {film: _lead(painted, track) for film, track in zip(films, painted.films, strict=True)}
        muxer = stack.enter_context(_muxer(sink, original, [*films, *voices]))
        copies = {stream: _copied(muxer, stream) for stream in (*films, *voices)}
        for film, coding in codings.items():
            copies[film].codec_context.extradata = coding.configuration
        for packet in packets:
            stream = packet.stream
            ready = packet
            if isinstance(stream, VideoStream):
                ready = _picture(packet, codings[stream], leads[stream])
            ready.stream = copies[stream]
            muxer.mux(ready)


def _merged(
    original: Film, painted: Film, heard: InputContainer, seen: InputContainer, voices: Sequence[AudioStream]
) -> Iterator[Packet[Stream]]:
    """The packets of the painted film and of the sounds, in the order in which they are to be decoded."""
    film, hidden = _painted(painted, seen), _painted(original, heard)
    was, now = Counter[Stream](), Counter[Stream]()
    others = (packet for packet in _packets(original, heard, [hidden, *voices], was) if packet.stream is not hidden)
    yield from heapq.merge(_packets(painted, seen, [film], now), others, key=_decoding_time)
    if was[hidden] != now[film]:
        message = f"{now[film]} pictures were painted where the film shows {was[hidden]}: nothing can be made of it"
        raise DamagedFileError(message)


def _painted(film: Film, demuxer: InputContainer) -> VideoStream:
    """The one stream of pictures. Raises UnsupportedFormatError unless there is one that can be coded again."""
    streams = [_video(demuxer, track) for track in film.films]
    if len(streams) != 1 or streams[0].codec_context.name not in pictures.PAINTABLE:
        message = "pictures can be painted in a film with one video of H.264 or HEVC: export it that way"
        raise UnsupportedFormatError(message)
    return streams[0]


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


def _promised(film: Film, stream: Stream) -> int:
    """How many packets the tables hold for a stream; those of fragments have been read by now."""
    if not film.movie.fragmented:
        return len(stream.index_entries)
    return film.promised(next(track for track in film.movie.tracks if track.number == stream.id))


def _lead(film: Film, track: Track) -> int:
    """Ticks by which pictures have to be decoded earlier so that none is shown before it is decoded.

    Some cameras write negative composition offsets, which FFmpeg hands on; it writes a copy only without them.
    """
    if not film.movie.fragmented and not tables.earliest_composition(track.table):
        return 0
    with _opened(film.source) as demuxer:
        packets = demuxer.demux(_video(demuxer, track))
        return max((p.dts - p.pts for p in packets if p.dts is not None and p.pts is not None), default=0)


def _picture(packet: Packet[Stream], coding: Coding, lead: int) -> Packet[Stream]:
    """The packet with nothing in it but what may stay."""
    coded = bytes(packet)
    clean = coding.cleaned(coded)
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
    options = {
        "flush_packets": "0",
        "write_tmcd": "0",
        "movie_timescale": str(_common_ticks([*map(_ticks, streams), original.movie.header.timescale])),
    }
    films = [_ticks(stream) for stream in streams if isinstance(stream, VideoStream)]
    if films:
        options["video_track_timescale"] = str(_common_ticks(films))
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
    copy.codec_context.codec_tag = _OWN_TAGS.get(_name(stream), stream.codec_context.codec_tag)
    return copy


def _video(demuxer: InputContainer, track: Track) -> VideoStream:
    found = _stream(demuxer, track)
    if not isinstance(found, VideoStream) or _name(found) not in pictures.ENTRIES[track.entries[0].code]:
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
    name = _name(sound)
    return name in _SOUNDS or name.startswith("pcm_")


def _name(stream: Stream) -> str:
    """FFmpeg's name of the coding, not of the decoder that it chose."""
    return stream.codec_context.codec.canonical_name


def _stream(demuxer: InputContainer, track: Track) -> Stream:
    """FFmpeg's view of a track."""
    found = next((stream for stream in demuxer.streams if stream.id == track.number), None)
    if found is None or found.codec_context is None:
        message = f"a track is coded as {track.entries[0].name}, which is not known here: convert it first"
        raise UnsupportedFormatError(message)
    return found


def _coding(film: VideoStream) -> Coding:
    """How its packets are made up. Raises DamagedFileError, UnsupportedFormatError."""
    name, configuration = _name(film), film.codec_context.extradata or b""
    if name in _UNITS and (not configuration or configuration.startswith(b"\0\0")):
        message = f"the {name} stream has no decoder configuration of a known version: convert it to an ordinary MP4"
        raise UnsupportedFormatError(message)
    return coding_of(name, configuration)


def _index(moov: Box, told: Told) -> bytes:
    """The index that FFmpeg wrote, in the form of every copy.

    moov: its tracks in the order films, sounds of the source
    """
    made, original = movie.read(moov), told.film
    tracks = (*original.films, *original.sounds)
    if len(made.tracks) != len(tracks):
        raise contradiction("the index of the copy")
    ticks = Fraction(made.header.timescale, original.movie.header.timescale)
    parts = [_part(track, was, ticks, told) for track, was in zip(made.tracks, tracks, strict=True)]
    return index.rewritten(parts, made.header.timescale, told)


def _part(track: Track, was: Track, ticks: Fraction, told: Told) -> Part:
    """A track that FFmpeg wrote, shown as it was.

    ticks: the film's in the copy, for each of the source
    """
    presented = told.film.movie.presented(was)
    edits = track.edits if presented is None else tuple(_cut(track.edits, math.ceil(presented * ticks)))
    duration = sum(edit.duration for edit in edits) if edits else track.header.duration
    header = replace(was.header, duration=duration, size=track.header.size)
    samples = tables.read(track.table, len(track.entries))
    entry: bytes | None
    if was.handler == b"vide":
        described = pictures.described(track.entries[0], told.shown(was))
        entry, turn = described.entry if described else None, was.turn
        samples = replace(samples, sizes=samples.each_size())
    else:
        entry, turn = sounds.described(track.entries[0]), UNTURNED
    if entry is None:
        message = f"a track is coded as {was.entries[0].name}, which cannot be written: convert it first"
        raise UnsupportedFormatError(message)
    return Part(replace(track, header=header, edits=edits), turn, entry, samples)


def _cut(edits: Sequence[Edit], most: int) -> Iterator[Edit]:
    """The edits cut down to `most` ticks: what the source trims stays trimmed."""
    for edit in edits:
        duration = min(edit.duration, most)
        most -= duration
        yield replace(edit, duration=duration)
