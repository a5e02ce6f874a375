"""MP4 and QuickTime: a strict walk of the boxes, their descriptions, and the samples they lie over."""

from redact.checks.structure.isobmff.film import inspect

__all__ = ["inspect"]
