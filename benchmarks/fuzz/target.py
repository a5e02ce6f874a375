"""The targets: one for every container that is stripped, every walk of the verifier's, every sort of sidecar, and more.

    python -m benchmarks.fuzz.target NAME [libFuzzer's options] CORPUS

Promises of a strip, for any bytes: nothing but the project's own errors; a copy that the verifier's walk allows, that
is stripped to itself, and in which nothing is listed that may not stay. Of a walk: an answer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from io import BytesIO

import atheris

with atheris.instrument_imports(include=["redact.formats", "redact.checks"]):
    from redact.checks.reading import CLIPS, UNREADABLE, Flaw, container
    from redact.checks.stills import describe
    from redact.checks.structure import WALKS
    from redact.contracts import Format
    from redact.errors import MediaError
    from redact.formats import FORMATS, HEAD_BYTES
    from redact.formats.carriers import exif, photoshop, xmp
    from redact.formats.sidecars import HEAD_BYTES as SIDECAR_HEAD_BYTES
    from redact.formats.sidecars import SIDECARS
    from redact.formats.sidecars.xmp import Xmp
    from redact.model import Keep

from redact import telling

KEEP = Keep(frozenset({"orientation", "colour", "time", "camera", "author", "copyright"}), 1.0)


def strip(family: Format, data: bytes) -> None:
    """Strip a file of that family, and hold the copy against the promises."""
    if not family.recognises(data[: max(HEAD_BYTES, SIDECAR_HEAD_BYTES)]):
        return
    try:
        list(family.fields(BytesIO(data)))
        once = BytesIO()
        family.strip(BytesIO(data), once, KEEP)
    except MediaError:
        return
    copy = once.getvalue()
    kind = container(copy)
    assert kind is not None, "the copy is of no known container"
    WALKS[kind](copy, KEEP)
    twice = BytesIO()
    family.strip(BytesIO(copy), twice, KEEP)
    assert twice.getvalue() == copy, "stripped twice is not stripped once"
    left = [each for each in family.fields(BytesIO(copy)) if each.kind not in KEEP and "coarse" not in each.where]
    assert not left, "something is left"


def walk(data: bytes) -> None:
    """Ask the verifier's walk, and what describes a still."""
    kind = container(data)
    if kind is None:
        return
    with suppress(Flaw, *UNREADABLE):
        WALKS[kind](data, KEEP)
    if kind not in CLIPS and kind != "XMP":
        with suppress(Flaw, *UNREADABLE):
            describe(data, kind)


def carriers(data: bytes) -> None:
    """Read a block of metadata as each of the carriers."""
    list(exif.fields(data, "EXIF"))
    exif.kept(data, KEEP)
    list(xmp.fields(data, "XMP"))
    list(photoshop.fields(data, "IRB"))


def sidecars(data: bytes) -> None:
    """Read it as every sort of sidecar, and as a file's name."""
    for each in SIDECARS:
        if each.recognises(data[:SIDECAR_HEAD_BYTES]):
            with suppress(MediaError):
                list(each.fields(BytesIO(data)))
    telling.kinds(data.decode("utf-8", "replace"))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    **{each.name.replace(" ", "-"): partial(strip, each) for each in FORMATS},
    **{f"walk-{each.name.replace(' ', '-')}": walk for each in FORMATS},
    "XMP": partial(strip, Xmp()),
    "walk-XMP": walk,
    "carriers": carriers,
    "sidecars": sidecars,
}


if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()
