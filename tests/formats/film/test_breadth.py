"""The MP4 family in its breadth: any coding and sound, several tracks, sound alone, credits, Dolby Vision, spheres."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.packet import Packet
from hypothesis import given, settings
from hypothesis import strategies as st

import redact
from redact.checks import clips
from redact.checks.structure import isobmff
from redact.errors import DamagedFileError, RedactError, UnsupportedFormatError
from redact.formats.boxes import Box, boxes, written
from redact.formats.film.mp4 import Mp4
from redact.model import KINDS, Keep
from tests.formats.codings.coded import CANARY, ENCODERS, HIDDEN, SIZE, frame

DEFAULT = Keep(frozenset({"orientation", "colour"}))

CONTAINERS = {
    "h264": "mp4", "hevc": "mp4", "av1": "mp4", "vp9": "mp4", "mpeg4": "mp4", "mpeg2video": "mp4",
    "mpeg1video": "mp4", "mjpeg": "mov", "h263": "3gp", "prores": "mov",
}  # fmt: skip
SOUNDS = {
    "aac": "mp4", "libmp3lame": "mp4", "mp2": "mp4", "ac3": "mp4", "eac3": "mp4", "alac": "mp4", "libopus": "mp4",
    "flac": "mp4", "pcm_s16le": "mov", "pcm_s24be": "mov", "libopencore_amrnb": "3gp",
}  # fmt: skip


def muxed(container: str, names: Sequence[str] = (), sounds: Sequence[str] = (), *, frames: int = 6) -> bytes:
    """A film with a track of each coding, a canary in its packets where one can hide, and a track of each sound."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as muxer:
        muxer.metadata["comment"] = muxer.metadata["title"] = CANARY.decode()
        tracks: list[Any] = [_pictures(muxer, name) for name in names]
        voices: list[Any] = [_voice(muxer, sound) for sound in sounds]
        for name, track in zip(names, tracks, strict=True):
            coded = [packet for index in range(frames) for packet in track.encode(frame(index, track.pix_fmt))]
            for packet in (*coded, *track.encode(None)):
                muxer.mux(_laden(name, packet))
        for voice in voices:
            _speak(muxer, voice)
    return out.getvalue()


def _pictures(muxer: Any, name: str) -> Any:
    encoder, pixels, options = ENCODERS[name]
    track = muxer.add_stream(encoder, rate=25)
    track.width, track.height, track.pix_fmt = *SIZE, pixels
    track.codec_context.options, track.codec_context.thread_count = options, 1
    return track


def _laden(name: str, packet: Packet[Any]) -> Packet[Any]:
    """The packet with a canary where one can hide and FFmpeg hands it on."""
    if name not in LADEN:
        return packet
    copy: Packet[Any] = Packet(HIDDEN[name][0](bytes(packet)))
    copy.stream, copy.pts, copy.dts, copy.duration = packet.stream, packet.pts, packet.dts, packet.duration
    copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
    return copy


LADEN = frozenset(HIDDEN) - {"vp9", "mpeg1video"}


def _voice(muxer: Any, sound: str) -> Any:
    rate = 8000 if "amr" in sound else 48000
    return muxer.add_stream(sound, rate=rate, layout="mono" if rate == 8000 else "stereo")


def _speak(muxer: Any, voice: Any) -> None:
    context = voice.codec_context
    tone = (9000 * np.sin(np.arange(context.sample_rate) / 20)).astype(np.int16)
    samples = np.repeat(tone, len(context.layout.channels))[None]
    wave = av.AudioFrame.from_ndarray(samples, "s16", context.layout.name)
    wave.sample_rate, wave.pts = context.sample_rate, 0
    resampler = av.AudioResampler(context.format, context.layout, context.sample_rate, context.frame_size or 1024)
    for part in (*resampler.resample(wave), *resampler.resample(None)):
        muxer.mux(voice.encode(part))
    muxer.mux(voice.encode(None))


def stripped(data: bytes, keep: Keep = DEFAULT) -> bytes:
    target = io.BytesIO()
    Mp4().strip(io.BytesIO(data), target, keep)
    return target.getvalue()


