"""Every byte of an MP4 or MOV copy is allowed, or the copy is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redact.checks import structure
from redact.checks.reading import Flaw
from redact.checks.structure import samples
from redact.model import Keep
from tests.checks.conftest import KEEP, Ask, MakeClip, box, place_of, resized, with_box_in_movie


def answer(about: Ask, copy: bytes, keep: Keep = KEEP) -> str | None:
    """What is wrong with the copy; None when nothing is."""
    check = structure.ask(about(copy, copy, keep=keep))
    return None if check.passed else check.detail


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("muxer", ["mov", "mp4"])
@pytest.mark.parametrize("sound", ["aac", "pcm_s16le", ""])
def test_a_clean_clip_passes(about: Ask, make_clip: MakeClip, codec: str, muxer: str, sound: str) -> None:
    assert answer(about, make_clip(codec=codec, muxer=muxer, sound=sound)) is None


@pytest.mark.parametrize("sound", ["alac", "ac3", "pcm_s24be", "pcm_f32le"])
def test_other_sound_passes(about: Ask, make_clip: MakeClip, sound: str) -> None:
    assert answer(about, make_clip(sound=sound)) is None


def test_a_turned_clip_passes(about: Ask, make_clip: MakeClip) -> None:
    assert answer(about, make_clip(rotation=90)) is None


@pytest.mark.parametrize("kind", [b"udta", b"meta", b"uuid", b"iods", b"HIDE", b"mvex"])
def test_a_foreign_box_in_the_movie_is_named(about: Ask, clip: bytes, kind: bytes) -> None:
    detail = answer(about, with_box_in_movie(clip, box(kind, b"CANARY")))
    assert detail is not None
    assert kind.decode() in detail
    assert "CANARY" not in detail


@pytest.mark.parametrize("kind", [b"udta", b"meta", b"uuid", b"moof", b"mdat", b"moov", b"sidx"])
def test_a_foreign_box_at_the_end_is_seen(about: Ask, clip: bytes, kind: bytes) -> None:
    assert answer(about, clip + box(kind, b"CANARY"))


def test_a_free_box_is_small_and_zero(about: Ask, clip: bytes) -> None:
    assert answer(about, clip + box(b"free", bytes(100))) is None
    assert answer(about, clip + box(b"free", bytes(99) + b"C"))
    assert answer(about, clip + box(b"skip", bytes(99) + b"C"))
    assert answer(about, clip + box(b"free", bytes(5000)))


def test_bytes_after_the_last_box_are_seen(about: Ask, clip: bytes) -> None:
    assert answer(about, clip + b"CANARY")
    assert answer(about, clip + b"\0\0\0\x0cCANARY CANARY")


def test_bytes_of_mdat_that_no_sample_refers_to_are_counted(about: Ask, clip: bytes) -> None:
    place = place_of(clip, b"moov")
    longer = resized(clip[:place], b"mdat", 6) + b"CANARY" + clip[place:]
    assert answer(about, longer) == "6 bytes of mdat belong to no sample"


def test_samples_outside_mdat_are_seen(about: Ask, clip: bytes) -> None:
    place = place_of(clip, b"stco") + 16
    moved = int.from_bytes(clip[place : place + 4], "big") + 1
    assert answer(about, clip[:place] + moved.to_bytes(4, "big") + clip[place + 4 :])
    assert answer(about, clip[:place] + b"\xff\xff\xff\xff" + clip[place + 4 :])


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_user_data_among_the_pictures_is_seen(about: Ask, make_clip: MakeClip, codec: str) -> None:
    detail = answer(about, make_clip(codec=codec, clean=codec != "libx264"))
    if codec == "libx264":
        assert detail == "an SEI message of type 5 is not allowed"
    else:
        assert detail is None


@pytest.mark.parametrize(
    ("code", "unit", "allowed"),
    [
        (b"avc1", b"\x65slice", True),
        (b"avc1", b"\x06\x05\x12" + bytes(16) + b"AB\x80", False),
        (b"avc1", b"\x06\x04\x02AB\x80", False),
        (b"avc1", b"\x06\x06\x01\x84\x80", True),
        (b"avc1", b"\x06\x06\x01\x84\x05\x02AB\x80", False),
        (b"avc1", b"\x06\x06\x09" + bytes([1]) * 9 + b"\x80", False),
        (b"avc1", b"\x06\x00\x01\x84\x80", False),
        (b"avc1", b"\x06\x01\x01\x84\x80", False),
        (b"avc1", b"\x6e\x01\x02\x03", False),
        (b"hvc1", b"\x4e\x01\x90\x04\x01\x01\x01\x01\x80", True),
        (b"hvc1", b"\x4e\x01\x90\x05\x01\x01\x01\x01\x01\x80", False),
        (b"hvc1", b"\x4e\x01\x93\x01\x12\x80", True),
        (b"hvc1", b"\x4e\x01\x94\x02\x01\x01\x80", False),
        (b"hvc1", b"\x4c\x01\xff\x80", False),
        (b"avc1", b"\x06\xff\x01\x02AB\x80", False),
        (b"avc1", b"\x0c\xff\xff\x80", False),
        (b"avc1", b"\x0cCANARY\x80", False),
        (b"avc1", b"\x1fCANARY", False),
        (b"hvc1", b"\x26\x01slice", True),
        (b"hvc1", b"\x4e\x01\x05\x12" + bytes(16) + b"AB\x80", False),
        (b"hvc1", b"\x50\x01\x04\x02AB\x80", False),
        (b"hvc1", b"\x4e\x01\x89\x18" + bytes([1]) * 24 + b"\x80", True),
        (b"hvc1", b"\x4e\x01\x88\x02AB\x80", False),
        (b"hvc1", b"\x62\x01CANARY", False),
        (b"hev1", b"\x7c\x01\x19dolby", False),
        (b"hev1", b"\x7c\x01CANARY", False),
        (b"avc1", b"\x09\x10", True),
        (b"avc1", b"\x09\x10CANARY", False),
        (b"avc1", b"\x0a", True),
        (b"avc1", b"\x0aCANARY", False),
        (b"avc1", b"\x23CANARY", False),
        (b"avc1", b"\x2dCANARY", False),
        (b"hvc1", b"\x46\x01\x50", True),
        (b"hvc1", b"\x46\x01\x50CANARY", False),
        (b"hvc1", b"\x48\x01CANARY", False),
        (b"hvc1", b"\x26\x09slice", False),
    ],
)
def test_units_are_on_an_allow_list(code: bytes, unit: bytes, allowed: bool) -> None:  # noqa: FBT001 - a truth table
    data = len(unit).to_bytes(4, "big") + unit
    one, offset, size = np.array([1]), np.array([0]), np.array([len(data)])
    track = samples.Track(b"vide", ((code, 4),), offset, size, one, one, len(data))
    if allowed:
        samples.demand_pictures_alone(data, track)
    else:
        with pytest.raises(Flaw, match=r"^(?!.*CANARY)"):
            samples.demand_pictures_alone(data, track)


def test_times_are_zero_unless_they_may_stay(about: Ask, clip: bytes) -> None:
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        place = place_of(clip, kind) + 12
        dated = clip[:place] + b"\xe0\1\2\3" + clip[place + 4 :]
        assert kind.decode() in (answer(about, dated) or "")
        assert answer(about, dated, Keep(KEEP.kinds | {"time"})) is None


@pytest.mark.parametrize("kind", [b"dvcC", b"dvvC", b"gama", b"chrm"])
def test_what_is_said_of_colour_is_only_what_the_copy_needs(about: Ask, clip: bytes, kind: bytes) -> None:
    described = with_box_in_description(clip, box(kind, bytes(24 if kind.startswith(b"dv") else 4)))
    assert kind.decode() in (answer(about, described) or "")


def test_brightness_boxes_stay_only_with_colour(about: Ask, clip: bytes) -> None:
    described = with_box_in_description(clip, box(b"clli", bytes(4)))
    assert answer(about, described) is None
    assert "clli" in (answer(about, described, Keep(frozenset({"orientation"}))) or "")


def with_box_in_description(clip: bytes, extra: bytes) -> bytes:
    """With a box behind avcC in the description of the pictures. The clip's index has to stand at its end."""
    place = place_of(clip, b"avcC")
    end = place + int.from_bytes(clip[place : place + 4], "big")
    longer = clip[:end] + extra + clip[end:]
    pictures = longer.index(b"avc1", longer.rindex(b"mhlrvide")) - 4
    track = longer.rindex(b"trak", 0, pictures) - 4
    outer = [longer.rindex(kind, track, pictures) - 4 for kind in (b"mdia", b"minf", b"stbl", b"stsd")]
    for each in (place_of(longer, b"moov"), track, *outer, pictures):
        size = int.from_bytes(longer[each : each + 4], "big") + len(extra)
        longer = longer[:each] + size.to_bytes(4, "big") + longer[each + 4 :]
    return longer


