"""Is every byte of a HEIF part of one picture, or of the EXIF that may stay?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from redact.checks.reading import Buffer, Flaw, printable, take
from redact.checks.structure import exif, pictures
from redact.checks.structure.heif import forms, recipe, spelling, visible
from redact.checks.structure.heif.description import CODINGS
from redact.checks.structure.heif.index import Index, read
from redact.model import Keep

_BRANDS = frozenset({
    b"heic", b"heix", b"heim", b"heis", b"avif", b"avio", b"mif1", b"mif2", b"miaf", b"MiHB", b"MiHA", b"MiHE", b"MiAB",
    b"MA1B", b"MA1A",
})  # fmt: skip

_NAMES = {b"hvc1": "hevc", b"av01": "av1"}
_EXIF_BEGINNING = b"\0\0\0\6Exif\0\0"
"""How far the block lies behind this number, and JPEG's name of such a block, which some readers look for."""


def inspect(data: Buffer, keep: Keep) -> int:
    """How many items and properties the file has. Raises Flaw unless all are allowed and no byte is left."""
    index = read(data)
    _demand_plain_frame(data, index)
    made, alphas = index.derivation()
    _demand_items(index, made)
    _demand_references(index, made, alphas)
    _demand_properties(index, made, alphas, keep)
    _demand_tiled(index)
    visible.demand_known(index, made, alphas)
    for number in made:
        visible.demand_uncut(index, number)
    rules: dict[tuple[bytes, bytes], Callable[[bytes], bool]] = {}
    for number, item in index.items.items():
        payload = b"".join(bytes(data[start:end]) for start, end in index.extents.get(number, ()))
        if item.kind == b"Exif":
            _admit_exif(payload, keep)
        elif item.kind in CODINGS:
            _admit_picture(item.kind, index.body(number, CODINGS[item.kind][0]), payload, rules)
        else:
            if recipe.spelt(item.kind, payload, len(made[number])) != payload:
                message = f"bytes hide behind the numbers of a {printable(item.kind)}"
                raise Flaw(message)
            visible.demand_all(index, number, payload, made[number])
    return len(index.items) + len(index.properties)


def _demand_plain_frame(data: Buffer, index: Index) -> None:
    """Raise Flaw unless the file is ftyp, meta and mdat, side by side, the first two spelt as their meaning is."""
    if [box.kind for box in index.top] != [b"ftyp", b"meta", b"mdat"]:
        message = "there is something beside ftyp, meta and mdat"
        raise Flaw(message)
    head, meta, media = index.top
    body = take(data, head.start, head.end - head.start, head.end)
    brands = [body[place : place + 4] for place in range(8, len(body), 4)]
    if any(body[4:8]) or not _BRANDS.issuperset(brands) or len(set(brands)) < len(brands) or body[:4] not in brands:
        message = "ftyp tells something that is not allowed"
        raise Flaw(message)
    if (head.place, head.start, media.start - media.place, media.end) != (0, 8, 8, len(data)):
        message = "there are bytes beside the boxes"
        raise Flaw(message)
    spelt = spelling.meta(index)
    stored = sum(end - start for number in index.stored for start, end in index.extents[number])
    if meta.end - meta.place != len(spelt) + stored or take(data, meta.place, len(spelt), meta.end) != spelt:
        message = "the index holds more than its meaning"
        raise Flaw(message)


def _demand_items(index: Index, made: Mapping[int, tuple[int, ...]]) -> None:
    others = [item.kind for number, item in index.items.items() if number not in made]
    numbers = list(index.items)
    if others not in ([], [b"Exif"]):
        message = f"{len(others)} items are no part of the picture"
        raise Flaw(message)
    if numbers != list(range(1, len(numbers) + 1)) or index.primary != 1 or numbers[: len(made)] != list(made):
        message = "items are not numbered in the order of the picture"
        raise Flaw(message)
    for number in made:
        item = index.items[number]
        if item.kind not in CODINGS and item.kind not in recipe.DERIVED:
            message = f"a picture of type {printable(item.kind)} is not allowed"
            raise Flaw(message)
    if any(item.protected for item in index.items.values()):
        message = "an item is encrypted"
        raise Flaw(message)


