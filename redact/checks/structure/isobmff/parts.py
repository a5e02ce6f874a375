"""The boxes that a description of samples may hold (ISO/IEC 14496-12, 8.5.2), and the codings that are described.

Configurations are what a decoder needs; all else is about shape, colour and where on a sphere a picture belongs. Each
is of a known size and holds plain numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from redact.checks.structure.isobmff import elementary
from redact.checks.structure.isobmff.boxes import Rule, boxes, exactly, up_to, zeros
from redact.model import Keep


def _with_colour(*sizes: int) -> Rule:
    return lambda body, keep: "colour" in keep and len(body) in sizes


def _colour(body: bytes, keep: Keep) -> bool:
    return "colour" in keep and len(body) == {b"nclc": 10, b"nclx": 11}.get(body[:4])


def _vouched(_body: bytes, _keep: Keep) -> bool:
    """A configuration: `read` holds it against its coding."""
    return True


def _vp_configuration(body: bytes, _keep: Keep) -> bool:
    """Profile, level, depth, colours as codes, and no initialisation data (VP Codec ISO Media File Format Binding)."""
    return len(body) == 12 and body[:4] == b"\1\0\0\0" and body[4] <= 3 and body[5] <= 62 and not any(body[10:])


def _phone_configuration(body: bytes, _keep: Keep) -> bool:
    """FFmpeg's name, no version, a level and a profile (3GPP TS 26.244, 6.8)."""
    return len(body) == 7 and body[:5] == b"FFMP\0"


def _phone_sound(body: bytes, _keep: Keep) -> bool:
    """FFmpeg's name, no version, the modes (3GPP TS 26.244, 6.7)."""
    return len(body) == 9 and body[:5] == b"FFMP\0"


def _dolby_vision(body: bytes, keep: Keep) -> bool:
    """A version, a profile, a level, reference units with a base layer alone, and zeros."""
    return (
        "colour" in keep
        and len(body) == 24
        and 1 <= body[0] <= 3
        and body[2] >> 1 <= 10
        and body[3] & 7 == 5
        and not (body[1] or body[4] & 0xF or any(body[5:]))
    )


def _stereo(body: bytes, _keep: Keep) -> bool:
    return len(body) == 5 and not any(body[:4]) and body[4] <= 4


def _sphere(body: bytes, _keep: Keep) -> bool:
    """A source without a name and a projection: whole degrees, and edges in 256ths or a cube."""
    source, projection = boxes(body, 0, len(body))
    pose, shape = boxes(body, projection.start, projection.end)
    angles = body[pose.start + 4 : pose.end]
    known = (
        (source.kind, body[source.start : source.end]) == (b"svhd", bytes(5))
        and (projection.kind, pose.kind, len(angles)) == (b"proj", b"prhd", 12)
        and not any(body[pose.start : pose.start + 4])
        and not any(angles[2::4] + angles[3::4])
    )
    content = body[shape.start : shape.end]
    if shape.kind == b"equi":
        return known and len(content) == 20 and not any(content[:4] + content[5::4] + content[6::4] + content[7::4])
    return known and shape.kind == b"cbmp" and len(content) == 12 and not any(content[:11])


def _layout(body: bytes, _keep: Keep) -> bool:
    """A layout by its number, or labels of channels without flags and coordinates."""
    others = (body[place + 4 : place + 20] for place in range(16, len(body), 20))
    size = 16 + 20 * int.from_bytes(body[12:16], "big")
    return len(body) >= 16 and len(body) == size <= 1024 and not any(map(any, others))


_Coding: TypeAlias = "tuple[str, bytes, int | None]"
_ELEMENTARY: _Coding = ("", b"esds", 4)
_BARE = (b"", None)

