"""JPEG, by what is done to it: `segments` reads, `course` tells what a decoder needs, `file` writes."""

from redact.formats.jpeg.file import Jpeg

__all__ = ["Jpeg"]
