"""Films by real encoders as trees of elements, laden with canaries; what takes them apart is none of redact's code."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

import av
import numpy as np

from redact.errors import MediaError
from redact.formats.matroska.file import Matroska
from redact.model import KINDS, Keep

CANARY = b"CANARY +47.5821+008.5417/"
DEFAULT = ("orientation", "colour")

MASTERS = frozenset({
    0x1A45DFA3, 0x18538067, 0x114D9B74, 0x4DBB, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0xE1, 0x55B0, 0x55D0, 0x7670,
    0x41E4, 0x6D80, 0x6240, 0x5034, 0x1F43B675, 0xA0, 0x75A1, 0xA6, 0x1C53BB6B, 0xBB, 0xB7, 0x1254C367, 0x7373, 0x67C8,
    0x1941A469, 0x61A7, 0x1043A770,
})  # fmt: skip
SEGMENT, INFO, TRACKS, ENTRY, CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675
SIMPLE, GROUP, BLOCK, VIDEO, AUDIO, PRIVATE = 0xA3, 0xA0, 0xA1, 0xE0, 0xE1, 0x63A2
CUES, SEEK_HEAD, VOID, TAGS = 0x1C53BB6B, 0x114D9B74, 0xEC, 0x1254C367


@dataclass
class Node:
    """An element: children where it is a master, else bytes; `open` where its size is not told."""

    code: int
    children: list[Node] = field(default_factory=list)
    content: bytes = b""
    open: bool = False

    def all(self, code: int) -> Iterator[Node]:
        """Every element of that ID below this one."""
        for child in self.children:
            if child.code == code:
                yield child
            yield from child.all(code)

    def first(self, *path: int) -> Node:
        """The first element at the end of a path."""
        node = self
        for code in path:
            node = next(child for child in node.children if child.code == code)
        return node

    def drop(self, *codes: int) -> None:
        """Without the children of these IDs."""
        self.children = [child for child in self.children if child.code not in codes]

    def put(self, code: int, content: bytes | Sequence[Node]) -> None:
        """With one child of that ID, whatever there was."""
        self.drop(code)
        self.children.append(leaf(code, content) if isinstance(content, bytes) else Node(code, list(content)))


def leaf(code: int, content: bytes) -> Node:
    """An element of bytes."""
    return Node(code, content=content)


def parse(data: bytes) -> Node:
    """A file as a tree; the root has no ID of its own. Knows closed sizes alone."""
    return Node(0, _parse(data))


def _parse(data: bytes) -> list[Node]:
    nodes, place = [], 0
    while place < len(data):
        wide = 9 - data[place].bit_length()
        code, place = int.from_bytes(data[place : place + wide], "big"), place + wide
        wide = 9 - data[place].bit_length()
        size = int.from_bytes(data[place : place + wide], "big") & (1 << 7 * wide) - 1
        body = data[place + wide : place + wide + size]
        place += wide + size
        nodes.append(Node(code, _parse(body)) if code in MASTERS else leaf(code, body))
    return nodes


def write(node: Node) -> bytes:
    """The bytes of a tree: sizes take four bytes."""
    body = b"".join(write(child) for child in node.children) if node.children else node.content
    if not node.code:
        return body
    size = b"\x01" + b"\xff" * 7 if node.open else (len(body) | 1 << 28).to_bytes(4, "big")
    return node.code.to_bytes((node.code.bit_length() + 7) // 8, "big") + size + body


Frames: TypeAlias = Sequence[np.ndarray[Any, Any]]


@cache
def encoded(
    video: str | Sequence[str] = "libx264",
    sound: str = "aac",
    container: str = "matroska",
    pixels: str = "yuv420p",
    options: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A film of ten frames, 64 x 48, and half a second of sound, with tags; any of both may be missing."""
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=dict(options)) as target:
        target.metadata.update({"title": CANARY.decode(), "location": CANARY.decode(), "comment": CANARY.decode()})
        names = ([video] if video else []) if isinstance(video, str) else list(video)
        pictures = [_video(target, name, pixels) for name in names]
        voice: Any = target.add_stream(sound, rate=48000, layout="mono") if sound else None
        for index in range(10):
            for stream in pictures:
                frame = av.VideoFrame.from_ndarray(picture(index), format="rgb24").reformat(format=pixels)
                frame.pts, frame.time_base = index, Fraction(1, 20)
                target.mux(stream.encode(frame))
        for stream in pictures:
            target.mux(stream.encode(None))
        if voice is not None:
            _speak(target, voice)
    return file.getvalue()


