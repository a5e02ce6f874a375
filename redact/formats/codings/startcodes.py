"""The elements of MPEG video (ISO/IEC 11172-2, 13818-2, 14496-2): a start code of four bytes, and what follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

_PREFIX = b"\0\0\1"


def elements(packet: bytes) -> Iterator[tuple[int, int, int]]:
    """(last byte of the start code, start of the element with its code, its end).

    What stands before the first start code is no element: decoders do not read it.
    """
    start = packet.find(_PREFIX)
    while 0 <= start < len(packet) - len(_PREFIX):
        following = packet.find(_PREFIX, start + len(_PREFIX))
        end = len(packet) if following < 0 else following
        yield packet[start + len(_PREFIX)], start, end
        start = following


def cleaned(packet: bytes, clean: Callable[[int, bytes], bytes | None]) -> bytes:
    """The packet with what `clean` leaves of each element.

    clean: code and content of an element -> the content that may stay, None where the element goes
    """
    pieces = []
    for code, start, end in elements(packet):
        content = start + len(_PREFIX) + 1
        stays = clean(code, packet[content:end])
        if stays is not None:
            pieces.append(packet[start:content] + stays)
    return b"".join(pieces)


def cut(content: bytes, most_bytes: int) -> bytes:
    """The first bytes of a header, which decoders read; behind them only zeros, as padding, may stay."""
    rest = content[most_bytes:]
    return content[:most_bytes] + (b"" if rest.strip(b"\0") else rest)
