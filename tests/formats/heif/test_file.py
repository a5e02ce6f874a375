"""HEIC and AVIF: what is listed, dropped, kept and refused, and what decoders make of the copy."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import exifread
import numpy as np
import piexif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageOps
from pillow_heif import HeifFile, from_bytes, open_heif

import redact
from redact.checks.structure import heif as walk
from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError
from redact.formats import FORMATS
from redact.formats.heif.file import Heif
from redact.model import KINDS, Field, Keep
from tests.formats.conftest import Strip
from tests.formats.heif import made
from tests.formats.heif.made import Frame, Part, heif, shown
from tests.formats.laden import XMP

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
CANARY = b"CANARY 47.58210, 8.54170"


DATES = {"EXIF DateTimeOriginal", "EXIF OffsetTimeOriginal", "Image DateTime", "Image ExifOffset"}


def fields(data: bytes) -> list[Field]:
    return list(Heif().fields(io.BytesIO(data)))


def names(data: bytes) -> set[tuple[str, str]]:
    return {(field.name, field.kind) for field in fields(data)}


def laden(block: bytes, profile: bytes) -> bytes:
    """A grid with transparency, and a canary in every carrier there is."""
    tiles = [made.tile(seed) for seed in range(4)]
    tiles = [each.but(hidden=True, name=CANARY, data=made.user_data(CANARY) + each.data, gap=CANARY) for each in tiles]
    configured = _with_sei(made.tile(0).properties)
    tiles[0] = tiles[0].but(properties=configured)
    recipe = made.grid(2, 2)
    looks = (
        (b"ispe", recipe.properties[0][1] + CANARY, False),
        (b"pixi", bytes(4) + b"\3\10\10\10" + CANARY, False),
        (b"colr", b"prof" + profile + CANARY, False),
        (b"irot", b"\x03" + CANARY, True),
        (b"clli", bytes(4), False),
        (b"udes", bytes(4) + CANARY, False),
        (b"cmex", bytes(4) + CANARY, False),
        (b"CNRY", CANARY, False),
    )
    # The transparency is as large as the whole.
    alpha_tiles = [made.grey_tile().but(hidden=True)] * 4
    alpha = made.grid(2, 2, first=7)
    items = [
        recipe.but(data=recipe.data + CANARY, properties=looks, references=(*recipe.references, (b"prem", [6]))),
        *tiles,
        made.auxiliary(alpha, made.ALPHA + CANARY, [1]).but(references=((b"auxl", [1]), *alpha.references)),
        *alpha_tiles,
        Part(b"Exif", struct.pack(">I", 6) + b"Exif\0\0" + block, references=((b"cdsc", [1]),), hidden=True),
        Part(b"mime", XMP, references=((b"cdsc", [1]),), content=made.XMP_TYPE),
        Part(b"mime", CANARY, content=b"text/plain"),
        Part(b"mime", made.box(b"jumb", b"c2pa" + CANARY), content=b"application/x-c2pa"),
        Part(b"uri ", CANARY, content=b"urn:canary"),
        made.tile(9).but(data=made.user_data(CANARY) + made.tile(9).data, references=((b"thmb", [1]),)),
        made.auxiliary(made.grey_tile(), made.GAIN_MAP, [1]),
        made.auxiliary(made.grey_tile(), made.DEPTH, [1]),
        made.tile(8).but(name=CANARY),
    ]
    frame = Frame(
        brands=b"heic\0\0\0\x01mif1heicCNRYtmap",
        handler=bytes(8) + b"pict" + bytes(12) + CANARY + b"\0",
        more_properties=((b"CNR2", CANARY),),
        in_index=made.box(b"grpl", made.full(b"altr", 0, 0, struct.pack(">IIII", 1, 2, 1, 18)))
        + made.box(b"CNRY", CANARY),
        between=made.box(b"free", CANARY) + made.box(b"uuid", C2PA, CANARY) + made.box(b"mpvd", b"ftyp" + CANARY),
        behind=made.box(b"sefd", CANARY) + b"\xff\xff\xff\xff" + CANARY,
        gap=CANARY,
    )
    return heif(items, frame)


def _with_sei(properties: object) -> tuple[tuple[bytes, bytes, bool], ...]:
    """The properties with a message in the configuration record."""
    changed = []
    for code, payload, essential in properties:  # type: ignore[attr-defined]
        if code == b"hvcC":
            message = made.user_data(CANARY)[4:]
            extra = b"\x27" + struct.pack(">HH", 1, len(message)) + message
            payload = payload[:22] + bytes((payload[22] + 1,)) + payload[23:] + extra
        changed.append((code, payload, essential))
    return tuple(changed)


def test_every_carrier_is_named(block: bytes, profile: bytes) -> None:
    found = names(laden(block, profile))
    assert {
        ("GPSLatitude", "location"),
        ("exif:GPSLatitude", "location"),
        ("MakerNote", "device"),
        ("JPEGInterchangeFormat", "preview"),
        ("item name", "text"),
        ("mime item", "unknown"),
        ("uri item", "unknown"),
        ("C2PA", "text"),
        ("thumbnail", "preview"),
        ("HDR gain map", "preview"),
        ("depth map", "preview"),
        ("further picture", "preview"),
        ("ICC profile", "colour"),
        ("clli", "colour"),
        ("irot", "orientation"),
        ("udes", "text"),
        ("cmex", "location"),
        ("CNRY", "unknown"),
        ("CNR2", "unknown"),
        ("altr", "unknown"),
        ("free", "unknown"),
        ("mpvd", "preview"),
        ("sefd", "device"),
        ("user_data_unregistered", "unknown"),
        ("bytes of no item", "unknown"),
        ("handler name", "text"),
        ("trailing bytes", "unknown"),
    } <= found
    assert not any("CANARY" in f"{field}" for field in fields(laden(block, profile)))


def test_no_canary_is_left_and_the_picture_is_the_same(block: bytes, profile: bytes, strip: Strip) -> None:
    data = laden(block, profile)
    clean = strip(Heif(), data)
    before, after = shown(data), shown(clean)
    assert before.mode == after.mode == "RGBa"
    assert before.size == (128, 128)
    assert (before.pixels, before.size) == (after.pixels, after.size)
    assert after.profile == profile
    assert b"CANARY" not in clean
    assert b"CNR" not in clean
    assert b"urn:com" not in clean
    assert not {kind for _, kind in names(clean)} - {"orientation", "colour"}


def test_the_copy_of_a_laden_file_is_short_of_everything_but_its_pictures(
    block: bytes, profile: bytes, strip: Strip
) -> None:
    clean = strip(Heif(), laden(block, profile))
    kinds = [part.kind for part in made.parts_of(clean).values()]
    assert kinds == [b"grid", *[b"hvc1"] * 4, b"grid", *[b"hvc1"] * 4, b"Exif"]
    assert set(piexif.load(_block(clean))["Exif"]) == {piexif.ExifIFD.ColorSpace}


def _block(data: bytes) -> bytes:
    payload = next(part.data for part in made.parts_of(data).values() if part.kind == b"Exif")
    assert payload[:4] == b"\0\0\0\6"
    return payload[4:]


@pytest.mark.parametrize("kinds", [(), ("time", "camera", "author"), tuple(KINDS)])
def test_stripping_twice_changes_no_byte(block: bytes, profile: bytes, strip: Strip, kinds: tuple[str, ...]) -> None:
    for data in (laden(block, profile), made.heic(made.colourful(), exif=block), made.avif(made.colourful())):
        clean = strip(Heif(), data, *kinds)
        assert strip(Heif(), clean, *kinds) == clean


@pytest.mark.parametrize("encode", [made.heic, made.avif])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_what_encoders_write_stays_the_same_picture(
    encode: object, mode: str, picture: Pillow.Image, block: bytes, profile: bytes, strip: Strip
) -> None:
    converted = picture.convert(mode).resize((95, 81))
    options = {"exif": block, "xmp": XMP} | ({"icc_profile": profile} if mode != "L" else {})
    data = encode(converted, **options)  # type: ignore[operator]
    clean = strip(Heif(), data)
    assert shown(clean) == shown(data)
    assert shown(clean).profile == options.get("icc_profile")
    assert b"CANARY" in data
    assert b"CANARY" not in clean
    assert ("GPSLatitude", "location") in names(data)
    assert "location" not in {kind for _, kind in names(clean)}


@pytest.mark.parametrize("bits", [10, 12])
def test_deep_pictures_stay_deep(bits: int, strip: Strip) -> None:
    samples = np.arange(64 * 64 * 3, dtype=np.uint16).reshape(64, 64, 3) * 5
    file: HeifFile = from_bytes("RGB;16", (64, 64), samples.tobytes())
    target = io.BytesIO()
    file.save(target, quality=90, bit_depth=bits)
    clean = strip(Heif(), target.getvalue())
    before, after = (open_heif(io.BytesIO(each), convert_hdr_to_8bit=False) for each in (target.getvalue(), clean))
    assert before.mode == after.mode == "RGB;16"
    assert bytes(before.data) == bytes(after.data)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turn_stays_or_goes_as_the_policy_says(orientation: int, strip: Strip) -> None:
    exif = piexif.dump({"0th": {piexif.ImageIFD.Orientation: orientation}})
    for data in (made.heic(made.colourful(64, 48), exif=exif), made.avif(made.colourful(64, 48), exif=exif)):
        before = _upright(data)
        assert _upright(strip(Heif(), data)) == before
        stored = _upright(strip(Heif(), data, "colour"))
        assert stored[0] == (64, 48)
        assert (stored == before) == (orientation == 1)


def _upright(data: bytes) -> tuple[tuple[int, int], bytes]:
    picture = ImageOps.exif_transpose(Pillow.open(io.BytesIO(data)))
    return picture.size, picture.tobytes()


def test_a_grid_of_hundreds_of_tiles_stays(strip: Strip) -> None:
    across, down = 20, 17
    tiles = [made.tile(number % 5).but(hidden=True) for number in range(across * down)]
    data = heif([made.grid(across, down), *tiles])
    clean = strip(Heif(), data)
    assert shown(clean) == shown(data)
    assert shown(clean).size == (1280, 1088)


def overlay(first: tuple[int, int], second: tuple[int, int]) -> Part:
    """Two tiles laid on a canvas of 130 x 90 pixels."""
    recipe = struct.pack(">BB4HHHhhhh", 0, 0, 0, 0, 0, 0xFFFF, 130, 90, *first, *second)
    return Part(b"iovl", recipe, (made.extent(130, 90),), ((b"dimg", [2, 3]),), stored=True)


def identity() -> Part:
    return Part(b"iden", b"", (made.extent(64, 64),), ((b"dimg", [2]),))


def small_grid(across: int, down: int, width: int, height: int) -> Part:
    """A grid of tiles that is not as large as they are."""
    recipe = made.grid(across, down)
    return recipe.but(
        data=recipe.data[:4] + struct.pack(">HH", width, height), properties=(made.extent(width, height),)
    )


def cut(width: int, height: int, across: int = 0, down: int = 0) -> Part:
    """A tile with an aperture, whose middle is so many halves of a pixel beside the tile's."""
    aperture = struct.pack(">IIIIiIiI", width, 1, height, 1, across, 2, down, 2)
    return changed(made.tile(), b"clap", aperture, essential=True)


