"""JPEG: `file` puts the two questions, `parts` are the segments, `memory` is what a decoder reads of them."""

from redact.checks.structure.jpeg.file import inspect, still

__all__ = ["inspect", "still"]
