"""VP8 (RFC 6386) and VP9 (VP9 Bitstream and Decoding Process Specification 0.7): frames with no room for messages.

Where something can hide all the same: the configuration that WebM gives a VP9 stream is a list of anything; between the
frames of a VP9 superframe and the index of their sizes there may be a gap that no decoder reads (annex B), behind a
frame that only repeats another one anything; and what calls itself a frame need not be one.

Kept: of the list four numbers; frames that begin as frames do. A VP8 key frame has its size and a first partition that
fits into it. A superframe of VP9 shows its last frame alone, and each hidden one is kept for prediction.
Dropped: the gap, and what stands behind a frame that repeats another one.

Not handled: bytes hidden within a frame. Refused: frames whose beginning is none, superframes that show several frames
(layers of scalable VP9).
"""

from __future__ import annotations

from dataclasses import dataclass

from redact.formats.codings.plain import Stream, garbled, nothing

_FEATURES = range(1, 5)
"""Profile, level, bit depth and chroma subsampling, each of one byte."""

_TAG_BYTES, _KEY_HEAD_BYTES = 3, 10
_KEY_START = b"\x9d\x01\x2a"
_LATEST_VERSION = 3

_MARK = 2
_SYNC = 0x498342
_HEAD_BYTES = 8
_RESERVED_PROFILE = 3


def vp8_of(_configuration: bytes) -> Stream:
    """A stream of VP8, which needs no configuration. Its packets raise DamagedFileError unless they are frames."""
    return Stream("VP8", b"", (), _vp8_frame, nothing)


def vp9_of(configuration: bytes) -> Stream:
    """A stream of VP9. Its packets raise DamagedFileError unless they are frames that fit into them."""
    return Stream("VP9", _features(configuration), (), _vp9_frames, nothing)


def is_vp8_key(packet: bytes) -> bool:
    """True for a clean packet of VP8 whose frame is predicted from no other."""
    return bool(packet) and not packet[0] & 1


def is_vp9_key(packet: bytes) -> bool:
    """True for a clean packet of VP9 that begins with a key frame of eight bits."""
    return packet[1:4] == _SYNC.to_bytes(3, "big") and not packet[0] & 0x0C


def _features(configuration: bytes) -> bytes:
    """The known numbers of a list; empty for anything else."""
    stay = b""
    for start in range(0, len(configuration) - 2, 3):
        feature = configuration[start : start + 3]
        if feature[0] not in _FEATURES or feature[1] != 1:
            return b""
        stay += feature
    return stay


def _vp8_frame(packet: bytes) -> bytes:
    """The packet, which is a frame by its tag (RFC 6386 9.1). An empty one stands for a frame that was left out."""
    tag = int.from_bytes(packet[:_TAG_BYTES], "little")
    head, first_bytes = _TAG_BYTES if tag & 1 else _KEY_HEAD_BYTES, tag >> 5
    fits = len(packet) > head and first_bytes <= len(packet) - head and tag >> 1 & 7 <= _LATEST_VERSION
    if packet and not (fits and (tag & 1 or _vp8_key(packet))):
        raise garbled()
    return packet


def _vp8_key(packet: bytes) -> bool:
    width, height = (int.from_bytes(packet[place : place + 2], "little") & 0x3FFF for place in (6, 8))
    return packet[3:6] == _KEY_START and width > 0 and height > 0


@dataclass(frozen=True, slots=True)
class _Frame:
    """The beginning of a VP9 frame.

    size: of the whole frame; 0 where that cannot be told
    """

    shown: bool
    refreshes: bool
    size: int = 0


def _vp9_frames(packet: bytes) -> bytes:
    """The packet's frames, with the index of their sizes close behind."""
    sizes, index = _index(packet)
    if not sizes:
        frame = _vp9_frame(packet) if packet else _Frame(shown=True, refreshes=False)
        return packet[: frame.size or len(packet)]
    start, frames = 0, []
    for size in sizes:
        frame = _vp9_frame(packet[start : start + size])
        if frame.size not in (0, size):
            raise garbled()
        frames.append(frame)
        start += size
    if start > len(packet) - len(index) or any(frame.shown for frame in frames[:-1]) or not frames[-1].shown:
        raise garbled()
    return packet[:start] + index


def _index(packet: bytes) -> tuple[list[int], bytes]:
    """The sizes of the frames in a superframe and the index that tells them; none for a frame alone."""
    marker = packet[-1] if packet else 0
    count, width = (marker & 7) + 1, (marker >> 3 & 3) + 1
    start = len(packet) - 2 - count * width
    if marker & 0xE0 != 0xC0 or start < 0 or packet[start] != marker:
        return [], b""
    places = range(start + 1, len(packet) - 1, width)
    return [int.from_bytes(packet[place : place + width], "little") for place in places], packet[start:]


def _vp9_frame(data: bytes) -> _Frame:
    """The beginning of a frame (7.2). Raises DamagedFileError where it is none, or hides and is of no use."""
    head = int.from_bytes(data[:_HEAD_BYTES].ljust(_HEAD_BYTES, b"\0"), "big")
    bits = f"{head:0{8 * _HEAD_BYTES}b}"
    profile = int(bits[3] + bits[2], 2)
    # The highest profile has a reserved bit.
    place = 5 if profile == _RESERVED_PROFILE else 4
    if not data or int(bits[:2], 2) != _MARK or (place == 5 and bits[4] == "1"):
        raise garbled()
    if bits[place] == "1":
        return _Frame(shown=True, refreshes=False, size=place - 3)
    inter, shown, resilient = bits[place + 1] == "1", bits[place + 2] == "1", bits[place + 3] == "1"
    place += 4
    if not inter:
        if int(bits[place : place + 24], 2) != _SYNC:
            raise garbled()
        return _Frame(shown, refreshes=True)
    intra_only = not shown and bits[place] == "1"
    place += (0 if shown else 1) + (0 if resilient else 2)
    if intra_only:
        if int(bits[place : place + 24], 2) != _SYNC:
            raise garbled()
        return _Frame(shown, refreshes=True)
    refreshes = int(bits[place : place + 8], 2) > 0
    if not shown and not refreshes:
        raise garbled()
    return _Frame(shown, refreshes)
