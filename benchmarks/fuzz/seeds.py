"""The first files of the corpus: one of each container, small, laden, from real encoders."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import piexif
import pillow_heif
import pillow_jxl  # noqa: F401 - registers itself
from PIL import Image as Pillow

pillow_heif.register_heif_opener()

_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="1,2.3N"/></x:xmpmeta>'


def sow(corpus: Path) -> None:
    """Put a file of each container into its folder below `corpus`, for stripping and for walking; once."""
    for name, data in _seeds():
        for folder in (corpus / name, corpus / f"walk-{name}"):
            folder.mkdir(parents=True, exist_ok=True)
            if not any(folder.iterdir()):
                (folder / "seed").write_bytes(data)
    blocks = corpus / "carriers"
    blocks.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate((_block(), _XMP, b"8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x5a\0\x03Ulm")):
        (blocks / f"seed-{number}").write_bytes(data)
    texts = corpus / "sidecars"
    texts.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate((_SUBTITLES, _XMP, b"$GPGGA,123519,0123.4,N,00234.5,E,1,08,0.9\n")):
        (texts / f"seed-{number}").write_bytes(data)


_SUBTITLES = b"1\n00:00:00,000 --> 00:00:01,000\n[latitude: 1.2345] [longitude: 2.3456] 2024-05-06 07:08:09\n"


def _block() -> bytes:
    place = {piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: ((1, 1), (2, 1), (3, 1))}
    about = {piexif.ImageIFD.Artist: b"Ada", piexif.ImageIFD.Orientation: 6}
    lens = {piexif.ExifIFD.FNumber: (28, 10), piexif.ExifIFD.DateTimeOriginal: b"2024:05:06 07:08:09"}
    written: bytes = piexif.dump({"0th": about, "Exif": lens, "GPS": place})
    return written.removeprefix(b"Exif\0\0")


def _seeds() -> Iterator[tuple[str, bytes]]:
    picture = Pillow.fromarray(np.random.default_rng(1).integers(0, 256, (16, 24, 3), np.uint8))
    block = _block()
    for name, container, options in (
        ("JPEG", "JPEG", {"exif": b"Exif\0\0" + block, "comment": b"1.2345, 2.3456"}),
        ("PNG", "PNG", {"exif": block}),
        ("WebP", "WEBP", {"exif": block, "xmp": _XMP}),
        ("GIF", "GIF", {"save_all": True, "append_images": [picture.rotate(180)], "loop": 0, "comment": b"1.2345"}),
        ("BMP", "BMP", {}),
        ("TIFF", "TIFF", {"exif": block}),
        ("HEIF", "HEIF", {"exif": block, "xmp": _XMP}),
        ("JPEG-2000", "JPEG2000", {"comment": "1.2345, 2.3456"}),
        ("JPEG-XL", "JXL", {"exif": block}),
    ):
        target = BytesIO()
        picture.save(target, container, **options)
        yield name, target.getvalue()
    yield "XMP", _XMP
    yield "MP4", _clip("mp4")
    yield "Matroska", _clip("matroska")
    yield "MPEG-TS", _clip("mpegts")
    yield "AVI", _clip("avi")


def _clip(container: str) -> bytes:
    target = BytesIO()
    with av.open(target, "w", format=container) as clip:
        clip.metadata.update({"title": "1.2345, 2.3456", "location": "+01.2345-002.3456/"})
        stream: Any = clip.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 32, 16, "yuv420p"
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((16, 32, 3), 60 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            clip.mux(stream.encode(frame))
        clip.mux(stream.encode(None))
    return target.getvalue()
