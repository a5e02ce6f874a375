"""Whether content looks like text: what no signature tells, and what a signature of one byte must not be taken for."""

from __future__ import annotations


def is_text(head: bytes) -> bool:
    """True for the beginning of a text in UTF-8 without a mark of its order of bytes."""
    # The last character may have been cut.
    text = head.decode("utf-8", "ignore")
    return len(text.encode()) > len(head) - 4 and all(each.isprintable() or each in "\r\n\t" for each in text)
