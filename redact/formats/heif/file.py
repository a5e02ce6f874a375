"""HEIF (ISO/IEC 23008-12, 23000-22): HEIC and HIF with pictures in HEVC, AVIF with pictures in AV1.

Where location hides: Exif and XMP items; other items (C2PA, URIs); thumbnails, depth and gain maps, further pictures
and the video of a live picture, which show the place or carry metadata of their own; names of items; entity groups and
descriptive properties (where the camera stood); stretches of data that no item refers to; free boxes and bytes behind
the last; messages inside the coded pictures.

Dropped: all of it. A file is not edited but written anew (see writer.py) with the items of the shown picture alone
(see derivation.py), under fresh numbers and without names, and with those of their properties that are on a list (see
properties.py).

Kept: every coded picture that the primary item is derived from, bit for bit, however it is derived: as a grid, an
overlay, turned; its transparency; what tells a decoder how to read the samples. With "orientation" irot and imir of the
whole, with "colour" the ICC profile and what HDR needs. A fresh EXIF block with what else the policy keeps, never with
an orientation: readers of HEIF go by irot and imir and are to ignore it.

Not handled: bytes hidden within a coded slice or tile, and what a decoder crops away by the coded picture's own word.
The HDR gain map goes, and with it the brighter rendition. Refused: sequences of pictures, encrypted ones, codings other
than HEVC and AV1, derivations that are not known here; pictures within the shown one that readers do not show: several
in one item, parts that lie under others, beside the canvas or outside of an aperture (see placing.py), transparencies
of parts that readers pass over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import UnsupportedFormatError
from redact.formats import boxes, unpainted
from redact.formats.bounded import listed, read_whole
from redact.formats.codings import Coding, coding_of
from redact.formats.heif import descriptions, fields, placing, properties, single, writer
from redact.formats.heif.collection import Collection, collection_of, damaged
from redact.formats.heif.derivation import CODED, Derivation, derivation_of, recipe
from redact.model import Field, Keep

_STILLS = frozenset({
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"miaf", b"msf1", b"avif", b"avis", b"avio",
})  # fmt: skip
"""Brands of stills and of sequences of stills."""

_ANY_STILL = b"mif1"
_FILMS = frozenset({b"isom", b"mp41", b"mp42", b"qt  "})


@dataclass(frozen=True, slots=True)
class Heif:
    """The HEIF family: HEIC, HIF and AVIF."""

    name = "HEIF"

    def recognises(self, head: bytes) -> bool:
        """True for the brand of a still in ISO boxes, or for another than a film's that is compatible to stills."""
        end = min(int.from_bytes(head[:4], "big"), len(head))
        brands = {head[start : start + 4] for start in range(16, end - 3, 4)}
        compatible = _ANY_STILL in brands and _FILMS.isdisjoint(brands | {head[8:12]})
        return head[4:8] == b"ftyp" and (head[8:12] in _STILLS or compatible)

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(_fields(_parse(source)))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        unpainted.refuse(pixels, self.name)
        file = _parse(source)
        target.writelines(writer.heif(file.brands, [*_pictures(file, keep), *_exif(file, keep)]))


@dataclass(frozen=True, slots=True)
class _File:
    """A whole file, and how its picture is made."""

    layout: boxes.Layout
    brands: tuple[bytes, ...]
    collection: Collection
    derivation: Derivation


def _parse(source: BinaryIO) -> _File:
    """Raises DamagedFileError, UnsupportedFormatError."""
    data = read_whole(source)
    layout = boxes.layout(source)
    if layout.of(b"moov") or layout.of(b"moof"):
        message = "the file holds a sequence of pictures, not only one: save the picture alone, or convert it to a film"
        raise UnsupportedFormatError(message)
    indexes = layout.of(b"meta")
    if layout.spans[0].code != b"ftyp" or len(indexes) != 1:
        raise damaged(f"has {len(indexes)} indexes instead of one")
    head = data[layout.spans[0].body : layout.spans[0].end]
    brands = (head[:4], *(head[start : start + 4] for start in range(8, len(head), 4)))
    collection = collection_of(data, indexes[0].read(source))
    return _File(layout, brands, collection, derivation_of(collection))


