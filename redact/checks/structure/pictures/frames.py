"""Codings whose packets are one frame each: VP8, VP9, H.263 baseline (ITU-T H.263, 5.1) and ProRes (SMPTE RDD 36)."""

from __future__ import annotations

from collections.abc import Callable

from redact.checks.reading import Flaw, take


def vp8(configuration: bytes) -> Callable[[bytes], bool]:
    """Frames of VP8 begin with a tag, key frames with a size too (RFC 6386 9.1). Raises Flaw for a configuration."""
    _demand_none(configuration)
    return lambda packet: not packet or _is_vp8(packet)


def _is_vp8(packet: bytes) -> bool:
    tag = packet[0] | packet[1] << 8 | packet[2] << 16
    version, first = tag >> 1 & 7, tag >> 5
    if version > 3:
        return False
    if tag & 1:
        return 3 < len(packet) >= 3 + first
    sized = (packet[6] or packet[7] & 0x3F) and (packet[8] or packet[9] & 0x3F)
    return packet[3:6] == b"\x9d\x01\x2a" and bool(sized) and 10 < len(packet) >= 10 + first


def vp9(configuration: bytes) -> Callable[[bytes], bool]:
    """Frames of VP9 begin as frames, and a superframe leaves no gap. Raises Flaw for more than four numbers."""
    features = [configuration[place : place + 3] for place in range(0, len(configuration), 3)]
    if any(len(each) != 3 or each[0] not in range(1, 5) or each[1] != 1 for each in features) or len(features) > 4:
        message = "the configuration of VP9 holds something that is not allowed"
        raise Flaw(message)
    return lambda packet: not packet or _are_vp9(packet)


def _are_vp9(packet: bytes) -> bool:
    """True for one frame, or for hidden ones that are of use and a shown one behind them, with their index."""
    last = packet[-1]
    count, width = 1 + (last & 7), 1 + (last >> 3 & 3)
    index = packet[-(2 + count * width) :]
    if last >> 5 != 0b110 or len(index) != 2 + count * width or index[0] != last:
        return _vp9_shows(packet) is not None
    shows, place = [], 0
    for number in range(count):
        size = int.from_bytes(index[1 + width * number :][:width], "little")
        shows.append(_vp9_shows(packet[place : place + size]))
        place += size
    return place + len(index) == len(packet) and shows == [False] * (count - 1) + [True]


def _vp9_shows(frame: bytes) -> bool | None:
    """Whether a frame is shown; None for one that is none, or neither shown nor kept for others (7.2)."""
    bits = "".join(f"{octet:08b}" for octet in frame[:8]) + "0" * 64
    head = 5 if bits[2:4] == "11" else 4
    if not frame or bits[:2] != "10" or (head == 5 and bits[4] == "1"):
        return None
    if bits[head] == "1":
        return True if len(frame) == (1 if head == 4 else 2) else None
    inter, shown, resilient = bits[head + 1], bits[head + 2], bits[head + 3]
    rest = bits[head + 4 :]
    if inter == "1":
        alone = shown == "0" and rest[0] == "1"
        rest = rest[(shown == "0") + 2 * (resilient == "0") :]
        if not alone:
            return shown == "1" if shown == "1" or "1" in rest[:8] else None
    return shown == "1" if rest[:24] == "010010011000001101000010" else None


def h263(configuration: bytes) -> Callable[[bytes], bool]:
    """Pictures of H.263 have no supplemental information. Raises Flaw for a configuration: there is none."""
    _demand_none(configuration)
    return lambda packet: not packet or _is_bare(packet)


def _is_bare(packet: bytes) -> bool:
    """Start code, type with a source format of the first edition, and the flag of supplemental information off."""
    head = take(packet, 0, 7, len(packet))
    begins = head[:2] == bytes(2) and head[2] & 0xFC == 0x80 and head[3] & 3 == 2
    source_format, paired, multipoint = head[4] >> 2 & 7, head[5] & 0x20, head[6] & 0x80
    flag = head[6] & (0x10 if multipoint else 0x40)
    return begins and 1 <= source_format <= 5 and not paired and not flag


def prores(configuration: bytes) -> Callable[[bytes], bool]:
    """Frames of ProRes name no encoder but Apple's and end with their last picture. Raises Flaw for a configuration."""
    _demand_none(configuration)
    return _frame_ends


def _frame_ends(packet: bytes) -> bool:
    head = take(packet, 8, 20, len(packet))
    tables = (head[19] >> 1 & 1) + (head[19] & 1)
    reserved = (head[12] & 0x33, head[17] & 0xF0, head[18], head[19] & 0xFC)
    known = (
        int.from_bytes(packet[:4], "big") == len(packet)
        and packet[4:8] == b"icpf"
        and int.from_bytes(head[:2], "big") == 20 + 64 * tables
        and int.from_bytes(head[2:4], "big") <= 1
        and head[4:8] == b"apl0"
        and not any(reserved)
    )
    place = 28 + 64 * tables
    for _ in range(2 if head[12] >> 2 & 3 else 1):
        place += max(int.from_bytes(take(packet, place + 1, 4, len(packet)), "big"), 8)
    return known and place == len(packet)


def _demand_none(configuration: bytes) -> None:
    if configuration:
        message = "a coding without a configuration has one"
        raise Flaw(message)
