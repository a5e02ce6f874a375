"""Which elementary streams are pictures and sound, by the numbers and descriptors of the program that lists them.

The numbers are shared out by ISO/IEC 13818-1 table 2-34, by ATSC A/53 and, under a registration of their own, by the
makers of Blu-ray discs and AVCHD camcorders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from redact.errors import UnsupportedFormatError
from redact.formats.transport.tables import Descriptor, Program, Stream
from redact.model import Field, Kind

_PICTURES = {0x01: "mpeg1video", 0x02: "mpeg2video", 0x10: "mpeg4", 0x1B: "h264", 0x24: "hevc", 0x33: "vvc"}
"""Number -> FFmpeg's name of the coding."""

_SOUNDS = {0x03: "mp2", 0x04: "mp2", 0x0F: "aac", 0x11: "aac_latm", 0x81: "ac3", 0x87: "eac3", 0x8A: "dts"}
_DISC_SOUNDS = {0x80: "pcm_bluray", 0x81: "ac3", 0x82: "dts", 0x84: "eac3", 0x85: "dts", 0x86: "dts"}

_UNKNOWN_FILMS: Mapping[int, str] = {
    0x1C: "raw AAC", 0x21: "JPEG 2000", 0x2D: "MPEG-H audio", 0x2E: "MPEG-H audio", 0x32: "JPEG XS",
    0x34: "EVC", 0x42: "AVS", 0xD1: "Dirac", 0xD2: "AVS2", 0xD4: "AVS3", 0xD5: "AVS3 audio", 0xEA: "VC-1",
    0xCF: "encrypted AAC", 0xDB: "encrypted H.264", 0xC1: "encrypted AC-3", 0xC2: "encrypted E-AC-3",
}  # fmt: skip
"""Pictures and sound that nobody here knows: without them the film would not be what it was."""

_PRIVATE = 0x06
_REGISTRATION, _AC3, _EAC3, _DTS, _EXTENSION = 0x05, 0x6A, 0x7A, 0x7B, 0x7F
_PRIVATE_SOUNDS = {_AC3: "ac3", _EAC3: "eac3", _DTS: "dts"}
"""DVB's descriptors (ETSI EN 300 468): tag -> coding."""
_REGISTERED_SOUNDS = {
    b"AC-3": "ac3", b"EAC3": "eac3", b"DTS1": "dts", b"DTS2": "dts", b"DTS3": "dts", b"Opus": "opus",
}  # fmt: skip
_REGISTERED_PICTURES = {b"HEVC": "hevc", b"VVC ": "vvc"}
_UNKNOWN_REGISTERED = {b"AC-4": "AC-4", b"BSSD": "SMPTE 302M sound", b"drac": "Dirac", b"VC-1": "VC-1"}
_DISC_MAKERS = frozenset({b"HDMV", b"HDPR"})
_OPUS_CHANNELS = 0x80