def _video(target: Any, name: str, pixels: str) -> Any:
    options = {"libx264": {"preset": "ultrafast", "g": "5"}, "libx265": {"x265-params": "log-level=none"}}
    stream = target.add_stream(name, rate=20, options=options.get(name, {}))
    stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
    stream.metadata["title"] = CANARY.decode()
    return stream


def _speak(target: Any, voice: Any) -> None:
    wave = (8000 * np.sin(np.arange(24000) / 17)).astype(np.int16)[None]
    frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    target.mux(voice.encode(frame))
    target.mux(voice.encode(None))


def picture(index: int) -> np.ndarray[Any, Any]:
    """A picture that changes from frame to frame."""
    across, down = np.meshgrid(np.arange(64), np.arange(48))
    return np.stack(((across * 4 + 9 * index) % 256, down * 5, (across + down + index) % 256), -1).astype(np.uint8)


def stripped(data: bytes, *kinds: str) -> bytes:
    """The film with what may stay: with orientation and colour where no kind is given."""
    target = io.BytesIO()
    Matroska().strip(io.BytesIO(data), target, Keep(frozenset(kinds or DEFAULT)))
    return target.getvalue()


def attempt(data: bytes) -> bytes | None:
    """The stripped film; None where it is refused with one of the project's own errors."""
    target = io.BytesIO()
    try:
        list(Matroska().fields(io.BytesIO(data)))
        Matroska().strip(io.BytesIO(data), target, Keep(KINDS))
    except MediaError:
        return None
    return target.getvalue()


def changed(data: bytes, change: Callable[[Node], None]) -> bytes:
    """The film with its tree changed."""
    tree = parse(data)
    change(tree)
    return write(tree)


Shown: TypeAlias = list[tuple[str, int, int | None, bytes]]


def shown(data: bytes) -> Shown:
    """(kind, number, time, bytes) of every decoded picture and of every packet of sound, track by track."""
    with av.open(io.BytesIO(data), "r", format="matroska") as film:
        streams = [stream for stream in film.streams if stream.type in ("video", "audio")]
        numbers = {stream.index: number for number, stream in enumerate(streams)}
        found: Shown = []
        for packet in film.demux(streams):
            number = numbers[packet.stream.index]
            if packet.stream.type == "audio":
                found += [("sound", number, packet.pts, bytes(packet))] * bool(packet.size)
                continue
            for frame in packet.decode():
                assert isinstance(frame, av.VideoFrame)
                found.append(("picture", number, frame.pts, b"".join(bytes(plane) for plane in frame.planes)))
    return sorted(found, key=lambda each: each[:2])


LADEN: dict[str, Callable[[Node], None]] = {}
"""Name of a carrier -> what puts a canary into it."""


def _carrier(name: str) -> Callable[[Callable[[Node], None]], Callable[[Node], None]]:
    def register(lade: Callable[[Node], None]) -> Callable[[Node], None]:
        LADEN[name] = lade
        return lade

    return register


def _everywhere(code: int) -> Callable[[Node], None]:
    """What puts an element into every master, and between header and film."""

    def lade(tree: Node) -> None:
        def visit(node: Node) -> None:
            for child in node.children:
                visit(child)
            if node.code in MASTERS:
                node.children.append(leaf(code, CANARY))

        visit(tree)
        tree.children.insert(1, leaf(code, CANARY))

    return lade


LADEN["an unknown element in every master"] = _everywhere(0x4FFE)
LADEN["padding in every master"] = _everywhere(VOID)
LADEN["a checksum in every master"] = _everywhere(0xBF)


@_carrier("texts of the whole")
def _texts(tree: Node) -> None:
    info = tree.first(SEGMENT, INFO)
    for code in (0x7BA9, 0x4D80, 0x5741, 0x7384, 0x73A4, 0x4444, 0x3CB923, 0x3EB923, 0x3C83AB, 0x3E83BB):
        info.put(code, CANARY)
    info.put(0x6924, [leaf(0x69A5, CANARY)])


