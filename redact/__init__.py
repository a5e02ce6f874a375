"""Strips location metadata and covers faces, licence plates and burned-in coordinates before media is shared.

    import redact

    redact.file("beach.jpg", "share/beach.jpg")
    report = redact.folder("card/", "share/")

What is published was verified; what could not be made safe is not published, and says so. Nothing leaves the machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.errors import (
    DamagedFileError,
    MediaError,
    PluginError,
    PolicyError,
    RedactError,
    UnsupportedFormatError,
    VerificationError,
)
from redact.model import Allowed, Box, Check, Detection, Field, Findings, Image, Polygon, Receipt, Report, Track

if TYPE_CHECKING:
    import os

    from redact.allowance import Allow as Allow
    from redact.policy import Policy as Policy
    from redact.policy import Tracking as Tracking
    from redact.redactor import Redactor as Redactor
    from redact.regions import Regions as Regions
    from redact.styles import Blur as Blur
    from redact.styles import Fill as Fill
    from redact.styles import Pixelate as Pixelate

__version__ = "0.1.0"

__all__ = [
    "Allow",
    "Allowed",
    "Blur",
    "Box",
    "Check",
    "DamagedFileError",
    "Detection",
    "Field",
    "Fill",
    "Findings",
    "MediaError",
    "Pixelate",
    "PluginError",
    "Policy",
    "PolicyError",
    "Polygon",
    "Receipt",
    "RedactError",
    "Redactor",
    "Regions",
    "Report",
    "Track",
    "Tracking",
    "UnsupportedFormatError",
    "VerificationError",
    "file",
    "folder",
    "image",
    "scan",
]

_LATER = {
    "Allow": "redact.allowance",
    "Blur": "redact.styles",
    "Fill": "redact.styles",
    "Pixelate": "redact.styles",
    "Policy": "redact.policy",
    "Tracking": "redact.policy",
    "Redactor": "redact.redactor",
    "Regions": "redact.regions",
}
"""What needs OpenCV is imported when it is first used: plugin authors import this package for three names."""


def __getattr__(name: str) -> object:
    if name in _LATER:
        from importlib import import_module

        return getattr(import_module(_LATER[name]), name)
    message = f"module 'redact' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)


def file(source: str | os.PathLike[str], target: str | os.PathLike[str], policy: Policy | None = None) -> Receipt:
    """Publish a redacted and verified copy of `source` as `target`, and tell what happened.

    See `Redactor.file`: what is wrong with the file becomes a receipt (`receipt.ok`, `receipt.raise_for_status()`).
    Raises PolicyError and PluginError when the policy cannot be carried out at all.
    """
    from redact.redactor import Redactor

    return Redactor(policy).file(source, target)


def folder(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    policy: Policy | None = None,
    *,
    regions: Regions | None = None,
    workers: int = 1,
) -> Report:
    """Publish redacted and verified copies of all files below `source` in `target`, mirroring the tree.

    See `batch.folder`. A file that cannot be made safe is a receipt in `report.failed`; the others go on.
    Raises PolicyError and PluginError when the policy cannot be carried out at all.
    """
    from redact import batch

    return batch.folder(source, target, policy, regions=regions, workers=workers)


def image(array: Image, policy: Policy | None = None) -> Image:
    """A copy of a picture, uint8 (height, width, 3) RGB, with everything covered that the policy hides.

    Raises UnsupportedFormatError for any other array.
    """
    from redact.redactor import Redactor

    return Redactor(policy).image(array)


def scan(source: str | os.PathLike[str], policy: Policy | None = None) -> Findings:
    """All that is in a file: metadata of every kind, and what the policy would hide. Writes nothing.

    Raises MediaError when the file cannot be read whole.
    """
    from redact.redactor import Redactor

    return Redactor(policy).scan(source)
