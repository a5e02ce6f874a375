"""PNG and APNG: a strict walk of the chunks (PNG, third edition, W3C 2025).

Location hides in text chunks (tEXt, zTXt, iTXt, XMP in iTXt), in eXIf, in private chunks, after IEND, in picture data
that goes on after the last row, and in numbers and palettes that nothing looks at. Allowed are what a decoder
needs, colour, resolution, and as kept one EXIF block and the time. Checksums have to be right, and picture data has to
inflate to exactly the picture.
"""

from __future__ import annotations

from redact.checks.structure.png.description import still
from redact.checks.structure.png.inspection import inspect

__all__ = ["inspect", "still"]
