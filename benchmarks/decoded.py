"""What ordinary decoders make of a file: pixels, sound, colour profile and orientation. Pillow, libheif and FFmpeg."""

from __future__ import annotations

import hashlib
import itertools
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pillow_heif
import pillow_jxl  # noqa: F401 - registers itself
from PIL import Image as Pillow
from PIL import ImageCms, ImageSequence

from benchmarks.peers import VIDEOS

pillow_heif.register_heif_opener()
Pillow.MAX_IMAGE_PIXELS = 1 << 28

_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Decoded:
    """Digests of what is shown and heard, and what tells how: everything that has to stay the same.

    pictures:    of every picture, in order
    sounds:      of the packets of each track of sound
    profile:     of what the ICC profile makes of a set of colours; empty where there is none
    orientation: EXIF's, or the display matrix of a clip
    """

    pictures: tuple[str, ...]
    sounds: tuple[str, ...]
    profile: str
    orientation: str


def decoded(path: Path) -> Decoded | None:
    """The file as decoders see it; None where they do not read it whole."""
    try:
        return _clip(path) if path.suffix.lower() in VIDEOS else _still(path)
    except Exception:  # noqa: BLE001 - whatever a decoder raises, it did not decode
        return None


def _still(path: Path) -> Decoded:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Pillow.open(path) as picture:
            profile = picture.info.get("icc_profile") or b""
            turn = picture.getexif().get(_ORIENTATION, 1)
            pictures = tuple(_digest(frame.mode.encode(), frame.tobytes()) for frame in ImageSequence.Iterator(picture))
    return Decoded(
        pictures[:1] if path.suffix.lower() in _ALBUMS else pictures,
        (),
        _colours(profile, picture.mode),
        str(turn or 1),
    )


def _colours(profile: bytes, mode: str) -> str:
    """A digest of how a profile turns samples into Lab; of its bytes where it speaks of other samples."""
    if not profile:
        return ""
    kind = {"L": "L", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK"}.get(mode, "RGB")
    steps = range(0, 256, 51)
    samples = bytes(itertools.chain.from_iterable(itertools.product(steps, repeat=len(kind))))
    wedge = Pillow.frombytes(kind, (len(samples) // len(kind), 1), samples)
    try:
        turned = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("LAB"), kind, "LAB"
        )
        told = ImageCms.applyTransform(wedge, turned)
    except ImageCms.PyCMSError:
        return _digest(profile)
    return _digest(told.tobytes() if told else b"")


_ALBUMS = frozenset((".jpg", ".jpeg", ".heic", ".heif", ".hif", ".avif"))
"""What follows the first picture in these is no animation, but previews, depth maps and other pictures."""


def _clip(path: Path) -> Decoded:
    pictures, matrix = [], ""
    sounds: dict[int, Any] = {}
    with av.open(str(path), metadata_errors="replace") as clip:
        streams = [each for each in clip.streams.video if not each.disposition & av.stream.Disposition.attached_pic]
        for stream in clip.streams.audio:
            sounds[stream.index] = hashlib.blake2b(digest_size=16)
        for packet in clip.demux([*streams, *clip.streams.audio]):
            if packet.stream.index in sounds:
                sounds[packet.stream.index].update(bytes(packet))
                continue
            frames: Any = packet.decode()
            for frame in frames:
                pictures.append(_digest(frame.format.name.encode(), frame.to_ndarray().tobytes()))
                matrix = matrix or str(frame.rotation)
    if not pictures and not sounds:
        message = "nothing to see or hear"
        raise ValueError(message)
    return Decoded(tuple(pictures), tuple(each.hexdigest() for each in sounds.values()), "", matrix)


def _digest(*parts: bytes) -> str:
    return hashlib.blake2b(b"\0".join(parts), digest_size=16).hexdigest() if any(parts) else ""
