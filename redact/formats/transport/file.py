"""MPEG transport streams (ISO/IEC 13818-1), with or without the times of arrival of M2TS and MTS files.

Where location hides: streams of telemetry (MISB ST 0601 KLV, ID3, private data), of subtitles and teletext; tables
with the names of networks, services and events, and with the time of day; private data in adaptation fields and in the
headers of PES packets; descriptors; null packets, stuffing and packets that no program lists; bytes behind the last
packet; and messages inside the coded pictures (see codings).

Dropped: every packet that is not of pictures, of sound, of their clock, or of the two tables that
list them. Those are written anew: tables with no more in them than how a stream is coded, adaptation fields with no
more than the clock and where decoding may begin, PES packets with no more than the times (see writer.py).

Kept: every coded picture but for messages and every packet of sound, byte for byte, each in its place and with its
times to the tick. The clock is told where it was, but anew, from the times of the pictures (see clock.py), and so are
the times of arrival in M2TS files (see arrivals.py): both have room for a text that nobody checks.

Not handled: bytes hidden within a coded picture or a frame of sound. Languages of sound go. Refused: several programs,
streams that change on the way, encryption, codings that are not known (see streams.py),
packets with a parity of their own (204 bytes). Missing or broken packets are damage: FFmpeg would show half a picture.
Where time is to be kept, nothing is: the tables that tell it are a broadcaster's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats import unpainted
from redact.formats.bounded import listed
from redact.formats.transport import fields, packets, writer
from redact.formats.transport.survey import survey
from redact.model import Field, Keep


@dataclass(frozen=True, slots=True)
class TransportStream:
    """The MPEG-TS family: TS, M2TS and MTS."""

    name = "MPEG-TS"

    def recognises(self, head: bytes) -> bool:
        """True for the header of a packet, with or without its time of arrival before it."""
        return packets.looks_like_packets(head)

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        yield from listed(fields.of(source))

    def strip(
        self,
        source: BinaryIO,
        target: BinaryIO,
        keep: Keep,  # noqa: ARG002 - nothing that may be kept has a place of its own in these files
        pixels: BinaryIO | None = None,
    ) -> None:
        """See redact.contracts.Format."""
        unpainted.refuse(pixels, self.name)
        writer.rewrite(source, target, survey(source))
