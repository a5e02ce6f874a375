"""The file of a model of one's own: read once, and the bytes whose digest was right are those that are loaded."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from redact.errors import PluginError, PolicyError

LARGEST = 1 << 30
"""Bytes. The largest detectors in use have a third of that, and an ONNX file cannot have more than twice of it."""

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Which file, and which content.

    path:   absolute, or relative to the policy file; never to where a command happens to run
    sha256: of its content, hexadecimal

    Raises PolicyError when that is not what they are.
    """

    path: str
    sha256: str

    def __post_init__(self) -> None:
        if not isinstance(self.path, str) or not self.path or "\0" in self.path:
            message = f"path names an ONNX file, not {self.path!r}"
            raise PolicyError(message)
        if not isinstance(self.sha256, str) or not _SHA256.fullmatch(self.sha256.lower()):
            message = f"sha256 is 64 hexadecimal digits, as `sha256sum {self.name}` prints them"
            raise PolicyError(message)

    @property
    def name(self) -> str:
        """The file's own name: messages end up where nobody should read in which folder it lies."""
        return Path(self.path).name

    def read(self, folder: Path | None) -> bytes:
        """The content, whose digest is right.

        folder: of the policy file; None when the policy came from none

        Raises PolicyError when the path is relative and nobody knows to what, PluginError when the file is missing, is
        no regular file, is too large, or has another digest.
        """
        path = Path(self.path)
        if not path.is_absolute():
            if folder is None:
                message = (
                    f"{self.path!r} counts from the policy file, and this policy came from none: give a whole path"
                )
                raise PolicyError(message)
            path = folder / path
        content = self._content(path)
        if (found := hashlib.sha256(content).hexdigest()) != self.sha256.lower():
            message = f"{self.name} is not the model that the policy vouches for: its sha256 is {found}"
            raise PluginError(message)
        return content

    def _content(self, path: Path) -> bytes:
        try:
            # A FIFO would else keep whoever opens it waiting.
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    message = f"{self.name} is no regular file"
                    raise PluginError(message)
                content = file.read(LARGEST + 1)
        except OSError as error:
            message = f"the model {self.name} cannot be read: {error.strerror or type(error).__name__}"
            raise PluginError(message) from error
        if len(content) > LARGEST:
            message = f"the model {self.name} is larger than {LARGEST >> 20} MiB: that is no detector"
            raise PluginError(message)
        return content
