"""CVAT XML 1.1 (https://docs.cvat.ai/docs/manual/advanced/xml_format/): one document for all stills, one for each clip.

`images.xml` is "CVAT for images", `drive.mp4.xml` "CVAT for video": tracks of shapes, of which those with `keyframe`
are what somebody said and those with `outside` tell that a thing is gone. As in CVAT, a box between two key frames is
interpolated, a last one stays until the end; a polygon between two is painted as the bounds of both.

What it cannot hold: scores and doubts; and in one track it holds shapes of one kind, so that a box beside a polygon is
written as a polygon. What is read besides: turned boxes; ellipses and masks, as their bounds. Lines, points, cuboids
and skeletons span no area and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from redact.model import Box, Findings, Polygon, Region, Track
from redact.regions import demands
from redact.regions.cvat_reading import read_document
from redact.regions.listing import Regions, marks

IMAGES = "images.xml"

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (XML 1.0, 2.2)."""


def write(regions: Regions) -> dict[str, str]:
    """Path of each document in the folder -> its text.

    Raises PolicyError for a name or label that no XML document can hold.
    """
    for text in (*regions.files, *regions.labels):
        if _UNWRITABLE.search(text):
            demands.refuse(demands.shown(text), "XML cannot hold this name: choose another layout")
    stills = {name: found for name, found in regions.files.items() if found.frames == 1}
    texts = {IMAGES: _text(_images(stills))} if stills else {}
    for name, found in regions.files.items():
        if found.frames > 1:
            if f"{name}.xml" in texts:
                demands.refuse(demands.shown(name), f"{IMAGES} is the document of the stills: rename this clip")
            texts[f"{name}.xml"] = _text(_clip(name, found))
    return texts


def read(texts: Mapping[str, str]) -> Regions:
    """The regions of all documents of a folder. Raises PolicyError, with document and line."""
    files: dict[str, Findings] = {}
    for where, text in texts.items():
        for name, found in read_document(text, demands.shown(where)):
            if name in files:
                demands.refuse(demands.shown(where), f"{demands.shown(name)} is listed twice")
            files[name] = found
    return Regions(files)


def _images(stills: Mapping[str, Findings]) -> Element:
    document = _document("annotation", {track.label for found in stills.values() for track in found.tracks})
    for number, (name, found) in enumerate(stills.items()):
        width, height = found.size
        image = SubElement(document, "image", id=str(number), name=name, width=str(width), height=str(height))
        for _, _, label, region, _ in marks(found):
            shape = {"label": label, "source": "auto", "occluded": "0", **_places(region), "z_order": "0"}
            SubElement(image, _kind(region), shape)
    return document


def _clip(name: str, found: Findings) -> Element:
    document = _document("interpolation", {track.label for track in found.tracks})
    task = document.find("meta/task")
    if task is not None:
        SubElement(task, "size").text = str(found.frames)
        size = SubElement(task, "original_size")
        for side, pixels in zip(("width", "height"), found.size, strict=True):
            SubElement(size, side).text = str(pixels)
        SubElement(task, "source").text = name
    for number, track in enumerate(found.tracks):
        element = SubElement(document, "track", id=str(number), label=track.label, source="auto")
        for frame, region, keyframe, outside in _shapes(track, found.frames):
            told = {"frame": str(frame), "keyframe": str(int(keyframe)), "outside": str(int(outside)), "occluded": "0"}
            SubElement(element, _kind(region), {**told, **_places(region), "z_order": "0"})
    return document


def _shapes(track: Track, frames: int) -> Iterator[tuple[int, Region, bool, bool]]:
    """Frame, region, keyframe and outside of each shape of a track; a region that stays has key frames at its ends."""
    regions = dict(track.regions)
    if any(region.bounds is not region for region in regions.values()):
        regions = {frame: Polygon(region.corners) for frame, region in regions.items()}
    for frame, region in sorted(regions.items()):
        still = regions.get(frame - 1) == region == regions.get(frame + 1)
        yield frame, region, not still, False
        if frame + 1 not in regions and frame + 1 < frames:
            yield frame + 1, region, True, True


def _kind(region: Region) -> str:
    return "box" if isinstance(region, Box) else "polygon"


def _places(region: Region) -> dict[str, str]:
    if isinstance(region, Box):
        sides = (region.left, region.top, region.right, region.bottom)
        return {name: repr(float(side)) for name, side in zip(("xtl", "ytl", "xbr", "ybr"), sides, strict=True)}
    return {"points": ";".join(f"{float(x)!r},{float(y)!r}" for x, y in region.points)}


def _document(mode: str, labels: set[str]) -> Element:
    document = Element("annotations")
    SubElement(document, "version").text = "1.1"
    task = SubElement(SubElement(document, "meta"), "task")
    SubElement(task, "mode").text = mode
    listed = SubElement(task, "labels")
    for label in sorted(labels):
        SubElement(SubElement(listed, "label"), "name").text = label
    return document


def _text(document: Element) -> str:
    ElementTree.indent(document)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(document, "unicode") + "\n"
