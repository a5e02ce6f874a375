"""Who made a picture: read in every carrier that tells it, from the best of them, and only as plain text."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from redact.contracts import Format
from redact.formats.carriers import exif, photoshop, png_texts, xmp
from redact.formats.carriers.credit import Credit
from redact.formats.jpeg import Jpeg
from redact.formats.png.file import Png
from redact.formats.webp import WebP
from redact.model import Keep
from tests.formats.conftest import Strip
from tests.formats.laden import before_data, png_chunk, riff, riff_chunk, saved, segment, with_segments

BOTH = ("author", "copyright")
UTF_8 = b"\x1c\x01\x5a\0\x03\x1b%G"


def dataset(number: int, content: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, 2, number, len(content)) + content


def resources(*datasets: bytes) -> bytes:
    records = b"".join(datasets)
    return b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records + b"\0" * (len(records) % 2)


def packet(creators: str, rights: str) -> bytes:
    return (
        f"<x:xmpmeta><rdf:Description dc:title='CANARY'><dc:creator>{creators}</dc:creator>"
        f"<dc:rights>{rights}</dc:rights></rdf:Description></x:xmpmeta>"
    ).encode()


IPTC = resources(
    UTF_8, dataset(80, "Zoë".encode()), dataset(80, b"Ada"), dataset(116, b"(c) Zoe"), dataset(90, b"CANARY")
)
XMP = packet(
    "\n <rdf:Seq>\n <rdf:li>Grace</rdf:li>\n <rdf:li>O&apos;Neil &amp; Co</rdf:li>\n</rdf:Seq>",
    "<rdf:Alt><rdf:li xml:lang='x-default'>(c) Grace</rdf:li><rdf:li xml:lang='de'>CANARY</rdf:li></rdf:Alt>",
)


def credited(data: bytes) -> Credit:
    """What Pillow reads of the copy's EXIF."""
    read = Pillow.open(BytesIO(data)).getexif()

    def told(tag: int) -> str | None:
        text = read.get(tag)
        return None if text is None else text.encode("latin-1", "surrogateescape").decode("utf-8")

    return Credit(told(piexif.ImageIFD.Artist), told(piexif.ImageIFD.Copyright))


def jpeg_with(picture: Pillow.Image, *segments: bytes) -> bytes:
    return with_segments(saved(picture, "JPEG"), *segments)


def test_iptc_is_read_where_exif_is_silent(picture: Pillow.Image, strip: Strip) -> None:
    data = jpeg_with(
        picture, segment(0xED, b"Photoshop 3.0\0" + IPTC), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
    )
    clean = strip(Jpeg(), data, *BOTH)
    assert credited(clean) == Credit("Zoë; Ada", "(c) Zoe")
    assert b"CANARY" not in clean
    assert credited(strip(Jpeg(), data, "author")) == Credit("Zoë; Ada")
    assert credited(strip(Jpeg(), data, "copyright")) == Credit(None, "(c) Zoe")
    assert credited(strip(Jpeg(), data)) == Credit()


def test_resources_go_on_in_a_second_segment(picture: Pillow.Image, strip: Strip) -> None:
    halves = IPTC[:30], IPTC[30:]
    data = jpeg_with(picture, *(segment(0xED, b"Photoshop 3.0\0" + half) for half in halves))
    assert credited(strip(Jpeg(), data, *BOTH)) == Credit("Zoë; Ada", "(c) Zoe")


def test_exif_is_believed_before_all_others(picture: Pillow.Image, strip: Strip) -> None:
    block = piexif.dump({"0th": {piexif.ImageIFD.Artist: b"Ada L."}})
    data = jpeg_with(picture, segment(0xE1, block), segment(0xED, b"Photoshop 3.0\0" + IPTC))
    assert credited(strip(Jpeg(), data, *BOTH)) == Credit("Ada L.", "(c) Zoe")


