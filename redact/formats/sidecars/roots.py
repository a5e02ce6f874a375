"""Tells XML files by their root element: what stands further inside may be a quotation, or a picture's metadata."""

from __future__ import annotations

import re

_BEFORE = rb"(?:\s++|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!DOCTYPE[^<>\[]{0,400}>)*+"
"""Declarations, comments and a document type without entities. Each is taken whole or not, so none is tried twice."""


def root(*names: str, beyond: bytes = b"") -> re.Pattern[bytes]:
    """What the head of an XML file matches whose root has one of these names, whatever its prefix.

    beyond: what follows the name
    """
    either = "|".join(names).encode()
    return re.compile(_BEFORE + rb"<(?:[\w.-]{1,20}:)?(?:" + either + rb")(?=[\s>])" + beyond, re.DOTALL)
