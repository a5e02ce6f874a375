"""The strict walk of a Matroska film: a clean copy passes, and everything that a clean copy must not hold is seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.checks.reading import UNREADABLE, Flaw
from redact.checks.structure import matroska
from redact.errors import DamagedFileError
from redact.model import Keep
from tests.formats.matroska.films import (
    AUDIO,
    BLOCK,
    CANARY,
    CLUSTER,
    CUES,
    ENTRY,
    GROUP,
    INFO,
    LADEN,
    MASTERS,
    PRIVATE,
    SEEK_HEAD,
    SEGMENT,
    SIMPLE,
    TAGS,
    TRACKS,
    VIDEO,
    VOID,
    Node,
    changed,
    encoded,
    leaf,
    parse,
    stripped,
)

KEEP = Keep(frozenset({"orientation", "colour"}))
WIDE = frozenset({SEGMENT, CLUSTER})


def spelt(node: Node) -> bytes:
    """The bytes of a tree as a copy spells them: sizes short, those of films and clusters in eight bytes."""
    body = b"".join(spelt(child) for child in node.children) if node.children else node.content
    if not node.code:
        return body
    width = 8 if node.code in WIDE else next(n for n in range(1, 9) if len(body) < (1 << 7 * n) - 1)
    size = (len(body) | 1 << 7 * width).to_bytes(width, "big")
    return node.code.to_bytes((node.code.bit_length() + 7) // 8, "big") + size + body


def flaw(data: bytes, keep: Keep = KEEP) -> str | None:
    """What the walk has against a film; None when nothing."""
    try:
        matroska.inspect(data, keep)
    except Flaw as found:
        return str(found)
    except UNREADABLE as error:
        return type(error).__name__
    return None


def placed(tree: Node) -> None:
    """Let SeekHead and the cues say where everything is now, so that nothing but the change itself is wrong."""
    segment = tree.first(SEGMENT)
    starts, place = {}, 0
    for child in segment.children:
        starts[id(child)] = place
        place += len(spelt(child))
    wanted = {int.from_bytes(seek.first(0x53AB).content, "big"): seek.first(0x53AC) for seek in segment.all(0x4DBB)}
    for child in segment.children:
        if child.code in wanted:
            wanted[child.code].content = starts[id(child)].to_bytes(8, "big")


def spoilt(change: Callable[[Node], None], data: bytes | None = None) -> bytes:
    """A clean film with its tree changed, all sizes and places right."""
    tree = parse(stripped(encoded()) if data is None else data)
    change(tree)
    placed(tree)
    return spelt(tree)


CODINGS = [
    ("libx264", "aac", "matroska", "yuv420p"),
    ("libx265", "flac", "matroska", "yuv420p"),
    ("libvpx", "libopus", "webm", "yuv420p"),
    ("libvpx-vp9", "", "webm", "yuva420p"),
    ("mpeg4", "libmp3lame", "matroska", "yuv420p"),
    ("mpeg2video", "mp2", "matroska", "yuv420p"),
    ("mjpeg", "pcm_s16le", "matroska", "yuvj420p"),
    ("prores_ks", "alac", "matroska", "yuv422p10le"),
    ("", "ac3", "matroska", "yuv420p"),
]


@pytest.mark.parametrize(("video", "sound", "container", "pixels"), CODINGS)
def test_a_copy_passes_and_its_original_does_not(video: str, sound: str, container: str, pixels: str) -> None:
    source = encoded(video, sound, container, pixels)
    assert matroska.inspect(stripped(source), KEEP) > 15
    assert flaw(source)


def test_putting_a_copy_together_again_changes_nothing() -> None:
    clean = stripped(encoded())
    assert spoilt(lambda tree: None) == clean


@pytest.mark.parametrize("carrier", LADEN)
def test_whatever_is_planted_in_a_copy_is_seen(carrier: str) -> None:
    assert flaw(spoilt(LADEN[carrier]))


@pytest.mark.parametrize("code", sorted(MASTERS))
@pytest.mark.parametrize("planted", [VOID, 0xBF, 0x4FFE])
def test_nothing_unknown_may_stand_in_any_master(code: int, planted: int) -> None:
    tree = parse(stripped(encoded("libvpx-vp9", "", "webm", "yuva420p")))
    for master in tree.all(code):
        master.children.append(leaf(planted, bytes(3)))
        placed(tree)
        assert flaw(spelt(tree))
        return
    assert code in {0x4DBB, 0x41E4, 0x6D80, 0x6240, 0x5034, 0x55D0, 0x7670, 0x1254C367, 0x7373, 0x67C8, 0x1941A469,
                    0x61A7, 0x1043A770, 0xE1, 0x55B0}  # fmt: skip


def _set(path: tuple[int, ...], code: int, content: bytes) -> Callable[[Node], None]:
    def change(tree: Node) -> None:
        tree.first(*path).put(code, content)

    return change


TRACK = (SEGMENT, TRACKS, ENTRY)
CHANGES: dict[str, Callable[[Node], None]] = {
    "a title": _set((SEGMENT, INFO), 0x7BA9, CANARY),
    "a time": _set((SEGMENT, INFO), 0x4461, bytes(8)),
    "another writer": _set((SEGMENT, INFO), 0x5741, CANARY),
    "a length in parts of ticks": _set((SEGMENT, INFO), 0x4489, b"\x40\x59\0\0\0\0\0\1"),
    "a name": _set(TRACK, 0x536E, CANARY),
    "a language of many letters": _set(TRACK, 0x22B59C, CANARY),
    "a number too large": _set(TRACK, 0x23E383, CANARY[:8]),
    "a number longer than it needs": _set(TRACK, 0x23E383, b"\0\x01\0"),
    "a UID of its own": _set(TRACK, 0x73C5, CANARY[:8]),
    "another number": _set(TRACK, 0xD7, b"\x05"),
    "another type": _set(TRACK, 0x83, b"\x11"),
    "an unknown coding": _set(TRACK, 0x86, b"V_CANARY"),
    "no configuration": _set(TRACK, PRIVATE, CANARY),
    "additions": _set(TRACK, 0x55EE, b"\1"),
    "a picture without a size": _set((*TRACK, VIDEO), 0xB0, b"\0"),
    "an order of fields that is none": _set((*TRACK, VIDEO), 0x9D, b"\x05"),
    "a size shown that is too large": _set((*TRACK, VIDEO), 0x54B0, CANARY[:6]),
    "a newer document": _set((0x1A45DFA3,), 0x4287, b"\x05"),
    "another document": _set((0x1A45DFA3,), 0x4282, CANARY),
    "a cluster that says where it was": _set((SEGMENT, CLUSTER), 0xA7, b"\0"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_copy_must_not_say_is_seen(name: str) -> None:
    assert flaw(spoilt(CHANGES[name]))


def _first_block(tree: Node) -> Node:
    return next(tree.all(SIMPLE))


def _block(change: Callable[[bytes], bytes]) -> Callable[[Node], None]:
    def spoil(tree: Node) -> None:
        block = _first_block(tree)
        block.content = change(block.content)

    return spoil


@pytest.mark.parametrize(
    "change",
    [
        lambda block: b"\x85" + block[1:],
        lambda block: b"\x40\x01" + block[1:],
        lambda block: block[:3] + bytes((block[3] | 0x10,)) + block[4:],
        lambda block: block[:3] + bytes((block[3] | 0x02,)) + block[4:],
        lambda block: block + b"\0\0\0\x09\x06\x05\x06CANARY",
        lambda block: block[:3],
    ],
)
def test_a_block_that_holds_more_or_less_than_a_frame_is_seen(change: Callable[[bytes], bytes]) -> None:
    source = stripped(encoded(sound=""))
    assert flaw(spoilt(_block(change), source))


def test_a_group_with_more_than_its_block_is_seen() -> None:
    def group(*beside: Node) -> Callable[[Node], None]:
        def change(tree: Node) -> None:
            cluster = tree.first(SEGMENT, CLUSTER)
            block = cluster.children[-1]
            content = block.content[:3] + b"\0" + block.content[4:]
            cluster.children[cluster.children.index(block)] = Node(GROUP, [leaf(BLOCK, content), *beside])

        return change

    alpha = Node(0x75A1, [Node(0xA6, [leaf(0xA5, CANARY), leaf(0xEE, b"\1")])])
    assert flaw(spoilt(group(leaf(0x9B, b"\x05"), leaf(0xFB, b"\xff"), leaf(0xFB, b"\xfe")))) is None
    for beside in (leaf(0x9B, CANARY[:8]), leaf(0xA4, CANARY), leaf(0x75A2, b"\0\0\x01"), alpha, leaf(0xFA, b"\0")):
        assert flaw(spoilt(group(beside)))
    assert flaw(spoilt(group(leaf(0x9B, b"\x05"), leaf(0x9B, b"\x05"))))


def test_transparency_with_another_number_is_seen() -> None:
    source = stripped(encoded("libvpx-vp9", "", "webm", "yuva420p"))

    def other(tree: Node) -> None:
        next(tree.all(0xEE)).content = b"\x04"

    assert flaw(source) is None
    assert flaw(spoilt(other, source))


def test_parts_in_another_order_or_twice_are_seen() -> None:
    def swap(tree: Node) -> None:
        children = tree.first(SEGMENT).children
        children[1], children[2] = children[2], children[1]

    def twice(tree: Node) -> None:
        tree.first(SEGMENT).children.append(tree.first(SEGMENT, CUES))

    def tags(tree: Node) -> None:
        tree.first(SEGMENT).children.append(leaf(TAGS, b""))

    def empty(tree: Node) -> None:
        tree.first(SEGMENT).children.insert(3, Node(CLUSTER, [leaf(0xE7, b"\0")]))

    for change in (swap, twice, tags, empty):
        assert flaw(spoilt(change))
    for missing in (SEEK_HEAD, INFO, TRACKS, CUES):
        assert flaw(spoilt(lambda tree, code=missing: tree.first(SEGMENT).drop(code)))  # type: ignore[misc]


@pytest.mark.parametrize(("code", "content"), [(0xB3, b"\x63"), (0xF7, b"\x07"), (0xF1, b"\x01"), (0xF0, b"\x02")])
def test_cues_that_point_at_nothing_are_seen(code: int, content: bytes) -> None:
    def change(tree: Node) -> None:
        next(tree.all(code)).content = content

    assert flaw(spoilt(change))


def test_bytes_around_the_film_are_seen() -> None:
    clean = stripped(encoded())
    assert flaw(clean + b"\xec\x83\0\0\0")
    assert flaw(clean + b"\0")
    assert flaw(clean + clean)
    assert flaw(clean[:-1])
    assert flaw(b"")


def test_colour_and_turn_are_seen_where_they_may_not_stay() -> None:
    source = stripped(encoded("mjpeg", "", pixels="yuvj420p"))
    assert list(parse(source).all(0x55B0))
    assert flaw(source) is None
    assert flaw(source, Keep(frozenset({"orientation"})))


def test_sound_with_a_picture_beside_it_is_seen() -> None:
    def change(tree: Node) -> None:
        entries = list(tree.all(ENTRY))
        entries[1].children.append(Node(VIDEO, [leaf(0xB0, b"\x40")]))

    assert flaw(spoilt(change))
    assert flaw(spoilt(lambda tree: next(tree.all(AUDIO)).children.append(leaf(0x7D7B, CANARY))))


@given(
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4),
    part=st.sampled_from((600, 10**6)),
)
@settings(max_examples=200, deadline=None)
def test_a_garbled_copy_is_read_to_its_end_or_seen(changes: list[tuple[int, int]], part: int) -> None:
    data = bytearray(stripped(encoded()))
    for place, value in changes:
        data[place % min(part, len(data))] = value
    flaw(bytes(data))


@given(cut=st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_a_copy_cut_anywhere_is_seen(cut: int) -> None:
    data = stripped(encoded())
    assert flaw(data[: cut % len(data)])


def test_a_track_of_one_picture_beside_a_film_is_seen() -> None:
    def thin(tree: Node) -> None:
        second = [block for block in tree.all(SIMPLE) if block.content[0] == 0x82]
        assert len(second) == 10
        for cluster in tree.all(CLUSTER):
            cluster.children = [child for child in cluster.children if not any(child is each for each in second[1:])]
        segment = tree.first(SEGMENT)
        segment.children = [child for child in segment.children if child.code != CLUSTER or len(child.children) > 1]
        tree.first(SEGMENT, CUES).children = tree.first(SEGMENT, CUES).children[:1]

    copy = stripped(encoded(("libx264", "mjpeg"), "", pixels="yuvj420p"))
    assert flaw(copy) is None
    assert "one picture" in (flaw(spoilt(thin, copy)) or "")


def test_transparency_begins_with_a_picture_of_its_own() -> None:
    def spoil(tree: Node) -> None:
        picture = next(tree.all(0xA5))
        picture.content = b"\x86\x01\xff" + CANARY

    def hide(tree: Node) -> None:
        next(tree.all(0xA5)).content = CANARY

    source = encoded("libvpx-vp9", "", "webm", "yuva420p")
    for change in (spoil, hide):
        assert "transparency" in (flaw(spoilt(change, stripped(source))) or "")
        with pytest.raises(DamagedFileError):
            stripped(changed(source, change))