def twice(container: str) -> Part:
    """A coded picture and another behind it."""
    part = made.tile(0, container)
    return part.but(data=part.data + made.tile(1, container).data)


def shown_and_not(kinds: Sequence[tuple[int, bytes]]) -> Part:
    """A tile of AV1 with these units in place of its own."""
    data = b"".join(bytes((kind << 3 | 2, *leb128(len(content)))) + content for kind, content in kinds)
    return made.tile(0, "AVIF").but(data=data)


def leb128(value: int) -> Iterator[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value


AV1_FRAME = bytes(40)
REDUCED, WHOLE = b"\x18" + bytes(9), b"\x10" + bytes(9)

HIDING = {
    "two pictures in HEVC": lambda: [twice("HEIF")],
    "two pictures in AV1": lambda: [twice("AVIF")],
    "two frames": lambda: [shown_and_not([(1, REDUCED), (6, AV1_FRAME), (6, AV1_FRAME)])],
    "two groups of tiles": lambda: [shown_and_not([(1, REDUCED), (3, AV1_FRAME), (4, AV1_FRAME), (4, AV1_FRAME)])],
    "tiles behind a frame": lambda: [shown_and_not([(1, REDUCED), (6, AV1_FRAME), (4, AV1_FRAME)])],
    "two sequences": lambda: [shown_and_not([(1, REDUCED), (1, REDUCED), (6, AV1_FRAME)])],
    "a frame that is not shown": lambda: [shown_and_not([(1, WHOLE), (6, b"\0" + AV1_FRAME)])],
    "a frame that was shown before": lambda: [shown_and_not([(1, WHOLE), (6, b"\x90" + AV1_FRAME)])],
    "no key frame": lambda: [shown_and_not([(1, WHOLE), (6, b"\x30" + AV1_FRAME)])],
    "a tile beside the grid": lambda: [small_grid(2, 1, 64, 64), made.tile(), made.tile(1)],
    "a tile below the grid": lambda: [small_grid(1, 2, 64, 64), made.tile(), made.tile(1)],
    "a grid larger than its tiles": lambda: [small_grid(1, 1, 65, 64), made.tile()],
    "a grid of two sizes": lambda: [small_grid(1, 1, 64, 64).but(properties=(made.extent(60, 64),)), made.tile()],
    "a picture under another": lambda: [overlay((0, 0), (0, 0)), made.tile(), made.tile(1)],
    "a picture half under another": lambda: [overlay((0, 0), (63, 20)), made.tile(), made.tile(1)],
    "a picture beside the canvas": lambda: [overlay((0, 0), (10000, 10000)), made.tile(), made.tile(1)],
    "a picture over the edge": lambda: [overlay((0, 0), (66, 27)), made.tile(), made.tile(1)],
    "a picture over the left edge": lambda: [overlay((-1, 0), (66, 0)), made.tile(), made.tile(1)],
    "the transparency of an identity's picture": lambda: [
        identity(), made.tile(), made.auxiliary(made.grey_tile(), made.ALPHA, [2]),
    ],
    "the transparency of a tile": lambda: [
        made.grid(1, 1), made.tile(), made.auxiliary(made.grey_tile(), made.ALPHA, [2]),
    ],
    "the transparency of one tile in AV1": lambda: [
        made.grid(2, 1), made.tile(0, "AVIF"), made.tile(1, "AVIF"), made.auxiliary(made.grey_tile(), made.ALPHA, [2]),
    ],
    "transparencies of the whole and a tile": lambda: [
        made.grid(1, 1), made.tile(0, "AVIF"),
        made.auxiliary(made.grey_tile(), made.ALPHA, [1]), made.auxiliary(made.grey_tile(), made.ALPHA, [2]),
    ],
    "a tile cut out": lambda: [cut(16, 16, -48, -48)],
    "an aperture beside the picture": lambda: [cut(60, 60, 6, 0)],
    "an aperture larger than the picture": lambda: [cut(66, 64)],
    "an identity of another size": lambda: [identity().but(properties=(made.extent(32, 32),)), made.tile()],
}  # fmt: skip


@pytest.mark.parametrize("parts", HIDING.values(), ids=HIDING)
def test_a_picture_that_is_not_shown_is_refused(parts: Callable[[], list[Part]]) -> None:
    with pytest.raises(UnsupportedFormatError):
        Heif().strip(io.BytesIO(heif(parts())), io.BytesIO(), Keep(KINDS))


def test_what_blocks_make_necessary_may_be_cut_away(strip: Strip) -> None:
    tiles = [made.tile(seed, "AVIF") for seed in range(2)]
    alphas = [made.auxiliary(made.tile(7 + seed, "AVIF"), made.ALPHA, [2 + seed]) for seed in range(2)]
    for data in (
        heif([cut(61, 49, -3, -15)]),
        heif([small_grid(1, 1, 29, 40), made.tile()]),
        heif([small_grid(2, 2, 65, 127), *[made.tile(seed) for seed in range(4)]]),
        heif([made.grid(2, 1), *tiles, *alphas], Frame(brands=b"avif\0\0\0\0avifmif1miaf")),
        heif([shown_and_not([(1, WHOLE), (3, b"\x10" + AV1_FRAME), (4, AV1_FRAME)])]),
    ):
        clean = strip(Heif(), data)
        assert strip(Heif(), clean) == clean
        assert walk.inspect(clean, Keep(KINDS)) > 0


def test_a_grid_of_av1_tiles_an_overlay_and_an_identity_stay(strip: Strip) -> None:
    tiles = [made.tile(seed, "AVIF").but(hidden=True) for seed in range(4)]
    for data in (
        heif([made.grid(2, 2), *tiles], Frame(brands=b"avif\0\0\0\0avifmif1miaf")),
        heif([overlay((0, 0), (66, 26)), made.tile(1), made.tile(2)]),
        heif(
            [overlay((66, 0), (0, 20)), made.tile(1), made.tile(2), made.auxiliary(made.grey_tile(), made.ALPHA, [2])]
        ),
        heif([Part(b"iden", b"", (made.extent(64, 64), (b"irot", b"\1", True)), ((b"dimg", [2]),)), made.tile(1)]),
    ):
        clean = strip(Heif(), data)
        assert shown(clean) == shown(data)


def test_numbers_of_any_size_and_data_in_pieces_are_read(strip: Strip) -> None:
    message = made.user_data(b"CANARY")
    part = made.tile(3).but(data=message + made.tile(3).data)
    data = heif([part.but(pieces=[len(message)], gap=b"CANARY")], Frame(70_000, [70_000], wide=True, gap=b"CANARY"))
    clean = strip(Heif(), data)
    assert shown(clean) == shown(data)
    assert clean == strip(Heif(), heif([part]))


def test_kept_exif_is_fresh_and_never_tells_an_orientation(block: bytes, strip: Strip) -> None:
    data = made.heic(made.colourful(64, 48), exif=block)
    clean = strip(Heif(), data, *(KINDS - {"location"}))
    read = piexif.load(_block(clean))
    assert read["0th"][piexif.ImageIFD.Artist] == b"Ada"
    assert read["0th"][piexif.ImageIFD.DateTime] == b"2024:05:06 07:08:09"
    assert piexif.ImageIFD.Orientation not in read["0th"]
    assert not read["GPS"]
    assert _upright(clean) == _upright(data)


def test_other_parsers_find_nothing(block: bytes, profile: bytes, strip: Strip) -> None:
    data = laden(block, profile)
    clean = strip(Heif(), data, "orientation")
    read = Pillow.open(io.BytesIO(clean)).info
    assert not read["exif"]
    assert not read.get("xmp")
    assert not read["metadata"]
    assert not read["thumbnails"]
    assert not read["depth_images"]
    assert not read["aux"]
    told = Part(b"Exif", b"\0\0\0\6Exif\0\0" + block, references=((b"cdsc", [1]),))
    dated = heif([made.tile(), told])
    assert "GPS GPSLatitude" in exifread.process_file(io.BytesIO(dated))
    assert set(exifread.process_file(io.BytesIO(strip(Heif(), dated, "time")))) == DATES
    assert not exifread.process_file(io.BytesIO(clean))


def test_premultiplied_transparency_stays_premultiplied(block: bytes, profile: bytes, strip: Strip) -> None:
    primary = made.parts_of(strip(Heif(), laden(block, profile)))[1]
    assert (b"prem", (6,)) in primary.references


def test_an_end_to_end_run_publishes_a_copy(block: bytes, profile: bytes, tmp_path: Path) -> None:
    redactor = redact.Redactor(redact.Policy(hide={}))
    for name, data in {
        "laden.heic": laden(block, profile),
        "turned.heic": made.heic(made.colourful(64, 48), exif=block),
        "alpha.avif": made.avif(made.colourful().convert("RGBA"), exif=block, xmp=XMP, icc_profile=profile),
    }.items():
        source, target = tmp_path / name, tmp_path / f"clean-{name}"
        source.write_bytes(data)
        receipt = redactor.file(source, target)
        assert receipt.status == "redacted", receipt.error
        assert b"CANARY" not in target.read_bytes()
        assert shown(target.read_bytes()).pixels == shown(data).pixels


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", True),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", True),
        (b"\0\0\0\x18ftypmsf1\0\0\0\0hevcmsf1", True),
        (b"\0\0\0\x18ftypXYZ1\0\0\0\0mif1heic", True),
        (b"\0\0\0\x18ftypXYZ1\0\0\0\0isommif1", False),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mif1heic", False),
        (b"\0\0\0\x14ftypXYZ1\0\0\0\0XYZ1mif1", False),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", False),
        (b"\0\0\0\x0cJXL \r\n\x87\n", False),
        (b"heic", False),
        (b"", False),
    ],
)
def test_stills_are_known_by_their_brand(head: bytes, known: bool) -> None:  # noqa: FBT001 - a truth table
    assert Heif().recognises(head) == known
    assert not known or next(each for each in FORMATS if each.recognises(head)).name == "HEIF"