def test_a_makers_name_is_seen(about: Ask, clip: bytes) -> None:
    assert answer(about, clip.replace(b"VideoHandler", b"CANARY Maker"))
    place = place_of(clip, b"avc1")
    assert answer(about, clip[: place + 50] + b"\x06CANARY" + clip[place + 57 :])
    assert answer(about, clip[: place + 20] + b"CANR" + clip[place + 24 :])


def test_a_track_that_is_neither_picture_nor_sound_is_seen(about: Ask, clip: bytes) -> None:
    assert answer(about, clip.replace(b"mhlrsoun", b"mhlrmeta"))
    assert answer(about, clip.replace(b"mp4a", b"mett"))
    assert answer(about, clip.replace(b"mhlrvide", b"mhlrsoun"))


def header_of(clip: bytes) -> range:
    return range(place_of(clip, b"moov"), len(clip))


ANYWHERE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANYWHERE
@given(st.data())
def test_bytes_put_anywhere_into_the_movie_are_seen(about: Ask, clip: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(header_of(clip).start + 8, len(clip)))
    extra = data.draw(st.binary(min_size=1, max_size=24))
    assert answer(about, resized(clip[:place] + extra + clip[place:], b"moov", len(extra)))


@ANYWHERE
@given(st.data())
def test_a_movie_overwritten_anywhere_never_crashes_the_walk(about: Ask, clip: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(clip) - 1))
    extra = data.draw(st.binary(min_size=1, max_size=8))
    structure.ask(about(clip, clip[:place] + extra + clip[place + len(extra) :]))


def test_a_clip_cut_anywhere_is_refused_without_a_crash(about: Ask, clip: bytes) -> None:
    for end in range(0, len(clip) - 1, 211):
        assert answer(about, clip[:end])
