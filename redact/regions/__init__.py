"""Regions as data: what a scan found, saved, edited by whoever knows better, and given back to be painted.

    from redact import regions

    found = regions.Regions({"beach.jpg": redact.scan("beach.jpg")})
    regions.save(found, "beach.json")
    redact.Redactor(policy, regions.load("beach.json")).file("beach.jpg", "share/beach.jpg")

`Regions` is the value; each layout (`own`, `coco`, `yolo`, `cvat`) turns it into text and back; `store` puts the texts
into files.
"""

from __future__ import annotations

from redact.regions.listing import Regions, Use
from redact.regions.store import LAYOUTS, demand_free, load, save

__all__ = ["LAYOUTS", "Regions", "Use", "demand_free", "load", "save"]