def test_a_sequence_of_pictures_is_refused() -> None:
    target = io.BytesIO()
    pictures = [made.colourful(seed=seed) for seed in range(3)]
    pictures[0].save(target, "AVIF", save_all=True, append_images=pictures[1:], speed=10)
    with pytest.raises(UnsupportedFormatError, match="sequence"):
        fields(target.getvalue())


def changed(part: Part, code: bytes, payload: bytes, essential: bool = False) -> Part:  # noqa: FBT001, FBT002
    """The part with one more property."""
    return part.but(properties=(*part.properties, (code, payload, essential)))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (lambda: heif([made.tile().but(kind=b"jpeg")]), UnsupportedFormatError),
        (lambda: heif([made.tile().but(kind=b"tmap")]), UnsupportedFormatError),
        (lambda: heif([made.tile().but(protected=1)]), UnsupportedFormatError),
        (lambda: heif([changed(made.tile(), b"iscl", bytes(12), essential=True)]), UnsupportedFormatError),
        (lambda: heif([changed(made.tile(), b"lsel", b"\0\1", essential=True)]), UnsupportedFormatError),
        (
            lambda: heif([changed(changed(made.tile(), b"irot", b"\1"), b"clap", struct.pack(">8I", *[1] * 8))]),
            UnsupportedFormatError,
        ),
        (lambda: heif([changed(changed(made.tile(), b"irot", b"\1"), b"irot", b"\2")]), DamagedFileError),
        (lambda: heif([made.tile().but(properties=[made.extent(64, 64)])]), DamagedFileError),
        (lambda: heif([made.tile().but(properties=made.tile().properties[:1])]), DamagedFileError),
        (lambda: heif([made.tile().but(data=b"")]), DamagedFileError),
        (lambda: heif([made.tile().but(data=made.user_data(b"nothing else"))]), DamagedFileError),
        (lambda: heif([made.tile()], Frame(primary=2)), DamagedFileError),
        (lambda: heif([made.tile()] * 2, Frame(numbers=[1, 1])), DamagedFileError),
        (lambda: heif([made.grid(1, 1, first=1)]), DamagedFileError),
        (lambda: heif([made.grid(1, 1), made.grid(1, 1, first=1)]), DamagedFileError),
        (lambda: heif([made.grid(2, 2), made.tile()]), DamagedFileError),
        (lambda: heif([made.grid(2, 2).but(references=[(b"dimg", [2])]), made.tile()]), DamagedFileError),
        (lambda: heif([made.grid(1, 1).but(references=[(b"dimg", [2])] * 2), made.tile()]), DamagedFileError),
        (lambda: heif([made.grid(1, 1).but(references=[]), made.tile()]), DamagedFileError),
        (lambda: heif([made.tile(), *[made.auxiliary(made.grey_tile(), made.ALPHA, [1])] * 2]), DamagedFileError),
        (lambda: heif([made.auxiliary(made.grey_tile(), made.ALPHA, [1])]), DamagedFileError),
        (lambda: heif([made.tile()]).replace(b"pict", b"vide"), DamagedFileError),
        (lambda: heif([made.tile()])[:-1], DamagedFileError),
        (lambda: heif([made.tile()]) + heif([made.tile()]), DamagedFileError),
        (lambda: made.box(b"ftyp", b"heic\0\0\0\0heic"), DamagedFileError),
        (bytes, DamagedFileError),
    ],
)
def test_what_cannot_be_made_safe_is_refused(data: object, error: type[MediaError]) -> None:
    broken = data()  # type: ignore[operator]
    with pytest.raises(error):
        Heif().strip(io.BytesIO(broken), io.BytesIO(), Keep(KINDS))


