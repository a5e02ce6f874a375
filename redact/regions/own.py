"""Our own layout: one JSON file that holds all that is known, and reads as well as it writes.

    {"redact_regions": 1,
     "files": {
      "beach.jpg": {"size": [4000, 3000], "frames": 1, "tracks": [
       {"label": "face", "score": 0.93, "regions": {"0": [1201.5, 310.0, 1344.0, 498.25]}}
      ]}
     }}

`own.schema.json` beside this file is its JSON Schema, and what is read is held to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from redact.model import Findings, Region, Track
from redact.regions import demands
from redact.regions.listing import Regions, numbers
from redact.regions.strict import hold

VERSION = 1
KEY = "redact_regions"
SCHEMA = "own.schema.json"


def write(regions: Regions) -> str:
    """The regions as text, one region a line: whoever edits it finds the place."""
    files = ",\n".join(f"  {json.dumps(name)}: {_file(found)}" for name, found in regions.files.items())
    return f'{{\n "{KEY}": {VERSION},\n "files": {{\n{files}\n }}\n}}\n'


def read(data: Any) -> Regions:
    """The regions of a parsed text. Raises PolicyError, with the place, for whatever is not as it has to be."""
    hold(data, SCHEMA)
    return Regions({name: _findings(name, entry) for name, entry in data["files"].items()})


def _file(found: Findings) -> str:
    tracks = ",\n".join(f"   {_track(track)}" for track in found.tracks)
    head = f'"size": {json.dumps(list(found.size))}, "frames": {found.frames}'
    return f'{{{head}, "tracks": [\n{tracks}\n  ]}}' if tracks else f'{{{head}, "tracks": []}}'


def _track(track: Track) -> str:
    head: dict[str, Any] = {"label": track.label, "score": float(track.score)}
    if track.doubts:
        head["doubts"] = list(track.doubts)
    regions = ",\n    ".join(
        f'"{frame}": {json.dumps(numbers(region))}' for frame, region in sorted(track.regions.items())
    )
    return f'{json.dumps(head)[:-1]}, "regions": {{{regions}}}}}'


def _findings(name: str, entry: Mapping[str, Any]) -> Findings:
    width, height = entry["size"]
    size = demands.size(width, height, demands.shown(name))
    tracks = tuple(
        Track(
            track["label"],
            dict(_regions(track["regions"], size, f"{demands.shown(name)}, track {number}")),
            float(track.get("score", 1.0)),
            tuple(track.get("doubts", ())),
        )
        for number, track in enumerate(entry["tracks"])
    )
    return Findings(tracks=tracks, frames=int(entry["frames"]), size=size)


def _regions(table: Mapping[str, Any], size: demands.Size, where: str) -> Iterator[tuple[int, Region]]:
    for frame, given in table.items():
        made = demands.polygon if isinstance(given[0], list) else demands.box
        yield int(frame), made(given, size, f"{where}, frame {frame}")