def shown(data: bytes) -> list[list[bytes]]:
    """The pixels of every frame of every track of pictures."""
    found = []
    with av.open(io.BytesIO(data), "r", format="mov") as opened:
        indexes = [track.index for track in clips.moving(opened)]
    for index in indexes:
        with av.open(io.BytesIO(data), "r", format="mov") as opened:
            stream: Any = opened.streams[index]
            found.append([each.to_ndarray().tobytes() for each in opened.decode(stream)])
    return found


def heard(data: bytes) -> list[tuple[str, bytes]]:
    """Coding and all the packets of every track of sound."""
    with av.open(io.BytesIO(data), "r", format="mov") as opened:
        tracks: dict[int, list[Any]] = {track.index: [track.codec_context.name, b""] for track in opened.streams.audio}
        for packet in opened.demux(list(opened.streams.audio)) if tracks else ():
            tracks[packet.stream.index][1] += bytes(packet)
    return [(name, coded) for name, coded in tracks.values()]


def published(tmp_path: Path, data: bytes, **policy: Any) -> bytes:
    """What comes out of the whole: looked at, stripped, verified, published."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    receipt = redact.Redactor(redact.Policy(hide={}, **policy)).file(source, target)
    assert receipt.ok, receipt.error
    return target.read_bytes()


@pytest.mark.parametrize("name", CONTAINERS)
def test_pictures_of_every_coding_stay_and_what_hides_in_them_goes(name: str) -> None:
    source = muxed(CONTAINERS[name], [name])
    copy = stripped(source)
    assert CANARY in source
    assert CANARY not in copy
    assert shown(copy) == shown(source)
    assert len(shown(copy)[0]) == 6
    assert stripped(copy) == copy
    assert isobmff.inspect(copy, DEFAULT)
    assert CANARY.decode() not in repr(list(Mp4().fields(io.BytesIO(source))))


@pytest.mark.parametrize("sound", SOUNDS)
def test_sound_of_every_coding_is_published_alone(sound: str) -> None:
    source = muxed(SOUNDS[sound], [], [sound])
    copy = stripped(source)
    assert CANARY not in copy
    assert heard(copy) == heard(source)
    assert stripped(copy) == copy
    assert isobmff.inspect(copy, DEFAULT)


def test_all_tracks_of_pictures_and_sound_stay_in_their_order() -> None:
    source = muxed("mp4", ["h264", "mpeg4", "hevc"], ["aac", "ac3"])
    copy = stripped(source)
    assert shown(copy) == shown(source)
    assert heard(copy) == heard(source)
    assert [len(frames) for frames in shown(copy)] == [6, 6, 6]
    assert stripped(copy) == copy
    assert isobmff.inspect(copy, DEFAULT)


@pytest.mark.parametrize(
    ("container", "names", "sounds"),
    [
        ("mp4", ["h264", "mpeg4"], ["aac", "ac3"]),
        ("mp4", ["av1"], ["libopus"]),
        ("mp4", [], ["aac"]),
        ("mov", ["prores"], ["pcm_s24be"]),
        ("mov", ["mjpeg"], []),
        ("3gp", ["h263"], ["libopencore_amrnb"]),
        ("ipod", [], ["alac"]),
    ],
)
def test_films_are_published_whole(tmp_path: Path, container: str, names: list[str], sounds: list[str]) -> None:
    source = muxed(container, names, sounds)
    copy = published(tmp_path, source)
    assert CANARY not in copy
    assert shown(copy) == shown(source)
    assert heard(copy) == heard(source)


def test_a_cover_is_a_preview_and_goes() -> None:
    for container in ("mp4", "mov"):
        source = muxed(container, ["mjpeg", "h264"])
        copy = stripped(source)
        assert len(shown(source)) == 2
        assert shown(copy) == shown(source)[1:]
        assert ("preview" in {field.kind for field in Mp4().fields(io.BytesIO(source))}) is True


def with_index(data: bytes, change: Any) -> bytes:
    """The film with another index; its samples stay where they are, before it."""
    place = next(start for start, box in offsets(data) if box.code == b"moov")
    return data[:place] + written(b"moov", change(data[place + 8 :]))


def offsets(data: bytes) -> list[tuple[int, Box]]:
    found, start = [], 0
    for box in boxes(data):
        found.append((start, box))
        start += len(box.payload) + (16 if box.code == b"mdat" and data[start : start + 4] == b"\0\0\0\1" else 8)
    return found


def rewritten(body: bytes, path: Sequence[bytes], change: Any) -> bytes:
    """The boxes of `body`, the content of the first at the end of `path` changed."""
    parts, (code, *rest) = [], path
    skip = {b"stsd": 8, b"avc1": 78, b"hvc1": 78}.get(code, 0)
    for box in boxes(body):
        payload = box.payload
        if box.code == code:
            payload = payload[:skip] + rewritten(payload[skip:], rest, change) if rest else change(payload)
            code = b""
        parts.append(written(box.code, payload))
    return b"".join(parts)


DESCRIPTION = (b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1")
DOLBY = bytes((1, 0)) + (8 << 17 | 2 << 11 | 5 << 8 | 4 << 4).to_bytes(3, "big") + bytes(19)
SPHERE = written(b"svhd", bytes(4) + b"Maker\0") + written(
    b"proj",
    written(b"prhd", bytes(4) + struct.pack(">3i", 90 << 16 | 77, -(45 << 16), 0)),
    written(b"equi", bytes(4) + struct.pack(">4I", 0, 0, 0x3FFFFFFF, 0x3FFFFFFF)),
)


def described(*extra: bytes) -> bytes:
    """A film of H.264 with more boxes in its description."""
    source = muxed("mp4", ["h264"])
    return with_index(source, lambda body: rewritten(body, DESCRIPTION, lambda entry: entry + b"".join(extra)))


def test_dolby_vision_stays_with_colour() -> None:
    source = described(written(b"dvvC", DOLBY))
    assert b"dvvC" + DOLBY in stripped(source)
    assert isobmff.inspect(stripped(source), DEFAULT)
    assert b"dvvC" not in stripped(source, Keep(frozenset({"orientation"})))
    assert ("dvvC", "colour") in {(field.name, field.kind) for field in Mp4().fields(io.BytesIO(source))}
    laden = DOLBY[: -len(CANARY)] + CANARY
    assert b"dvvC" + DOLBY in stripped(described(written(b"dvvC", laden)))


def test_dolby_vision_without_a_base_layer_is_refused_where_colour_goes() -> None:
    bare = DOLBY[:4] + b"\0" + DOLBY[5:]
    source = described(written(b"dvcC", bare))
    assert b"dvcC" + bare in stripped(source)
    with pytest.raises(UnsupportedFormatError, match="base layer"):
        stripped(source, Keep())
    painted, target = io.BytesIO(muxed("mp4", ["h264"])), io.BytesIO()
    with pytest.raises(UnsupportedFormatError, match="base layer"):
        Mp4().strip(io.BytesIO(source), target, DEFAULT, painted)


def test_where_on_a_sphere_a_picture_belongs_is_written_anew() -> None:
    source = described(written(b"st3d", bytes(4) + b"\1"), written(b"sv3d", SPHERE))
    copy = stripped(source)
    assert b"Maker" not in copy
    assert b"st3d" + bytes(4) + b"\1" in copy
    assert b"prhd" + bytes(4) + struct.pack(">3i", 90 << 16, -(45 << 16), 0) in copy
    assert b"equi" + bytes(12) + b"\x40\0\0\0" * 2 in copy
    assert stripped(copy) == copy
    assert isobmff.inspect(copy, DEFAULT)
    assert ("sv3d", "text") in {(field.name, field.kind) for field in Mp4().fields(io.BytesIO(source))}
    assert b"sv3d" not in stripped(described(written(b"sv3d", written(b"proj", written(b"mshp", CANARY)))))
    assert b"st3d" not in stripped(described(written(b"st3d", bytes(4) + b"\7" + CANARY)))


def credited(*user: bytes) -> bytes:
    return with_index(muxed("mp4", [], ["aac"]), lambda body: body + written(b"udta", *user))


def text(code: bytes, words: bytes) -> bytes:
    """A text as QuickTime has it, or as 3GPP has it."""
    if code[:1] == b"\xa9":
        return written(code, struct.pack(">HH", len(words), 0x15C7), words)
    return written(code, bytes(4), b"\x15\xc7", words + b"\0")


@pytest.mark.parametrize("codes", [(b"auth", b"cprt"), (b"\xa9ART", b"\xa9cpy"), (b"\xa9aut", b"\xa9cpy")])
def test_who_made_a_film_stays_where_that_is_kept(tmp_path: Path, codes: tuple[bytes, bytes]) -> None:
    source = credited(text(codes[0], "Ada Löve".encode()), text(codes[1], b"2024 Ada"), text(b"\xa9xyz", CANARY))
    assert b"Ada" not in stripped(source)
    both = Keep(frozenset({"author", "copyright"}))
    copy = stripped(source, both)
    assert CANARY not in copy
    assert copy.count("Ada Löve".encode()) == copy.count(b"2024 Ada") == 1
    assert stripped(copy, both) == copy
    assert isobmff.inspect(copy, both)
    assert b"2024 Ada" not in stripped(source, Keep(frozenset({"author"})))
    assert {("©ART", "author"), ("cprt", "copyright")} <= {
        (field.name, field.kind) for field in Mp4().fields(io.BytesIO(copy))
    }
    with av.open(io.BytesIO(copy)) as opened:
        assert opened.metadata["copyright"] == "2024 Ada"
        assert opened.metadata["artist"] == "Ada Löve"
    assert published(tmp_path, source, keep={"author", "copyright"}) == copy


@pytest.mark.parametrize("words", [b"A" * 201, b"", b"line\nbreak", b"\xff\xfe\xff", b"\x01"])
def test_a_credit_that_is_no_short_text_goes(words: bytes) -> None:
    copy = stripped(credited(text(b"auth", words)), Keep(frozenset({"author"})))
    assert b"udta" not in copy


def test_garbled_user_data_credits_nobody() -> None:
    source = with_index(muxed("mp4", [], ["aac"]), lambda body: body + written(b"udta", b"\0\0\xff\xffauthAda"))
    assert b"udta" not in stripped(source, Keep(frozenset(KINDS)))


def test_compact_sample_sizes_are_read() -> None:
    source = muxed("3gp", [], ["libopencore_amrnb"])
    table = (b"trak", b"mdia", b"minf", b"stbl", b"stsz")

    def compact(payload: bytes) -> bytes:
        same, count = struct.unpack(">II", payload[4:12])
        sizes = [same] * count if same else struct.unpack(f">{count}I", payload[12:])
        return bytes(7) + b"\x10" + payload[8:12] + struct.pack(f">{count}H", *sizes)

    smaller = with_index(source, lambda body: rewritten(body, table, compact)).replace(b"stsz", b"stz2")
    assert heard(stripped(smaller)) == heard(source)
    with pytest.raises(DamagedFileError):
        stripped(smaller.replace(b"stz2" + bytes(7) + b"\x10", b"stz2" + bytes(7) + b"\x11"))


def test_a_film_with_neither_pictures_nor_sound_is_refused() -> None:
    source = muxed("mp4", [], ["aac"]).replace(b"soun", b"meta")
    with pytest.raises(UnsupportedFormatError, match="neither pictures nor sound"):
        stripped(source)


def test_encrypted_and_unknown_pictures_are_refused() -> None:
    source = muxed("mp4", ["h264"])
    for code in (b"encv", b"drmi", b"iamf", b"HIDE"):
        with pytest.raises(UnsupportedFormatError):
            stripped(source.replace(b"avc1\0", code + b"\0"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["av1", "mpeg4", "h263", "prores"]), st.data())
def test_a_broken_index_raises_only_errors_of_the_project(name: str, data: st.DataObject) -> None:
    source = bytearray(muxed_once(name))
    start = source.rindex(b"moov")
    for place in data.draw(st.lists(st.integers(start, len(source) - 1), max_size=5)):
        source[place] = data.draw(st.integers(0, 255))
    try:
        list(Mp4().fields(io.BytesIO(bytes(source))))
        copy = stripped(bytes(source))
    except RedactError:
        return
    assert CANARY not in copy


@functools.cache
def muxed_once(name: str) -> bytes:
    return muxed(CONTAINERS[name], [name])
