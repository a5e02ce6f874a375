"""TIFF: a strict walk of its directories (TIFF 6.0; BigTIFF; OGC GeoTIFF 1.1), by what is read.

`directories` are the bones, `shape` is how a page is cut into strips and tiles, `streams` are JPEGs inside of them,
`rules` say what a tag may hold, and `file` puts the two questions: is all of it allowed, and what does it show?
"""

from redact.checks.structure.tiff.file import inspect, still

__all__ = ["inspect", "still"]
