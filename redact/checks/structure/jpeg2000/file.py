"""JPEG 2000: a strict walk of the boxes of a JP2 (ITU-T T.800 annex I), or a codestream that stands alone.

Location hides in uuid, xml and asoc boxes, in unknown ones, in boxes that are longer than what they tell, and after the
codestream. Allowed are signature, brand, one header and one codestream; in the header what tells the samples' meaning,
as far as there are samples, with a profile only as kept, and a resolution that is one small number.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from redact.checks.reading import Buffer, Flaw, demand, printable
from redact.checks.structure import icc
from redact.checks.structure.jpeg2000 import codestream
from redact.checks.structure.part import Part, part_at
from redact.checks.structure.picture import Still
from redact.model import Keep

_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
_BRANDS = (b"jp2 ", b"jpx ", b"jph ", b"jpxb")
_MEANING = (b"bpcc", b"pclr", b"cmap", b"cdef")
_DENSEST = 999_999
_MOST_BOXES = _MOST_CHANNELS = 1 << 14


def inspect(data: Buffer, keep: Keep) -> int:
    """How many boxes and segments a JPEG 2000 has. Raises Flaw unless all of them are allowed."""
    if data[:4] == codestream.START:
        found = codestream.walk(data, 0, len(data))
        demand(found.end == len(data), f"{len(data) - found.end} bytes after the codestream")
        return codestream.inspect(data, found)
    top = list(_strict(data, 0, len(data)))
    codes = [part.code for part in top]
    demand(data[:12] == _SIGNATURE, "there is no signature")
    for part in top:
        demand(part.code in (b"jP  ", b"ftyp", b"jp2h", b"jp2c"), f"the box {printable(part.code)} is not allowed")
    demand(codes == [b"jP  ", b"ftyp", b"jp2h", b"jp2c"], "boxes are there twice, or in another order")
    brand, header, picture = top[1:]
    _demand_brand(brand.content(data))
    found = codestream.walk(data, picture.body, picture.end)
    demand(found.end == picture.end, f"{picture.end - found.end} bytes after the codestream")
    inner = list(_strict(data, header.body, header.end))
    inner_codes = [part.code for part in inner]
    demand(inner_codes[:1] == [b"ihdr"] and b"colr" in inner_codes, "there is no header, or none for colours")
    demand(len(set(inner_codes)) == len(inner_codes), "a box of the header is there twice")
    for part in inner:
        _admit(data, part, keep)
    told = {part.code: part.content(data) for part in inner if part.code in _MEANING}
    demand(_is_meaning(told, found.depths), "bpcc, pclr, cmap or cdef tells of more than there is")
    return len(top) + len(inner) + codestream.inspect(data, found)


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    if data[:4] == codestream.START:
        found = codestream.walk(data, 0, len(data))
        return Still(found.size, 1, frozenset({1}), 3, b"", (1, 1), tuple(found.coded()))
    demand(data[:12] == _SIGNATURE, "there is no signature")
    top = list(boxes(data, 0, len(data)))
    headers, pictures = ([part for part in top if part.code == code] for code in (b"jp2h", b"jp2c"))
    demand(len(headers) == len(pictures) == 1, "there is not one header and one picture")
    found = codestream.walk(data, pictures[0].body, pictures[0].end)
    inner = list(boxes(data, headers[0].body, headers[0].end))
    # Nobody reads a palette without a map.
    mapped = any(part.code == b"cmap" for part in inner)
    meaning = [
        (printable(part.code), part.body, part.end)
        for part in inner
        if part.code in _MEANING and (mapped or part.code != b"pclr")
    ]
    profile = _profile(data, inner)
    return Still(found.size, 1, frozenset({1}), 3, profile, (1, 1), (*meaning, *found.coded()))


def boxes(data: Buffer, start: int, limit: int) -> Iterator[Part]:
    """Every box up to zeros, or to bytes behind the picture that are no box. Raises Flaw for one that is cut before."""
    whole = False
    for _ in range(_MOST_BOXES):
        if start >= limit or not any(data[start : start + 8]):
            return
        part = part_at(data, start, limit)
        if part is None:
            demand(whole and data[start + 4 : start + 8] != b"jp2c", "a box does not fit")
            return
        yield part
        whole = whole or part.code == b"jp2c"
        start = part.end
    demand(whole, "there are more boxes than any picture has")


def _strict(data: Buffer, start: int, limit: int) -> Iterator[Part]:
    """Boxes with short headers that tell their length and leave nothing between them and `limit`."""
    while start < limit:
        part = part_at(data, start, limit)
        if part is None:
            message = f"{limit - start} bytes after the last box"
            raise Flaw(message)
        plain = part.body - start == 8 and part.end - start == int.from_bytes(data[start : start + 4], "big")
        demand(plain, f"the box {printable(part.code)} does not tell its length plainly")
        yield part
        start = part.end


def _demand_brand(body: bytes) -> None:
    told = [body[place : place + 4] for place in range(8, len(body), 4)]
    known = body[:4] in _BRANDS[:3] and all(each in _BRANDS for each in told)
    demand(known and body[4:8] == bytes(4) and len(body) % 4 == 0 and told != [], "the brand is not allowed")
    demand(len(set(told)) == len(told), "a brand is there twice")


def _admit(data: Buffer, part: Part, keep: Keep) -> None:
    """Raise Flaw for a box of the header that is not allowed, or not as it has to be."""
    body = part.content(data)
    if part.code == b"ihdr":
        # Height, width and components were the codestream's to tell; the last byte would announce a rights box.
        allowed = len(body) == 14 and body[11] == 7 and body[12] < 2 and body[13] == 0
    elif part.code in _MEANING:
        # They are judged together.
        allowed = True
    elif part.code == b"colr":
        allowed = _is_colour(body, keep)
    elif part.code == b"res ":
        inner = list(_strict(data, part.body, part.end))
        allowed = [each.code for each in inner] in ([b"resc"], [b"resd"], [b"resc", b"resd"])
        allowed = allowed and all(_is_density(each.content(data)) for each in inner)
    else:
        allowed = False
    demand(allowed, f"the box {printable(part.code)} is not allowed in the header")


def _is_meaning(told: Mapping[bytes, bytes], depths: bytes) -> bool:
    """True when each is as long as what it tells, of components, columns and channels that are there."""
    channels = len(depths)
    if told.get(b"bpcc", depths) != depths or (b"pclr" in told) != (b"cmap" in told):
        return False
    if b"cmap" in told:
        channels, rest = divmod(len(told[b"cmap"]), 4)
        if (
            rest
            or not 0 < channels <= _MOST_CHANNELS
            or not _is_palette(told[b"pclr"])
            or not _leads(told[b"cmap"], told[b"pclr"], depths)
        ):
            return False
    if b"cdef" not in told:
        return True
    count, body = int.from_bytes(told[b"cdef"][:2], "big"), told[b"cdef"][2:]
    if len(body) != 6 * count:
        return False
    rows = [struct.unpack(">3H", body[at : at + 6]) for at in range(0, len(body), 6)]
    return (
        len({channel for channel, _, _ in rows}) == count
        and max((channel for channel, _, _ in rows), default=0) < channels
        and {kind for _, kind, _ in rows} <= {0, 1, 2, 65535}
        and {colour for _, _, colour in rows} <= {*range(channels + 1), 65535}
    )


def _leads(body: bytes, palette: bytes, depths: bytes) -> bool:
    """True when a map takes components as they are or through the palette, of which it uses all and no more."""
    entries, columns, used = int.from_bytes(palette[:2], "big"), palette[2], set()
    rows = {body[at : at + 4] for at in range(0, len(body), 4)}
    for row in rows:
        component = int.from_bytes(row[:2], "big")
        if component >= len(depths) or row[2] > 1 or row[3] >= columns or (row[3] and not row[2]):
            return False
        if row[2]:
            used.add(row[3])
            if entries > 1 << depths[component] % 128 + 1:
                return False
    return len(rows) * 4 == len(body) and len(used) == columns


def _is_palette(body: bytes) -> bool:
    entries, columns = int.from_bytes(body[:2], "big"), body[2] if len(body) > 2 else 0
    depths = [each % 128 + 1 for each in body[3 : 3 + columns]]
    return 0 < entries <= 1024 and columns > 0 and len(body) == 3 + columns + entries * sum(-(-d // 8) for d in depths)


def _is_colour(body: bytes, keep: Keep) -> bool:
    method, precedence, approximation = body[:3] if len(body) > 3 else (0, 1, 0)
    if precedence or approximation > 4:
        return False
    if method == 1:
        return len(body) == 7 and int.from_bytes(body[3:], "big") <= 100
    return method in (2, 3) and "colour" in keep and icc.sound(body[3:]) == body[3:]


def _is_density(body: bytes) -> bool:
    """True for the same fraction and power of ten in both directions, of a size that printers have."""
    same = len(body) == 10 and body[:4] == body[4:8] and body[8] == body[9]
    above, below = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
    tens = int.from_bytes(body[8:9], "big", signed=True)
    if not same or not below or not -9 <= tens <= 9:
        return False
    if tens < 0:
        return below * int(10**-tens) <= above
    return below <= above * int(10**tens) <= _DENSEST * below


def _profile(data: Buffer, inner: list[Part]) -> bytes:
    """The profile of the first colour whose method is known; empty where it has none."""
    bodies = (part.content(data) for part in inner if part.code == b"colr")
    known = (body for body in bodies if len(body) >= 7 and (body[0] in (2, 3) or _is_numbered(body)))
    body = next(known, b"\1")
    return icc.sound(body[3:]) if body[0] in (2, 3) else b""


def _is_numbered(body: bytes) -> bool:
    return body[0] == 1 and int.from_bytes(body[3:7], "big") <= 100
