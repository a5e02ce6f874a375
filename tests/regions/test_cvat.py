"""CVAT's documents hold stills, and clips with tracks whose key frames are as in CVAT."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from redact.errors import PolicyError
from redact.model import Box, Findings, Polygon, Region
from redact.regions import Regions, cvat, cvat_reading
from tests.regions.listed import LISTED, demand_held, regions, tracks


@settings(max_examples=20, deadline=None)
@given(regions())
def test_what_is_written_is_read_back_and_every_frame_says_the_same(before: Regions) -> None:
    after = cvat.read(cvat.write(before))
    demand_held(before, after)


@settings(max_examples=20, deadline=None)
@given(regions(polygons=False))
def test_tracks_of_boxes_come_back_exactly(before: Regions) -> None:
    after = cvat.read(cvat.write(before))
    assert {name: tracks(found) for name, found in after.files.items() if found.frames > 1} == {
        name: tracks(found) for name, found in before.files.items() if found.frames > 1
    }


def test_a_region_that_stays_has_key_frames_at_its_ends_alone() -> None:
    found = Findings(
        tracks=(LISTED.files["a.jpg"].tracks[0].__class__("face", dict.fromkeys(range(1, 9), Box(0, 0, 9, 9))),),
        frames=20,
        size=(64, 48),
    )
    text = cvat.write(Regions({"a.mp4": found}))["a.mp4.xml"]
    keys = re.findall(r'frame="(\d+)" keyframe="1" outside="(\d)"', text)
    assert keys == [("1", "0"), ("8", "0"), ("9", "1")]


def clip(*shapes: str, label: str = "face") -> str:
    return (
        "<annotations><version>1.1</version><meta><task><size>10</size><mode>interpolation</mode>"
        "<original_size><width>100</width><height>80</height></original_size></task><source>a.mp4</source></meta>"
        f'<track id="0" label="{label}">{"".join(shapes)}</track></annotations>'
    )


def box(frame: int, left: int, outside: int = 0, more: str = "") -> str:
    sides = f'xtl="{left}" ytl="10" xbr="{left + 20}" ybr="30"'
    return f'<box frame="{frame}" keyframe="1" outside="{outside}" occluded="0" {sides} {more}/>'


def regions_of(text: str) -> dict[int, Region]:
    (track,) = cvat.read({"a.xml": text}).files["a.mp4"].tracks
    return dict(track.regions)


def test_boxes_between_key_frames_are_interpolated_and_what_is_outside_is_not_there() -> None:
    found = regions_of(clip(box(2, 10), box(6, 50, 1), box(8, 30)))
    assert [region.bounds.left for _, region in sorted(found.items())] == [10, 20, 30, 40, 30, 30]
    assert sorted(found) == [2, 3, 4, 5, 8, 9]


def test_the_order_of_the_shapes_does_not_matter() -> None:
    assert regions_of(clip(box(6, 50), box(2, 10))) == regions_of(clip(box(2, 10), box(6, 50)))


def test_polygons_between_key_frames_become_the_bounds_of_both() -> None:
    polygons = [
        f'<polygon frame="{f}" outside="0" points="{p}"/>' for f, p in ((0, "1,1;9,1;1,9"), (2, "50,1;60,1;50,9"))
    ]
    found = regions_of(clip(*polygons))
    assert found[0] == Polygon(((1, 1), (9, 1), (1, 9)))
    assert found[1] == Box(1, 1, 60, 9)


def test_a_turned_box_is_a_polygon() -> None:
    turned = regions_of(clip(box(0, 40, more='rotation="90"')))[0]
    assert isinstance(turned, Polygon)
    assert (turned.bounds.left, turned.bounds.right) == pytest.approx((40, 60))
    narrow = '<box frame="0" outside="0" xtl="40" ytl="10" xbr="60" ybr="14" rotation="90"/>'
    bounds = regions_of(clip(narrow))[0].bounds
    assert (bounds.left, bounds.top, bounds.right, bounds.bottom) == pytest.approx((48, 2, 52, 22))


def image(*shapes: str) -> str:
    listed = "".join(shapes)
    return f'<annotations><image id="0" name="a.jpg" width="100" height="80">{listed}</image></annotations>'


def test_ellipses_and_masks_are_read_as_their_bounds() -> None:
    shapes = (
        '<ellipse label="face" cx="50" cy="40" rx="10" ry="5"/>',
        '<mask label="face" rle="3, 4" left="10" top="20" width="30" height="40"/>',
        '<tag label="night"/>',
    )
    found = cvat.read({"a.xml": image(*shapes)}).files["a.jpg"]
    assert [region for _, region in found.regions()] == [Box(40, 35, 60, 45), Box(10, 20, 40, 60)]


def test_frames_of_a_clip_written_as_images_are_no_clip_without_tracks() -> None:
    meta = "<meta><task><size>10</size><mode>interpolation</mode></task><source>a.mp4</source></meta>"
    text = image('<box label="face" xtl="1" ytl="1" xbr="9" ybr="9"/>').replace("<image", f"{meta}<image")
    assert list(cvat.read({"a.xml": text}).files) == ["a.jpg"]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f'<!DOCTYPE annotations [<!ENTITY l0 "ha">{LAUGHS}]><annotations>&l9;</annotations>', "document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><annotations/>', "document type"),
        ("<annotations>&ha;</annotations>", "line 1: no valid XML"),
        ("<annotations>", "line 1: no valid XML"),
        ("", "no valid XML"),
        ("<annotations/>", "lists no image and no clip"),
        ("<svg/>", "begins with annotations"),
        ("<annotations>" + "<a>" * 100_000, "nested too deep"),
        (image('<polyline label="x" points="1,1;2,2"/>'), "'polyline' spans no area"),
        (image('<points label="x" points="1,1;2,2"/>'), "spans no area"),
        (image('<cuboid label="x"/>'), "spans no area"),
        (image('<box label="x" xtl="1" ytl="1" xbr="9"/>'), "ybr is missing"),
        (image('<box xtl="1" ytl="1" xbr="9" ybr="9"/>'), "label is missing"),
        (image('<box label="x" xtl="1" ytl="1" xbr="nan" ybr="9"/>'), "'nan' is no number"),
        (image('<box label="x" xtl="1" ytl="1" xbr="1e99" ybr="9"/>'), "no number of pixels"),
        (image('<box label="x" xtl="101" ytl="1" xbr="109" ybr="9"/>'), "line 1: the region lies outside"),
        (image('<polygon label="x" points="1,1;2,2"/>'), "three corners"),
        (image('<polygon label="x" points="1,1;2,2;3"/>'), "points are written"),
        (image().replace("a.jpg", "../../a.jpg"), "no path below"),
        (image().replace('width="100"', 'width="-100"'), "no count"),
        (image().replace('width="100"', f'width="{"9" * 5000}"'), "no count"),
        (image().replace("<annotations>", "<annotations>" + image()[13:-14]), "'a.jpg' is listed twice"),
        (clip(box(1, 10), box(1, 20)), "says twice where it is in frame 1"),
        (clip(box(10, 10)), "goes on to frame 10, but the clip has 10"),
        (clip(box(1, 10, 2)), "outside is 0 or 1"),
        (clip().replace("<source>a.mp4</source>", ""), "no source"),
        (clip().replace("<size>10</size>", ""), "no size"),
        (clip(label=""), "label is missing"),
    ],
)
def test_what_is_hostile_or_not_as_it_has_to_be_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(problem)) as refused:
        cvat.read({"a.xml": text})
    assert "'a.xml'" in str(refused.value)


def test_what_unfolds_to_too_much_is_refused_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cvat_reading, "MOST_REGIONS", 1000)
    with pytest.raises(PolicyError, match="unfolds to more than 1000 regions"):
        cvat.read({"a.xml": clip(box(0, 10)).replace("<size>10</size>", "<size>999999999</size>")})


def test_a_name_that_no_document_can_hold_is_refused_in_writing() -> None:
    with pytest.raises(PolicyError, match="XML cannot hold"):
        cvat.write(Regions({"a\x07.jpg": LISTED.files["a.jpg"]}))
