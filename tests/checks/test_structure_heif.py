"""Every byte of a HEIF copy is allowed, or the copy is refused; and what its container tells holds for the original."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from functools import cache

import piexif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms, ImageOps

from redact.checks import pixels, structure
from redact.checks.reading import UNREADABLE, Flaw, container
from redact.checks.structure import heif as walk
from redact.errors import MediaError
from redact.formats.heif.file import Heif
from redact.model import KINDS, Findings, Keep
from tests.checks.conftest import KEEP, Ask
from tests.formats.heif import made
from tests.formats.heif.made import Frame, Part, heif
from tests.formats.heif.test_file import HIDING

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
DATED = piexif.dump({"0th": {piexif.ImageIFD.DateTime: "2026:01:02 03:04:05"}})
TURNED = piexif.dump({"0th": {piexif.ImageIFD.Orientation: 6}})
PLACED = piexif.dump(
    {"GPS": {piexif.GPSIFD.GPSLatitudeRef: "N", piexif.GPSIFD.GPSLatitude: ((12, 1), (20, 1), (44, 1))}}
)
HEADER = b"\0\0\0\6"


def clean(data: bytes, *kinds: str) -> bytes:
    """The copy that is written of a file."""
    target = io.BytesIO()
    Heif().strip(io.BytesIO(data), target, Keep(frozenset(kinds or ("orientation", "colour"))))
    return target.getvalue()


def grid() -> list[Part]:
    """A grid of two tiles with a transparency."""
    tiles = [made.tile(seed).but(hidden=True) for seed in range(2)]
    whole = made.grid(2, 1)
    looks = (*whole.properties, (b"colr", b"prof" + PROFILE, False), (b"irot", b"\1", True))
    return [
        whole.but(properties=looks, references=(*whole.references, (b"prem", [4]))),
        *tiles,
        made.auxiliary(made.grey_tile(), made.ALPHA, [1]),
    ]


@cache
def copies() -> dict[str, bytes]:
    """Clean copies of all kinds."""
    return {
        "alone": clean(made.heic(made.colourful())),
        "grey": clean(made.heic(made.colourful().convert("L"))),
        "grid": clean(heif(grid())),
        "turned": clean(made.heic(made.colourful(64, 48), exif=TURNED)),
        "AVIF": clean(made.avif(made.colourful().convert("RGBA"), icc_profile=PROFILE)),
        "AV1 grid": clean(heif([made.grid(2, 1), *[made.tile(seed, "AVIF") for seed in range(2)]])),
        "identity": clean(heif([Part(b"iden", b"", (made.extent(64, 64),), ((b"dimg", [2]),)), made.tile()])),
        "many": clean(heif([made.grid(20, 10), *[made.tile(seed % 3) for seed in range(200)]])),
    }


def passed(about: Ask, copy: bytes, keep: Keep = KEEP) -> bool:
    return structure.ask(about(copy, copy, keep=keep)).passed


@pytest.mark.parametrize("name", ["alone", "grey", "grid", "turned", "AVIF", "AV1 grid", "identity", "many"])
def test_a_clean_copy_passes(about: Ask, name: str) -> None:
    check = structure.ask(about(copies()[name], copies()[name]))
    assert check.passed, check.detail
    assert container(copies()[name]) == "HEIF"


def test_kept_exif_passes_with_its_kind_alone(about: Ask) -> None:
    copy = clean(made.heic(made.colourful(), exif=DATED), "time")
    assert passed(about, copy, Keep(frozenset({"time"})))
    assert not passed(about, copy)


def test_orientation_and_profile_pass_with_their_kinds_alone(about: Ask) -> None:
    for kind, other in (("orientation", "colour"), ("colour", "orientation")):
        copy = clean(heif(grid()), kind)
        assert passed(about, copy, Keep(frozenset({kind})))
        assert not passed(about, copies()["grid"], Keep(frozenset({kind})))
        assert not passed(about, copy, Keep(frozenset({other})))


def respelt(copy: bytes, *changes: Callable[[list[Part]], Sequence[Part]], frame: Frame | None = None) -> bytes:
    """The copy with other items, spelt as one that is written: only what the items say differs."""
    parts = list(made.parts_of(copy).values())
    for change in changes:
        parts = list(change(parts))
    return heif(parts, frame or Frame(brands=copy[8 : int.from_bytes(copy[:4], "big")]))


def first(**changes: object) -> Callable[[list[Part]], Sequence[Part]]:
    return lambda parts: [parts[0].but(**changes), *parts[1:]]


def with_property(code: bytes, payload: bytes, essential: bool = False) -> Callable[[list[Part]], Sequence[Part]]:  # noqa: FBT001, FBT002
    return lambda parts: [parts[0].but(properties=(*parts[0].properties, (code, payload, essential))), *parts[1:]]


def with_changed(code: bytes, change: Callable[[bytes], bytes]) -> Callable[[list[Part]], Sequence[Part]]:
    def changed(parts: list[Part]) -> Sequence[Part]:
        looks = [(each, change(body) if each == code else body, marked) for each, body, marked in parts[0].properties]
        return [parts[0].but(properties=looks), *parts[1:]]

    return changed


def with_item(part: Part) -> Callable[[list[Part]], Sequence[Part]]:
    return lambda parts: [*parts, part]


def exif(block: bytes) -> Callable[[list[Part]], Sequence[Part]]:
    return with_item(Part(b"Exif", HEADER + block, references=((b"cdsc", [1]),), hidden=True))


def test_a_copy_spelt_again_is_the_copy() -> None:
    for copy in copies().values():
        assert respelt(copy) == copy
    dated = clean(made.heic(made.colourful(), exif=DATED), "time")
    assert respelt(dated) == dated


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (with_item(Part(b"mime", b"CANARY", content=made.XMP_TYPE)), "index"),
        (with_item(Part(b"uri ", b"CANARY")), "part of the picture"),
        (with_item(made.tile(5)), "part of the picture"),
        (with_item(made.tile(5).but(references=((b"thmb", [1]),))), "part of the picture"),
        (with_item(made.auxiliary(made.grey_tile(), made.GAIN_MAP, [1])), "part of the picture"),
        (with_item(made.auxiliary(made.grey_tile(), made.ALPHA + b"CANARY", [1])), "auxC"),
        (exif(PLACED), "0x8825"),
        (exif(TURNED), "0x0112"),
        (exif(DATED), "0x0132"),
        (exif(DATED + b"CANARY"), "EXIF"),
        (with_item(Part(b"Exif", b"CANARY", references=((b"cdsc", [1]),))), "EXIF"),
        (first(name=b"CANARY"), "index"),
        (first(protected=1), "index"),
        (first(kind=b"hev1"), "not allowed"),
        (first(references=((b"base", [1]),)), "base"),
        (first(references=((b"dimg", [1]),)), "made of itself"),
        (first(data=b""), "part of the picture holds"),
        (with_property(b"udes", b"CANARY"), "udes"),
        (with_property(b"irot", b"\4", essential=True), "irot"),
        (with_property(b"irot", b"\1"), "marked"),
        (with_property(b"irot", b"\1CANARY", essential=True), "irot"),
        (with_property(b"imir", b"\2", essential=True), "imir"),
        (with_property(b"clli", b"CANARY"), "clli"),
        (with_property(b"mdcv", b"CANARY" * 4), "mdcv"),
        (with_property(b"cclv", b"\xffCANARY"), "cclv"),
        (with_property(b"amve", b"CANARY 1"), "amve"),
        (with_property(b"pasp", b"CANARY 1"), "pasp"),
        (with_property(b"clap", b"CANARY12" * 4, essential=True), "clap"),
        (with_property(b"a1op", b"\x20", essential=True), "a1op"),
        (with_property(b"a1lx", b"\0CANARY7"), "a1lx"),
        (with_property(b"lsel", b"\0\0\0", essential=True), "lsel"),
        (with_property(b"auxC", bytes(4) + made.ALPHA), "auxC"),
        (with_property(b"ispe", bytes(4) + struct.pack(">II", 64, 65)), "ispe"),
        (with_property(b"colr", b"rICC" + PROFILE + b"CANARY"), "rICC"),
        (with_property(b"colr", b"nclx" + b"CANARY1"), "nclx"),
        (with_property(b"colr", b"CNRY"), "CNRY"),
        (with_property(b"av1C", b"\x81\0\0\0", essential=True), "av1C"),
        (with_changed(b"ispe", lambda body: body + b"CANARY"), "ispe"),
        (with_changed(b"pixi", lambda body: body + b"CANARY"), "pixi"),
        (with_changed(b"hvcC", lambda body: body + b"CANARY"), "hvcC"),
        (lambda parts: [parts[0].but(data=made.user_data(b"CANARY") + parts[0].data)], "SEI"),
        (lambda parts: [parts[0].but(data=parts[0].data + made.unit(48, b"CANARY"))], "unit"),
        (lambda parts: [parts[0].but(properties=parts[0].properties[1:])], "lacks"),
    ],
)
def test_what_an_item_must_not_say_is_seen(
    about: Ask, change: Callable[[list[Part]], Sequence[Part]], word: str
) -> None:
    copy = respelt(copies()["alone"], change)
    check = structure.ask(about(copy, copy))
    assert not check.passed
    assert "CANARY" not in check.detail
    assert word in check.detail or word in ("hvcC", "unit", "SEI", "part of the picture holds")


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: [parts[0].but(data=parts[0].data + b"C"), *parts[1:]],
        lambda parts: [parts[0].but(data=b"\0\0\0\2" + parts[0].data[4:]), *parts[1:]],
        lambda parts: [parts[0].but(stored=False), *parts[1:]],
        lambda parts: [parts[0].but(references=[(b"dimg", [3, 2]), (b"prem", [4])]), *parts[1:]],
        lambda parts: [*parts[:3], parts[3].but(references=[])],
        lambda parts: [*parts[:3], parts[3].but(references=[(b"auxl", [1, 1])])],
        lambda parts: [*parts, made.auxiliary(made.grey_tile(), made.ALPHA, [1])],
        lambda parts: [parts[0].but(references=[*parts[0].references, (b"prem", [4])]), *parts[1:]],
        lambda parts: [parts[0].but(references=[(b"dimg", [2, 3]), (b"prem", [3])]), *parts[1:]],
        lambda parts: [parts[0].but(references=[(b"dimg", [2, 9])]), *parts[1:]],
        lambda parts: [parts[0], parts[1].but(data=made.user_data(b"C") + parts[1].data), *parts[2:]],
        lambda parts: [parts[0], parts[1].but(properties=parts[2].properties[:1]), *parts[2:]],
    ],
)
def test_a_grid_that_is_not_put_together_soundly_is_seen(
    about: Ask, change: Callable[[list[Part]], Sequence[Part]]
) -> None:
    copy = copies()["grid"]
    assert respelt(copy) == copy
    assert not passed(about, respelt(copy, change))


@pytest.mark.parametrize("parts", HIDING.values(), ids=HIDING)
def test_a_picture_that_is_not_shown_is_seen(
    about: Ask, parts: Callable[[], list[Part]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What writes such a copy is a writer that does not look.
    monkeypatch.setattr("redact.formats.heif.single.demand_single", lambda *_: None)
    monkeypatch.setattr("redact.formats.heif.placing.demand_shown", lambda *_: None)
    monkeypatch.setattr("redact.formats.heif.placing.demand_whole", lambda *_: None)
    monkeypatch.setattr("redact.formats.heif.derivation._check_alphas", lambda *_: None)
    monkeypatch.setattr("redact.formats.codings.nal.Units._check_pictures", lambda *_: None)
    check = structure.ask(about(copy := clean(heif(parts())), copy, keep=KEEP))
    assert not check.passed
    assert "shown" in check.detail or "more than" in check.detail


@pytest.mark.parametrize(
    "frame",
    [
        {"gap": b"CANARY"},
        {"between": made.box(b"free", b"CANARY")},
        {"between": made.box(b"free")},
        {"behind": made.box(b"uuid", b"CANARY")},
        {"behind": b"CANARY"},
        {"behind": b"\0"},
        {"in_index": made.box(b"grpl")},
        {"in_index": b"\0" * 8},
        {"more_properties": ((b"free", b"CANARY"),)},
        {"handler": bytes(8) + b"pict" + bytes(12) + b"CANARY\0"},
        {"wide": True},
        {"brands": b"heic\0\0\0\1mif1heic"},
        {"brands": b"heic\0\0\0\0mif1heicCNRY"},
        {"brands": b"heic\0\0\0\0mif1mif1heic"},
        {"brands": b"heic\0\0\0\0mif1"},
        {"brands": b"heic\0\0\0\0mif1heicC"},
        {"numbers": [2, 1], "primary": 2},
    ],
)
def test_bytes_around_the_items_are_seen(about: Ask, frame: dict[str, object]) -> None:
    tile = made.tile()
    plain = Frame(brands=b"heic\0\0\0\0heicmif1")
    assert passed(about, clean(heif([tile], plain)))
    parts = [tile, made.tile(1)] if "numbers" in frame else [tile]
    assert not passed(about, heif(parts, Frame(**{"brands": plain.brands, **frame})))  # type: ignore[arg-type]
    assert passed(about, heif([tile], plain))


ANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_bit_flipped_in_the_index_is_seen_or_means_another_picture(about: Ask, place: int, bit: int) -> None:
    """What passes shows what the index says and nothing besides: numbers of sizes, depths, colours, turns."""
    copy = copies()["grid"]
    index = copy.index(b"mdat")
    flipped = bytearray(copy)
    flipped[place % index] ^= 1 << bit
    if passed(about, bytes(flipped)):
        described = [part.properties for part in made.parts_of(bytes(flipped)).values()]
        original = [part.properties for part in made.parts_of(copy).values()]
        assert described != original or made.parts_of(bytes(flipped)) != made.parts_of(copy)


@pytest.mark.parametrize("name", ["grid", "AVIF"])
def test_a_copy_cut_anywhere_is_refused_without_a_crash(about: Ask, name: str) -> None:
    copy = copies()[name]
    for end in range(0, len(copy) - 1, 41):
        assert not passed(about, copy[:end])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_turn_that_is_read_is_the_one_that_decoders_make(orientation: int) -> None:
    tag = piexif.dump({"0th": {piexif.ImageIFD.Orientation: orientation}})
    # The encoder of HEVC codes whole blocks and cuts: this size needs no cut.
    picture = made.colourful(128, 64)
    for encode in (made.heic, made.avif):
        data = clean(encode(picture, exif=tag, quality=100))
        still = walk.still(data)
        assert still.size == (128, 64)
        assert still.orientation == orientation
        stored = clean(data, "colour")
        assert walk.still(stored).orientation == 1
        assert upright(data) == upright(stored, orientation)


def upright(data: bytes, orientation: int = 1) -> bytes:
    """The pixels as decoders show them, turned once more as an EXIF orientation tells."""
    picture = ImageOps.exif_transpose(Pillow.open(io.BytesIO(data)))
    again = Pillow.frombytes(picture.mode, picture.size, picture.tobytes())
    again.getexif()[piexif.ImageIFD.Orientation] = orientation
    return ImageOps.exif_transpose(again).tobytes()


def test_a_copy_describes_the_picture_of_its_source(about: Ask) -> None:
    message = made.user_data(b"CANARY")
    laden = grid()
    laden[1] = laden[1].but(data=message + laden[1].data, pieces=[len(message)])
    profiled = made.avif(made.colourful().convert("RGBA"), icc_profile=PROFILE, exif=TURNED)
    for source in (
        heif(laden, Frame(gap=b"CANARY", wide=True)),
        profiled,
        made.heic(made.colourful(64, 48), exif=TURNED),
    ):
        for keep in (KEEP, Keep(), Keep(KINDS)):
            evidence = about(source, clean(source, *(keep.kinds or ("time",))), findings=Findings(), keep=keep)
            check = pixels.ask(evidence)
            assert check.passed, check.detail
            assert check.detail == "the coded data is bit-identical"
    assert walk.still(profiled).profile == PROFILE


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: [parts[0], parts[2], parts[1], parts[3]],
        lambda parts: [parts[0], made.tile(7), *parts[2:]],
        lambda parts: [parts[0].but(references=[(b"dimg", [3, 2])]), *parts[1:]],
        lambda parts: [parts[0].but(references=[(b"dimg", [2, 3])]), *parts[1:3]],
        lambda parts: [parts[0].but(data=parts[0].data[:-1] + b"\1"), *parts[1:]],
        lambda parts: [parts[0].but(properties=[made.extent(127, 64)]), *parts[1:]],
    ],
)
def test_another_picture_is_not_the_same_coded_data(change: Callable[[list[Part]], Sequence[Part]]) -> None:
    copy = copies()["grid"]
    other = respelt(copy, change)
    assert coded(other) != coded(copy)
    assert coded(respelt(copy)) == coded(copy)


def coded(data: bytes) -> list[tuple[str, bytes]]:
    return [(name, data[start:end]) for name, start, end in walk.still(data).coded]


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_hostile_original_is_described_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(heif(grid()))
    for place, value in changes:
        data[place] = value
    try:
        still = walk.still(bytes(data))
    except (Flaw, *UNREADABLE):
        return
    assert all(0 <= start <= end <= len(data) for _, start, end in still.coded)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=3))
def test_what_is_written_of_a_garbled_file_passes(about: Ask, changes: list[tuple[int, int]]) -> None:
    data = bytearray(heif(grid()))
    for place, value in changes:
        data[place] = value
    try:
        copy = clean(bytes(data))
    except MediaError:
        return
    check = structure.ask(about(copy, copy))
    assert check.passed, check.detail