@_carrier("texts of the tracks")
def _names(tree: Node) -> None:
    for entry in tree.all(ENTRY):
        for code in (0x536E, 0x22B59C, 0x22B59D, 0x258688, 0x3A9697, 0x3B4040, 0x26B240, 0x7446):
            entry.put(code, CANARY)
        entry.put(0x41E4, [leaf(0x41A4, CANARY), leaf(0x41E7, b"\x04"), leaf(0x41ED, CANARY)])


@_carrier("numbers that no film needs")
def _numbers(tree: Node) -> None:
    for code in (VIDEO, AUDIO):
        for node in tree.all(code):
            for number in (0x9D, 0x53B8, 0x54B2, 0x6264, 0x78B5, 0x54AA):
                node.put(number, CANARY[:8])
    for entry in tree.all(ENTRY):
        for number in (0x23E383, 0x234E7A, 0xB9):
            entry.put(number, CANARY[:8])
    for video in tree.all(VIDEO):
        video.put(0x55B0, [leaf(0x55B1, CANARY[:8]), Node(0x55D0, [leaf(0x55D1, CANARY[:8])])])
        video.put(0x7670, [leaf(0x7671, b"\x03"), leaf(0x7672, CANARY)])
    tree.first(SEGMENT, INFO).put(0x4489, CANARY[:8])


@_carrier("tags, chapters and attachments")
def _parts(tree: Node) -> None:
    segment = tree.first(SEGMENT)
    tag = Node(0x67C8, [leaf(0x45A3, b"LOCATION"), leaf(0x4487, CANARY), Node(0x67C8, [leaf(0x45A3, CANARY)])])
    segment.children += [
        Node(TAGS, [Node(0x7373, [tag])]),
        leaf(0x1043A770, CANARY),
        Node(0x1941A469, [Node(0x61A7, [leaf(0x4660, b"image/jpeg"), leaf(0x466E, CANARY), leaf(0x465C, CANARY)])]),
    ]


@_carrier("other tracks")
def _other_tracks(tree: Node) -> None:
    tracks = tree.first(SEGMENT, TRACKS)
    for number, kind, codec in ((61, 0x11, b"S_TEXT/UTF8"), (62, 0x21, b"D_WEBVTT/METADATA"), (63, 0x12, b"B_VOBBTN")):
        entry = [leaf(0xD7, bytes((number,))), leaf(0x73C5, b"\x09"), leaf(0x83, bytes((kind,))), leaf(0x86, codec)]
        tracks.children.append(Node(ENTRY, [*entry, leaf(PRIVATE, CANARY)]))
        for cluster in tree.all(CLUSTER):
            cluster.children.append(leaf(SIMPLE, bytes((0x80 | number, 0, 0, 0x80)) + CANARY))
            cluster.children.append(Node(GROUP, [leaf(BLOCK, bytes((0x80 | number, 0, 0, 0)) + CANARY)]))


@_carrier("what stands beside blocks")
def _beside(tree: Node) -> None:
    for cluster in tree.all(CLUSTER):
        cluster.children += [leaf(0xAF, CANARY), leaf(0xA7, CANARY[:8]), leaf(0xAB, CANARY[:8])]
        cluster.children.append(Node(0x5854, content=CANARY))
        blocks = [child for child in cluster.children if child.code == SIMPLE]
        for block in blocks[:2]:
            more = Node(0xA6, [leaf(0xEE, b"\x04"), leaf(0xA5, CANARY)])
            grouped = leaf(BLOCK, block.content[:3] + b"\xf1" + block.content[4:])
            extra = [leaf(0xFA, CANARY[:4]), leaf(0xA2, CANARY), leaf(0xFD, CANARY[:4])]
            cluster.children[cluster.children.index(block)] = Node(GROUP, [grouped, Node(0x75A1, [more]), *extra])


@_carrier("a second film and bytes behind it")
def _behind(tree: Node) -> None:
    tree.children.append(Node(SEGMENT, [leaf(VOID, CANARY)]))
    tree.children.append(leaf(0x4FFE, CANARY))


@cache
def laden() -> bytes:
    """The default film with a canary in every carrier."""
    data = encoded()
    for lade in LADEN.values():
        data = changed(data, lade)
    return data
