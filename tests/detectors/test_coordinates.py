"""What is a place in writing, and what only looks a little like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.coordinates.angles import half
from redact.detectors.coordinates.display import places
from redact.model import Box

latitudes = st.floats(-89.9, 89.9).map(lambda degrees: round(degrees, 6))
longitudes = st.floats(-179.9, 179.9).map(lambda degrees: round(degrees, 6))


def tells_place(text: str) -> bool:
    """True when a line that stands alone tells a place."""
    return places([(text, Box(0, 0, 100, 10))]) == (0,)


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
    st.integers(2, 5)
    .flatmap(lambda digits: st.tuples(*[st.integers(0, 10**digits - 1)] * 2, st.just(digits)))
    .filter(lambda numbers: numbers[2] > 2 or numbers[0] not in (19, 20)),
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


@given(st.from_regex(r"\+?[1-9][0-9]{0,2}([ .-])[0-9]{3}\1[0-9]{3,4}\1[0-9]{3,4}", fullmatch=True).filter(str.isascii))
def test_no_phone_number_is_a_place(number: str) -> None:
    assert not tells_place(number)


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert tells_place(text) in (True, False)
    angle = half(text)
    assert angle is None or angle.decimals >= 2


@pytest.mark.parametrize(
    "text",
    ["1" * 20000, "N1 " * 5000, "1.11111 " * 3000, "N 48 51 " * 3000, "°'" * 9000, "5 5°" * 6000, "12B 1" * 4000],
)
def test_long_writing_takes_no_long_time(text: str) -> None:
    from time import process_time

    began = process_time()
    tells_place(text)
    assert process_time() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        '53"52\'45.3" E113"07\'50.6"',
        "544\"10.686' W151\"53.589'",
        'N11"04.656\'W162"56.329',
        '20"15\'25.8"5 161"58\'30.0"E',
        '16.6830"5 131.5331"W',
        "61 10.0250 5 021 50.2251 W",
        "$33.86882 E151.20930",
        "5 33.86882 E 151.20930",
        "N47.3B654 E8.54169",
        "4O.741895, -73.989308",
        "N47O22'35.5\" E008O32'30.1\"",
        "47.l76541, 8.541692",
        "\N{GREEK CAPITAL LETTER NU}47.376541 \N{CYRILLIC CAPITAL LETTER IE}8.541692",
        "3.576977.-4.258520",
        "-55.7948211",
        "225 XA 59977 89490",
        "42RCU6515583095A",
        "37U D8 85923 81749",
        "141W E102346 N6074571",
        "59\"17.224' E171\"39.775'",
        "7H E160806 H1078087",
        "LAT.-48 5597814",
        "GPS (-15.340.9,-10.9523,11",
        "6497PR0X+7F",
        "2HR3GHRU+MJ",
    ],
)
def test_what_a_recogniser_makes_of_a_place_is_one(text: str) -> None:
    assert tells_place(text)


@pytest.mark.parametrize(
    "text", ["6'2\"", "HE IS 6'2\" AND 5'10\"", "12\" 5'", '5.25" 3.5"', "11 JUH 2024", "3 MAY 1998", "$12.99 $10.49"]
)
def test_heights_of_people_and_dates_are_none(text: str) -> None:
    assert not tells_place(text)


def stacked(*texts: str, left: float = 10, height: float = 20) -> list[tuple[str, Box]]:
    """Lines below each other, as a display has them."""
    return [
        (text, Box(left, 1.2 * height * row, left + 0.5 * height * len(text), 1.2 * height * row + height))
        for row, text in enumerate(texts)
    ]


def row_of(*texts: str) -> list[tuple[str, Box]]:
    """Pieces of a line, as a wide space leaves them."""
    lefts = [sum(10 * len(text) + 25 for text in texts[:number]) for number in range(len(texts))]
    return [(text, Box(left, 100, left + 10 * len(text), 120)) for left, text in zip(lefts, texts, strict=True)]


def test_a_pair_on_two_lines_counts_and_what_stands_elsewhere_does_not() -> None:
    lines = [*stacked("47.376541", "8.541694"), ("3.141592", Box(500, 400, 600, 420))]
    assert places(lines) == (0, 1)


def test_a_pair_side_by_side_counts() -> None:
    assert places([("N 47.38", Box(0, 0, 80, 20)), ("E 8.54", Box(120, 1, 190, 21))]) == (0, 1)


def test_a_pair_beside_icons_that_were_read_as_letters_counts() -> None:
    assert places(stacked("\N{GREEK CAPITAL LETTER PHI}47.37654", "A8.54169")) == (0, 1)


def test_two_latitudes_beside_each_other_are_no_place() -> None:
    assert places([("N 47.38", Box(0, 0, 80, 20)), ("N 48.54", Box(120, 1, 190, 21))]) == ()


def test_coarse_halves_far_from_each_other_are_no_place() -> None:
    assert places([("47.3765", Box(0, 0, 80, 20)), ("8.5416", Box(600, 500, 690, 520))]) == ()


def test_fine_halves_in_two_corners_are_a_place_where_the_lettering_is_the_same() -> None:
    corner = ("47.376541", Box(0, 0, 90, 20))
    assert places([corner, ("8.541694", Box(600, 500, 680, 520))]) == (0, 1)
    assert places([corner, ("8.541694", Box(600, 500, 920, 580))]) == ()


def test_a_half_in_another_corner_whose_point_was_not_read_counts() -> None:
    corner = ("39.2548109", Box(0, 0, 90, 20))
    assert places([corner, ("-154 9836128", Box(600, 500, 700, 520)), ("12:30:45", Box(600, 0, 700, 20))]) == (0, 1)


@pytest.mark.parametrize("lines", [("1:23.456", "1:24.012"), ("59 12.125", "59 12.250"), ("170 1234567", "+49")])
def test_times_of_laps_and_phone_numbers_on_two_lines_are_none(lines: tuple[str, str]) -> None:
    assert places(stacked(*lines)) == ()


@pytest.mark.parametrize(
    "pieces",
    [
        ("LNG:", "-18.56089"),
        ("53Q 349967", "1866707"),
        ("45 51.9625 S", "084 56.7511W"),
        ("32 46.6165 H", "089 44.3529 E"),
        ("GP5", "(38.5615,-29.1997,19)"),
        ("37U", "DB", "85923", "81749"),
    ],
)
def test_the_pieces_of_a_line_are_read_on_from_one_to_the_next(pieces: tuple[str, ...]) -> None:
    assert places(row_of(*pieces)) == tuple(range(len(pieces)))
    assert places(row_of(*pieces)[::-1]) == tuple(range(len(pieces)))


def test_what_else_stands_in_the_row_of_a_place_in_pieces_is_left() -> None:
    assert places(row_of("MY HOLIDAY", "53Q 349967", "1866707", "REC")) == (1, 2)


READOUTS = (
    "ALT 120.5m",
    "H:120m D:345m",
    "HOME 345m",
    "DIST 1.2km",
    "REL 120",
    "H.S 12.4m/s V.S 0.3m/s",
    "HDG 245°",
    'HDG 245"',
    "BRG127",
    "ALT 394FT",
    "45 km/h",
    "AGL:87",
    "SRD 12.4M/S",
    "120.5m",
)


@pytest.mark.parametrize("readout", READOUTS)
def test_heights_distances_and_bearings_count_beside_a_place(readout: str) -> None:
    assert places(stacked(readout, "N47.376541 E8.541694")) == (0, 1)
    assert places(stacked("47.376541", "8.541694", "BAT 72%", readout)) == (0, 1, 3)


@pytest.mark.parametrize("readout", READOUTS)
def test_heights_distances_and_bearings_elsewhere_are_left(readout: str) -> None:
    assert not tells_place(readout)
    assert places(stacked(readout, "BAT 72%", readout)) == ()
    elsewhere = (readout, Box(700, 500, 700 + 10 * len(readout), 520))
    assert places([*stacked("N47.376541 E8.541694"), elsewhere]) == (0,)


@pytest.mark.parametrize(
    "other",
    ["BAT 72%", "12:30:45", "2024-06-11 14:22:05", "REC 00:12:33", "ZO0M 4.0x", "ISO 100", "16.2V", "MODE GPS 3D"],
)
def test_what_tells_nothing_of_the_place_is_left_beside_it(other: str) -> None:
    assert places(stacked(other, "N47.376541 E8.541694")) == (1,)


def test_a_sign_in_large_letters_is_no_part_of_a_display() -> None:
    lines = [*stacked("N47.376541 E8.541694"), ("SPEED 50 km/h", Box(10, 30, 400, 90))]
    assert places(lines) == (0,)


def test_what_was_misread_beside_a_place_counts() -> None:
    assert places(stacked("-55.7948211", "21400221")) == (0, 1)
    assert places(stacked('S 33"55\'39.8"', "3222'25.7")) == (0, 1)


@given(
    st.lists(
        st.tuples(st.text(max_size=12), st.integers(0, 5), st.integers(0, 5)),
        max_size=12,
        unique_by=lambda each: each[1:],
    )
)
def test_the_order_of_the_lines_does_not_matter(found: list[tuple[str, int, int]]) -> None:
    lines = [(text, Box(90 * x, 22 * y, 90 * x + 80, 22 * y + 20)) for text, x, y in found]
    told = {lines[number] for number in places(lines)}
    assert {lines[::-1][number] for number in places(lines[::-1])} == told
