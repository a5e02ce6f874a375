"""Every byte of an MP4 or MOV copy is allowed, or the copy is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redact.checks import structure
from redact.checks.reading import Flaw
from redact.checks.structure.isobmff import samples
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


@pytest.mark.parametrize("kind", [b"meta", b"uuid", b"iods", b"HIDE", b"mvex"])
def test_a_foreign_box_in_the_movie_is_named(about: Ask, clip: bytes, kind: bytes) -> None:
    detail = answer(about, with_box_in_movie(clip, box(kind, b"CANARY")))
    assert detail is not None
    assert kind.decode() in detail
    assert "CANARY" not in detail


def credited(clip: bytes, code: bytes, words: bytes, handler: bytes = b"mdirappl") -> bytes:
    item = box(code, box(b"data", b"\0\0\0\1" + bytes(4) + words))
    listed = bytes(4) + box(b"hdlr", bytes(8) + handler + bytes(9)) + box(b"ilst", item)
    return with_box_in_movie(clip, box(b"udta", box(b"meta", listed)))


@pytest.mark.parametrize(("code", "kind"), [(b"\xa9ART", "author"), (b"cprt", "copyright")])
def test_who_made_it_is_one_short_text_where_that_may_stay(about: Ask, clip: bytes, code: bytes, kind: str) -> None:
    keep = Keep(KEEP.kinds | {kind})
    named = credited(clip, code, "Ada Löve".encode())
    assert answer(about, named, keep) is None
    assert answer(about, named) == "box meta holds something that is not allowed"
    for wrong in (b"A" * 201, b"", b"A\0B", b"\xff"):
        assert answer(about, credited(clip, code, wrong), keep)
    assert answer(about, credited(clip, code, b"A", b"mdirCANA"), keep)
    assert answer(about, credited(clip, b"\xa9cmt", b"A"), keep)


@pytest.mark.parametrize("kind", [b"\xa9xyz", b"meta", b"GPMF", b"name"])
def test_other_user_data_is_seen(about: Ask, clip: bytes, kind: bytes) -> None:
    assert answer(about, with_box_in_movie(clip, box(b"udta", box(kind, b"CANARY"))))


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


def changed(clip: bytes, kind: bytes, place: int, content: bytes) -> bytes:
    """With other bytes in the content of the first box of a kind."""
    start = place_of(clip, kind) + 8 + place
    return clip[:start] + content + clip[start + len(content) :]


def with_table(clip: bytes, table: bytes) -> bytes:
    """With one more box in the sample table of the pictures. The clip's index has to stand at its end."""
    place = place_of(clip, b"stts")
    longer = clip[:place] + table + clip[place:]
    track = longer.rindex(b"trak", 0, place) - 4
    for each in (
        place_of(longer, b"moov"),
        track,
        *(longer.index(kind, track) - 4 for kind in (b"mdia", b"minf", b"stbl")),
    ):
        size = int.from_bytes(longer[each : each + 4], "big") + len(table)
        longer = longer[:each] + size.to_bytes(4, "big") + longer[each + 4 :]
    return longer


def test_an_edit_has_no_room_beside_its_times(about: Ask, clip: bytes) -> None:
    assert answer(about, changed(clip, b"elst", 16, b"CANA")) == "box elst holds something that is not allowed"
    assert answer(about, changed(clip, b"elst", 1, b"CAN")) == "box elst holds something that is not allowed"


def test_the_description_of_pictures_has_no_room_in_its_resolution_and_depth(about: Ask, clip: bytes) -> None:
    for place in (28, 32, 74):
        assert "description" in (answer(about, changed(clip, b"avc1", place, b"CA")) or "")


def test_a_run_of_no_samples_is_seen(about: Ask, clip: bytes) -> None:
    place = place_of(clip, b"stts")
    rows = int.from_bytes(clip[place + 12 : place + 16], "big")
    assert rows > 1
    first, second = (int.from_bytes(clip[place + start : place + start + 4], "big") for start in (16, 24))
    joined = clip[: place + 16] + (first + second).to_bytes(4, "big") + clip[place + 20 :]
    assert "every sample once" in (answer(about, changed(joined, b"stts", 16, bytes(4) + b"CANA")) or "")


@pytest.mark.parametrize(("told", "allowed"), [(b"\x20\x14\x08", True), (b"\x24\x15\x08", False), (b"GPS", False)])
def test_what_samples_depend_on_is_all_that_sdtp_tells(about: Ask, clip: bytes, told: bytes, *, allowed: bool) -> None:
    place = place_of(clip, b"stsz") + 16
    table = box(b"sdtp", bytes(4) + told.ljust(int.from_bytes(clip[place : place + 4], "big"), b"\0"))
    assert (answer(about, with_table(clip, table)) is None) is allowed


def test_a_chunk_of_nothing_lies_where_another_begins_or_ends() -> None:
    """Where no byte is, any place could be told."""

    def chunk(start: int, size: int) -> samples.Track:
        one = np.array([1])
        return samples.Track(b"soun", (), np.array([start]), np.array([size]), one, one, size)

    for start in (100, 132):
        samples.demand_tiles([(100, 132)], [chunk(100, 32), chunk(start, 0)], 132)
    with pytest.raises(Flaw, match="without a byte"):
        samples.demand_tiles([(100, 132)], [chunk(100, 32), chunk(104, 0)], 132)


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
