"""Examined file -> staged copy, regions painted and everything not kept dropped. The only writer of media.

The stripper is the last hand on the file: encoders are not trusted about metadata. Where nothing has to be hidden the
coded pictures are copied bit for bit, whatever was decoded to find that out; unless there are some, or parts of them,
that are not shown, which nobody looked at.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from redact.contracts import Canvas, Examined, Progress, Style
from redact.model import Image, Region
from redact.policy import Policy
from redact.styles import Blur, apply, empty

Labelled = tuple[str, Region]


def rewrite(seen: Examined, policy: Policy, copy: Path, progress: Progress) -> None:
    """Write `copy`, a file in a private folder: painted as `policy.hide` says, stripped to `policy.keep`.

    Takes the frames of `seen`, so its findings are complete afterwards. Raises whatever examining, detecting or
    stripping raises; `copy` then holds rubbish.
    """
    with seen.source.open("rb") as source, copy.open("wb") as target:
        if seen.footage is None:
            seen.format.strip(source, target, policy.kept)
            return
        with tempfile.TemporaryFile(dir=copy.parent) as coded:
            seen.footage.write(_painted(seen.frames(), policy.hide, progress), coded)
            coded.seek(0)
            pixels = coded if seen.findings.tracks or seen.footage.unseen else None
            seen.format.strip(source, target, policy.kept, pixels)


def _painted(
    frames: Iterator[tuple[Canvas, tuple[Labelled, ...]]], hide: Mapping[str, Style], progress: Progress
) -> Iterator[Canvas]:
    for done, (canvas, regions) in enumerate(frames, 1):
        paint(canvas, regions, hide)
        progress(done)
        yield canvas


def paint(canvas: Canvas, regions: Sequence[Labelled], hide: Mapping[str, Style]) -> None:
    """Cover the regions of one frame, each in the style of its label.

    All are emptied before any style paints, so that no style sees what was in its own region or in a neighbour's.
    """
    if not regions:
        return
    canvas.edit([region for _, region in regions], empty)
    for style in dict.fromkeys(hide[label] for label, _ in regions):
        if not isinstance(style, Blur):
            canvas.edit([region for label, region in regions if hide[label] == style], _painter(style))


def _painter(style: Style) -> Callable[[Image, Sequence[Region]], None]:
    def edit(image: Image, regions: Sequence[Region]) -> None:
        for region in regions:
            apply(style, image, region)

    return edit
