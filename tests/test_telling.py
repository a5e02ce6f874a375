"""A name is said to tell a place or a time only where that is sure."""

from __future__ import annotations

import time

import pytest

from redact.model import Field, Flag, Keep
from redact.telling import attention, fields, kinds


@pytest.mark.parametrize(
    "name",
    [
        "51.5074,-0.1278.jpg",
        "photo 51.5074 -0.1278.jpg",
        "photo_51.5074_-0.1278.jpg",
        "52,5200_13,4050.jpg",
        "+51.5074-000.1278.mp4",
        "+513026.12-0000739.00.mov",
        "N51.5074 W0.1278.jpg",
        "51.5074N_0.1278W.jpg",
        "51°30'26\"N 0°7'39\"W.jpg",
        "51\u00b030\u203226\u2033N 000\u00b007\u203239\u2033W",
        "51-30-26N_000-07-39W.jpg",
        "N51 30.433 W000 07.650",
        "513026N0000739W.jpg",
        "lat51.507lon-0.128",
        "lat_51.5074_lon_-0.1278 (2).png",
        "Latitude=51,5074 lng=-0,1278",
        "9C3XGV4C+XF.jpg",
        "30U XC 99310 09999",
    ],
)
def test_a_pair_of_coordinates_tells_a_place(name: str) -> None:
    assert kinds(name) == ("location",)


@pytest.mark.parametrize(
    "name",
    [
        "DJI_20240506070809_0001_D.MP4",
        "IMG_20240506_070809.jpg",
        "PXL_20240506_070809123.jpg",
        "2024-05-06 07.08.09.jpg",
        "2024-05-06T07-08-09.jpg",
        "Screenshot 2024.05.06 at noon.png",
        "VID-20240506-WA0001.mp4",
        "06.05.2024.jpg",
        "05-23-2024",
        "2024-02-29",
    ],
)
def test_a_date_tells_a_time(name: str) -> None:
    assert kinds(name) == ("time",)


@pytest.mark.parametrize(
    "name",
    [
        "IMG_1234.jpg", "DJI_0001.MP4", "IMG-2024-00015.jpg", "DSC01234.JPG", "1080x1920.png", "v1.2345_3.456",
        "version 1.234-2.345", "20241399.jpg", "2023-02-29", "12345678.jpg", "GX010023.MP4", "gcwm48u6.jpg",
        "1714979289123.jpg", "100MEDIA", "F1.8_1.250s", "ratio 0.333-0.667", "report 12-345", "S24 E10.mkv",
        "E45.1 W12.jpg", "00001.MTS", "99.1234,-200.1234", "2024", "a\udce9b", "", "19000101", "120240506",
    ],
)  # fmt: skip
def test_other_names_tell_nothing(name: str) -> None:
    assert kinds(name) == ()


def test_a_name_may_tell_both() -> None:
    assert kinds("2024-05-06_51.5074,-0.1278.jpg") == ("location", "time")


def test_what_a_name_tells_is_a_field_without_the_name() -> None:
    assert fields("N51.5074 W0.1278.jpg") == (Field("file name", "location", "file name"),)
    assert fields("beach.jpg") == ()


def test_attention_counts_what_is_told_and_repeats_no_name() -> None:
    names = [("folder", "2024-05-06"), ("folder", "2024-05-07"), ("file", "20240506_51.5074,-0.1278.jpg")]
    assert attention(names, Keep()) == (
        Flag("name-tells-place", "file", 1),
        Flag("name-tells-time", "folder", 2),
        Flag("name-tells-time", "file", 1),
    )


def test_what_may_stay_calls_for_no_attention() -> None:
    assert attention([("file", "20240506.jpg")], Keep(frozenset({"time"}))) == ()


@pytest.mark.parametrize("unit", ["1", "1.", "1.1111,", "N1 1 ", "lat", "2024-", "9C3X", " ", "+1", "\u00b0'"])
def test_names_made_to_be_searched_for_long_are_not(unit: str) -> None:
    begun = time.process_time()
    kinds(unit * 5000)
    assert time.process_time() - begun < 1
