"""HEIF (HEIC, HIF, AVIF): a strict walk of its index of items (ISO/IEC 14496-12 8.11, 23008-12, 23000-22; AVIF).

Location hides in Exif and XMP items, in further pictures (thumbnails, depth maps, gain maps), in names of items, in
properties and groups, in data that no item refers to, and in messages inside the coded pictures. Allowed are one
picture, what it is derived from, its transparency, and one block of EXIF; every byte of the data is theirs, and all of
the picture is shown.
"""

from __future__ import annotations

from redact.checks.structure.heif.description import still
from redact.checks.structure.heif.inspection import inspect

__all__ = ["inspect", "still"]
