"""Clips: decoded strictly, painted in YUV, coded again; on films made here by real encoders."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import itertools
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
import pytest
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from redact import ffmpeg
from redact.contracts import Canvas, Footage
from redact.errors import DamagedFileError, MediaError, RedactError, UnsupportedFormatError
from redact.frames.codings.orientation import TURNS, Turn
from redact.frames.planes import SAMPLINGS, planes_of, sampling_of
from redact.frames.video import open_clip
from redact.frames.yuv import ClipCanvas, Presentation
from redact.model import Box, Image, Polygon, Region
from tests.cut import cut_out, joined

SIZE = (160, 112)
TICKS = Fraction(1, 12800)
EVEN = tuple(range(0, 10 * 512, 512))
UNEVEN = (0, 512, 600, 2000, 2001, 5000, 5512, 6024, 9000, 30000)
UPRIGHT = Presentation(TURNS[1], None, None)


def scene(index: int, size: tuple[int, int] = SIZE) -> Image:
    """A colourful slope with a moving square; uint8 RGB."""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(20, 230, width, dtype=np.uint8)
    image[..., 1] = np.linspace(200, 40, height, dtype=np.uint8)[:, None]
    image[..., 2] = 120
    image[20:40, 30 + 4 * index : 50 + 4 * index] = (250, 240, 20)
    return image


def film(
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    *,
    times: Sequence[int] = EVEN,
    container: str = "mp4",
    picture: Callable[[int], Image] = scene,
    matrix: int = 6,
    full: bool = False,
    turn: Callable[[VideoStream], None] = lambda stream: None,
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
    movflags: str = "",
) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=container, container_options={"movflags": movflags} if movflags else None) as muxer:
        stream = cast("VideoStream", muxer.add_stream(codec, rate=25))
        first = picture(0)
        stream.width, stream.height, stream.pix_fmt = first.shape[1], first.shape[0], pixel_format
        stream.time_base = stream.codec_context.time_base = TICKS
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_primaries = stream.codec_context.color_trc = 1
        stream.codec_context.color_range = 2 if full else 1
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        x265 = "log-level=none:bframes=2:keyint=5"
        stream.codec_context.options = {"bf": "2", "g": "5", "crf": "8", "x265-params": x265, **(options or {})}
        stream.codec_context.thread_count = 1
        if codec == "libx265":
            stream.codec_context.codec_tag = "hvc1"
        turn(stream)
        for index, time in enumerate(times):
            frame = VideoFrame.from_ndarray(picture(index), "rgb24").reformat(
                format=pixel_format, dst_colorspace=1 if matrix == 1 else 5, dst_color_range=2 if full else 1
            )
            frame.pts, frame.time_base, frame.pict_type = time, TICKS, PictureType.NONE
            muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
    return out.getvalue()


def canvases(data: bytes) -> list[ClipCanvas]:
    return [cast("ClipCanvas", canvas) for canvas in open_clip(io.BytesIO(data)).canvases()]


def coded(data: bytes, edit: Callable[[Canvas], None] = lambda canvas: None) -> bytes:
    """The clip coded again with every frame edited."""
    clip = open_clip(io.BytesIO(data))
    out = io.BytesIO()

    def edited() -> Iterator[Canvas]:
        for canvas in clip.canvases():
            edit(canvas)
            yield canvas

    clip.write(edited(), out)
    return out.getvalue()


def fill(colour: tuple[int, int, int]) -> Callable[[Image, Sequence[Region]], None]:
    def edit(image: Image, regions: Sequence[Region]) -> None:
        for region in regions:
            box = region.bounds
            image[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = colour

    return edit


def planes(canvas: ClipCanvas) -> list[NDArray[np.generic]]:
    return [plane.copy() for plane in planes_of(canvas.frame, sampling_of(canvas.frame))]


def test_a_clip_is_footage() -> None:
    clip: Footage = open_clip(io.BytesIO(film()))
    for canvas in clip.canvases():
        assert canvas.size == SIZE


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_frames_come_in_order_at_their_own_times(codec: str) -> None:
    found = canvases(film(codec, times=UNEVEN))
    assert [canvas.index for canvas in found] == list(range(10))
    assert [canvas.time for canvas in found] == [time * TICKS for time in UNEVEN]


def test_a_path_is_opened_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(film())
    assert len(list(open_clip(path).canvases())) == 10
    next(iter(open_clip(path).canvases()))
    path.unlink()


@pytest.mark.parametrize(("matrix", "full"), [(6, False), (1, False), (1, True), (6, True)])
def test_the_view_has_the_colours_that_were_filmed(matrix: int, full: bool) -> None:  # noqa: FBT001 - a case
    canvas = canvases(film(matrix=matrix, full=full))[0]
    assert np.abs(canvas.view().astype(int) - scene(0)).mean() < 4
    assert not canvas.view().flags.writeable


@pytest.mark.parametrize(("matrix", "full"), [(6, False), (1, False), (1, True)])
def test_painting_sees_the_same_colours_as_the_view(matrix: int, full: bool) -> None:  # noqa: FBT001 - a case
    canvas = canvases(film(matrix=matrix, full=full))[0]
    seen: list[Image] = []
    canvas.edit([Box(0, 0, *SIZE)], lambda image, regions: seen.append(image.copy()))
    assert np.abs(seen[0].astype(int) - canvas.view()).mean() < 4


def test_the_view_and_brightness_are_scaled_to_the_side_asked_for() -> None:
    canvas = canvases(film())[0]
    assert canvas.view(80).shape == (56, 80, 3)
    assert canvas.luma(80).shape == (56, 80)
    assert canvas.view(4000).shape == (112, 160, 3)
    grey = cv2.cvtColor(canvas.view(80), cv2.COLOR_RGB2GRAY).astype(int)
    assert np.corrcoef(grey.ravel(), canvas.luma(80).ravel().astype(int))[0, 1] > 0.98


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_frames_are_seen_and_painted_upright(degrees: int, mirrored: bool) -> None:  # noqa: FBT001 - a case
    canvas = canvases(film(turn=lambda stream: stream.set_display_rotation(degrees, hflip=mirrored)))[0]
    stored = scene(0)
    # The matrix turns counter-clockwise, then mirrors.
    upright = np.rot90(stored, degrees // 90)
    upright = upright[:, ::-1] if mirrored else upright
    assert canvas.size == (upright.shape[1], upright.shape[0])
    assert np.abs(canvas.view().astype(int) - upright).mean() < 4
    canvas.edit([Box(8, 4, 48, 24)], fill((255, 0, 0)))
    seen = canvas.view().astype(int)
    assert np.abs(seen[6:22, 10:46] - (255, 0, 0)).max() < 12
    assert np.abs(seen[30:, 60:] - upright[30:, 60:]).mean() < 4


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"])
def test_every_sampling_is_painted_inside_only_and_coded_as_it_was(codec: str, pixel_format: str) -> None:
    data = film(codec, pixel_format, times=EVEN[:3])
    before, canvas = canvases(data)[0], canvases(data)[0]
    canvas.edit([Box(33.2, 21.7, 60.1, 50)], fill((0, 200, 60)))
    sampling = SAMPLINGS[pixel_format]
    left, top, right, bottom = sampling.to_grid(Box(33.2, 21.7, 60.1, 50), *SIZE)
    for number, (was, now) in enumerate(zip(planes(before), planes(canvas), strict=True)):
        across, down = (sampling.across, sampling.down) if number else (1, 1)
        changed = np.argwhere(was != now)
        assert changed.min(0).tolist() == [top // down, left // across]
        assert (changed.max(0) + 1).tolist() == [bottom // down, right // across]
    assert np.abs(canvas.view()[24:48, 36:58].astype(int) - (0, 200, 60)).max() < 8
    assert canvases(coded(data))[0].frame.format.name == pixel_format


def test_nv12_is_painted_too() -> None:
    frame = VideoFrame.from_ndarray(scene(0), "rgb24").reformat(format="nv12", dst_colorspace=5, dst_color_range=1)
    canvas = ClipCanvas(0, Fraction(0), frame, UPRIGHT)
    canvas.edit([Box(10, 10, 40, 30)], fill((255, 0, 0)))
    assert np.abs(canvas.view()[12:28, 12:38].astype(int) - (255, 0, 0)).max() < 8
    assert np.abs(canvas.view()[50:].astype(int) - scene(0)[50:]).mean() < 4


def test_painting_a_frame_changes_no_other_frame() -> None:
    data = film(times=range(0, 40 * 512, 512), options={"bf": "0", "g": "40"})
    untouched = [planes(canvas) for canvas in canvases(data)]
    for canvas in open_clip(io.BytesIO(data)).canvases():
        for was, now in zip(untouched[canvas.index], planes(cast("ClipCanvas", canvas)), strict=True):
            np.testing.assert_array_equal(was, now)
        canvas.edit([Box(0, 0, *SIZE)], fill((0, 0, 0)))


def test_regions_outside_the_frame_are_nothing_to_paint() -> None:
    canvas = canvases(film())[0]
    canvas.edit([Box(500, 500, 600, 600)], lambda image, regions: pytest.fail("nothing is there"))
    canvas.edit([], lambda image, regions: pytest.fail("nothing is there"))


def test_a_polygon_becomes_its_bounds() -> None:
    canvas = canvases(film())[0]
    seen: list[Region] = []
    canvas.edit([Polygon(((41, 41), (60, 41), (50, 55)))], lambda image, regions: seen.extend(regions))
    assert [(region.bounds.width, region.bounds.height) for region in seen] == [(20, 16)]


boxes = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    st.floats(-20, 150),
    st.floats(-20, 100),
    st.floats(1, 60),
    st.floats(1, 60),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=6), st.sampled_from(list(TURNS.values())), st.integers(0, 2**32 - 1))
def test_what_an_edit_sees_outside_the_regions_depends_on_nothing_inside(
    regions: list[Box], turn: Turn, seed: int
) -> None:
    noise = np.random.default_rng(seed)
    frames = [VideoFrame(*SIZE, "yuv420p") for _ in range(2)]
    views = [planes_of(frame, SAMPLINGS["yuv420p"]) for frame in frames]
    for first, second in zip(*views, strict=True):
        first[:] = noise.integers(0, 256, first.shape)
        second[:] = first
    hidden = [ClipCanvas(0, Fraction(0), frame, Presentation(turn, None, None)) for frame in frames]
    for region in regions:
        box = hidden[0]._stored(region, SAMPLINGS["yuv420p"])
        if box:
            for plane, down in zip(views[1], (1, 2, 2), strict=True):
                inside = plane[box[1] // down : -(-box[3] // down), box[0] // down : -(-box[2] // down)]
                inside[:] = noise.integers(0, 256, inside.shape)
    outside: list[list[Image]] = [[], []]
    for canvas, seen in zip(hidden, outside, strict=True):

        def blank(image: Image, given: Sequence[Region], seen: list[Image] = seen) -> None:
            for region in given:
                box = region.bounds
                image[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = 0
            seen.append(image.copy())

        canvas.edit(regions, blank)
    assert len(outside[0]) == len(outside[1])
    for one, other in zip(*outside, strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(*views, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_clips_that_differ_only_inside_the_region_are_coded_to_the_same_bytes(codec: str) -> None:
    data = film(codec)
    region = Box(41, 31, 79, 70)
    secret = fill((255, 255, 255))

    def with_secret(canvas: Canvas) -> None:
        canvas.edit([region], secret)
        canvas.edit([region], fill((90, 90, 90)))

    once = coded(data, lambda canvas: canvas.edit([region], fill((90, 90, 90))))
    assert coded(data, with_secret) == once
    assert coded(data, lambda canvas: canvas.edit([region], fill((90, 140, 90)))) != once


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_coded_clip_keeps_times_colours_and_aspect(codec: str) -> None:
    data = film(codec, times=UNEVEN, matrix=1, full=True, aspect=Fraction(4, 3))
    copy = coded(data, lambda canvas: canvas.edit([Box(0, 0, 30, 30)], fill((0, 0, 0))))
    with av.open(io.BytesIO(copy), "r") as demuxer:
        stream = demuxer.streams.video[0]
        assert [frame.pts * frame.time_base for frame in demuxer.decode(stream)] == [time * TICKS for time in UNEVEN]  # type: ignore[operator]  # they have times
        context = stream.codec_context
        assert stream.sample_aspect_ratio == Fraction(4, 3)
        assert (context.colorspace, context.color_primaries, context.color_range) == (1, 1, 2)
        assert stream.time_base == TICKS
        assert context.codec_tag == ("avc1" if codec == "libx264" else "hvc1")
        assert len(demuxer.streams) == 1


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("coding", ["h264", "hevc"])
def test_the_shortest_clips_are_coded_alike_every_time(coding: str, frames: int) -> None:
    copies = set()
    for _ in range(3):
        clip = dataclasses.replace(open_clip(io.BytesIO(film(times=UNEVEN[:frames]))), coding=coding)
        out = io.BytesIO()
        clip.write(clip.canvases(), out)
        copies.add(out.getvalue())
    assert len(copies) == 1
    assert [canvas.time for canvas in canvases(copies.pop())] == [time * TICKS for time in UNEVEN[:frames]]


def test_untouched_parts_stay_close_to_the_source() -> None:
    data = film()
    before = canvases(data)
    after = canvases(coded(data, lambda canvas: canvas.edit([Box(80, 60, 160, 112)], fill((0, 0, 0)))))
    for was, now in zip(before, after, strict=True):
        difference = np.abs(was.view().astype(int) - now.view())
        assert difference[:50, :70].mean() < 4
        assert now.view()[64:, 84:].mean() < 6


def test_mastering_display_and_light_level_are_coded_again() -> None:
    light = "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50):max-cll=1000,400"
    options = {"x265-params": f"log-level=none:hdr10=1:{light}"}
    data = film("libx265", "yuv420p10le", options=options, times=EVEN[:3])
    was, now = canvases(data)[0].shown, canvases(coded(data))[0].shown
    assert was.mastering
    assert was.light
    assert (now.mastering, now.light) == (was.mastering, was.light)


def test_interlaced_frames_are_looked_at_and_not_painted() -> None:
    data = film(options={"x264-params": "interlaced=1:tff=1"}, picture=lambda index: scene(index, (160, 128)))
    canvas = canvases(data)[0]
    assert canvas.view().shape == (128, 160, 3)
    with pytest.raises(UnsupportedFormatError, match="interlaced"):
        canvas.edit([Box(0, 0, 20, 20)], fill((0, 0, 0)))


def test_other_codecs_are_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="neither"):
        open_clip(io.BytesIO(film("mpeg4", options={"bf": "0"})))


def test_samples_that_cannot_be_painted_are_refused() -> None:
    canvas = ClipCanvas(0, Fraction(0), VideoFrame(*SIZE, "yuv420p12le"), UPRIGHT)
    with pytest.raises(UnsupportedFormatError, match="yuv420p12le"):
        canvas.edit([Box(0, 0, 20, 20)], fill((0, 0, 0)))


def test_frames_above_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = film()
    monkeypatch.setattr(ffmpeg, "MAX_PIXELS", 100)
    with pytest.raises(MediaError):
        open_clip(io.BytesIO(data))


@pytest.mark.parametrize(
    "text",
    [
        b"ffconcat version 1.0\nfile /etc/hosts\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n",
        b"",
    ],
)
def test_a_playlist_that_poses_as_a_film_is_damage(text: bytes) -> None:
    with pytest.raises(DamagedFileError):
        open_clip(io.BytesIO(text))


@pytest.mark.parametrize("movflags", ["faststart", "frag_keyframe+empty_moov"])
def test_a_truncated_clip_is_never_a_shorter_one(tmp_path: Path, movflags: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(film(movflags=movflags) if movflags != "faststart" else faststart(tmp_path))
    data = path.read_bytes()
    assert len(canvases(data)) == 10
    for end in range(len(data) // 3, len(data) - 200, len(data) // 25):
        try:
            frames = len(canvases(data[:end]))
        except DamagedFileError:
            continue
        # A fragmented film that ends with a fragment is a whole one.
        assert movflags != "faststart"
        assert frames < 10


def faststart(folder: Path) -> bytes:
    """A film whose index comes first, as one that is cut would be played."""
    path = folder / "faststart.mp4"
    with (
        av.open(io.BytesIO(film()), "r", format="mov") as demuxer,
        av.open(str(path), "w", format="mp4", container_options={"movflags": "faststart"}) as muxer,
    ):
        copy: Stream = muxer.add_stream_from_template(demuxer.streams.video[0], opaque=True)
        for packet in demuxer.demux(demuxer.streams.video[0]):
            if packet.size:
                packet.stream = copy  # type: ignore[assignment]  # a video's packet goes to the video's copy
                muxer.mux(packet)
    return path.read_bytes()


def test_a_frame_that_does_not_decode_is_named() -> None:
    data = film(picture=lambda index: np.random.default_rng(index).integers(0, 256, (112, 160, 3), dtype=np.uint8))
    with av.open(io.BytesIO(data), "r", format="mov") as demuxer:
        places = [(packet.pos or 0, packet.size) for packet in demuxer.demux(demuxer.streams.video[0]) if packet.size]
    for start, size in places[1:]:
        garbled = bytearray(data)
        garbled[start + 30 : start + size] = bytes(size - 30)
        with pytest.raises(DamagedFileError, match=r"frame \d+ does not decode"):
            canvases(bytes(garbled))


@pytest.mark.parametrize("number", [3, 9])
def test_a_frame_without_slices_is_named(number: int) -> None:
    data = bytearray(film())
    with av.open(io.BytesIO(data), "r", format="mov") as demuxer:
        places = [packet.pos or 0 for packet in demuxer.demux(demuxer.streams.video[0]) if packet.size]
    # A unit type that no decoder knows, in place of a slice.
    data[places[number] + 4] = 30
    with pytest.raises(DamagedFileError, match=r"frame \d+ does not decode"):
        canvases(bytes(data))


def test_a_clip_that_changes_its_size_is_refused() -> None:
    one, other = (film(picture=lambda index, size=size: scene(index, size)) for size in (SIZE, (96, 96)))  # type: ignore[misc]  # a default binds the size
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as muxer:
        template: Stream | None = None
        offset = 0
        for data in (one, other):
            with av.open(io.BytesIO(data), "r", format="mov") as demuxer:
                stream = demuxer.streams.video[0]
                if template is None:
                    template = muxer.add_stream_from_template(stream, opaque=True)
                    template.codec_context.codec_tag = "avc3"
                annexb = av.BitStreamFilterContext("h264_mp4toannexb", stream)
                for packet in demuxer.demux(stream):
                    for ready in annexb.filter(packet) if packet.size else ():
                        ready.pts, ready.dts = (ready.pts or 0) + offset, (ready.dts or 0) + offset
                        ready.time_base, ready.stream = TICKS, template
                        muxer.mux(in_mp4(ready))
            offset += 10 * 512
    with pytest.raises((UnsupportedFormatError, DamagedFileError)):
        canvases(out.getvalue())


def in_mp4(packet: av.Packet[Stream]) -> av.Packet[Stream]:
    """Start codes of an elementary stream -> sizes before the units."""
    units = [unit for unit in bytes(packet).replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    copy: av.Packet[Stream] = av.Packet(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units))
    copy.pts, copy.dts, copy.time_base, copy.stream = packet.pts, packet.dts, packet.time_base, packet.stream
    copy.is_keyframe = packet.is_keyframe
    return copy


@pytest.mark.parametrize(
    "odd",
    [
        {"time_base": Fraction(1, 2**31)},
        {"time_base": Fraction(2**31 - 1)},
        {"rate": Fraction(2**40)},
        {"rate": Fraction(1, 2**31 - 1)},
        {"aspect": Fraction(2**33)},
    ],
    ids=str,
)
def test_a_clip_that_no_encoder_takes_ends_in_an_error_of_the_project(odd: dict[str, Fraction]) -> None:
    clip = open_clip(io.BytesIO(film()))
    with pytest.raises(MediaError, match="cannot be coded again"):
        dataclasses.replace(clip, **odd).write(clip.canvases(), io.BytesIO())  # type: ignore[arg-type]  # one of these


def test_what_goes_wrong_while_frames_are_made_is_not_the_encoders_fault() -> None:
    clip = open_clip(io.BytesIO(film()))

    def careless() -> Iterator[Canvas]:
        yield from itertools.islice(clip.canvases(), 2)
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        clip.write(careless(), io.BytesIO())


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_a_region_thinner_than_numbers_are_fine_is_painted_as_a_pixel(degrees: int) -> None:
    data = film(turn=lambda stream: stream.set_display_rotation(degrees))
    seen: list[Region] = []
    canvas = canvases(data)[0]
    canvas.edit([Box(0.0, 0.0, 1e-17, 1e-17)], lambda _, regions: seen.extend(regions))
    assert [(region.bounds.width, region.bounds.height) for region in seen] == [(2, 2)]


def trimmed(data: bytes, ticks: int) -> bytes:
    """The film with an edit list that begins so much later."""
    place = data.index(b"elst") + 16
    (start,) = struct.unpack_from(">i", data, place)
    return data[:place] + struct.pack(">i", start + ticks) + data[place + 4 :]


def test_pictures_that_an_edit_list_hides_are_unseen_and_not_coded_again() -> None:
    data = film(times=EVEN)
    assert not open_clip(io.BytesIO(data)).unseen
    hiding = trimmed(data, 3 * 512)
    assert open_clip(io.BytesIO(hiding)).unseen
    copy = coded(hiding)
    assert not open_clip(io.BytesIO(copy)).unseen
    assert [canvas.time for canvas in canvases(copy)] == [canvas.time for canvas in canvases(hiding)]
    assert len(canvases(copy)) == 7


@pytest.mark.parametrize(
    ("coding", "columns", "rows", "unseen"),
    [
        ("h264", 0, 0, False), ("h264", 14, 14, False), ("h264", 16, 0, True), ("h264", 0, 16, True),
        ("hevc", 0, 0, False), ("hevc", 48, 56, False), ("hevc", 64, 0, True), ("hevc", 0, 64, True),
    ],
)  # fmt: skip
def test_what_is_coded_beyond_the_frame_is_unseen_and_not_coded_again(
    coding: str,
    columns: int,
    rows: int,
    unseen: bool,  # noqa: FBT001 - a truth table
) -> None:
    data = cut_out(coding, (256, 128), columns, rows)
    assert open_clip(io.BytesIO(data)).unseen is unseen
    copy = coded(data)
    assert not open_clip(io.BytesIO(copy)).unseen
    assert canvases(copy)[0].size == (256 - columns, 128 - rows)


def test_a_clip_that_codes_more_from_some_frame_on_is_refused() -> None:
    # Every frame is shown at one size, which alone betrays nothing.
    film = joined(cut_out("h264", (128, 64), 0, 0), cut_out("h264", (192, 64), 64, 0))
    assert not open_clip(io.BytesIO(film)).unseen
    with pytest.raises(UnsupportedFormatError, match="size"):
        canvases(film)


def test_no_frames_make_no_clip() -> None:
    clip = open_clip(io.BytesIO(film()))
    empty: Iterable[Canvas] = ()
    with pytest.raises(DamagedFileError, match="no frame"):
        clip.write(empty, io.BytesIO())


SMALL = film(times=EVEN[:4])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_garbled_clips_raise_only_errors_of_the_project(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, value in changes:
        data[at] = value
    with contextlib.suppress(RedactError):
        canvases(bytes(data))
