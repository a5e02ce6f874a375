"""A clip's copy plays at the same times, with the same sound, shown the same way."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from redact.checks import clips, timing
from redact.checks.reading import Flaw
from redact.errors import DamagedFileError
from redact.model import Box, Keep
from tests.checks.conftest import (
    Ask,
    MakeClip,
    box,
    encoded,
    found,
    moving_pictures,
    noise,
    place_of,
    with_box_in_movie,
)

TIMES = [0, 1, 2, 5, 6, 7, 11, 12, 13, 14, 20, 21]
PAINTED = found((0, Box(1, 1, 9, 9)))


def answer(about: Ask, source: bytes, copy: bytes, **parts: object) -> str | None:
    """What is wrong with the copy; None when nothing is."""
    check = timing.ask(about(source, copy, **parts))
    return None if check.passed else check.detail


def test_a_still_is_not_asked(about: Ask) -> None:
    picture = encoded(noise(16, 16), "PNG")
    assert timing.ask(about(picture, picture)).detail == "not a clip"


def test_the_same_clip_passes_in_either_muxer(about: Ask, make_clip: MakeClip, clip: bytes) -> None:
    check = timing.ask(about(clip, make_clip(muxer="mp4")))
    assert check.passed, check.detail
    assert check.detail == "12 frames at the same times, 1 tracks of sound bit-identical"


def test_a_clip_coded_anew_passes_when_something_was_painted(about: Ask, make_clip: MakeClip) -> None:
    frames = [255 - frame for frame in moving_pictures()]
    assert answer(about, make_clip(times=TIMES, frames=moving_pictures()), make_clip(frames, TIMES)) is None


def test_a_dropped_frame_is_seen(about: Ask, make_clip: MakeClip, clip: bytes) -> None:
    frames, times = moving_pictures(), list(range(12))
    shorter = make_clip(frames[:5] + frames[6:], times[:5] + times[6:])
    assert "11 frames are shown, not 12" in (answer(about, clip, shorter, findings=PAINTED) or "")


def test_a_frame_shown_at_another_time_is_seen(about: Ask, make_clip: MakeClip, clip: bytes) -> None:
    later = [*range(11), 12]
    assert answer(about, clip, make_clip(moving_pictures(), later)) == "1 frames are shown at another time"


def test_variable_frame_times_pass_and_made_constant_are_seen(about: Ask, make_clip: MakeClip, clip: bytes) -> None:
    varied = make_clip(moving_pictures(), TIMES)
    assert answer(about, varied, varied) is None
    assert answer(about, varied, clip)


def test_one_changed_byte_of_sound_is_seen(about: Ask, clip: bytes) -> None:
    # The sound is the file's last chunk: the byte before moov is its.
    place = place_of(clip, b"moov") - 1
    assert answer(about, clip, clip[:place] + bytes([clip[place] ^ 1]) + clip[place + 1 :])


def test_other_later_or_missing_sound_is_seen(about: Ask, make_clip: MakeClip, clip: bytes) -> None:
    assert answer(about, clip, make_clip(pitch=441)) == "the sound of track 0 changed"
    assert answer(about, clip, make_clip(sound="")) == "0 tracks of sound, not 1"
    assert answer(about, clip, make_clip(lag=2205))


def test_another_rotation_size_or_coding_is_seen(about: Ask, make_clip: MakeClip, clip: bytes) -> None:
    assert answer(about, clip, make_clip(rotation=90)) == "rotation changed"
    assert answer(about, make_clip(rotation=90), make_clip(rotation=90, muxer="mp4")) is None
    smaller = [frame[:48] for frame in moving_pictures()]
    assert answer(about, clip, make_clip(smaller)) == "size changed"


def test_a_stream_that_is_neither_pictures_nor_sound_is_counted(about: Ask, clip: bytes) -> None:
    telemetry = clip.replace(b"mhlrsoun", b"mhlrmeta").replace(b"mp4a", b"mett")
    detail = answer(about, clip, telemetry)
    assert detail == "1 streams are neither the pictures nor sound"


def test_a_source_that_is_no_clip_after_all_is_called_damaged(about: Ask, clip: bytes) -> None:
    with pytest.raises(DamagedFileError):
        timing.ask(about(clip[: len(clip) // 2], clip))
    with pytest.raises(DamagedFileError):
        timing.ask(about(b"", clip))


def test_a_copy_that_cannot_be_demuxed_is_a_failed_check(about: Ask, clip: bytes) -> None:
    assert answer(about, clip, clip[: len(clip) // 2])
    assert answer(about, clip, b"#EXTM3U\nhttp://127.0.0.1/\n")
    assert answer(about, clip, b"")


def test_a_tag_in_latin_1_is_no_damage(about: Ask, clip: bytes) -> None:
    text = box(b"data", b"\0\0\0\1" + bytes(4) + "caf\xe9".encode("latin-1"))
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    listed = box(b"udta", box(b"meta", bytes(4) + handler + box(b"ilst", box(b"\xa9nam", text))))
    tagged = with_box_in_movie(clip, listed)
    assert answer(about, tagged, clip) is None
    assert "streams" not in (answer(about, clip, tagged) or "")


def test_a_clip_that_lists_other_files_opens_none(tmp_path: Path, clip: bytes) -> None:
    path = tmp_path / "clip"
    path.write_bytes(clip.replace(b"url \0\0\0\1", b"url \0\0\0\0"))
    with clips.opened(path) as opened:
        assert opened.format.name.startswith("mov")
    with pytest.raises(Flaw, match="another file"):
        clips._refuse("file:other", 0, {})


def test_a_turn_stays_only_where_orientation_is_kept(about: Ask, make_clip: MakeClip) -> None:
    turned, flat = make_clip(rotation=90), make_clip()
    assert answer(about, turned, flat, keep=Keep(frozenset({"orientation"}))) == "rotation changed"
    assert answer(about, turned, flat, keep=Keep()) is None


def film_with_pcm(samples_a_packet: int) -> bytes:
    """A MOV with one second of the same pictures and PCM, interleaved in pieces of so many samples."""
    target = io.BytesIO()
    with av.open(target, "w", format="mov") as film:
        pictures = film.add_stream("libx264", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        sound = film.add_stream("pcm_s16le", rate=48000)
        sound.layout = "mono"
        for _ in range(25):
            film.mux(pictures.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), format="rgb24")))
        film.mux(pictures.encode(None))
        wave = np.arange(48000).astype(np.int16)
        for start in range(0, len(wave), samples_a_packet):
            piece = av.AudioFrame.from_ndarray(
                wave[None, start : start + samples_a_packet], format="s16", layout="mono"
            )
            piece.sample_rate, piece.pts = 48000, start
            film.mux(sound.encode(piece))
        film.mux(sound.encode(None))
    return target.getvalue()


def test_pcm_may_be_cut_elsewhere_as_long_as_it_is_the_same(about: Ask) -> None:
    source, copy = film_with_pcm(512), film_with_pcm(4800)
    assert timing.ask(about(source, copy)).passed
    changed = bytearray(copy)
    changed[copy.index(np.arange(500, 520, dtype=np.int16).tobytes())] ^= 1
    assert not timing.ask(about(source, bytes(changed))).passed


def film_with(
    pictures: int, *, sound: bool = True, cover: bool = False, container: str = "mov", seed: int = 0
) -> bytes:
    """A clip with so many tracks of pictures, each with a frame more than the one before it."""
    target = io.BytesIO()
    with av.open(target, "w", format=container) as film:
        tracks = [film.add_stream("mpeg4", rate=25, width=64, height=48, pix_fmt="yuv420p") for _ in range(pictures)]
        still = film.add_stream("mjpeg", rate=25, width=64, height=48, pix_fmt="yuvj420p") if cover else None
        voice = film.add_stream("pcm_s16le", rate=8000, layout="mono") if sound else None
        for number, track in enumerate(tracks):
            for index in range(4 + number):
                frame = av.VideoFrame.from_ndarray(noise(48, 64, seed + index), format="rgb24")
                film.mux(track.encode(frame))
            film.mux(track.encode(None))
        if still is not None:
            film.mux(still.encode(av.VideoFrame.from_ndarray(noise(48, 64), format="rgb24")))
            film.mux(still.encode(None))
        if voice is not None:
            wave = av.AudioFrame.from_ndarray(np.arange(4000, dtype=np.int16)[None], format="s16", layout="mono")
            wave.sample_rate = 8000
            film.mux(voice.encode(wave))
            film.mux(voice.encode(None))
    return target.getvalue()


def test_every_track_of_pictures_is_compared(about: Ask) -> None:
    assert timing.ask(about(film_with(2), film_with(2))).detail.startswith("9 frames")
    assert answer(about, film_with(2), film_with(1)) == "1 tracks of pictures, not 2"
    assert answer(about, film_with(1), film_with(2)) == "2 tracks of pictures, not 1"


def test_sound_alone_is_compared(about: Ask) -> None:
    alone = film_with(0)
    assert answer(about, alone, alone) is None
    assert answer(about, film_with(1), alone) == "0 tracks of pictures, not 1"
    assert answer(about, alone, film_with(1)) == "1 tracks of pictures, not 0"


def test_a_still_beside_a_film_may_be_gone_and_none_may_come(about: Ask) -> None:
    assert answer(about, film_with(1, cover=True), film_with(1)) is None
    assert answer(about, film_with(1), film_with(1, cover=True)) == "2 tracks of pictures, not 1"


def test_frames_of_a_container_without_presentation_times_have_their_decoding_times(about: Ask) -> None:
    clip = film_with(1, container="avi")
    assert answer(about, clip, clip) is None
    assert answer(about, film_with(2, sound=False, container="avi"), clip)


def test_a_broadcast_may_begin_at_another_time_all_of_it(about: Ask) -> None:
    def broadcast(start: int) -> bytes:
        target = io.BytesIO()
        with av.open(target, "w", format="mpegts", container_options={"output_ts_offset": str(start)}) as film:
            track = film.add_stream("mpeg2video", rate=25)
            track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
            for index in range(8):
                film.mux(track.encode(av.VideoFrame.from_ndarray(noise(48, 64, index), format="rgb24")))
            film.mux(track.encode(None))
        return target.getvalue()

    assert answer(about, broadcast(0), broadcast(7)) is None
