"""Numbers about colour stay only where a picture can need them, and have no room for a text."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.checks.reading import Flaw
from redact.checks.structure import png as walk
from redact.formats.png.file import Png
from redact.model import Field, Keep
from tests.formats.conftest import Strip
from tests.formats.laden import attempt, before_data, frames, noise, png_chunk, saved
from tests.formats.png.test_png import chunks, rewritten

COLOUR = Keep(frozenset({"colour"}))
TEXT = b"SERIAL=0123456789 OWNER=JaneDoe!"

SRGB = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
ADOBE = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
PROPHOTO = (34570, 35850, 73470, 26530, 15960, 84040, 3660, 10)
P3_SCREEN = (34000, 16000, 13250, 34500, 7500, 3000, 15635, 16450, 10_000_000, 50)
BT_2020_SCREEN = (35400, 14600, 8500, 39850, 6550, 2300, 15635, 16450, 40_000_000, 500)


def kept(name: bytes, payload: bytes, strip: Strip) -> bytes | None:
    """What stays of a chunk in a copy; the verifier's walk has to let it pass."""
    clean = strip(Png(), before_data(noise("PNG"), png_chunk(name, payload)))
    walk.inspect(clean, COLOUR)
    return dict(chunks(clean)).get(name)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        *((b"cHRM", struct.pack(">8I", *space)) for space in (SRGB, ADOBE, PROPHOTO)),
        *((b"mDCV", struct.pack(">8HII", *screen)) for screen in (P3_SCREEN, BT_2020_SCREEN)),
        *((b"gAMA", struct.pack(">I", gamma)) for gamma in (45455, 55556, 41667, 38462, 50000, 100000, 220000)),
        (b"cLLI", struct.pack(">II", 10_000_000, 4_000_000)),
        (b"cICP", bytes((9, 16, 0, 1))),
        (b"cICP", bytes((12, 13, 0, 1))),
        (b"sRGB", b"\0"),
        (b"sBIT", bytes((5, 6, 5))),
    ],
)
def test_what_well_known_spaces_say_stays_bit_for_bit(name: bytes, payload: bytes, strip: Strip) -> None:
    assert kept(name, payload, strip) == payload


@pytest.mark.parametrize(
    ("name", "told", "stays"),
    [
        (b"gAMA", struct.pack(">I", 45454), struct.pack(">I", 45455)),
        (b"cHRM", struct.pack(">8I", 31269, 32901, *SRGB[2:]), struct.pack(">8I", *SRGB)),
        (
            b"mDCV",
            struct.pack(">8HII", 34012, *P3_SCREEN[1:6], 15634, 16452, 10_004_885, 51),
            struct.pack(">8HII", *P3_SCREEN[:8], 10_000_000, 51),
        ),
        (b"cLLI", struct.pack(">II", 4_885_837, 2_294_512), struct.pack(">II", 4_890_000, 2_290_000)),
    ],
)
def test_what_is_told_too_finely_is_rounded(name: bytes, told: bytes, stays: bytes, strip: Strip) -> None:
    assert kept(name, told, strip) == stays
    with pytest.raises(Flaw, match="numbers"):
        walk.inspect(before_data(noise("PNG"), png_chunk(name, told)), COLOUR)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        (b"cHRM", TEXT),
        (b"mDCV", TEXT[:24]),
        (b"cLLI", TEXT[:8]),
        (b"gAMA", TEXT[:4]),
        (b"cICP", TEXT[:4]),
        (b"sRGB", TEXT[:1]),
        (b"sBIT", TEXT[:3]),
        (b"gAMA", struct.pack(">I", 0)),
        (b"cHRM", struct.pack(">8I", 60000, 60000, *SRGB[2:])),
        (b"cHRM", struct.pack(">8I", 0, 0, *SRGB[2:])),
        (b"mDCV", struct.pack(">8HII", *P3_SCREEN[:8], 50, 10_000_000)),
        (b"cLLI", struct.pack(">II", 4_000_000, 10_000_000)),
        (b"cICP", bytes((9, 16, 9, 1))),
        (b"cICP", bytes((9, 16, 0, 2))),
        (b"sRGB", b"\4"),
    ],
)
def test_numbers_that_no_picture_needs_are_dropped_and_seen(name: bytes, payload: bytes, strip: Strip) -> None:
    assert kept(name, payload, strip) is None
    with pytest.raises(Flaw):
        walk.inspect(before_data(noise("PNG"), png_chunk(name, payload)), COLOUR)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_palette_that_no_pixel_refers_to_is_dropped_and_the_copy_published(
    picture: Pillow.Image, tmp_path: Path, strip: Strip, mode: str
) -> None:
    plain = saved(picture.convert(mode), "PNG")
    suggested = before_data(plain, png_chunk(b"PLTE", TEXT * 6))
    assert Field("PLTE", "unknown", "PNG PLTE") in list(Png().fields(io.BytesIO(suggested)))
    assert strip(Png(), suggested) == strip(Png(), plain)
    with pytest.raises(Flaw, match="palette"):
        walk.inspect(suggested, COLOUR)
    (tmp_path / "palette.png").write_bytes(suggested)
    receipt = redact.Redactor(redact.Policy(hide={})).file(tmp_path / "palette.png", tmp_path / "copy.png")
    assert receipt.ok, receipt.error
    assert frames((tmp_path / "copy.png").read_bytes()) == frames(plain)


