"""Codings of sound (RFC 9559 and the Matroska codec mappings): which are known, and what of their private data stays.

Where location hides: FLAC's and Vorbis' comments (Vorbis cannot be without: it is written empty), FLAC's pictures and
applications' blocks, the comment in AAC's program configuration, tables that hold any number (Opus' channels, ADPCM's
coefficients), and whatever stands behind what a decoder reads. The packets of sound are opaque: they are copied as they
are. Refused: channels of Opus that no family orders, coefficients of ADPCM that nobody has.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.matroska import ebml, program, vorbis

_FLAC_INFO_BYTES = 34
_VORBIS_IDENTITY_BYTES, _CHANNELS_AT = 30, 11
_VORBIS_NO_COMMENT = b"\x03vorbis" + bytes(8) + b"\x01"
_OPUS_BYTES = 19
_SILENT, _MOST_NAMED_CHANNELS = 255, 8
_UNNAMED_FAMILIES = (2, 255)
"""Of Opus: spheres of sound (RFC 8486), and channels that mean nothing."""
_ALAC_BYTES = 24
_WAVE = struct.Struct("<HHIIHHH")
_WAVE_EXTRA = {1: 0, 2: 32, 3: 0, 6: 0, 7: 0, 0x11: 2}
"""Format tag -> bytes behind the header: PCM, Microsoft's ADPCM, floats, A-law, mu-law, IMA's ADPCM."""

_MS_ADPCM = 2
_MS_COEFFICIENTS = struct.pack("<H14h", 7, 256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232)
"""Seven pairs, which every encoder writes and decoders know by heart."""


def cleaned(codec: str, private: bytes) -> bytes:
    """The private data of a coding of sound with what may stay; empty where it needs none.

    Raises UnsupportedFormatError for a coding that may hide what nobody here can find, DamagedFileError.
    """
    if codec in _BARE:
        return b""
    clean = _PRIVATE.get(codec)
    if clean is None:
        message = f"the sound is coded as {named(codec)}: what hides in that is not known here, so convert it first"
        raise UnsupportedFormatError(message)
    return clean(private)


def named(codec: str) -> str:
    """A codec's ID as text that is safe in a log."""
    known = codec.isascii() and codec.isprintable() and codec.replace("/", "").replace("_", "").isalnum()
    return codec if known and len(codec) < 40 else "something unnamed"


def _flac(private: bytes) -> bytes:
    """The signature and STREAMINFO, which then is the last block (RFC 9639 8)."""
    head = b"fLaC\x80" + _FLAC_INFO_BYTES.to_bytes(3, "big")
    block = private[8 : 8 + _FLAC_INFO_BYTES]
    known = private[:4] == b"fLaC" and private[4:5] in (b"\0", b"\x80") and private[5:8] == head[5:8]
    if not known or len(block) != _FLAC_INFO_BYTES:
        raise _garbled("FLAC")
    return head + block


def _vorbis(private: bytes) -> bytes:
    """Three packets in Xiph's lacing: identification, comment and set-up (Vorbis I 4.2)."""
    if private[:1] != b"\2":
        raise _garbled("Vorbis")
    start, sizes = 1, []
    for _ in range(2):
        end = start
        while private[end : end + 1] == b"\xff":
            end += 1
        if end >= len(private):
            raise _garbled("Vorbis")
        sizes.append(255 * (end - start) + private[end])
        start = end + 1
    identity, setup = private[start : start + sizes[0]], private[start + sum(sizes) :]
    if len(identity) != _VORBIS_IDENTITY_BYTES or identity[:7] != b"\x01vorbis" or setup[:7] != b"\x05vorbis":
        raise _garbled("Vorbis")
    sized = bytes((2, len(identity), len(_VORBIS_NO_COMMENT)))
    return sized + identity + _VORBIS_NO_COMMENT + setup[: _setup_bytes(setup, identity[_CHANNELS_AT])]


def _setup_bytes(setup: bytes, channels: int) -> int:
    try:
        return vorbis.setup_bytes(setup, channels)
    except (IndexError, ValueError) as cause:
        raise _garbled("Vorbis") from cause


