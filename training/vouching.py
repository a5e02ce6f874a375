"""The SHA-256 that the package's table of weights vouches for an exported model with."""

from __future__ import annotations

import hashlib
import re


def vouched(table: str, file: str, content: bytes) -> str:
    """The text of a `table.toml` with the digest of `content` beside the entry of `file`; all else stays as it is.

    Raises ValueError where the table does not have just one such entry.
    """
    digest = hashlib.sha256(content).hexdigest()
    entry = re.compile(rf'(^file = "{re.escape(file)}"\nsha256 = ")[0-9a-f]{{64}}"$', re.MULTILINE)
    changed, count = entry.subn(rf'\g<1>{digest}"', table)
    if count != 1:
        message = f"the table of weights has {count} entries for {file}, not one: write it in by hand"
        raise ValueError(message)
    return changed
