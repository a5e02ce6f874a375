"""Which directories are pictures of the file: pages, and levels of their pyramids. Others are previews or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redact.checks.structure.tiff.directories import Bones, Directory

_OLD_JPEG, _MOST_HALVINGS = 6, 31


def pictures(
    bones: Bones, chain: Iterable[tuple[Directory, tuple[Directory, ...]]]
) -> Iterator[tuple[Directory, tuple[Directory, ...]]]:
    """The pages of the main chain, each with the levels that hang on it, without what is no picture of the file.

    A reduced picture of the chain has to be a level of the last page before it that is not, masks apart from others.
    """
    whole: dict[bool, Directory] = {}
    for number, (page, smaller) in enumerate(chain):
        kind = _one(bones, page, 254)
        reduced, mask = bool(kind & 1) or _one(bones, page, 255) == 2, bool(kind & 4)
        if number and (not _is_sized(page) or (reduced and not _is_level(bones, page, whole.get(mask)))):
            continue
        if not number or not reduced:
            whole[mask] = page
        yield page, tuple(each for each in smaller if _is_level(bones, each, page))


def _is_sized(page: Directory) -> bool:
    return page.get(256) is not None and page.get(257) is not None


def _is_level(bones: Bones, small: Directory, page: Directory | None) -> bool:
    """True when both sides are the page's, divided by the same power of two, and the samples are of its kind."""
    if page is None or not _is_sized(small) or not _is_sized(page) or _one(bones, small, 259, 1) == _OLD_JPEG:
        return False
    if _kind(bones, small) != _kind(bones, page):
        return False
    width, height, whole_width, whole_height = (_one(bones, each, tag) for each in (small, page) for tag in (256, 257))
    steps = (1 << halvings for halvings in range(1, _MOST_HALVINGS))
    return any(width in _rounded(whole_width, step) and height in _rounded(whole_height, step) for step in steps)


def _rounded(side: int, step: int) -> tuple[int, int]:
    return side // step or 1, (side + step - 1) // step


def _kind(bones: Bones, page: Directory) -> tuple[tuple[int, ...], int, bool]:
    """Bits of the samples, what they mean, and whether they are a mask."""
    samples, bits = _one(bones, page, 277, 1), bones.numbers(page.get(258)) or (1,)
    if len(bits) == 1:
        bits *= min(max(samples, 1), 1 << 16)
    return bits[: max(samples, 0)], _one(bones, page, 262), bool(_one(bones, page, 254) & 4)


def _one(bones: Bones, page: Directory, tag: int, default: int = 0) -> int:
    return (bones.numbers(page.get(tag)) or (default,))[0]