def test_pictures_that_share_their_data_cannot_make_a_copy_larger_than_the_file() -> None:
    size = len(made.tile().data)
    larger = made.tile().but(data=made.tile().data + struct.pack(">I", size) + b"\x4c\1" + bytes(size - 2))
    data = heif([made.grid(16, 16), larger, *[made.tile()] * 255])
    place = data.index(b"iloc") + 12
    shared = bytearray(data)
    # Behind the recipe's, rows of sixteen bytes end in an offset and a length: all of them the first, largest tile's.
    first = place + 16
    untrusted = shared[first + 8 : first + 12] + struct.pack(">I", len(larger.data))
    for start in range(first, first + 16 * 255, 16):
        shared[start + 8 : start + 16] = untrusted
    with pytest.raises(DamagedFileError, match="share"):
        Heif().strip(io.BytesIO(bytes(shared)), io.BytesIO(), Keep())


def test_painted_pictures_are_refused() -> None:
    data = heif([made.tile()])
    with pytest.raises(UnsupportedFormatError):
        Heif().strip(io.BytesIO(data), io.BytesIO(), Keep(), io.BytesIO(data))


def attempt(data: bytes) -> bytes | None:
    """The copy; None where the file is refused with an error of the project."""
    target = io.BytesIO()
    try:
        fields(data)
        Heif().strip(io.BytesIO(data), target, Keep(KINDS))
    except MediaError:
        return None
    return target.getvalue()


def small(block: bytes) -> bytes:
    """A grid with transparency and EXIF, small but for the two coded pictures."""
    return heif(
        [
            made.grid(2, 1),
            made.tile().but(hidden=True),
            made.tile(1).but(hidden=True),
            made.auxiliary(made.grey_tile(), made.ALPHA, [1]),
            Part(b"Exif", bytes(4) + block, references=((b"cdsc", [1]),)),
        ]
    )


@settings(deadline=None)
@given(cut=st.integers(0, 10**6))
def test_a_file_cut_anywhere_is_refused(cut: int) -> None:
    data = small(b"MM\0*\0\0\0\x08\0\0\0\0\0\0")
    assert attempt(data[: cut % len(data)]) is None


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_garbled_file_is_refused_or_stays_as_it_is_written(changes: list[tuple[int, int]]) -> None:
    data = bytearray(small(b"MM\0*\0\0\0\x08\0\0\0\0\0\0"))
    for place, value in changes:
        data[place] = value
    clean = attempt(bytes(data))
    if clean is not None:
        assert len(clean) <= len(data) + 64
        assert attempt(clean) == clean
