"""JPEGs of every sampling are painted MCU by MCU; nothing else in them moves."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import jpeglib
import numpy as np
import pytest
import simplejpeg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL.JpegImagePlugin import JpegImageFile

from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError
from redact.frames.codings.jpeg import parse_jpeg
from redact.frames.codings.jpeg_blocks import TRANSFORM
from redact.frames.codings.jpeg_coefficients import Component, Layout, read_coefficients, write_coefficients
from redact.model import Box
from tests.frames.conftest import CanvasOf, Redacted, fingerprint_of_outside, photograph, saved

SAMPLINGS = {"444": (8, 8), "422": (16, 8), "420": (16, 16), "440": (8, 16), "411": (32, 8), "Gray": (8, 8)}
"""Sampling -> (width, height) of an MCU."""


def coded(sampling: str, width: int = 90, height: int = 70, seed: int = 0) -> bytes:
    pixels = photograph(width, height, seed)
    if sampling == "Gray":
        grey = np.ascontiguousarray(pixels[..., :1])
        return bytes(simplejpeg.encode_jpeg(grey, colorspace="GRAY", colorsubsampling="Gray"))
    return bytes(simplejpeg.encode_jpeg(pixels, quality=88, colorsubsampling=sampling))


def planes(data: bytes, folder: Path) -> list[np.ndarray]:
    """Coefficients as jpeglib's public function reads them."""
    (folder / "judged.jpg").write_bytes(data)
    picture = jpeglib.read_dct(str(folder / "judged.jpg"))
    return [plane for plane in (picture.Y, picture.Cb, picture.Cr) if plane is not None]


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_coefficients_outside_the_touched_mcus_are_bit_identical(
    redacted: Redacted, tmp_path: Path, sampling: str
) -> None:
    source = coded(sampling)
    copy = redacted(source, "JPEG", [Box(33, 17, 47.5, 31)])
    across, down = SAMPLINGS[sampling]
    left, top, right, bottom = 33 // across, 17 // down, -(-47 // across), -(-31 // down)
    for before, after in zip(planes(source, tmp_path), planes(copy, tmp_path), strict=True):
        rows, columns = before.shape[0] / -(-70 // down), before.shape[1] / -(-90 // across)
        changed = (before != after).any(axis=(2, 3))
        assert changed.any()
        inside = changed[round(top * rows) : round(bottom * rows), round(left * columns) : round(right * columns)]
        assert inside.sum() == changed.sum()


@pytest.mark.parametrize("sampling", SAMPLINGS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_not_one_byte_depends_on_what_was_inside(redacted: Redacted, sampling: str, data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 100)), data.draw(st.integers(1, 100))
    source = coded(sampling, width, height)
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    region = Box(left, top, left + data.draw(st.integers(1, 40)), top + data.draw(st.integers(1, 40)))
    other = scrambled_inside(source, region)
    assert redacted(source, "JPEG", [region]) == redacted(other, "JPEG", [region])


def scrambled_inside(source: bytes, region: Box) -> bytes:
    """The same JPEG with other blocks, luma and chroma, in every MCU that `region` touches, padding blocks included."""
    jpeg = parse_jpeg(source)
    coefficients = read_coefficients(jpeg.coded, jpeg.layout)
    across, down = jpeg.layout.mcu
    random = np.random.default_rng(3)
    for part, plane in zip(jpeg.layout.components, coefficients.planes, strict=True):
        high, wide = (1, 1) if len(jpeg.layout.components) == 1 else (part.down, part.across)
        rows = slice(int(region.top // down) * high, int(-(-region.bottom // down)) * high)
        columns = slice(int(region.left // across) * wide, int(-(-region.right // across)) * wide)
        plane[rows, columns] = random.integers(-40, 41, plane[rows, columns].shape)
    return write_coefficients(coefficients, jpeg.layout, optimise=jpeg.optimised)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_painted_blocks_show_what_was_painted(canvas_of: CanvasOf, sampling: str) -> None:
    canvas = canvas_of(coded(sampling), "JPEG")
    # Soft enough for chroma of any sampling to follow.
    coarse = Pillow.fromarray(photograph(90, 70, 5)).resize((6, 6))
    soft = np.asarray(coarse.resize((90, 70), Pillow.Resampling.BICUBIC))
    canvas.edit([Box(0, 0, 90, 70)], lambda image, _: np.copyto(image, soft))
    shown = canvas_of(canvas.coded(), "JPEG").view()
    expected = np.asarray(Pillow.fromarray(soft).convert("L").convert("RGB")) if sampling == "Gray" else soft
    assert np.abs(shown.astype(int) - expected).mean() < 4


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 3}, {"optimize": True}], ids=str)
def test_progressive_restarted_and_optimised_files_are_painted(
    redacted: Redacted, tmp_path: Path, options: dict[str, object]
) -> None:
    source = saved(photograph(90, 70), "JPEG", **options)
    copy = redacted(source, "JPEG", [Box(33, 17, 47, 31)])
    for before, after in zip(planes(source, tmp_path), planes(copy, tmp_path), strict=True):
        assert 0 < (before != after).any(axis=(2, 3)).mean() < 0.2


def test_a_sequential_copy_is_hardly_larger_than_its_source(redacted: Redacted) -> None:
    for options in ({}, {"optimize": True}, {"progressive": True}):
        source = saved(photograph(400, 300), "JPEG", quality=85, **options)
        assert len(redacted(source, "JPEG", [Box(33, 17, 147, 131)])) < 1.06 * len(source)


def test_painting_twice_writes_the_same_bytes(redacted: Redacted) -> None:
    source = coded("420")
    assert redacted(source, "JPEG", [Box(3, 3, 50, 40)]) == redacted(source, "JPEG", [Box(3, 3, 50, 40)])


def test_different_tables_for_each_component_are_kept(redacted: Redacted, tmp_path: Path) -> None:
    tables = [[step] * 64 for step in (3, 5, 9)]
    picture = Pillow.fromarray(photograph(64, 64)).convert("YCbCr")
    source = saved(picture, "JPEG", qtables=tables, subsampling="4:2:0")
    copy = redacted(source, "JPEG", [Box(0, 0, 16, 16)])
    assert first_steps(copy) == first_steps(source) == [3, 5, 9]
    for before, after in zip(planes(source, tmp_path), planes(copy, tmp_path), strict=True):
        assert np.array_equal(before[2:, 2:], after[2:, 2:])


def first_steps(data: bytes) -> list[int]:
    picture = Pillow.open(io.BytesIO(data))
    assert isinstance(picture, JpegImageFile)
    return [table[0] for table in picture.quantization.values()]


def test_components_keep_their_names(redacted: Redacted) -> None:
    source = coded("420")
    copy = redacted(source, "JPEG", [Box(0, 0, 16, 16)])
    assert parse_jpeg(copy).layout.components == parse_jpeg(source).layout.components


def test_nothing_spools_through_the_temporary_folder(
    redacted: Redacted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert redacted(coded("420"), "JPEG", [Box(0, 0, 16, 16)])


def test_the_transform_is_orthonormal() -> None:
    assert np.allclose(TRANSFORM @ TRANSFORM.T, np.eye(64), atol=1e-6)


def test_a_second_picture_after_the_first_is_not_carried_along(canvas_of: CanvasOf) -> None:
    source = coded("420")
    assert canvas_of(source + coded("420", seed=7), "JPEG").coded() == canvas_of(source, "JPEG").coded()


def test_a_jfif_thumbnail_is_not_carried_along(canvas_of: CanvasOf) -> None:
    thumbnail = b"\xff\xe0" + struct.pack(">H", 16 + 3 * 4) + b"JFIF\0\1\2\0\0\1\0\1\2\2" + b"face" * 3
    source = coded("420")
    with_thumbnail = source[:2] + thumbnail + source[20:]
    assert b"facefaceface" in with_thumbnail
    assert b"facefaceface" not in canvas_of(with_thumbnail, "JPEG").coded()


@pytest.mark.parametrize("marker", [0xC3, 0xC5, 0xC9, 0xCA, 0xCB], ids=hex)
def test_unusual_processes_are_refused(canvas_of: CanvasOf, marker: int) -> None:
    with pytest.raises(UnsupportedFormatError, match="baseline"):
        canvas_of(coded("420").replace(b"\xff\xc0", bytes((0xFF, marker)), 1), "JPEG")


def test_cmyk_is_refused(canvas_of: CanvasOf) -> None:
    with pytest.raises(UnsupportedFormatError, match="CMYK"):
        canvas_of(saved(Pillow.fromarray(photograph(20, 20)).convert("CMYK"), "JPEG"), "JPEG")


def test_an_rgb_coded_picture_can_be_seen_but_not_painted(canvas_of: CanvasOf) -> None:
    canvas = canvas_of(saved(photograph(20, 20), "JPEG", keep_rgb=True), "JPEG")
    canvas.edit([Box(0, 0, 8, 8)], fingerprint_of_outside)
    with pytest.raises(UnsupportedFormatError, match="RGB"):
        canvas.coded()


def test_too_many_pixels_are_refused_before_decoding(canvas_of: CanvasOf) -> None:
    source = bytearray(coded("420"))
    frame = source.index(b"\xff\xc0")
    source[frame + 5 : frame + 9] = struct.pack(">HH", 65500, 65500)
    with pytest.raises(MediaError, match="65500 x 65500 pixels"):
        canvas_of(bytes(source), "JPEG")


def test_a_hole_in_the_entropy_coded_data_is_damage(canvas_of: CanvasOf) -> None:
    source = coded("420", 200, 200)
    middle = len(source) // 2
    with pytest.raises(DamagedFileError):
        canvas_of(source[:middle] + source[middle + 400 :], "JPEG")


@pytest.mark.parametrize("scans", [1, 4, 9])
def test_a_progressive_picture_whose_last_scans_are_cut_off_is_damage(canvas_of: CanvasOf, scans: int) -> None:
    source = saved(photograph(90, 70), "JPEG", progressive=True)
    starts = [i for i in range(len(source)) if source[i : i + 2] == b"\xff\xda"]
    tables = source.rfind(b"\xff\xc4", 0, starts[scans])
    with pytest.raises(DamagedFileError, match="scans"):
        canvas_of(source[: tables if tables > starts[scans - 1] else starts[scans]] + b"\xff\xd9", "JPEG")


def test_a_flood_of_scans_is_refused(canvas_of: CanvasOf) -> None:
    source = coded("Gray")
    scan = source[source.index(b"\xff\xda") : -2]
    with pytest.raises(UnsupportedFormatError, match="scans"):
        canvas_of(source[:-2] + scan * 200 + b"\xff\xd9", "JPEG")


def test_a_sampling_without_common_grid_is_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="sampling"):
        Layout(10, 10, (Component(1, 3, 1), Component(2, 2, 1), Component(3, 1, 1))).checked()