CODINGS: Mapping[bytes, _Coding] = {
    **dict.fromkeys((b"avc1", b"avc3", b"dva1", b"dvav"), ("h264", b"avcC", 0)),
    **dict.fromkeys((b"hvc1", b"hev1", b"dvh1", b"dvhe"), ("hevc", b"hvcC", 0)),
    **dict.fromkeys((b"vvc1", b"vvi1"), ("vvc", b"vvcC", 4)),
    b"av01": ("av1", b"av1C", 0),
    b"vp08": ("vp8", b"vpcC", None),
    b"vp09": ("vp9", b"vpcC", None),
    b"mp4v": _ELEMENTARY,
    **dict.fromkeys((b"m1v ", b"m1v1", b"mpeg"), ("mpeg1video", *_BARE)),
    **dict.fromkeys(
        (
            *(b"hdv%c" % letter for letter in b"123456789a"),
            *(b"mx%c%c" % (rate, norm) for rate in b"345" for norm in b"np"),
            *(b"xdv%c" % letter for letter in b"123456789abcdef"),
            *(b"xd5%c" % letter for letter in b"123456789abcdef"),
            b"m2v1",
        ),
        ("mpeg2video", *_BARE),
    ),
    **dict.fromkeys((b"s263", b"h263"), ("h263", b"d263", None)),
    **dict.fromkeys((b"jpeg", b"mjpa"), ("mjpeg", *_BARE)),
    **dict.fromkeys((b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x"), ("prores", *_BARE)),
}
"""Code of a description of pictures -> its coding (of mp4v its descriptor tells), the box of its configuration, and the
bytes of that box before the configuration; None where the box is no configuration of the stream."""

SOUNDS = frozenset({
    b"mp4a", b"ac-3", b"ec-3", b"alac", b"sowt", b"twos", b"in24", b"in32", b"fl32", b"fl64", b"lpcm", b"ipcm",
    b"fpcm", b"ulaw", b"alaw", b"raw ", b"Opus", b"fLaC", b".mp3", b"samr", b"sawb", b"mlpa",
})  # fmt: skip
CONFIGURATIONS: dict[bytes, Rule] = {
    b"avcC": _vouched,
    b"hvcC": _vouched,
    b"av1C": _vouched,
    b"vvcC": lambda body, _keep: body[:4] == bytes(4),
    b"vpcC": _vp_configuration,
    b"esds": lambda body, _keep: elementary.of_pictures(body),
    b"d263": _phone_configuration,
}
PICTURE_PARTS: dict[bytes, Rule] = {
    b"colr": _colour,
    b"pasp": exactly(8),
    b"clap": exactly(32),
    b"btrt": exactly(12),
    b"fiel": exactly(2),
    b"mdcv": _with_colour(24),
    b"clli": _with_colour(4),
    b"amve": _with_colour(8),
    b"dvcC": _dolby_vision,
    b"dvvC": _dolby_vision,
    b"dvwC": _dolby_vision,
    b"st3d": _stereo,
    b"sv3d": _sphere,
}
SOUND_PARTS: dict[bytes, Rule] = {
    b"esds": lambda body, _keep: elementary.of_sound(body),
    b"wave": up_to(0),
    b"chan": _layout,
    b"chnl": up_to(64),
    b"pcmC": exactly(6),
    b"btrt": exactly(12),
    b"dac3": exactly(3),
    b"dec3": up_to(16),
    b"alac": exactly(28, 52),
    b"dOps": up_to(32),
    b"dfLa": lambda body, _keep: len(body) == 42 and body[:8] == b"\0\0\0\0\x80\0\0\x22",
    b"damr": _phone_sound,
    b"dmlp": exactly(10),
}
WAVE_PARTS: dict[bytes, Rule] = {
    b"frma": exactly(4),
    b"mp4a": zeros(4),
    b"esds": lambda body, _keep: elementary.of_sound(body),
    b"alac": exactly(28, 52),
    b"dac3": exactly(3),
    b"dec3": up_to(16),
    b"enda": exactly(2),
    b"chan": _layout,
    bytes(4): exactly(0),
}
