"""COCO object detection (https://cocodataset.org/#format-data), and for clips its extension CocoVID (MMTracking).

A still is an image. A clip is a video whose frames are images with `video_id` and `frame_id`; annotations of one track
share an `instance_id`. Scores stand in `score`, as in COCO's results.

What it cannot hold: doubts, and a track that is in no frame. What is read: a segmentation of several outlines is
several regions, a run-length mask its bbox, and where a bbox reaches beyond its outlines it is what both span: a region
never gets smaller.
"""

from __future__ import annotations

import functools
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from redact.model import Box, Findings, Region
from redact.regions import demands
from redact.regions.listing import Mark, Regions, marks, tracked
from redact.regions.strict import hold

SCHEMA = "coco.schema.json"

SLACK_PX = 1.0
"""By so much a bbox may reach beyond the outline it was rounded from."""


def write(regions: Regions) -> str:
    """The regions as a COCO text, one entry a line."""
    categories = {label: number for number, label in enumerate(sorted(regions.labels), 1)}
    videos: list[dict[str, Any]] = []
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for name, found in regions.files.items():
        first = len(images) + 1
        if found.frames > 1:
            videos.append({"id": len(videos) + 1, "name": name})
        images += _images(name, found, first, len(videos))
        for number, frame, label, region, score in marks(found):
            keys = {"id": len(annotations) + 1, "image_id": first + frame, "category_id": categories[label]}
            annotations.append({**keys, "instance_id": number, "score": float(score), **_shape(region)})
    tables = {
        "videos": videos,
        "images": images,
        "categories": [{"id": number, "name": label} for label, number in categories.items()],
        "annotations": annotations,
    }
    lines = (f' "{table}": [\n' + ",\n".join(f"  {json.dumps(row)}" for row in rows) for table, rows in tables.items())
    return "{\n" + "\n ],\n".join(lines) + "\n ]\n}\n"


def read(data: Any) -> Regions:
    """The regions of a parsed COCO text. Raises PolicyError, with the place, for whatever is not as it has to be."""
    hold(data, SCHEMA)
    labels = {key: row["name"] for key, row in _by_id(data, "categories").items()}
    images = _by_id(data, "images")
    frames = _frames(images, _by_id(data, "videos"))
    found: dict[str, list[Mark]] = {name: [] for name, _, _ in frames.values()}
    for number, annotation in enumerate(data["annotations"]):
        where = f"annotations[{number}]"
        if annotation["image_id"] not in frames or annotation["category_id"] not in labels:
            demands.refuse(where, "its image or its category is not in the file")
        name, frame, size = frames[annotation["image_id"]]
        for region in _regions(annotation, size, where):
            label, score = labels[annotation["category_id"]], float(annotation.get("score", 1.0))
            found[name].append(Mark(frame, label, region, score, annotation.get("instance_id")))
    return Regions(dict(_findings(found, frames)))


def _images(name: str, found: Findings, first: int, video: int) -> Iterator[dict[str, Any]]:
    sides = {"width": found.size[0], "height": found.size[1]}
    if found.frames == 1:
        yield {"id": first, "file_name": name, **sides}
        return
    for frame in range(found.frames):
        yield {
            "id": first + frame,
            "file_name": f"{name}/{frame:06}",
            **sides,
            "video_id": video,
            "frame_id": frame,
        }


def _shape(region: Region) -> dict[str, Any]:
    box = region.bounds
    across, down = _span(box.left, box.right), _span(box.top, box.bottom)
    outlines = [] if isinstance(region, Box) else [[float(each) for point in region.points for each in point]]
    return {"bbox": [float(box.left), float(box.top), across, down], "segmentation": outlines, "iscrowd": 0}


def _span(start: float, end: float) -> float:
    """The length that leads from start at least to the end: a sum is rounded, and a region may not get smaller."""
    length = float(end - start)
    while start + length < end:
        length = math.nextafter(length, math.inf)
    return length


def _regions(annotation: Mapping[str, Any], size: demands.Size, where: str) -> Iterator[Region]:
    """What an annotation marks: its outlines, or its bbox where it has none, or they are not what it spans."""
    left, top, across, down = annotation["bbox"]
    box = demands.box((left, top, left + across, top + down), size, where)
    outlines = annotation.get("segmentation", [])
    if not outlines or isinstance(outlines, dict):
        yield box
        return
    shapes = [demands.polygon(_corners(outline, where), size, where) for outline in outlines]
    spanned = functools.reduce(Box.hull, (shape.bounds for shape in shapes))
    if spanned.grown(*[SLACK_PX] * 4).holds(box):
        yield from shapes
    else:
        yield spanned.hull(box)


def _corners(outline: Sequence[float], where: str) -> list[Sequence[float]]:
    if len(outline) % 2:
        demands.refuse(where, "an outline is x, y, x, y, ...: one number is missing")
    return [outline[at : at + 2] for at in range(0, len(outline), 2)]


def _by_id(data: Mapping[str, Any], table: str) -> dict[int, Mapping[str, Any]]:
    rows: dict[int, Mapping[str, Any]] = {}
    for number, row in enumerate(data.get(table, ())):
        if row["id"] in rows:
            demands.refuse(f"{table}[{number}]", f"its id {row['id']} is there twice")
        rows[row["id"]] = row
    return rows


_Frame = tuple[str, int, demands.Size]
"""Name of the file, number of the frame, size."""


def _frames(images: Mapping[int, Mapping[str, Any]], videos: Mapping[int, Mapping[str, Any]]) -> dict[int, _Frame]:
    """Which frame of which file each image is; each of them once, and those of a clip of one size."""
    frames: dict[int, _Frame] = {}
    taken: set[tuple[str, int]] = set()
    sizes: dict[str, tuple[demands.Size, bool]] = {}
    for key, image in images.items():
        where = f"the image {key}"
        in_clip = "video_id" in image
        if in_clip and image["video_id"] not in videos:
            demands.refuse(where, "its video is not in the file")
        name = demands.name(videos[image["video_id"]]["name"] if in_clip else image["file_name"], where)
        frame = int(image["frame_id"]) if in_clip else 0
        size = demands.size(image["width"], image["height"], where)
        if (name, frame) in taken:
            demands.refuse(where, f"frame {frame} of {demands.shown(name)} is there twice")
        if sizes.setdefault(name, (size, in_clip)) != (size, in_clip):
            demands.refuse(where, f"the frames of {demands.shown(name)} are not of one size and kind")
        taken.add((name, frame))
        frames[key] = (name, frame, size)
    return frames


def _findings(found: Mapping[str, Sequence[Mark]], frames: Mapping[int, _Frame]) -> Iterator[tuple[str, Findings]]:
    """Each file with its marks as tracks. Raises PolicyError for a clip of which a frame is not listed."""
    counts = Counter(name for name, _, _ in frames.values())
    last: dict[str, tuple[int, demands.Size]] = {}
    for name, frame, size in frames.values():
        last[name] = max(last.get(name, (0, size)), (frame, size))
    for name, marks_of_it in found.items():
        frame, size = last[name]
        if frame + 1 != counts[name]:
            demands.refuse(demands.shown(name), f"of its frames 0 to {frame} only {counts[name]} are listed")
        yield name, Findings(tracks=tracked(marks_of_it), frames=counts[name], size=size)