def _demand_references(index: Index, made: Mapping[int, tuple[int, ...]], alphas: Mapping[int, int]) -> None:
    """Raise Flaw unless items refer to each other as the picture needs it, each once."""
    masters: dict[int, list[int]] = {}
    for master, alpha in alphas.items():
        masters.setdefault(alpha, []).append(master)
    seen = set()
    for each in index.references:
        kind = index.items[each.origin].kind if each.origin in index.items else b""
        if each.kind == b"dimg":
            fits = kind in recipe.DERIVED
        elif each.kind == b"auxl":
            fits = list(each.targets) == masters.get(each.origin)
        elif each.kind == b"prem":
            fits = list(each.targets) == [alphas.get(each.origin)]
        else:
            fits = each.kind == b"cdsc" and kind == b"Exif" and each.targets == (1,)
        if not fits or (each.kind, each.origin) in seen:
            message = f"a reference of type {printable(each.kind)} is not allowed"
            raise Flaw(message)
        seen.add((each.kind, each.origin))
    if any(index.items[number].kind in recipe.DERIVED and not inputs for number, inputs in made.items()):
        message = "a picture is made of nothing"
        raise Flaw(message)


def _demand_properties(
    index: Index, made: Mapping[int, tuple[int, ...]], alphas: Mapping[int, int], keep: Keep
) -> None:
    """Raise Flaw unless every property is sound and describes an item of the picture that may have it."""
    names = [forms.form(each.kind, each.body) for each in index.properties]
    for what, each in zip(names, index.properties, strict=True):
        if not forms.sound(what, each.body):
            message = f"a property of type {printable(what)} is not allowed"
            raise Flaw(message)
    whole, transparent = {1, alphas.get(1, 1)}, frozenset(alphas.values())
    used: dict[int, None] = {}
    for number, places in index.described.items():
        if number not in made or not all(place for place, _ in places):
            message = "a property describes what is no picture"
            raise Flaw(message)
        configuration = CODINGS.get(index.items[number].kind, (b"",))[0]
        role = forms.Role(configuration, number in transparent, number in whole)
        told = [names[place - 1] for place, _ in places]
        _demand_fitting(told, role, keep)
        if any(marked != (index.properties[place - 1].kind in forms.ESSENTIAL) for place, marked in places):
            message = "a property is marked as it must not be"
            raise Flaw(message)
        used.update(dict.fromkeys(place for place, _ in places))
    unique = {(each.kind, each.body) for each in index.properties}
    if (
        list(used) != list(range(1, len(names) + 1))
        or len(unique) < len(used)
        or not made.keys() <= index.described.keys()
    ):
        message = "there are properties that describe nothing or nothing new, or pictures that nothing describes"
        raise Flaw(message)


def _demand_fitting(told: Sequence[bytes], role: forms.Role, keep: Keep) -> None:
    """Raise Flaw unless an item has the properties it needs, and none twice or of another kind of item."""
    for what in told:
        if told.count(what) > 1 or not forms.fits(what, role, keep):
            message = f"a property of type {printable(what)} is not allowed"
            raise Flaw(message)
    if b"ispe" not in told or (role.configuration and role.configuration not in told):
        message = "a picture lacks its size or its configuration"
        raise Flaw(message)


def _demand_tiled(index: Index) -> None:
    """Raise Flaw unless the items fill mdat, side by side and in order; idat they do by how it is spelt."""
    _, _, media = index.top
    reached = media.start
    if list(index.extents) != sorted(index.extents):
        message = "items do not lie in their order"
        raise Flaw(message)
    for number, pieces in index.extents.items():
        if (
            len(pieces) != 1
            or number not in index.items
            or (index.items[number].kind in recipe.DERIVED) != (number in index.stored)
        ):
            message = "an item does not lie in one piece where its type belongs"
            raise Flaw(message)
        if number not in index.stored:
            if pieces[0][0] != reached:
                message = "bytes of mdat belong to no item, or to two"
                raise Flaw(message)
            reached = pieces[0][1]
    if reached != media.end:
        message = f"{media.end - reached} bytes of mdat belong to no item"
        raise Flaw(message)


def _admit_exif(payload: bytes, keep: Keep) -> None:
    block = payload.removeprefix(_EXIF_BEGINNING)
    if block == payload or exif.inspect(block, replace(keep, kinds=keep.kinds - {"orientation"})) < 1:
        message = "EXIF does not begin where it should"
        raise Flaw(message)


def _admit_picture(
    kind: bytes, configuration: bytes, payload: bytes, rules: dict[tuple[bytes, bytes], Callable[[bytes], bool]]
) -> None:
    if (kind, configuration) not in rules:
        rules[kind, configuration] = pictures.single(_NAMES[kind], configuration)
    if not payload or not rules[kind, configuration](payload):
        message = "a coded picture holds more than the picture"
        raise Flaw(message)
