"""The walk of an XMP packet sees whatever a fresh one does not hold."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.checks.reading import Flaw, container
from redact.checks.structure import xmp
from redact.formats.sidecars.xmp import Xmp
from redact.model import Keep
from redact.policy import KEEPABLE
from tests.formats.sidecars.planted import XMP

ALL = Keep(KEEPABLE)


def fresh() -> bytes:
    target = io.BytesIO()
    Xmp().strip(io.BytesIO(XMP), target, ALL)
    return target.getvalue()


def test_a_fresh_packet_is_counted() -> None:
    assert container(fresh()) == "XMP"
    assert xmp.inspect(fresh(), ALL) == 12


def test_an_original_is_a_flaw() -> None:
    with pytest.raises(Flaw):
        xmp.inspect(XMP, ALL)


@pytest.mark.parametrize("kind", sorted(KEEPABLE))
def test_a_kind_that_may_not_stay_is_a_flaw(kind: str) -> None:
    with pytest.raises(Flaw, match="not allowed"):
        xmp.inspect(fresh(), Keep(KEEPABLE - {kind}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<?xpacket begin="', b' <?xpacket begin="'),
        (b'<x:xmpmeta xmlns:x="adobe:ns:meta/">', b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="tool">'),
        (b'rdf:about=""', b'rdf:about="uuid:1"'),
        (b'<?xpacket end="w"?>\n', b'<?xpacket end="w"?>\n '),
        (b'<?xpacket end="w"?>\n', b'<?xpacket end="w"?>\n\0'),
        (b"</rdf:Description>\n", b"<!-- home --></rdf:Description>\n"),
        (b"<tiff:Orientation>6", b"<tiff:Orientation>9"),
        (b"<tiff:Orientation>6", b"<tiff:Orientation> 6"),
        (b"<tiff:Orientation>", b"\n<tiff:Orientation>"),
        (b"<tiff:Orientation>", b"<!-- --><tiff:Orientation>"),
        (b"<tiff:Orientation>6</tiff:Orientation>\n", b"<tiff:Orientation>6</tiff:Orientation>"),
        (b"<tiff:Orientation>6</tiff:Orientation>\n", 2 * b"<tiff:Orientation>6</tiff:Orientation>\n"),
        (b"<tiff:Orientation>6</tiff:Orientation>\n", b"<tiff:Make>DJI</tiff:Make>\n"),
        (b"<tiff:Orientation>6</tiff:Orientation>\n", b"<exif:GPSLatitude>51,30N</exif:GPSLatitude>\n"),
        (b"<xmp:Rating>4</xmp:Rating>\n", b"<xmp:Rating>6</xmp:Rating>\n"),
        (b"</xmp:Rating>\n", b"</xmp:Rating>\n<aux:Lens>late</aux:Lens>\n"),
        (b"07:08:09+01:00", b"07:08:09.123456+01:00"),
        (b"07:08:09+01:00", b"07:08:09 at home"),
        (b"1/50<", b"5150741/100000<"),
        (b"1/50<", b"2/100<"),
        (b"1/50<", b"12345/12346<"),
        (b"1/50<", b"1/0<"),
        (b"0.35<", b"0.351<"),
        (b"0.35<", b"0.350<"),
        (b"0.35<", b"+0.35<"),
        (b"0.191<", b"0.19099<"),
        (b"As Shot", b"At Home"),
        (b"Ada &amp; Bo", b"Ada & Bo"),
        (b"Ada &amp; Bo", b"Ada &#38; Bo"),
        (b"Ada &amp; Bo", b"Ada \xe2\x80\xae Bo"),
        (b"Ada &amp; Bo", b"Ada \xff Bo"),
        (b"Ada &amp; Bo", b"A" * 201),
        (b"Ada &amp; Bo", b"48.8583, 2.2945"),
        (b"Ada &amp; Bo", b"8FW4V75V"),
        (b"(c) Ada", b"Ada 48 51"),
        (b"0.35<", b"48858.37<"),
        (b"0.35<", b"True<"),
        (b"0.191<", b"4.8858<"),
        (b"0.191<", b"0.1912<"),
        (b"crs:HasCrop>True", b"crs:HasCrop>48858"),
        (b"<crs:Tint>52<", b"<crs:Tint>52.5<"),
        (b"<crs:Tint>52<", b"<crs:Tint>22945<"),
        (b"<rdf:li>Ada &amp; Bo</rdf:li>", 9 * b"<rdf:li>Ada</rdf:li>"),
        (b'xml:lang="x-default"', b'xml:lang="gd-GB"'),
        (b"crs:HasCrop", b"crs:RawFileName"),
    ],
)
def test_anything_else_is_a_flaw(old: bytes, new: bytes) -> None:
    packet = fresh()
    with pytest.raises(Flaw):
        xmp.inspect(packet.replace(old, new), ALL)
    assert old in packet


def test_settings_out_of_order_are_a_flaw() -> None:
    lines = fresh().splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line.startswith(b"<crs:Exposure2012>"))
    lines[place], lines[place + 1] = lines[place + 1], lines[place]
    with pytest.raises(Flaw, match="order"):
        xmp.inspect(b"".join(lines), ALL)


def test_a_packet_larger_than_all_that_is_allowed_is_a_flaw() -> None:
    with pytest.raises(Flaw, match="larger"):
        xmp.said(fresh() + bytes(1 << 16))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_every_changed_byte_is_a_flaw_or_an_allowed_value(data: st.DataObject) -> None:
    packet = bytearray(fresh())
    place = data.draw(st.integers(0, len(packet) - 1))
    packet[place] = data.draw(st.integers(0, 255))
    try:
        xmp.inspect(bytes(packet), ALL)
    except Flaw:
        return
    again = io.BytesIO()
    Xmp().strip(io.BytesIO(packet), again, ALL)
    assert again.getvalue() == packet
