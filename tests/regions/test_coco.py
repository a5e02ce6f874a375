"""COCO holds boxes, polygons, scores and, with its extension for clips, tracks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from redact.errors import PolicyError
from redact.model import Box, Polygon
from redact.regions import Regions, coco
from redact.regions.strict import read_json
from tests.regions.listed import LISTED, demand_held, regions, tracks


def read(text: str) -> Regions:
    return coco.read(read_json(text))


@settings(max_examples=20, deadline=None)
@given(regions())
def test_what_is_written_is_read_back_and_no_region_is_smaller(before: Regions) -> None:
    after = read(coco.write(before))
    demand_held(before, after)
    for name, found in before.files.items():
        scores = sorted((track.label, track.score) for track in found.tracks)
        assert sorted((track.label, track.score) for track in after.files[name].tracks) == scores


def test_whole_numbers_come_back_as_they_were_with_their_tracks() -> None:
    after = read(coco.write(LISTED))
    assert {name: tracks(found) for name, found in after.files.items()} == {
        name: tracks(found) for name, found in LISTED.files.items()
    }


def data(**changes: Any) -> dict[str, Any]:
    plain = {
        "info": {"year": 2024},
        "images": [{"id": 7, "file_name": "a.jpg", "width": 160, "height": 120, "license": 3}],
        "categories": [{"id": 3, "name": "car", "supercategory": "vehicle"}, {"id": 4, "name": "bus"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 20, 30, 40], "area": 1200, "iscrowd": 0}
        ],
    }
    return {**plain, **changes}


def annotation(**changes: Any) -> dict[str, Any]:
    return {"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 20, 30, 40], **changes}


def only(annotated: dict[str, Any]) -> list[Any]:
    found = read(json.dumps(data(annotations=[annotated]))).files["a.jpg"]
    return [track.regions[0] for track in found.tracks]


def test_a_file_as_others_write_it_is_read_and_categories_without_objects_are_no_labels() -> None:
    found = read(json.dumps(data()))
    assert found.labels == {"car"}
    assert found.files["a.jpg"].regions() == (("car", Box(10, 20, 40, 60)),)


def test_an_outline_is_a_polygon_and_two_of_them_are_two_regions() -> None:
    first, second = [10, 20, 40, 20, 40, 60], [10, 20, 30, 60, 10, 60]
    assert only(annotation(segmentation=[first])) == [Polygon(((10, 20), (40, 20), (40, 60)))]
    assert len(only(annotation(segmentation=[first, second]))) == 2


@pytest.mark.parametrize("mask", [{"counts": "abc", "size": [120, 160]}, {"counts": [1, 2], "size": [120, 160]}, []])
def test_of_a_mask_the_bbox_is_read(mask: object) -> None:
    assert only(annotation(segmentation=mask, iscrowd=1)) == [Box(10, 20, 40, 60)]


def test_where_the_bbox_reaches_beyond_the_outline_both_are_covered() -> None:
    assert only(annotation(segmentation=[[20, 10, 30, 30, 20, 30]])) == [Box(10, 10, 40, 60)]


@pytest.mark.parametrize(
    ("spoilt", "problem"),
    [
        (data(annotations=[annotation(image_id=8)]), r"annotations\[0\]: its image"),
        (data(annotations=[annotation(category_id=8)]), r"annotations\[0\]: its image or its category"),
        (data(annotations=[annotation(bbox=[10, 20, 0, 40])]), r"annotations\[0\]: a box needs"),
        (data(annotations=[annotation(bbox=[10, 20, -5, 40])]), r"annotations\[0\]: a box needs"),
        (data(annotations=[annotation(bbox=[200, 20, 5, 40])]), r"annotations\[0\]: the region lies outside"),
        (data(annotations=[annotation(bbox=[10, 20, 5])]), "bbox"),
        (data(annotations=[annotation(bbox="10,20,5,5")]), "bbox"),
        (data(annotations=[annotation(segmentation=[[1, 2, 3, 4, 5, 6, 7]])]), "one number is missing"),
        (data(annotations=[annotation(segmentation=[[1, 2, 3]])]), "segmentation"),
        (data(annotations=[annotation(score=2)]), "score"),
        (data(annotations={}), "annotations"),
        (data(categories=[{"id": 3, "name": "car"}, {"id": 3, "name": "bus"}]), r"categories\[1\]: its id 3"),
        (data(images=data()["images"] * 2), r"images\[1\]: its id 7"),
        (data(images=[*data()["images"], {**data()["images"][0], "id": 8}]), "frame 0 of 'a.jpg' is there twice"),
        (data(images=[{**data()["images"][0], "file_name": "../a.jpg"}]), "no path below"),
        (data(images=[{**data()["images"][0], "width": 0}]), "width"),
        (data(images=[{**data()["images"][0], "video_id": 1}]), "frame_id"),
        (data(images=[{**data()["images"][0], "video_id": 1, "frame_id": 0}]), "its video is not in the file"),
        (
            data(videos=[{"id": 1, "name": "a.mp4"}], images=[{**data()["images"][0], "video_id": 1, "frame_id": 9}]),
            "of its frames 0 to 9 only 1 are listed",
        ),
    ],
)
def test_what_is_not_as_it_has_to_be_is_refused_with_its_place(spoilt: dict[str, Any], problem: str) -> None:
    with pytest.raises(PolicyError, match=problem):
        read(json.dumps(spoilt))


def test_frames_of_a_clip_are_of_one_size() -> None:
    text = coco.write(LISTED).replace(
        '"width": 64, "height": 48, "video_id": 1, "frame_id": 3',
        '"width": 65, "height": 48, "video_id": 1, "frame_id": 3',
    )
    with pytest.raises(PolicyError, match="not of one size"):
        read(text)