def _pictures(file: _File, keep: Keep) -> Iterator[writer.Entry]:
    """The items of the shown picture, as they are written."""
    order, inputs, alphas = file.derivation.order, file.derivation.inputs, file.derivation.alphas
    fresh = {number: place for place, number in enumerate(order, 1)}
    masters: dict[int, list[int]] = {}
    for master, alpha in alphas.items():
        masters.setdefault(alpha, []).append(fresh[master])
    codings: dict[tuple[str, bytes], Coding] = {}
    readings: properties.Readings = {}
    premultiplied = frozenset(_premultiplied(file))
    for number, payload in _payloads(file):
        item = file.collection.items[number]
        role = properties.Role(item.kind in CODED, number in masters, number in file.derivation.upright)
        forms = properties.kept(file.collection.described.get(number, ()), role, keep, readings)
        if role.coded:
            payload = _coded(item.kind, payload, forms, codings)
        else:
            payload = recipe(item.kind, payload, len(inputs[number]))
            sizes = [placing.shown_size(file.collection, each) for each in inputs[number]]
            placing.demand_shown(item.kind, payload, placing.stored_size(file.collection, number), sizes)
        references = [
            (b"dimg", [fresh[each] for each in inputs.get(number, ())]),
            (b"auxl", masters.get(number, [])),
            (b"prem", [fresh[alphas[number]]] if number in premultiplied else []),
        ]
        yield writer.Entry(
            item.kind,
            item.hidden and number != order[0],
            not role.coded,
            payload,
            [(kind, targets) for kind, targets in references if targets],
            tuple(forms.values()),
        )


def _payloads(file: _File) -> Iterator[tuple[int, bytes]]:
    """Each item of the shown picture with its bytes, of which there are never more than the file has."""
    spans = (span for number in file.derivation.order for span in file.collection.spans(number))
    if sum(end - start for _, start, end in spans) > len(file.collection.data):
        raise damaged("has pictures that share their data")
    for number in file.derivation.order:
        yield number, file.collection.payload(number)


def _coded(
    kind: bytes,
    payload: bytes,
    forms: dict[bytes, tuple[bytes, bytes]],
    codings: dict[tuple[str, bytes], Coding],
) -> bytes:
    """What may stay of a coded picture; its configuration among the `forms` is cleaned as well."""
    coding = _coding(kind, forms[CODED[kind][1]][1], codings)
    clean = coding.cleaned(payload)
    if not clean:
        raise damaged("has a picture without data")
    forms[CODED[kind][1]] = CODED[kind][1], coding.configuration
    if kind == b"av01":
        single.demand_single(clean, coding.configuration)
    if clean != payload:
        # It tells how long the layers are, and they are not as long any more. No decoder needs it.
        forms.pop(b"a1lx", None)
    if kind == b"hvc1" and forms.get(b"lsel", (b"", bytes(2)))[1] != bytes(2):
        message = "the picture is coded as a second layer over another: save it anew first"
        raise UnsupportedFormatError(message)
    return clean


def _coding(kind: bytes, configuration: bytes, codings: dict[tuple[str, bytes], Coding]) -> Coding:
    name, _ = CODED[kind]
    if (name, configuration) not in codings:
        codings[name, configuration] = coding_of(name, configuration)
    return codings[name, configuration]


def _premultiplied(file: _File) -> Iterator[int]:
    """Items whose colours were multiplied with their transparency."""
    for each in file.collection.references:
        if each.kind == b"prem" and file.derivation.alphas.get(each.origin) in each.targets:
            yield each.origin


def _exif(file: _File, keep: Keep) -> Iterator[writer.Entry]:
    """The block of EXIF that says what may stay; none where nothing may."""
    block = descriptions.kept(file.collection, keep)
    if block is not None:
        yield writer.Entry(
            b"Exif", hidden=True, derived=False, data=descriptions.HEADER + block, references=[(b"cdsc", (1,))]
        )


def _fields(file: _File) -> Iterator[Field]:
    yield from fields.of(file.collection, file.derivation, file.layout)
    for (kind, configuration), payloads in _packets(file).items():
        coding = coding_of(CODED[kind][0], configuration)
        yield from fields.messages(coding, payloads)


def _packets(file: _File) -> dict[tuple[bytes, bytes], list[bytes]]:
    """The coded pictures of the whole, by item type and configuration."""
    found: dict[tuple[bytes, bytes], list[bytes]] = {}
    for number, payload in _payloads(file):
        kind = file.collection.items[number].kind
        if kind in CODED:
            found.setdefault((kind, file.collection.told(number, CODED[kind][1])), []).append(payload)
    return found
