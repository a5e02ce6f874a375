"""What is a place in writing, and what only looks a little like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.coordinates import half, places, tells_place
from redact.model import Box

latitudes = st.floats(-89.9, 89.9).map(lambda degrees: round(degrees, 6))
longitudes = st.floats(-179.9, 179.9).map(lambda degrees: round(degrees, 6))


def sexagesimal(degrees: float) -> tuple[int, int, float]:
    whole, rest = divmod(abs(degrees), 1)
    minutes, rest = divmod(rest * 60, 1)
    return int(whole), int(minutes), int(rest * 600) / 10


def hemisphere(degrees: float, letters: str) -> str:
    return letters[0] if degrees >= 0 else letters[1]


def dms(degrees: float, letters: str, pattern: str) -> str:
    whole, minutes, seconds = sexagesimal(degrees)
    fields = {"h": hemisphere(degrees, letters), "d": whole, "m": minutes, "s": seconds, "f": minutes + seconds / 60}
    return pattern.format(**fields)


def decimal(degrees: float, letters: str, pattern: str) -> str:
    return pattern.format(h=hemisphere(degrees, letters), a=abs(degrees))


DMS = (
    "{d}°{m:02d}'{s:04.1f}\"{h}",
    "{h}{d}°{m:02d}'{s:04.1f}\"",
    "{h} {d}° {m}' {s:.0f}\"",
    "{d}\N{MASCULINE ORDINAL INDICATOR} {m}\N{PRIME} {s:.1f}\N{DOUBLE PRIME} {h}",
    "{h}{d} {m:02d} {s:04.1f}",
    "{d} {m:02d} {s:04.1f} {h}",
    "{h} {d:03d}:{m:02d}:{s:04.1f}",
    "{h}{d}°{f:06.3f}'",
    "{d}°{f:.4f}' {h}",
    "{d:02d}{f:07.4f}{h}",
)
HEMISPHERES = ("{h}{a:.6f}", "{h} {a:.5f}", "{a:.4f}{h}", "{a:.6f}° {h}", "{h}: {a:.3f}", "{h}{a:.2f}°")
SIGNED = ("{:.4f}", "{:.5f}", "{:.6f}", "{:+.6f}", "{:.7f}°")
PREFIXES = ("", "GPS ", "GPS: ", "POS ", "12:30:05 ", "UAV-3 | ", "(")
BETWEEN = (" ", ", ", ",", " / ", "; ", "  ")


@given(latitudes, longitudes, st.sampled_from(DMS), st.sampled_from(BETWEEN), st.sampled_from(PREFIXES))
def test_every_rendering_in_degrees_minutes_and_seconds_is_a_place(
    latitude: float, longitude: float, pattern: str, between: str, prefix: str
) -> None:
    assert tells_place(prefix + dms(latitude, "NS", pattern) + between + dms(longitude, "EW", pattern))


@given(latitudes, longitudes, st.sampled_from(HEMISPHERES), st.sampled_from(BETWEEN), st.sampled_from(PREFIXES))
def test_every_rendering_in_decimal_degrees_with_hemispheres_is_a_place(
    latitude: float, longitude: float, pattern: str, between: str, prefix: str
) -> None:
    text = prefix + decimal(latitude, "NS", pattern) + between + decimal(longitude, "EW", pattern)
    assert tells_place(text)
    assert tells_place(text.lower())


@given(latitudes, longitudes, st.sampled_from(SIGNED), st.sampled_from(BETWEEN), st.sampled_from(PREFIXES))
def test_every_signed_decimal_pair_is_a_place(
    latitude: float, longitude: float, pattern: str, between: str, prefix: str
) -> None:
    assert tells_place(prefix + pattern.format(latitude) + between + pattern.format(longitude))


@given(latitudes, st.sampled_from(("LAT", "Lat: ", "latitude=", "LATITUDE : ", "lat ")), st.sampled_from(SIGNED))
def test_a_labelled_latitude_is_a_place_on_its_own(latitude: float, label: str, pattern: str) -> None:
    assert tells_place(label + pattern.format(latitude))


@given(longitudes, st.sampled_from(("LON", "Lng: ", "longitude=", "LONG : ", "lon ")), st.sampled_from(SIGNED))
def test_a_labelled_longitude_is_a_place_on_its_own(longitude: float, label: str, pattern: str) -> None:
    assert tells_place(label + pattern.format(longitude))


@given(
    st.integers(1, 60),
    st.sampled_from("CDEFGHJKLMNPQRSTUVWX"),
    st.text("ABCDEFGHJKLMNPQRSTUV", min_size=2, max_size=2),
    st.integers(2, 5).flatmap(lambda digits: st.tuples(*[st.integers(0, 10**digits - 1)] * 2, st.just(digits))),
    st.sampled_from(("{z}{b}{s}{e}{n}", "{z}{b} {s} {e} {n}", "{z:02d}{b}{s} {e} {n}", "{z} {b} {s} {e} {n}")),
)
def test_every_military_grid_reference_is_a_place(
    zone: int, band: str, square: str, numbers: tuple[int, int, int], pattern: str
) -> None:
    east, north, digits = numbers
    text = pattern.format(z=zone, b=band, s=square, e=f"{east:0{digits}d}", n=f"{north:0{digits}d}")
    assert tells_place(f"TGT {text}")


@given(
    st.integers(1, 60),
    st.sampled_from("CDEFGHJKLMNPQRSTUVWX"),
    st.integers(166_000, 833_999),
    st.integers(100_000, 9_999_999),
    st.sampled_from(
        ("{z}{b} {e} {n}", "{z} {b} {e}mE {n}mN", "{z}{b} E{e} N{n}", "{z}{b}, {e}.25, {n}.75", "{z}{b} {e}E {n}N")
    ),
)
def test_every_utm_reference_is_a_place(zone: int, band: str, east: int, north: int, pattern: str) -> None:
    assert tells_place(pattern.format(z=zone, b=band, e=east, n=north))


@pytest.mark.parametrize(
    "text",
    [
        "N45°43'28.8\" E028°06'41.9\"",
        "N48,85837 E2,29448",
        "LAT 48.20081 LON 31.47748",
        "48.858370,2.294481 35m",
        "37U DB 85923 81749",
        "37UDB9856826706",
        "[latitude: 47.3769] [longitude: 8.5417]",
        "GPS(8.5417, 47.3769, 17)",
        "4722.61N 00832.50E",
        "8FVC9G8F+6W",
        "LAT 48858370",
        "L0N 8.5417",
        "N45-43-28 E028-06-41",
    ],
)
def test_overlays_as_recorders_write_them_are_places(text: str) -> None:
    assert tells_place(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-06-11 14:22:05",
        "11.06.2024 14:22",
        "06/11/2024",
        "+49 170 1234567",
        "(555) 123-4567",
        "555.123.4567",
        "$12.99",
        "2 for 19.98, 10.49 each",
        "EUR 1.234,56",
        "21-14",
        "3:2",
        "HOME 3 AWAY 2",
        "12:30:45",
        "192.168.10.25",
        "v5.0.0.93",
        "IS0100 1/500 EV0",
        "F2.8 1/250 ISO 400",
        "SPD 12.4m/s",
        "H 120.5m D 843m",
        "ALT 123m",
        "AGL 87m",
        "HDG 245",
        "HDG 270°",
        "16.2V 3.5A 56.7W",
        "23.5°C",
        "BAT 72%",
        "RSSI 98",
        "B 310 VLV",
        "BR 16 MOC",
        "AB12 CDE",
        "7ABC123",
        "FLAT 12.5",
        "LONG 12 MILES",
        "N 17",
        "E45",
        "S500 4MATIC",
        "W 60 x H 40",
        "ROUTE 66 EAST",
        "3.1415 is pi",
        "300.1234, 400.5678",
    ],
)
def test_what_only_looks_a_little_like_a_place_is_none(text: str) -> None:
    assert not tells_place(text)


@given(
    st.dates(), st.times(), st.sampled_from(("%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y", "%d %b %Y", "%H:%M:%S"))
)
def test_no_date_or_time_is_a_place(day: object, time: object, pattern: str) -> None:
    from datetime import datetime

    assert not tells_place(datetime.combine(day, time).strftime(pattern))  # type: ignore[arg-type]


@given(st.decimals(0, 99999, places=2), st.sampled_from(("${}", "{} EUR", "£{} each", "{}")))
def test_no_price_is_a_place(amount: object, pattern: str) -> None:
    assert not tells_place(pattern.format(amount))


@given(st.integers(0, 199), st.integers(0, 199), st.sampled_from(("{}-{}", "{}:{}", "HOME {} GUEST {}", "{} {}")))
def test_no_score_is_a_place(ours: int, theirs: int, pattern: str) -> None:
    assert not tells_place(pattern.format(ours, theirs))


@given(
    st.from_regex(r"\+?[0-9]{1,3}[ -.][0-9]{3}[ -.][0-9]{3,4}[ -.][0-9]{3,4}", fullmatch=True).filter(
        lambda t: t.isascii()
    )
)
def test_no_phone_number_is_a_place(number: str) -> None:
    assert not tells_place(number)


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert tells_place(text) in (True, False)
    angle = half(text)
    assert angle is None or angle.decimals >= 2


@pytest.mark.parametrize("text", ["1" * 20000, "N1 " * 5000, "1.11111 " * 3000, "N 48 51 " * 3000, "°'" * 9000])
def test_long_writing_takes_no_long_time(text: str) -> None:
    from time import process_time

    began = process_time()
    tells_place(text)
    assert process_time() - began < 5


def test_a_pair_on_two_lines_counts_and_its_surroundings_do_not() -> None:
    lines = [
        ("SPD 12.4m/s", Box(10, 0, 120, 20)),
        ("47.376541", Box(10, 30, 110, 50)),
        ("8.541694", Box(10, 55, 100, 75)),
        ("3.141592", Box(500, 400, 600, 420)),
    ]
    assert places(lines) == (1, 2)


def test_a_pair_side_by_side_counts() -> None:
    assert places([("N 47.38", Box(0, 0, 80, 20)), ("E 8.54", Box(120, 1, 190, 21))]) == (0, 1)


def test_two_latitudes_beside_each_other_are_no_place() -> None:
    assert places([("N 47.38", Box(0, 0, 80, 20)), ("N 48.54", Box(120, 1, 190, 21))]) == ()


def test_halves_far_from_each_other_are_no_place() -> None:
    assert places([("47.376541", Box(0, 0, 80, 20)), ("8.541694", Box(600, 500, 690, 520))]) == ()