def _opus(private: bytes) -> bytes:
    """OpusHead, to its end (RFC 7845 5.1)."""
    if private[:8] != b"OpusHead" or len(private) < _OPUS_BYTES:
        raise _garbled("Opus")
    family, channels = private[18], private[9]
    size = _OPUS_BYTES + (2 + channels if family else 0)
    if len(private) < size or not channels or (family and not _is_mapping(family, channels, private[19:size])):
        raise _garbled("Opus")
    return private[:size]


def _is_mapping(family: int, channels: int, table: bytes) -> bool:
    """True for streams that each channel is taken from once (RFC 7845 5.1.1), in order where channels have no names."""
    streams, coupled, chosen = table[0], table[1], table[2:]
    heard = [number for number in chosen if number != _SILENT]
    if not coupled <= streams <= streams + coupled <= channels:
        return False
    if family in _UNNAMED_FAMILIES:
        return chosen == bytes(range(channels)) and streams + coupled == channels
    named = family == 1 and channels <= _MOST_NAMED_CHANNELS
    return named and len(set(heard)) == len(heard) and all(number < streams + coupled for number in heard)


def _alac(private: bytes) -> bytes:
    """ALACSpecificConfig, without a layout of channels that goes without saying."""
    if len(private) < _ALAC_BYTES:
        raise _garbled("ALAC")
    return private[:_ALAC_BYTES]


def _aac(private: bytes) -> bytes:
    try:
        return program.plain(private) if private else b""
    except program.UnknownKindError as cause:
        message = "the sound is a rare kind of AAC: what hides in that is not known here, so convert it first"
        raise UnsupportedFormatError(message) from cause
    except IndexError as cause:
        raise _garbled("AAC") from cause


def _wave(private: bytes) -> bytes:
    """WAVEFORMATEX, with as much behind it as its format has."""
    if len(private) == _WAVE.size - 2:
        private += bytes(2)
    if len(private) < _WAVE.size:
        raise _garbled("a WAVE format")
    *fields, extra = _WAVE.unpack_from(private)
    if fields[0] not in _WAVE_EXTRA:
        message = "the sound is in an old Windows coding: what hides in that is not known here, so convert it first"
        raise UnsupportedFormatError(message)
    wanted = _WAVE_EXTRA[fields[0]]
    if extra < wanted or len(private) < _WAVE.size + wanted:
        raise _garbled("a WAVE format")
    more = private[_WAVE.size : _WAVE.size + wanted]
    if fields[0] == _MS_ADPCM and more[2:] != _MS_COEFFICIENTS:
        raise _garbled("ADPCM")
    return _WAVE.pack(*fields, wanted) + more


def _garbled(coding: str) -> DamagedFileError:
    return ebml.contradiction(f"the description of {coding} sound")


_BARE = frozenset((
    "A_AC3", "A_AC3/BSID9", "A_AC3/BSID10", "A_EAC3", "A_DTS", "A_DTS/EXPRESS", "A_DTS/LOSSLESS", "A_TRUEHD", "A_MLP",
    "A_MPEG/L1", "A_MPEG/L2", "A_MPEG/L3", "A_PCM/INT/LIT", "A_PCM/INT/BIG", "A_PCM/FLOAT/IEEE", "A_TTA1",
))  # fmt: skip
"""Codings whose packets tell all."""

_PRIVATE: Mapping[str, Callable[[bytes], bytes]] = {
    **dict.fromkeys((
        "A_AAC", "A_AAC/MPEG2/MAIN", "A_AAC/MPEG2/LC", "A_AAC/MPEG2/LC/SBR", "A_AAC/MPEG2/SSR", "A_AAC/MPEG4/MAIN",
        "A_AAC/MPEG4/LC", "A_AAC/MPEG4/LC/SBR", "A_AAC/MPEG4/SSR", "A_AAC/MPEG4/LTP",
    ), _aac),
    "A_FLAC": _flac,
    "A_VORBIS": _vorbis,
    "A_OPUS": _opus,
    "A_ALAC": _alac,
    "A_MS/ACM": _wave,
}  # fmt: skip
"""Coding -> what cleans its private data."""
