"""A still is untouched outside what was painted and touched inside, whichever way up it is stored."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import piexif
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from redact.checks import pixels, stills
from redact.errors import DamagedFileError
from redact.model import Box, Findings, Image, Keep, Polygon, Region, Track
from tests.checks.conftest import Ask, MakeClip, encoded, found, moving_pictures, noise

LOSSLESS: dict[str, dict[str, Any]] = {"PNG": {}, "WebP": {"lossless": True}}
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = PROFILE[:16] + b"GRAY" + PROFILE[20:]
"""One in name."""


def oriented(value: int) -> bytes:
    return bytes(piexif.dump({"0th": {piexif.ImageIFD.Orientation: value}}))


def painted(image: Image, *areas: tuple[int, int, int, int]) -> Image:
    copy = image.copy()
    for left, top, right, bottom in areas:
        copy[top:bottom, left:right] = 99
    return copy


def jpeg_pair(
    *areas: tuple[int, int, int, int], subsampling: int = 2, orientation: int = 1, **options: Any
) -> tuple[bytes, bytes]:
    """A JPEG, and one whose blocks differ only in MCUs that hold the areas: made by coding a decoded picture of blocks.

    A picture that is flat in every MCU survives coding unchanged, so painting whole MCUs of it changes those alone.
    """
    unit = 16 if subsampling == 2 else 8
    rng = np.random.default_rng(5)
    coarse = rng.integers(30, 220, (6, 8), np.uint8)
    texture = rng.integers(-20, 20, (96 * unit // 16, 128 * unit // 16), np.int16)
    grey = (np.kron(coarse, np.ones((unit, unit))) + texture).clip(0, 255).astype(np.uint8)
    image = np.repeat(grey[..., None], 3, axis=2)
    settings = {"quality": 90, "subsampling": subsampling, "exif": oriented(orientation), **options}
    return encoded(image, "JPEG", **settings), encoded(painted(image, *areas), "JPEG", **settings)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP"])
def test_a_picture_without_a_region_has_the_same_coded_data(about: Ask, kind: str) -> None:
    source = encoded(noise(48, 64), kind)
    check = pixels.ask(about(source, source))
    assert check.passed
    assert "bit-identical" in check.detail


@pytest.mark.parametrize("kind", LOSSLESS)
def test_a_painted_region_passes_and_one_more_changed_pixel_does_not(about: Ask, kind: str) -> None:
    image = noise(48, 64)
    copy = painted(image, (10, 8, 30, 24))
    findings = found((0, Box(10, 8, 30, 24)))
    source = encoded(image, kind, **LOSSLESS[kind])
    assert pixels.ask(about(source, encoded(copy, kind, **LOSSLESS[kind]), findings=findings)).passed
    copy[40, 50] ^= 1
    check = pixels.ask(about(source, encoded(copy, kind, **LOSSLESS[kind]), findings=findings))
    assert not check.passed
    assert check.detail == "1 rows of pixels changed outside the 1 regions"


@pytest.mark.parametrize("kind", LOSSLESS)
def test_one_changed_pixel_where_nothing_was_found_is_seen(about: Ask, kind: str) -> None:
    image = noise(48, 64)
    source, copy = encoded(image, kind, **LOSSLESS[kind]), image.copy()
    copy[0, 0, 0] ^= 1
    assert not pixels.ask(about(source, encoded(copy, kind, **LOSSLESS[kind]))).passed


def test_the_same_pixels_coded_anew_pass(about: Ask) -> None:
    image = noise(48, 64)
    assert pixels.ask(about(encoded(image, "PNG"), encoded(image, "PNG", compress_level=1))).passed


def test_sixteen_bits_are_compared_in_full(about: Ask) -> None:
    image = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 20
    source, other = encoded(image, "PNG"), image.copy()
    other[5, 5] ^= 1
    assert not pixels.ask(about(source, encoded(other, "PNG"))).passed


@pytest.mark.parametrize("kind", LOSSLESS)
def test_a_region_that_was_not_painted_is_seen(about: Ask, kind: str) -> None:
    image = noise(48, 64)
    source = encoded(image, kind, **LOSSLESS[kind])
    findings = found((0, Box(10, 8, 30, 24)), (0, Box(40, 8, 60, 24)))
    copy = encoded(painted(image, (10, 8, 30, 24)), kind, **LOSSLESS[kind])
    check = pixels.ask(about(source, copy, findings=findings))
    assert not check.passed
    assert check.detail == "1 of 2 regions still show what the source shows"
    assert not pixels.ask(about(source, source, findings=findings)).passed


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_grey_region_that_was_not_painted_is_seen(about: Ask, kind: str) -> None:
    source = encoded(noise(48, 64)[..., 0], kind)
    check = pixels.ask(about(source, source, findings=found((0, Box(16, 8, 40, 24)))))
    assert check.detail == "1 of 1 regions still show what the source shows"


def test_a_region_painted_in_one_corner_only_is_not_painted(about: Ask) -> None:
    image = noise(48, 64)
    copy = encoded(painted(image, (10, 8, 18, 12)), "PNG")
    check = pixels.ask(about(encoded(image, "PNG"), copy, findings=found((0, Box(10, 8, 40, 40)))))
    assert not check.passed


def test_a_flat_region_may_look_the_same_when_painted(about: Ask) -> None:
    image = np.full((48, 64, 3), 120, np.uint8)
    source = encoded(image, "PNG")
    assert pixels.ask(about(source, source, findings=found((0, Box(10, 8, 30, 24))))).passed


def test_a_polygon_counts_as_painted_inside_and_leaves_its_surroundings_alone(about: Ask) -> None:
    image = noise(48, 64)
    corners = ((10.0, 8.0), (40.0, 8.0), (25.0, 40.0))
    findings = Findings(tracks=(Track("plate", {0: Polygon(corners)}),), frames=1)
    copy = image.copy()
    for row in range(8, 40):
        half = 15 * (40 - row - 0.5) / 32
        copy[row, round(25 - half) : round(25 + half)] = 99
    source = encoded(image, "PNG")
    assert pixels.ask(about(source, encoded(copy, "PNG"), findings=findings)).passed
    copy[45, 5] ^= 1
    assert not pixels.ask(about(source, encoded(copy, "PNG"), findings=findings)).passed


@pytest.mark.parametrize("subsampling", [0, 2])
def test_jpeg_regions_grow_to_the_coding_grid_and_no_farther(about: Ask, subsampling: int) -> None:
    unit = 16 if subsampling == 2 else 8
    area = (2 * unit, unit, 4 * unit, 3 * unit)
    source, copy = jpeg_pair(area, subsampling=subsampling)
    inner = Box(area[0] + 1.5, area[1] + 1.5, area[2] - 1.5, area[3] - 1.5)
    check = pixels.ask(about(source, copy, findings=found((0, inner))))
    assert check.passed, check.detail
    smaller = Box(area[0] + 1.5, area[1] + 1.5, area[2] - unit - 1, area[3] - 1.5)
    assert not pixels.ask(about(source, copy, findings=found((0, smaller)))).passed


@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_of_the_upright_picture_are_found_in_the_stored_one(about: Ask, orientation: int) -> None:
    stored_area = (16, 32, 64, 80)
    source, copy = jpeg_pair(stored_area, orientation=orientation)
    marker = np.zeros((96, 128, 3), np.uint8)
    marker[32:80, 16:64] = 255
    upright = stills.upright(marker, orientation)
    rows, columns = np.flatnonzero(upright[..., 0].any(1)), np.flatnonzero(upright[..., 0].any(0))
    region = Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    check = pixels.ask(about(source, copy, findings=found((0, region))))
    assert check.passed, check.detail
    corners: Region = Polygon(
        (
            (region.left, region.top),
            (region.right, region.top),
            (region.right, region.bottom),
            (region.left, region.bottom),
        )
    )
    assert pixels.stored(corners, (128, 96), orientation).bounds == Box(16, 32, 64, 80)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_is_what_other_software_shows(orientation: int) -> None:
    from PIL import ImageOps

    source = encoded(noise(32, 48), "PNG", exif=oriented(orientation)[6:])
    shown = np.asarray(ImageOps.exif_transpose(Pillow.open(io.BytesIO(source))))
    still = stills.describe(source, "PNG")
    assert np.array_equal(stills.upright(stills.decode(source, "PNG", still), still.orientation), shown)


def test_orientation_profile_and_size_have_to_stay(about: Ask) -> None:
    image = noise(48, 64)
    source = encoded(image, "JPEG", exif=oriented(6), icc_profile=PROFILE)
    for copy, word in (
        (encoded(image, "JPEG", icc_profile=PROFILE), "orientation"),
        (encoded(image, "JPEG", exif=oriented(8), icc_profile=PROFILE), "orientation"),
        (encoded(image, "JPEG", exif=oriented(6)), "profile"),
        (encoded(image[:-8], "JPEG", exif=oriented(6), icc_profile=PROFILE), "size"),
        (encoded(image, "PNG", exif=oriented(6)[6:], icc_profile=PROFILE), "container"),
    ):
        check = pixels.ask(about(source, copy))
        assert not check.passed
        assert word in check.detail


def test_orientation_and_profile_have_to_go_where_they_may_not_stay(about: Ask) -> None:
    image = noise(48, 64)
    source = encoded(image, "JPEG", exif=oriented(6), icc_profile=PROFILE)
    assert pixels.ask(about(source, encoded(image, "JPEG"), keep=Keep())).passed
    assert not pixels.ask(about(source, source, keep=Keep())).passed


def test_a_profile_goes_with_the_kind_of_samples_that_it_spoke_of(about: Ask) -> None:
    image = noise(48, 64)
    box = (10, 8, 30, 24)
    source = encoded(np.dstack((image[..., 0], np.full((48, 64), 255, np.uint8))), "PNG", icc_profile=GREY_PROFILE)
    coloured = np.dstack((np.repeat(image[..., :1], 3, axis=2), np.full((48, 64), 255, np.uint8)))
    findings = found((0, Box(*box)))
    assert pixels.ask(about(source, encoded(painted(coloured, box), "PNG"), findings=findings)).passed
    check = pixels.ask(about(source, encoded(painted(coloured, box), "PNG", icc_profile=PROFILE), findings=findings))
    assert not check.passed


def test_a_lossy_webp_is_painted_though_every_pixel_changed(about: Ask) -> None:
    image = noise(48, 64)
    source, findings = encoded(image, "WebP"), found((0, Box(10, 8, 30, 24)))
    check = pixels.ask(about(source, encoded(painted(image, (10, 8, 30, 24)), "WebP"), findings=findings))
    assert check.passed
    assert "not compared" in check.detail
    assert not pixels.ask(about(source, encoded(image, "WebP", quality=60))).passed


def test_a_lossy_webp_that_was_only_coded_anew_is_not_painted(about: Ask) -> None:
    image = noise(48, 64)
    for quality in (60, 95):
        copy = encoded(image, "WebP", quality=quality)
        check = pixels.ask(about(encoded(image, "WebP"), copy, findings=found((0, Box(10, 8, 30, 24)))))
        assert not check.passed
        assert check.detail == "1 of 1 regions still show what the source shows"


def everywhere(*boxes: Box) -> Findings:
    return Findings(tracks=tuple(Track("face", dict.fromkeys(range(12), each)) for each in boxes), frames=12)


AREAS = (0, 0, 32, 32), (48, 16, 88, 56)
BOXES = tuple(Box(*area) for area in AREAS)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_clip_shows_that_it_was_painted(about: Ask, make_clip: MakeClip, codec: str) -> None:
    frames = moving_pictures()
    source = make_clip(frames, sound="", codec=codec)
    covered = make_clip([painted(frame, *AREAS) for frame in frames], sound="", codec=codec)
    check = pixels.ask(about(source, covered, findings=everywhere(*BOXES)))
    assert check.passed, check.detail
    again = make_clip(frames, sound="", codec=codec, quality=28)
    check = pixels.ask(about(source, again, findings=everywhere(*BOXES)))
    assert check.detail == "2 of 2 regions in frame 0 still show what the source shows"
    half = make_clip([painted(frame, AREAS[0]) for frame in frames], sound="", codec=codec)
    check = pixels.ask(about(source, half, findings=everywhere(*BOXES)))
    assert check.detail == "1 of 2 regions in frame 0 still show what the source shows"


def test_a_clip_that_is_bare_from_some_frame_on_is_seen(about: Ask, make_clip: MakeClip) -> None:
    frames = moving_pictures()
    source = make_clip(frames, sound="")
    bare_later = make_clip([*(painted(frame, AREAS[0]) for frame in frames[:8]), *frames[8:]], sound="")
    check = pixels.ask(about(source, bare_later, findings=everywhere(BOXES[0])))
    assert not check.passed
    assert "still show" in check.detail


def test_a_track_of_one_frame_is_looked_at_wherever_it_is(about: Ask, make_clip: MakeClip) -> None:
    frames = moving_pictures()
    source = make_clip(frames, sound="")
    copy = make_clip([painted(frame, AREAS[0]) for frame in frames], sound="")
    for index in range(12):
        short = Track("plate", {index: BOXES[1]})
        findings = Findings(tracks=(*everywhere(BOXES[0]).tracks, short), frames=12)
        check = pixels.ask(about(source, copy, findings=findings))
        assert check.detail == f"1 of 2 regions in frame {index} still show what the source shows"


def test_frames_to_compare_are_spread_and_bounded() -> None:
    assert pixels.sample([[7]]) == {7}
    assert pixels.sample([range(1000)]) >= {0, 999}
    assert len(pixels.sample([range(100000)])) == pixels.SAMPLES
    assert len(pixels.sample([range(100000), *([number] for number in range(10, 1000, 10))])) == 2 * pixels.SAMPLES


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_regions_of_a_turned_clip_are_those_of_the_upright_picture(
    about: Ask, make_clip: MakeClip, rotation: int
) -> None:
    frames = moving_pictures()
    source = make_clip(frames, sound="", rotation=rotation)
    covered = make_clip([painted(frame, (0, 0, 32, 32)) for frame in frames], sound="", rotation=rotation)
    upright = {90: Box(0, 64, 32, 96), 180: Box(64, 32, 96, 64), -90: Box(32, 0, 64, 32)}[rotation]
    assert pixels.ask(about(source, covered, findings=everywhere(upright))).passed
    assert not pixels.ask(about(source, covered, findings=everywhere(Box(0, 0, 32, 32)))).passed


def test_flat_and_blurred_regions_of_a_clip_raise_no_alarm(about: Ask, make_clip: MakeClip) -> None:
    slope = np.repeat(np.linspace(40, 200, 96, dtype=np.uint8)[None, :, None], 64, axis=0).repeat(3, axis=2)
    clip = make_clip([slope] * 12, sound="")
    assert pixels.ask(about(clip, clip, findings=everywhere(*BOXES))).passed


def test_a_clip_without_a_region_is_not_decoded(about: Ask, clip: bytes) -> None:
    check = pixels.ask(about(clip, clip))
    assert check.passed
    assert check.detail == "nothing was painted"


def test_a_clip_that_lost_a_frame_cannot_be_compared(about: Ask, make_clip: MakeClip, clip: bytes) -> None:
    check = pixels.ask(about(clip, make_clip(moving_pictures()[:-1]), findings=everywhere(*BOXES)))
    assert not check.passed


def garbled_jpeg() -> bytes:
    data = bytearray(encoded(noise(96, 128), "JPEG"))
    middle = data.index(b"\xff\xda") + 400
    data[middle : middle + 60] = np.random.default_rng(1).bytes(60)
    return bytes(data)


def truncated_scan() -> bytes:
    data = encoded(noise(96, 128), "JPEG")
    return data[: len(data) * 2 // 3] + b"\xff\xd9"


def half_a_png() -> bytes:
    image = noise(48, 64)
    rows = b"".join(b"\0" + row.tobytes() for row in image[:24])
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = (struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        garbled_jpeg(),
        truncated_scan(),
        encoded(noise(96, 128), "JPEG")[:-700],
        encoded(noise(96, 128), "PNG")[:-700],
        half_a_png(),
        encoded(noise(96, 128), "WebP")[:-700],
    ],
    ids=["empty", "garbled JPEG", "half a scan", "cut JPEG", "cut PNG", "half a PNG", "cut WebP"],
)
@pytest.mark.parametrize("findings", [Findings(frames=1), found((0, Box(4, 4, 20, 20)))], ids=["none", "one"])
def test_a_damaged_source_is_called_damaged(about: Ask, source: bytes, findings: Findings) -> None:
    with pytest.raises(DamagedFileError, match="undamaged original"):
        pixels.ask(about(source, source or encoded(noise(8, 8), "JPEG"), findings=findings))


def test_a_damaged_copy_is_a_failed_check(about: Ask) -> None:
    source = encoded(noise(96, 128), "JPEG")
    for copy in (garbled_jpeg(), source[:-700], b"", b"rubbish"):
        assert not pixels.ask(about(source, copy)).passed


def test_a_picture_too_large_to_decode_is_not_decoded(about: Ask) -> None:
    header = bytearray(encoded(noise(16, 16), "JPEG"))
    frame = header.index(b"\xff\xc0") + 5
    header[frame : frame + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(DamagedFileError):
        pixels.ask(about(bytes(header), bytes(header)))