def test_a_palette_that_pixels_refer_to_stays_and_histograms_of_it_go(picture: Pillow.Image, strip: Strip) -> None:
    indexed = saved(picture.quantize(16), "PNG")
    laden = before_data(indexed, png_chunk(b"hIST", TEXT), png_chunk(b"sPLT", b"CANARY\0\x08" + TEXT[:6]))
    assert strip(Png(), laden) == strip(Png(), indexed)
    assert frames(strip(Png(), laden)) == frames(indexed)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.tuples(st.just(b"cHRM"), st.lists(st.integers(0, 100_001), min_size=8, max_size=8)),
        st.tuples(st.just(b"gAMA"), st.lists(st.integers(9_000, 1_100_000), min_size=1, max_size=1)),
        st.tuples(st.just(b"cLLI"), st.lists(st.integers(0, 101_000_000), min_size=2, max_size=2)),
        st.tuples(
            st.just(b"mDCV"),
            st.tuples(*[st.integers(0, 33_000)] * 6, *[st.integers(0, 25_100)] * 2, *[st.integers(0, 101_000_000)] * 2),
        ),
        st.tuples(st.sampled_from([b"cICP", b"sRGB", b"sBIT", b"pHYs", b"tIME"]), st.binary(max_size=10)),
    )
)
@example((b"gAMA", [999_900]))
@example((b"gAMA", [10_004]))
def test_writer_and_verifier_agree_on_all_numbers(told: tuple[bytes, bytes | list[int]]) -> None:
    name, numbers = told
    form = ">8HII" if name == b"mDCV" else f">{len(numbers)}I"
    payload = numbers if isinstance(numbers, bytes) else struct.pack(form, *numbers)
    source = before_data(noise("PNG"), png_chunk(name, payload))
    clean = attempt(Png(), source)
    assert clean is not None
    assert attempt(Png(), clean) == clean
    everything = Keep(frozenset({"colour", "time"}))
    walk.inspect(clean, everything)
    try:
        walk.inspect(source, everything)
    except Flaw:
        return
    assert dict(chunks(clean)).get(name) == payload


def test_a_wrong_size_is_a_flaw_whatever_the_numbers(strip: Strip) -> None:
    longer = rewritten(
        before_data(noise("PNG"), png_chunk(b"gAMA", struct.pack(">I", 45455))),
        lambda name, payload: png_chunk(name, payload + b"C" if name == b"gAMA" else payload),
    )
    assert b"gAMA" not in strip(Png(), longer)
    with pytest.raises(Flaw, match="longer"):
        walk.inspect(longer, COLOUR)
