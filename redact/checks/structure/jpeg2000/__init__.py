"""JPEG 2000: a strict walk of the boxes of a JP2 (`file`) and of the codestream in them (`codestream`, `segments`)."""

from __future__ import annotations

from redact.checks.structure.jpeg2000.file import inspect, still

__all__ = ["inspect", "still"]
