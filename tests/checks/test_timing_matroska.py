"""The questions about clips, asked of Matroska films whose subtitles, attachments and chapters are gone."""

from __future__ import annotations

import pytest

from redact.checks import pixels, second_look, timing
from redact.checks.clips import opened
from redact.checks.timeline import Timeline
from tests.checks.conftest import Ask
from tests.formats.matroska.films import (
    CLUSTER,
    ENTRY,
    GROUP,
    LADEN,
    SEGMENT,
    SIMPLE,
    TRACKS,
    Node,
    changed,
    encoded,
    leaf,
    parse,
    stripped,
    write,
)


def answer(about: Ask, source: bytes, copy: bytes, **parts: object) -> str | None:
    """What is wrong with the copy; None when nothing is."""
    check = timing.ask(about(source, copy, **parts))
    return None if check.passed else check.detail


def test_a_copy_without_subtitles_chapters_and_covers_plays_the_same(about: Ask) -> None:
    source = encoded()
    for name in ("other tracks", "tags, chapters and attachments", "texts of the whole"):
        source = changed(source, LADEN[name])
    check = timing.ask(about(source, stripped(source)))
    assert check.passed, check.detail
    assert "10 frames" in check.detail
    assert "1 tracks of sound" in check.detail


@pytest.mark.parametrize(
    ("video", "sound"), [("libx264", ""), ("", "ac3"), (("libx264", "libx264"), "aac"), (("libx264", "mjpeg"), "")]
)
def test_several_tracks_of_pictures_or_none_are_all_there(about: Ask, video: str | tuple[str, ...], sound: str) -> None:
    source = encoded(video, sound, pixels="yuvj420p" if "mjpeg" in video else "yuv420p")
    assert answer(about, source, stripped(source)) is None
    with opened(about(source, stripped(source)).copy) as film:
        assert len(film.streams.video) == (len(video) if isinstance(video, tuple) else bool(video))
        assert len(film.streams.audio) == bool(sound)


def test_a_second_track_of_pictures_that_is_gone_is_seen(about: Ask) -> None:
    source = encoded(("libx264", "libx264"), "")

    def without_second(tree: Node) -> None:
        tree.first(SEGMENT, TRACKS).children.pop()
        for cluster in tree.all(CLUSTER):
            cluster.children = [each for each in cluster.children if each.content[:1] != b"\x82" or each.code != SIMPLE]

    assert answer(about, source, changed(stripped(source), without_second))


def test_a_subtitle_left_in_a_copy_is_seen(about: Ask) -> None:
    source = changed(encoded(), LADEN["other tracks"])
    assert "neither" in (answer(about, source, source) or "")


def spoilt(name: str) -> bytes:
    """A copy that plays otherwise than its source."""
    tree = parse(stripped(encoded()))
    clusters = list(tree.all(CLUSTER))
    blocks = [block for cluster in clusters for block in cluster.children if block.code in (SIMPLE, GROUP)]
    pictures = [block for block in blocks if block.content[:1] == b"\x81"]
    sounds = [block for block in blocks if block.content[:1] == b"\x82"]
    if name == "a frame later":
        last = pictures[-1]
        last.content = (
            last.content[:1] + (int.from_bytes(last.content[1:3], "big") + 9).to_bytes(2, "big") + (last.content[3:])
        )
    elif name == "a frame less":
        clusters[-1].children.remove(pictures[-1])
    elif name == "another byte of sound":
        sounds[-1].content = sounds[-1].content[:-1] + bytes((sounds[-1].content[-1] ^ 1,))
    elif name == "all later":
        for cluster in clusters:
            cluster.put(0xE7, b"\x50")
            cluster.children.insert(0, cluster.children.pop())
    elif name == "a wider picture":
        for entry in tree.all(ENTRY):
            entry.children = [each for each in entry.children if each.code != 0xE0] + [
                Node(0xE0, [leaf(0xB0, b"\x40"), leaf(0xBA, b"\x30"), leaf(0x54B0, b"\x80"), leaf(0x54BA, b"\x30")])
                for each in entry.children
                if each.code == 0xE0
            ]
    return write(tree)


@pytest.mark.parametrize(
    "name", ["a frame later", "a frame less", "another byte of sound", "all later", "a wider picture"]
)
def test_a_copy_that_plays_otherwise_is_seen(about: Ask, name: str) -> None:
    assert answer(about, encoded(), spoilt("nothing")) is None
    assert answer(about, encoded(), spoilt(name))


def test_no_other_question_stumbles_over_a_film_where_nothing_was_painted(about: Ask) -> None:
    source = encoded(("libx264", "libx264"), "aac")
    for question in (pixels.ask, second_look.ask):
        check = question(about(source, stripped(source)))
        assert check.passed, check.detail


def test_a_timeline_reaches_each_frame_of_a_copy(about: Ask) -> None:
    path = about(encoded(), stripped(encoded())).copy
    timeline = Timeline.of(path)
    assert len(timeline) == 10
    assert [index for index, _ in timeline.frames(path, [9, 3])] == [3, 9]