def test_an_artist_of_blanks_is_none(picture: Pillow.Image, strip: Strip) -> None:
    block = piexif.dump({"0th": {piexif.ImageIFD.Artist: b"    \0"}})
    data = jpeg_with(picture, segment(0xE1, block), segment(0xED, b"Photoshop 3.0\0" + IPTC))
    assert credited(strip(Jpeg(), data, *BOTH)) == Credit("Zoë; Ada", "(c) Zoe")


def test_xmp_is_read_in_every_still(picture: Pillow.Image, strip: Strip) -> None:
    stills: list[tuple[Format, bytes]] = [
        (Jpeg(), jpeg_with(picture, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP))),
        (Png(), before_data(saved(picture, "PNG"), png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP))),
        (WebP(), riff(saved(picture, "WEBP", lossless=True, exif=b"Exif\0\0")[12:] + riff_chunk(b"XMP ", XMP))),
    ]
    for container, data in stills:
        clean = strip(container, data, *BOTH)
        assert credited(clean) == Credit("Grace; O'Neil & Co", "(c) Grace"), container.name
        assert b"CANARY" not in clean
        assert strip(container, clean, *BOTH) == clean


def test_a_png_is_credited_by_iptc_xmp_or_its_own_words(picture: Pillow.Image, strip: Strip) -> None:
    plain = png_chunk(b"tEXt", b"Author\0Zo\xeb"), png_chunk(b"zTXt", b"Copyright\0\0" + zlib.compress(b"(c) Zoe"))
    assert credited(strip(Png(), before_data(saved(picture, "PNG"), *plain), *BOTH)) == Credit("Zoë", "(c) Zoe")
    hexadecimal = f"\niptc\n{len(IPTC):8}\n{IPTC.hex()}\n".encode()
    iptc = png_chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(hexadecimal))
    both = before_data(saved(picture, "PNG"), *plain, iptc)
    assert credited(strip(Png(), both, *BOTH)) == Credit("Zoë; Ada", "(c) Zoe")


@pytest.mark.parametrize(
    "creators",
    [
        "",
        "Ada",
        "<rdf:Seq></rdf:Seq>",
        "<rdf:Seq><rdf:li>Ada</rdf:li>",
        "<rdf:Seq><rdf:li>Ada</rdf:li></rdf:Bag>",
        "<rdf:Seq><rdf:li><b>Ada</b></rdf:li></rdf:Seq>",
        "<rdf:Seq><rdf:li>A\x01da</rdf:li></rdf:Seq>",
        "<rdf:Seq><rdf:li>" + "A" * 201 + "</rdf:li></rdf:Seq>",
        "<rdf:Seq><rdf:li>" + "A" * 5000 + "</rdf:li></rdf:Seq>",
        "<rdf:Seq>" + "<rdf:li>Ada Ada Ada Ada Ada Ada</rdf:li>" * 40 + "</rdf:Seq>",
    ],
)
def test_what_is_no_list_of_plain_names_is_none(creators: str) -> None:
    assert xmp.credit(packet(creators, "")) == Credit()


@pytest.mark.parametrize("name", [b"", b"   ", b"A\0B", b"A\nB", b"Jos\xe9", b"A" * 201])
def test_what_is_no_plain_text_is_no_name(name: bytes) -> None:
    assert photoshop.credit(resources(dataset(80, name))) == Credit()


@given(st.binary(max_size=300))
def test_whatever_is_in_a_carrier_what_is_told_fits_into_exif(untrusted: bytes) -> None:
    told = [
        photoshop.credit(b"8BIM\x04\x04\0\0\0\0\1\0" + untrusted),
        photoshop.caption_credit(b"\x1c\2\x50" + untrusted),
        xmp.credit(b"<dc:creator><rdf:Seq><rdf:li>" + untrusted + b"</rdf:li></rdf:Seq></dc:creator>"),
        png_texts.credit([(b"tEXt", b"Author\0" + untrusted), (b"iTXt", b"Copyright\0" + untrusted)]),
    ]
    keep = Keep(frozenset(BOTH))
    for credit in told:
        fresh = exif.kept(b"", keep, credit)
        assert (fresh is None) == (credit == Credit())
        if fresh is not None:
            assert exif.kept(fresh, keep) == fresh