_DROPPED: Mapping[int, tuple[str, Kind]] = {
    0x05: ("private sections", "unknown"),
    0x06: ("private data", "unknown"),
    0x15: ("timed metadata", "telemetry"),
    0x16: ("metadata sections", "telemetry"),
    0x1F: ("scalable enhancement", "preview"),
    0x20: ("second view", "preview"),
    0x86: ("SCTE-35 cues", "text"),
    0x90: ("presentation graphics", "text"),
    0x91: ("interactive graphics", "text"),
    0x92: ("text subtitles", "text"),
}
_DROPPED_REGISTERED: Mapping[bytes, tuple[str, Kind]] = {
    b"KLVA": ("KLV", "telemetry"),
    b"ID3 ": ("ID3", "text"),
    b"CUEI": ("SCTE-35 cues", "text"),
}
_DROPPED_DESCRIBED: Mapping[int, tuple[str, Kind]] = {
    0x45: ("VBI data", "text"),
    0x46: ("VBI teletext", "text"),
    0x56: ("teletext", "text"),
    0x59: ("DVB subtitles", "text"),
    0x26: ("timed metadata", "telemetry"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A stream that stays.

    holds:  "pictures" or "sound"
    coding: FFmpeg's name
    listed: how the new program lists it
    """

    holds: Literal["pictures", "sound"]
    coding: str
    listed: Stream


def is_disc(program: Program) -> bool:
    """True for a program that numbers its streams as discs and camcorders do."""
    return any(each.tag == _REGISTRATION and each.body[:4] in _DISC_MAKERS for each in program.descriptors)


def kept(program: Program) -> tuple[Kept, ...]:
    """The pictures and sound of a program. Raises UnsupportedFormatError for some that are not known here."""
    found = (_kept(stream, is_disc(program)) for stream in program.streams)
    return tuple(each for each in found if each)


def _kept(stream: Stream, disc: bool) -> Kept | None:  # noqa: FBT001 - two ways to number streams
    _refuse_unknown(stream, disc)
    registered = _registered(stream)
    if stream.coding in _PICTURES:
        return Kept("pictures", _PICTURES[stream.coding], Stream(stream.coding, stream.pid, ()))
    sounds = _DISC_SOUNDS if disc and stream.coding >= 0x80 else _SOUNDS
    if stream.coding in sounds:
        return Kept("sound", sounds[stream.coding], Stream(stream.coding, stream.pid, ()))
    if stream.coding != _PRIVATE:
        return None
    if registered in _REGISTERED_PICTURES:
        return Kept("pictures", _REGISTERED_PICTURES[registered], _registered_as(stream, registered))
    if registered in _REGISTERED_SOUNDS:
        return Kept("sound", _REGISTERED_SOUNDS[registered], _registered_as(stream, registered))
    for each in stream.descriptors:
        if each.tag in _PRIVATE_SOUNDS:
            # One byte of flags, of which none has to be set.
            listed = Stream(stream.coding, stream.pid, (Descriptor(each.tag, b"\0"),))
            return Kept("sound", _PRIVATE_SOUNDS[each.tag], listed)
    return None


def _refuse_unknown(stream: Stream, disc: bool) -> None:  # noqa: FBT001 - two ways to number streams
    name = _UNKNOWN_FILMS.get(stream.coding) or ("TrueHD" if disc and stream.coding == 0x83 else None)
    if stream.coding == _PRIVATE:
        name = _UNKNOWN_REGISTERED.get(_registered(stream))
    if name:
        message = f"a stream is coded as {name}, which is not known here: convert it first"
        raise UnsupportedFormatError(message)


def _registered(stream: Stream) -> bytes:
    return next((each.body[:4] for each in stream.descriptors if each.tag == _REGISTRATION), b"")


def _registered_as(stream: Stream, identifier: bytes) -> Stream:
    """The stream with its registration alone, and with the number of its channels where Opus needs it."""
    descriptors = [Descriptor(_REGISTRATION, identifier)]
    if identifier == b"Opus":
        told = (each.body for each in stream.descriptors if each.tag == _EXTENSION)
        channels = next((body for body in told if len(body) == 2 and body[0] == _OPUS_CHANNELS), None)
        if channels is None:
            message = "the sound does not tell its channels: convert it first"
            raise UnsupportedFormatError(message)
        descriptors.append(Descriptor(_EXTENSION, channels))
    return Stream(stream.coding, stream.pid, tuple(descriptors))


def registration(program: Program) -> tuple[Descriptor, ...]:
    """What a new program has to say of itself so that its streams' numbers are understood."""
    return (Descriptor(_REGISTRATION, b"HDMV"),) if is_disc(program) else ()


def told(program: Program) -> tuple[Field, ...]:
    """A field for each stream that does not stay, and for whatever else the program says of those that do."""
    staying = {each.listed.pid: each.listed for each in kept(program)}
    fields = [_name(stream) for stream in program.streams if stream.pid not in staying]
    described = [(each, registration(program)) for each in program.descriptors]
    for stream in program.streams:
        if stream.pid in staying:
            described += [(each, staying[stream.pid].descriptors) for each in stream.descriptors]
    fields += [_DESCRIPTORS.get(each.tag, _unnamed(each)) for each, ours in described if each not in ours]
    return tuple(fields)


def _name(stream: Stream) -> Field:
    named = _DROPPED_REGISTERED.get(_registered(stream))
    for each in stream.descriptors:
        named = named or _DROPPED_DESCRIBED.get(each.tag)
    named = named or _DROPPED.get(stream.coding) or (f"stream of type {stream.coding:#04x}", "unknown")
    return Field(*named, "stream")


_DESCRIPTORS = {
    0x0A: Field("ISO_639_language", "text", "PMT"),
    0x05: Field("registration", "unknown", "PMT"),
    0x1B: Field("MPEG-4_video", "unknown", "PMT"),
}


def _unnamed(descriptor: Descriptor) -> Field:
    return Field(f"descriptor {descriptor.tag:#04x}", "unknown", "PMT")
