"""Stills with a canary in every carrier, made by real encoders and laden by hand; and what is asked of any still."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image as Pillow
from PIL import ImageSequence
from PIL.PngImagePlugin import PngInfo

from redact.contracts import Format
from redact.errors import MediaError
from redact.model import KINDS, Keep

PLACE = b"CANARY 47.58210, 8.54170"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="CANARY" dc:title="CANARY"/></x:xmpmeta>'
IPTC = b"".join(struct.pack(">BBBH", 0x1C, 2, number, 6) + b"CANARY" for number in (90, 120))
RESOURCES = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC


def saved(picture: Pillow.Image, container: str, **options: object) -> bytes:
    """A file as Pillow writes it."""
    target = BytesIO()
    picture.save(target, container, **options)
    return target.getvalue()


def frames(data: bytes) -> list[bytes]:
    """The pixels of every frame."""
    return [frame.tobytes() for frame in ImageSequence.Iterator(Pillow.open(BytesIO(data)))]


@cache
def noise(container: str) -> bytes:
    """A small picture that hardly compresses, without metadata."""
    samples = np.random.default_rng(7).integers(0, 256, (20, 30, 3), np.uint8)
    return saved(Pillow.fromarray(samples), container)


def attempt(container: Format, data: bytes) -> bytes | None:
    """The stripped file; None where it is refused."""
    target = BytesIO()
    try:
        list(container.fields(BytesIO(data)))
        container.strip(BytesIO(data), target, Keep(KINDS))
    except MediaError:
        return None
    return target.getvalue()


def segment(marker: int, payload: bytes) -> bytes:
    """A marker segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """The JPEG with segments right behind its start."""
    return data[:2] + b"".join(segments) + data[2:]


def laden_jpeg(picture: Pillow.Image, block: bytes, profile: bytes) -> bytes:
    """A JPEG with a canary in every carrier, some between its scans, some behind its end."""
    data = saved(picture, "JPEG", progressive=True, icc_profile=profile)
    motion = b"\0\0\0\x18ftypmp42" + PLACE
    before = (
        segment(0xE0, b"JFXX\0\x10" + PLACE),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"D" * 40 + XMP),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        segment(0xE1, b"Exif\0\0" + block),
        segment(0xE1, b"FLIR\0" + PLACE),
        segment(0xE2, b"MPF\0" + PLACE),
        segment(0xE4, PLACE),
        segment(0xE5, b"RMETA\0" + PLACE),
        segment(0xEB, b"JP" + PLACE),
        segment(0xED, b"Photoshop 3.0\0" + RESOURCES),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + PLACE),
        segment(0xFE, PLACE),
    )
    middle = data.rindex(b"\xff\xda")
    data = data[:middle] + segment(0xFE, PLACE) + b"\xff\xff\xff" + data[middle:]
    return with_segments(data, *before) + saved(picture, "JPEG", comment=PLACE) + motion


def png_chunk(name: bytes, payload: bytes) -> bytes:
    """A chunk of a PNG with a right checksum."""
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def before_data(data: bytes, *extra: bytes) -> bytes:
    """The PNG with chunks before its picture data."""
    place = data.index(b"IDAT") - 4
    return data[:place] + b"".join(extra) + data[place:]


def raw_profile(name: str, content: bytes) -> bytes:
    """A text chunk as ImageMagick writes a block of metadata."""
    text = f"\n{name}\n{len(content):8}\n{content.hex()}\n".encode()
    return png_chunk(b"zTXt", f"Raw profile type {name}".encode() + b"\0\0" + zlib.compress(text))


def text_chunks() -> PngInfo:
    """Texts of every kind."""
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    info.add_itxt("Description", "CANARY", zip=True)
    info.add_text("Author", "CANARY")
    info.add_text("CANARY 47.58", "x")
    info.add_text("exif:GPSLatitude", "CANARY", zip=True)
    return info


def laden_png(picture: Pillow.Image, block: bytes, profile: bytes) -> bytes:
    """A PNG with a canary in every carrier, and behind its end."""
    data = saved(picture, "PNG", pnginfo=text_chunks(), icc_profile=profile, exif=block, dpi=(300, 300))
    extra = (
        raw_profile("exif", b"Exif\0\0" + block),
        raw_profile("iptc", RESOURCES),
        raw_profile("xmp", XMP),
        png_chunk(b"tIME", struct.pack(">HBBBBB", 2024, 5, 6, 7, 8, 9)),
        png_chunk(b"teSt", b"CANARY"),
    )
    return before_data(data, *extra) + b"\xff\xd8\xff CANARY"


def riff_chunk(name: bytes, payload: bytes) -> bytes:
    """A chunk of a WebP."""
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def riff(body: bytes) -> bytes:
    """A WebP of these chunks."""
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def transparent(picture: Pillow.Image) -> Pillow.Image:
    """The picture, faded from top to bottom."""
    faded = picture.convert("RGBA")
    faded.putalpha(Pillow.linear_gradient("L").resize(picture.size))
    return faded


def laden_webp(picture: Pillow.Image, block: bytes, profile: bytes) -> bytes:
    """A WebP with a canary in every carrier, and behind its end."""
    data = saved(transparent(picture), "WEBP", exif=b"Exif\0\0" + block, xmp=XMP, icc_profile=profile)
    return riff(data[12:] + riff_chunk(b"teSt", b"CANARY")) + b"\xff\xd8\xff CANARY"
