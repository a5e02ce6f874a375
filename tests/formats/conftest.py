"""What the format tests share: canaries, an EXIF block and a colour profile that are real, and a stripper of bytes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import piexif
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from redact.contracts import Format
from redact.model import Keep

Strip = Callable[..., bytes]

CANARY = b"CANARY"
LATITUDE = ((47, 1), (34, 1), (560123, 10007))


@pytest.fixture
def picture() -> Pillow.Image:
    """A colourful RGB picture of 61 x 43 pixels, sides that no block size divides."""
    across, down = np.meshgrid(np.arange(61), np.arange(43))
    return Pillow.fromarray(np.stack((across * 4, down * 5, (across * down) % 256), -1).astype(np.uint8))


@pytest.fixture
def block() -> bytes:
    """A TIFF block with orientation 6, a place, a time, an author, a thumbnail, and canaries in the texts."""
    thumbnail = BytesIO()
    Pillow.new("RGB", (16, 12), "red").save(thumbnail, "JPEG", comment=CANARY)
    written: bytes = piexif.dump(
        {
            "0th": {
                piexif.ImageIFD.Make: b"CANARY Cameras",
                piexif.ImageIFD.Orientation: 6,
                piexif.ImageIFD.ImageDescription: b"CANARY, near the bridge",
                piexif.ImageIFD.Artist: b"Ada",
                piexif.ImageIFD.DateTime: b"2024:05:06 07:08:09",
            },
            "Exif": {
                piexif.ExifIFD.DateTimeOriginal: b"2024:05:06 07:08:09",
                piexif.ExifIFD.OffsetTimeOriginal: b"+02:00",
                piexif.ExifIFD.FNumber: (28, 10),
                piexif.ExifIFD.MakerNote: b"CANARY note",
                piexif.ExifIFD.BodySerialNumber: b"CANARY 77",
                piexif.ExifIFD.ColorSpace: 0xFFFF,
            },
            "GPS": {piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: LATITUDE},
            "1st": {piexif.ImageIFD.Compression: 6},
            "thumbnail": thumbnail.getvalue(),
        }
    )
    return written.removeprefix(b"Exif\0\0")


@pytest.fixture
def profile() -> bytes:
    """An ICC profile for RGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def strip() -> Strip:
    """Strips bytes: `strip(format, data, *kinds, pixels=None)`, to orientation and colour where no kind is given."""

    def stripped(container: Format, data: bytes, *kinds: str, pixels: bytes | None = None) -> bytes:
        target = BytesIO()
        keep = Keep(frozenset(kinds or ("orientation", "colour")))
        container.strip(BytesIO(data), target, keep, None if pixels is None else BytesIO(pixels))
        return target.getvalue()

    return stripped
