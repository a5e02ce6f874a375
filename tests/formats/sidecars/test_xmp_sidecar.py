"""Of an XMP packet beside a photo stays what is on the list, in its plainest form, in a packet of one shape."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from xml.dom import minidom

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redact
from redact.checks.structure import xmp as walk
from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError
from redact.formats.sidecars.settings import CROP, SETTINGS
from redact.formats.sidecars.xmp import Xmp
from redact.model import Keep
from redact.policy import KEEPABLE
from tests.formats.sidecars.planted import CANARIES, XMP

ALL = Keep(KEEPABLE)
STRIP = redact.Policy(hide={}, sidecars="strip")


def stripped(packet: bytes, keep: Keep = ALL) -> bytes:
    target = io.BytesIO()
    Xmp().strip(io.BytesIO(packet), target, keep)
    return target.getvalue()


def told(packet: bytes) -> dict[str, str]:
    """Name and text of every property, by a parser that the project does not use."""
    (description,) = minidom.parseString(packet).getElementsByTagName("rdf:Description")
    elements = [node for node in description.childNodes if node.nodeType == node.ELEMENT_NODE]
    return {
        node.tagName: re.sub(r"<[^>]*>", "", "".join(part.toxml() for part in node.childNodes)) for node in elements
    }


def described(properties: str) -> bytes:
    """A packet with these attributes or elements."""
    spaces = "".join(
        f' xmlns:{prefix}="{namespace}"'
        for prefix, namespace in {
            "tiff": "http://ns.adobe.com/tiff/1.0/",
            "exif": "http://ns.adobe.com/exif/1.0/",
            "xmp": "http://ns.adobe.com/xap/1.0/",
            "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
            "dc": "http://purl.org/dc/elements/1.1/",
        }.items()
    )
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}"><rdf:Description rdf:about=""{spaces} '
        f"{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def test_what_may_stay_stays_in_its_plainest_form() -> None:
    assert told(stripped(XMP)) == {
        "tiff:Orientation": "6",
        "xmp:CreateDate": "2024-05-06T07:08:09+01:00",
        "exif:ExposureTime": "1/50",
        "exif:ISOSpeedRatings": "200",
        "dc:creator": "Ada &amp; Bo",
        "dc:rights": "(c) Ada",
        "xmp:Rating": "4",
        "crs:WhiteBalance": "As Shot",
        "crs:CropLeft": "0.191",
        "crs:Exposure2012": "0.35",
        "crs:HasCrop": "True",
        "crs:Tint": "52",
    }


def test_nothing_else_survives() -> None:
    published = stripped(XMP, Keep(frozenset({"orientation", "colour"})))
    assert not any(canary in published for canary in (*CANARIES, b"Ada", b"GPS", b"City"))
    assert set(told(published)) == {
        "tiff:Orientation", "xmp:Rating", "crs:WhiteBalance", "crs:CropLeft", "crs:Exposure2012", "crs:HasCrop",
        "crs:Tint",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("orientation", "tiff:Orientation"),
        ("time", "xmp:CreateDate"),
        ("camera", "exif:ExposureTime"),
        ("author", "dc:creator"),
        ("copyright", "dc:rights"),
        ("colour", "crs:Exposure2012"),
    ],
)
def test_each_kind_is_kept_for_itself(kind: str, name: str) -> None:
    assert name in told(stripped(XMP, Keep(frozenset({kind}))))
    assert name not in told(stripped(XMP, Keep(ALL.kinds - {kind})))


def test_what_is_kept_and_what_is_not_is_named_by_kind() -> None:
    fields = {field.name: field.kind for field in Xmp().fields(io.BytesIO(XMP))}
    assert fields["tiff:Orientation"] == "orientation"
    assert fields["dc:rights"] == "copyright"
    assert fields["crs:Exposure2012"] == "colour"
    assert fields["exif:GPSLatitude"] == "location"
    assert fields["photoshop:City"] == "location"


def test_a_clean_copy_names_what_it_holds_and_nothing_more() -> None:
    assert list(Xmp().fields(io.BytesIO(stripped(XMP, Keep())))) == []
    assert {field.kind for field in Xmp().fields(io.BytesIO(stripped(XMP)))} == ALL.kinds


@pytest.mark.parametrize("keep", [ALL, Keep(), Keep(frozenset({"time"}))])
def test_stripping_twice_changes_no_byte(keep: Keep) -> None:
    once = stripped(XMP, keep)
    assert stripped(once, keep) == once
    assert walk.inspect(once, keep) == len(told(once))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('tiff:Orientation="9">', {}),
        ('tiff:Orientation="6 51.5">', {}),
        ('xmp:CreateDate="2024-05-06">', {}),
        ('xmp:CreateDate="2024-05-06T07:08 at home">', {}),
        ('xmp:CreateDate="2024-05-06T07:08Z">', {"xmp:CreateDate": "2024-05-06T07:08Z"}),
        ('xmp:Rating="51">', {}),
        ('crs:Exposure2012="51.5N">', {}),
        ('crs:Exposure2012="1234567.5">', {}),
        ('crs:Exposure2012="48858.37">', {}),
        ('crs:Exposure2012="+1.234">', {"crs:Exposure2012": "1.23"}),
        ('crs:Contrast2012="+22945.18">', {}),
        ('crs:Contrast2012="-22.6">', {"crs:Contrast2012": "-23"}),
        ('crs:CropLeft="4.8858">', {}),
        ('crs:CropLeft="0.48858">', {"crs:CropLeft": "0.489"}),
        ('crs:CropAngle="-2.2945">', {"crs:CropAngle": "-2.3"}),
        ('crs:Temperature="5150" crs:Tint="+150">', {"crs:Temperature": "5150", "crs:Tint": "150"}),
        ('crs:Temperature="67890">', {}),
        ('crs:SplitToningShadowHue="359">', {"crs:SplitToningShadowHue": "359"}),
        ('crs:AutoLateralCA="1" crs:HasSettings="48858">', {"crs:AutoLateralCA": "1"}),
        ('crs:Version="15.4" crs:ProcessVersion="11.0">', {"crs:ProcessVersion": "11", "crs:Version": "15.4"}),
        ("><dc:creator><rdf:Seq><rdf:li>SN 0123456789</rdf:li></rdf:Seq></dc:creator>", {}),
        ("><dc:rights>8FW4V75V+8Q</dc:rights>", {}),
        ('crs:CropTop="-0.00001">', {"crs:CropTop": "0"}),
        ('crs:LookName="5">', {}),
        ('exif:ExposureTime="5150741/100000">', {"exif:ExposureTime": "103/2"}),
        ('exif:ExposureTime="1/0">', {}),
        ('exif:FNumber="-1/2">', {}),
        ('exif:FNumber="28/10">', {"exif:FNumber": "14/5"}),
        ("><dc:creator>Ada</dc:creator>", {"dc:creator": "Ada"}),
        ("><dc:creator><rdf:Seq><rdf:li><rdf:Bag/></rdf:li></rdf:Seq></dc:creator>", {}),
        ("><dc:creator>A&#x202e;B</dc:creator>", {}),
        (f"><dc:rights>{'x' * 201}</dc:rights>", {}),
        ('><tiff:Orientation rdf:parseType="Resource">6</tiff:Orientation>', {}),
        ("><tiff:Orientation>6</tiff:Orientation><tiff:Orientation>3</tiff:Orientation>", {"tiff:Orientation": "6"}),
    ],
)
def test_a_value_of_another_form_is_dropped(given: str, kept: dict[str, str]) -> None:
    published = stripped(described(given))
    assert told(published) == kept
    walk.inspect(published, ALL)


def test_packets_without_their_wrapper_and_in_utf16_are_read_too() -> None:
    bare = re.search(rb"<rdf:RDF.*</rdf:RDF>", XMP, re.DOTALL)
    assert bare
    assert stripped(bare[0]) == stripped(XMP)
    text = XMP.decode().replace("\ufeff", "")
    assert stripped(text.encode("utf-16")) == stripped(XMP)


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY place "51.5">]>',
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    ],
)
def test_a_document_type_is_refused(declared: str) -> None:
    with pytest.raises(UnsupportedFormatError, match="document type"):
        stripped(declared.encode() + described('tiff:Orientation="6">&place;'))


def test_deep_nesting_and_endless_parts_are_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="nested"):
        stripped(described(">" + "<dc:a>" * 50 + "</dc:a>" * 50))
    with pytest.raises(UnsupportedFormatError, match="parts"):
        stripped(described(">" + "<dc:a/>" * 250_000))


def test_more_than_any_description_needs_is_refused() -> None:
    with pytest.raises(MediaError, match="MiB"):
        stripped(XMP + b" " * (16 << 20))


@pytest.mark.parametrize("cut", [1, 40, 200, -30, -200])
def test_a_cut_packet_is_damaged(cut: int) -> None:
    with pytest.raises(DamagedFileError):
        stripped(XMP[:cut])


def test_an_empty_file_is_damaged() -> None:
    with pytest.raises(DamagedFileError):
        stripped(b"")


def test_painted_pictures_cannot_be_put_into_it() -> None:
    with pytest.raises(UnsupportedFormatError):
        Xmp().strip(io.BytesIO(XMP), io.BytesIO(), ALL, io.BytesIO())


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_broken_packets_raise_only_errors_of_the_project_and_what_is_written_is_clean(data: st.DataObject) -> None:
    content = bytearray(XMP)
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    with contextlib.suppress(MediaError):
        list(Xmp().fields(io.BytesIO(content)))
        published = stripped(bytes(content))
        walk.inspect(published, ALL)
        assert stripped(published) == published


@pytest.mark.parametrize("hide", [{}, {"badge": redact.Fill()}])
def test_stripped_it_is_published_with_the_photo(
    badge_plugin: str, tmp_path: Path, hide: dict[str, redact.Fill]
) -> None:
    assert badge_plugin
    (tmp_path / "a.xmp").write_bytes(XMP)
    target = tmp_path / "share" / "a.xmp"
    receipt = redact.file(tmp_path / "a.xmp", target, redact.Policy(hide=hide, sidecars="strip"))
    assert receipt.status == "redacted", receipt.error
    assert {"location", "text", "author", "time"} <= {field.kind for field in receipt.removed}
    assert not {"orientation", "colour"} & {field.kind for field in receipt.removed}
    assert not any(canary in target.read_bytes() for canary in CANARIES)
    again = redact.file(target, tmp_path / "share" / "b.xmp", STRIP)
    assert again.status == "clean"
    assert again.sha256 == receipt.sha256


def test_a_batch_of_them_can_be_verified_again(tmp_path: Path) -> None:
    from redact.audit import audit

    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "a.xmp").write_bytes(XMP)
    assert redact.folder(tmp_path / "card", tmp_path / "share", STRIP).ok
    ((name, checks),) = audit(tmp_path / "share")
    assert name == "a.xmp"
    assert all(check.passed for check in checks)


def test_a_place_in_the_place_of_an_author_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "a.xmp").write_bytes(described(">" + "<dc:creator>51.50741, -0.12781</dc:creator>"))
    policy = redact.Policy(hide={}, keep=frozenset({"author"}), sidecars="strip")
    receipt = redact.file(tmp_path / "a.xmp", tmp_path / "share" / "a.xmp", policy)
    assert receipt.status == "redacted", receipt.error
    assert b"creator" not in (tmp_path / "share" / "a.xmp").read_bytes()


@given(
    st.sampled_from(sorted({*SETTINGS, *CROP})),
    st.decimals(-200, 200, places=4).map(str)
    | st.sampled_from(["1", "true", "False", "5150", "50000", "360", "-0.001"]),
)
def test_writer_and_walk_agree_on_every_setting(name: str, value: str) -> None:
    published = stripped(described(f'crs:{name}="{value}">'))
    walk.inspect(published, ALL)
    assert stripped(published) == published
