"""Positions in EXIF: read strictly, written as the centre of a cell and nothing else."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.checks.structure import exif as independent
from redact.formats.carriers import exif
from redact.model import Field, Keep

GPS = piexif.GPSIFD
ONE_KM = Keep(grid_km=1.0)
PLACE = {
    GPS.GPSLatitudeRef: b"S",
    GPS.GPSLatitude: ((33, 1), (51, 1), (312345, 10000)),
    GPS.GPSLongitudeRef: b"E",
    GPS.GPSLongitude: ((151, 1), (12, 1), (540987, 10000)),
}
BESIDE = {
    GPS.GPSVersionID: (2, 2, 0, 0),
    GPS.GPSAltitude: (47582, 1000),
    GPS.GPSAltitudeRef: 0,
    GPS.GPSTimeStamp: ((7, 1), (8, 1), (9, 1)),
    GPS.GPSDateStamp: b"2024:05:06",
    GPS.GPSImgDirection: (4758, 10),
    GPS.GPSAreaInformation: b"CANARY",
    GPS.GPSProcessingMethod: b"CANARY",
}


def block(gps: Mapping[int, object]) -> bytes:
    written: bytes = piexif.dump({"0th": {piexif.ImageIFD.Orientation: 6}, "GPS": gps})
    return written.removeprefix(exif.PREFIX)


def told(fresh: bytes | None) -> dict[int, object]:
    """The GPS directory as piexif reads it."""
    found: dict[int, object] = {} if fresh is None else piexif.load(exif.PREFIX + fresh)["GPS"]
    return found


def test_the_cell_of_a_position_is_told_in_whole_numbers_and_nothing_else() -> None:
    fresh = exif.kept(block({**PLACE, **BESIDE}), ONE_KM)
    assert fresh is not None
    assert told(fresh) == {
        GPS.GPSVersionID: (2, 3, 0, 0),
        GPS.GPSLatitudeRef: b"S",
        GPS.GPSLatitude: ((33, 1), (51, 1), (21, 1)),
        GPS.GPSLongitudeRef: b"E",
        GPS.GPSLongitude: ((151, 1), (12, 1), (41, 1)),
    }
    assert b"CANARY" not in fresh
    assert struct.pack(">II", 312345, 10000) not in fresh
    assert independent.inspect(fresh, ONE_KM) == 6


def test_positions_in_one_cell_give_the_same_bytes() -> None:
    other = {**PLACE, GPS.GPSLatitude: ((33, 1), (512, 10), (0, 1)), GPS.GPSLongitude: ((151, 1), (126, 10), (0, 1))}
    assert exif.kept(block(other), ONE_KM) == exif.kept(block(PLACE), ONE_KM)


def test_no_position_stays_where_none_is_asked_for() -> None:
    assert told(exif.kept(block(PLACE), Keep(frozenset({"orientation"})))) == {}


@pytest.mark.parametrize(
    "changed",
    [
        {GPS.GPSLatitudeRef: b""},
        {GPS.GPSLatitudeRef: b"north"},
        {GPS.GPSLongitudeRef: b"N"},
        {GPS.GPSLatitude: ((33, 1), (51, 1), (31, 0))},
        {GPS.GPSLatitude: ((33, 1), (51, 1))},
        {GPS.GPSLatitude: ((33, 1), (51, 1), (31, 1), (1, 1))},
        {GPS.GPSLatitude: ((90, 1), (0, 1), (1, 1))},
        {GPS.GPSLatitude: ((33, 1), (61, 1), (0, 1))},
        {GPS.GPSLongitude: ((180, 1), (0, 1), (1, 100))},
        {GPS.GPSLongitude: ((151, 1), (12, 1), (61, 1))},
        {GPS.GPSLatitude: ((0, 1),) * 3, GPS.GPSLongitude: ((0, 1),) * 3},
    ],
    ids=str,
)
def test_a_position_that_is_not_well_formed_is_none(changed: dict[int, object]) -> None:
    assert told(exif.kept(block({**PLACE, **changed}), ONE_KM)) == {}


@pytest.mark.parametrize("missing", list(PLACE))
def test_half_a_position_is_none(missing: int) -> None:
    assert told(exif.kept(block({tag: value for tag, value in PLACE.items() if tag != missing}), ONE_KM)) == {}


def test_the_first_of_two_latitudes_decides() -> None:
    data = block(PLACE)
    start = data.index(struct.pack(">HHI", GPS.GPSLongitudeRef, 2, 2))
    twice = data[:start] + data[start - 12 : start] + data[start + 12 :]
    assert told(exif.kept(twice, ONE_KM)) == {}


def test_a_position_that_was_made_coarse_is_told_from_any_other() -> None:
    fine, coarse = block(PLACE), exif.kept(block(PLACE), ONE_KM)
    assert coarse is not None
    assert Field("GPSLatitude", "location", "EXIF GPS IFD") in list(exif.fields(fine, "EXIF"))
    assert Field("GPSLatitude", "location", "EXIF GPS IFD, coarse to 1 km") in list(exif.fields(coarse, "EXIF"))
    in_whole_seconds = {**PLACE, GPS.GPSVersionID: (2, 3, 0, 0)}
    in_whole_seconds[GPS.GPSLatitude] = in_whole_seconds[GPS.GPSLongitude] = ((33, 1), (51, 1), (37, 1))
    assert Field("GPSLatitude", "location", "EXIF GPS IFD") in list(exif.fields(block(in_whole_seconds), "EXIF"))


SIDES = st.tuples(*(st.tuples(st.integers(0, 2**32 - 1) | st.integers(0, 200), st.integers(0, 10_000)),) * 3)


@given(SIDES, SIDES, st.sampled_from([b"N", b"S", b"W"]), st.sampled_from([b"E", b"W", b"\0"]), st.integers(1, 1000))
def test_whatever_a_position_is_what_is_written_passes_and_stays(
    latitude: object, longitude: object, south: bytes, west: bytes, km: int
) -> None:
    gps = dict(zip(PLACE, (south, latitude, west, longitude), strict=True))
    keep = Keep(grid_km=float(km))
    fresh = exif.kept(block(gps), keep)
    if fresh is not None:
        assert independent.inspect(fresh, keep) == 6
        assert exif.kept(fresh, keep) == fresh


@given(st.binary(max_size=400))
def test_whatever_is_in_a_block_a_position_is_whole_or_none(tail: bytes) -> None:
    fresh = exif.kept(b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHII", 0x8825, 4, 1, 26) + bytes(4) + tail, ONE_KM)
    if fresh is not None:
        assert independent.inspect(fresh, ONE_KM) == 6
