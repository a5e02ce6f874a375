"""Everything that can go wrong, as one tree.

    RedactError
    ├── PolicyError                 the request makes no sense                        exit 2
    ├── PluginError                 a detector or its model is missing or misbehaves  exit 4
    ├── MediaError                  this file cannot be processed                     exit 3
    │   ├── UnsupportedFormatError  nobody here knows how to make it safe
    │   └── DamagedFileError        it cannot be read whole
    └── VerificationError           written, re-read and found wanting                exit 5

A message says what is wrong and what mends it. It never holds a removed value: messages end up in logs
and receipts, and those are shared.
"""

from typing import ClassVar


class RedactError(Exception):
    """Root of every error this package raises on purpose; `exit_code` is what the command ends with."""

    exit_code: ClassVar[int] = 3


class PolicyError(RedactError):
    """The request makes no sense: an unknown label, style, option or metadata kind."""

    exit_code = 2


class PluginError(RedactError):
    """A detector is missing, would not load, raised, or broke its contract. Nobody looked: nothing is published."""

    exit_code = 4


class MediaError(RedactError):
    """This one file cannot be processed. Other files of a batch go on."""

    exit_code = 3


class UnsupportedFormatError(MediaError):
    """The content is of a kind that cannot be made safe here, whatever its name says."""


class DamagedFileError(MediaError):
    """The file is empty, truncated, garbled or contradicts itself: what was not read cannot be vouched for."""


class VerificationError(RedactError):
    """The rewritten copy was read again and found wanting. Nothing was published."""

    exit_code = 5
