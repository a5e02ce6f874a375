"""What holds for every still: nothing planted is left, twice is once, painted pixels go in, damage is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from redact.contracts import Format
from redact.errors import DamagedFileError
from redact.formats.jpeg import Jpeg
from redact.formats.png.file import Png
from redact.formats.webp import WebP
from redact.model import KINDS
from tests.formats.conftest import Strip
from tests.formats.laden import XMP, attempt, frames, laden_jpeg, laden_png, laden_webp, noise, saved, text_chunks


@dataclass(frozen=True)
class Still:
    """A container, what lades it, and how an encoder is made to write metadata beside painted pixels."""

    format: Format
    laden: Callable[[Pillow.Image, bytes, bytes], bytes]
    painted: dict[str, Any]


STILLS = (
    Still(Jpeg(), laden_jpeg, {"comment": b"CANARY encoder", "progressive": False}),
    Still(Png(), laden_png, {"pnginfo": text_chunks()}),
    Still(WebP(), laden_webp, {"lossless": True, "xmp": XMP}),
)
NAMES = [still.format.name for still in STILLS]
every_still = pytest.mark.parametrize("still", STILLS, ids=NAMES)


@every_still
@pytest.mark.parametrize("kinds", [(), ("time", "camera", "author"), tuple(KINDS)])
def test_stripping_twice_changes_no_byte(
    still: Still, picture: Pillow.Image, block: bytes, profile: bytes, strip: Strip, kinds: tuple[str, ...]
) -> None:
    clean = strip(still.format, still.laden(picture, block, profile), *kinds)
    assert strip(still.format, clean, *kinds) == clean


@every_still
def test_painted_pixels_come_from_elsewhere_and_metadata_from_the_source(
    still: Still, picture: Pillow.Image, block: bytes, profile: bytes, strip: Strip
) -> None:
    painted = saved(Pillow.new("RGB", picture.size, "teal"), still.format.name, **still.painted)
    assert b"CANARY" in painted
    clean = strip(still.format, still.laden(picture, block, profile), pixels=painted)
    read = Pillow.open(BytesIO(clean))
    assert frames(clean)[0] == frames(painted)[0]
    assert read.info["icc_profile"] == profile
    assert read.getexif()[piexif.ImageIFD.Orientation] == 6
    assert b"CANARY" not in clean


@every_still
def test_an_empty_file_is_refused(still: Still) -> None:
    with pytest.raises(DamagedFileError):
        list(still.format.fields(BytesIO()))


@every_still
@given(cut=st.integers(0, 10**6))
def test_a_file_cut_anywhere_is_refused_or_complete(still: Still, cut: int) -> None:
    whole = noise(still.format.name)
    data = whole + b"trailer"
    shorter = data[: cut % (len(data) + 1)]
    clean = attempt(still.format, shorter)
    assert (clean is None) == (len(shorter) < len(whole))
    if clean is not None:
        assert frames(clean) == frames(whole)


@every_still
@given(changes=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=5))
def test_garbled_headers_are_refused_or_stay_as_they_are_written(still: Still, changes: list[tuple[int, int]]) -> None:
    data = bytearray(noise(still.format.name))
    for place, value in changes:
        data[place % len(data)] = value
    clean = attempt(still.format, bytes(data))
    if clean is not None:
        assert attempt(still.format, clean) == clean
