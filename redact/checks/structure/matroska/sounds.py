"""What the description of sound may hold, coding by coding. The packets of sound are opaque."""

from __future__ import annotations

import struct
from collections.abc import Callable

from redact.checks.reading import Flaw
from redact.checks.structure.matroska import aac, vorbis

_NOTHING = frozenset({
    b"A_AC3", b"A_AC3/BSID9", b"A_AC3/BSID10", b"A_EAC3", b"A_DTS", b"A_DTS/EXPRESS", b"A_DTS/LOSSLESS", b"A_TRUEHD",
    b"A_MLP", b"A_MPEG/L1", b"A_MPEG/L2", b"A_MPEG/L3", b"A_PCM/INT/LIT", b"A_PCM/INT/BIG", b"A_PCM/FLOAT/IEEE",
    b"A_TTA1",
})  # fmt: skip
"""Codings without a description."""

_AAC = frozenset({
    b"A_AAC", b"A_AAC/MPEG2/MAIN", b"A_AAC/MPEG2/LC", b"A_AAC/MPEG2/LC/SBR", b"A_AAC/MPEG2/SSR", b"A_AAC/MPEG4/MAIN",
    b"A_AAC/MPEG4/LC", b"A_AAC/MPEG4/LC/SBR", b"A_AAC/MPEG4/SSR", b"A_AAC/MPEG4/LTP",
})  # fmt: skip


def demand(codec: bytes, private: bytes) -> None:
    """Raise Flaw unless the coding is known and its description holds nothing but what a decoder needs."""
    if codec in _NOTHING:
        allowed = not private
    elif codec in _AAC:
        allowed = not private or aac.allowed(private)
    elif codec in _DESCRIBED:
        allowed = _DESCRIBED[codec](private)
    else:
        message = "the coding of the sound cannot be vouched for"
        raise Flaw(message)
    if not allowed:
        message = "the description of the sound holds something that is not allowed"
        raise Flaw(message)


def _flac(private: bytes) -> bool:
    """The signature, and STREAMINFO as the last block (RFC 9639 8.2)."""
    return private[:8] == b"fLaC\x80\0\0\x22" and len(private) == 8 + 34


def _vorbis(private: bytes) -> bool:
    """Identification, an empty comment by nobody, and the set-up, laced (Vorbis I 4.2, 5.2)."""
    comment = b"\3vorbis" + bytes(8) + b"\1"
    sizes = bytes((2, 30, len(comment)))
    identity = private[3:33]
    return (
        private.startswith(sizes)
        and identity.startswith(b"\1vorbis")
        and private[33 : 33 + len(comment)] == comment
        and private[33 + len(comment) :].startswith(b"\5vorbis")
        and identity[11] > 0
        and vorbis.fills(private[33 + len(comment) + 7 :], identity[11])
    )


def _opus(private: bytes) -> bool:
    """OpusHead, with a table of channels where the family has one (RFC 7845 5.1, RFC 8486)."""
    channels, family = private[9], private[18]
    if not private.startswith(b"OpusHead") or not channels or len(private) != 19 + (2 + channels if family else 0):
        return False
    if not family:
        return True
    streams, pairs, *sources = private[19:]
    decoded = streams + pairs
    if family in (2, 255):
        return pairs <= streams and decoded == channels and sources == list(range(channels))
    audible = [source for source in sources if source != 255]
    alone = len(set(audible)) == len(audible) and all(source < decoded for source in audible)
    return family == 1 and 1 <= channels <= 8 and pairs <= streams and 0 < decoded <= channels and alone


def _alac(private: bytes) -> bool:
    return len(private) == 24


def _wave(private: bytes) -> bool:
    """WAVEFORMATEX, as long as its format is."""
    extra = {1: 0, 2: 32, 3: 0, 6: 0, 7: 0, 0x11: 2}.get(int.from_bytes(private[:2], "little"))
    if private[:2] == b"\2\0" and private[20:] != _SEVEN_PAIRS:
        return False
    return extra is not None and len(private) == 18 + extra and int.from_bytes(private[16:18], "little") == extra


_SEVEN_PAIRS = struct.pack("<15h", 7, 256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232)
"""What Microsoft's ADPCM predicts with, in every file there is."""


_DESCRIBED: dict[bytes, Callable[[bytes], bool]] = {
    b"A_FLAC": _flac,
    b"A_VORBIS": _vorbis,
    b"A_OPUS": _opus,
    b"A_ALAC": _alac,
    b"A_MS/ACM": _wave,
}
