"""Which units of coded pictures stay: parameter sets and slices, and of the messages those about light."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import DamagedFileError, RedactError, UnsupportedFormatError
from redact.formats.codings import nal
from redact.formats.codings.nal import Units
from redact.formats.codings.units import Standard

CANARY = b"+12.3456-045.6789/"
SLICE = {"h264": b"\x65" + bytes(range(1, 40)), "hevc": b"\x26\x01" + bytes(range(1, 40))}
SEI = {"h264": b"\x06", "hevc": b"\x4e\x01"}
# 24 bytes with zeros in a row, which the coding has to break up.
MASTERING = b"\x33\xc2\0\0\1\x6b\0\0\0\0\0\0\3\7" + bytes(10)
AVCC = b"\1\x64\0\x1f\xff\xe1\0\4\x67\x64\0\x1f\1\0\3\x68\xef\x38\xfd\xf8\xf8\0"


def units(coding: Standard) -> Units:
    return Units(coding, b"", 4, ())


def sample(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def message(kind: int, payload: bytes) -> bytes:
    return bytes((kind, len(payload))) + payload


def escaped(data: bytes) -> bytes:
    out = bytearray()
    for value in data:
        if out[-2:] == b"\0\0" and value <= 3:
            out.append(3)
        out.append(value)
    return bytes(out)


@pytest.mark.parametrize("coding", ["h264", "hevc"])
def test_user_data_goes_and_the_slice_stays(coding: Standard) -> None:
    told = SEI[coding] + message(5, bytes(16) + CANARY) + b"\x80"
    assert units(coding).cleaned(sample(told, SLICE[coding])) == sample(SLICE[coding])


@pytest.mark.parametrize("coding", ["h264", "hevc"])
def test_light_stays_when_user_data_shares_its_unit(coding: Standard) -> None:
    both = SEI[coding] + escaped(message(4, CANARY) + message(137, MASTERING) + message(136, CANARY) + b"\x80")
    light = SEI[coding] + escaped(message(137, MASTERING) + b"\x80")
    assert units(coding).cleaned(sample(both, SLICE[coding])) == sample(light, SLICE[coding])
    assert list(units(coding).messages(sample(both, SLICE[coding]))) == [
        ("user_data_registered_itu_t_t35", "unknown"),
        ("mastering_display_colour_volume", "colour"),
        ("time_code", "time"),
    ]


@pytest.mark.parametrize("coding", ["h264", "hevc"])
def test_a_message_about_light_of_another_size_goes(coding: Standard) -> None:
    smuggled = SEI[coding] + message(137, MASTERING + CANARY) + message(144, CANARY) + b"\x80"
    assert units(coding).cleaned(sample(smuggled, SLICE[coding])) == sample(SLICE[coding])


@pytest.mark.parametrize(("coding", "unit"), [("h264", b"\x0c" + CANARY), ("hevc", b"\x4c\x01" + CANARY)])
def test_filler_goes(coding: Standard, unit: bytes) -> None:
    assert units(coding).cleaned(sample(SLICE[coding], unit)) == sample(SLICE[coding])


@pytest.mark.parametrize(("coding", "unit"), [("h264", b"\x78" + CANARY), ("hevc", b"\x7c\x01" + CANARY)])
def test_units_that_no_standard_defines_go(coding: Standard, unit: bytes) -> None:
    assert units(coding).cleaned(sample(unit, SLICE[coding])) == sample(SLICE[coding])


@pytest.mark.parametrize("head", [b"\x02\x09", b"\x03\x01", b"\x42\x09", b"\x02\x00", b"\x82\x01"])
def test_units_of_other_layers_and_of_headers_that_no_decoder_takes_go(head: bytes) -> None:
    assert units("hevc").cleaned(sample(SLICE["hevc"], head + CANARY)) == sample(SLICE["hevc"])
    assert units("h264").cleaned(sample(SLICE["h264"], b"\x89" + CANARY)) == sample(SLICE["h264"])


@pytest.mark.parametrize(
    ("coding", "bare"),
    [
        ("h264", b"\x09\xf0"),
        ("h264", b"\x0a"),
        ("h264", b"\x0b"),
        ("hevc", b"\x46\x01\x50"),
        ("hevc", b"\x48\x01"),
        ("hevc", b"\x4a\x01"),
    ],
)
def test_delimiters_are_cut_to_the_length_they_have(coding: Standard, bare: bytes) -> None:
    clean = sample(bare, SLICE[coding])
    assert units(coding).cleaned(sample(bare + CANARY, SLICE[coding])) == clean
    assert units(coding).cleaned(clean) is clean


@pytest.mark.parametrize("unit", [b"\x22", b"\x23", b"\x44"])
def test_data_partitions_are_refused(unit: bytes) -> None:
    with pytest.raises(UnsupportedFormatError, match="data partitions"):
        units("h264").cleaned(sample(SLICE["h264"], unit + CANARY))


def test_extensions_for_pictures_that_are_dropped_go_with_them() -> None:
    assert units("h264").cleaned(sample(b"\x0d" + CANARY, SLICE["h264"])) == sample(SLICE["h264"])
    extended = AVCC[:-1] + b"\1" + len(b"\x6d" + CANARY).to_bytes(2, "big") + b"\x6d" + CANARY
    assert nal.units_of("h264", extended).configuration == AVCC


def test_a_clean_sample_is_not_copied() -> None:
    clean = sample(SLICE["h264"])
    assert units("h264").cleaned(clean) is clean


@pytest.mark.parametrize("coding", ["h264", "hevc"])
def test_units_that_do_not_fill_their_sample_are_damage(coding: Standard) -> None:
    with pytest.raises(DamagedFileError):
        units(coding).cleaned(sample(SLICE[coding])[:-1])


def test_what_hides_in_the_configuration_goes() -> None:
    assert nal.units_of("h264", AVCC).configuration == AVCC
    assert nal.units_of("h264", AVCC + CANARY).configuration == AVCC
    told = SEI["h264"] + message(5, bytes(16) + CANARY) + b"\x80"
    with_message = AVCC[:5] + b"\xe2" + len(told).to_bytes(2, "big") + told + AVCC[6:]
    assert nal.units_of("h264", with_message).configuration == AVCC


def test_a_configuration_of_another_version_is_refused() -> None:
    with pytest.raises(UnsupportedFormatError):
        nal.units_of("hevc", b"\2\0\0\1" + CANARY)


def test_a_configuration_that_ends_early_is_damage() -> None:
    with pytest.raises(DamagedFileError):
        nal.units_of("h264", AVCC[:9])


@given(st.sampled_from(["h264", "hevc"]), st.binary(max_size=200))
def test_cleaning_twice_changes_nothing(coding: Standard, data: bytes) -> None:
    with contextlib.suppress(RedactError):
        once = units(coding).cleaned(data)
        assert units(coding).cleaned(once) == once


@given(st.sampled_from(["h264", "hevc"]), st.lists(st.tuples(st.integers(0, 254), st.binary(max_size=60)), max_size=4))
def test_no_message_but_those_allowed_survives(coding: Standard, messages: list[tuple[int, bytes]]) -> None:
    body = escaped(b"".join(message(kind, payload) for kind, payload in messages) + b"\x80")
    clean = units(coding).cleaned(sample(SEI[coding] + body, SLICE[coding]))
    assert {kind for _, kind in units(coding).messages(clean)} <= {"colour"}


@given(st.binary(max_size=80))
def test_a_garbled_configuration_raises_only_errors_of_the_project(record: bytes) -> None:
    for coding in ("h264", "hevc"):
        with contextlib.suppress(RedactError):
            nal.units_of(coding, b"\1" + record)


VVCC = b"\xff\0\x65\x5f\1\2\x20\x80\0\0\1\x40\0\xb8\0\0\2\x8f\0\1\0\4\0\x79ab\x90\0\1\0\4\0\x81cd"


def test_start_codes_are_given_back() -> None:
    coding = nal.units_of("h264", b"")
    told = SEI["h264"] + message(5, bytes(16) + CANARY) + b"\x80"
    behind = b"\0\0\1" + told + bytes(3) + b"\0\0\1" + SLICE["h264"]
    assert coding.cleaned(behind) == b"\0\0\0\1" + SLICE["h264"]
    clean = b"\0\0\1\x09\xf0\0\0\1" + SLICE["h264"] + bytes(4)
    assert coding.cleaned(clean) is clean
    assert coding.cleaned(CANARY + clean) == b"\0\0\0\1\x09\xf0\0\0\0\1" + SLICE["h264"]
    with pytest.raises(DamagedFileError):
        coding.cleaned(CANARY)


def test_parameter_sets_behind_start_codes_are_a_configuration() -> None:
    told = SEI["h264"] + message(5, bytes(16) + CANARY) + b"\x80"
    sets = b"\0\0\0\1\x67\x64\0\x1f\0\0\0\1\x68\xef"
    coding = nal.units_of("h264", sets + b"\0\0\0\1" + told)
    assert coding.configuration == b"\0\0\0\1\x67\x64\0\x1f\0\0\0\1\x68\xef"
    assert coding.told == (("user_data_unregistered", "unknown"),)
    assert coding.length_bytes == nal.START_CODES


def test_vvc_is_taken_apart_as_the_others_are() -> None:
    coding = nal.units_of("vvc", VVCC)
    assert coding.configuration == VVCC
    assert nal.units_of("vvc", VVCC + CANARY).configuration == VVCC
    kept = (b"\0\x39" + bytes(range(1, 40)), b"\0\xa1\x80")
    told = b"\0\xb9" + message(5, bytes(16) + CANARY) + b"\x80"
    others = (
        told,
        b"\0\xc9" + CANARY,
        b"\0\xe1" + CANARY,
        b"\1\x39" + CANARY,
        b"\x40\x39" + CANARY,
        b"\0\x38" + CANARY,
    )
    assert coding.cleaned(sample(*kept, *others)) == sample(*kept)
    assert coding.cleaned(sample(*kept)) == sample(*kept)
    assert list(coding.messages(sample(told))) == [("user_data_unregistered", "unknown")]
    assert coding.carrier == "VVC SEI"


def test_names_of_further_profiles_and_reserved_bits_of_vvc_go() -> None:
    named = VVCC[:9] + b"\1CANR" + VVCC[10:]
    assert nal.units_of("vvc", named).configuration == VVCC
    with pytest.raises(DamagedFileError):
        nal.units_of("vvc", VVCC[:4] + b"\x3f" + VVCC[5:])
