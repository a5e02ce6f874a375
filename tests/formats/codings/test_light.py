"""Messages about light stay where their numbers are possible, and once in a packet; both halves agree which are."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.checks.reading import Flaw
from redact.checks.structure import pictures
from redact.checks.structure.pictures import light as seen
from redact.formats.codings import coding_of, light

TEXT = b"SN-1581F45TB21D9 OWNER J"
P3 = (13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450)
Asked: TypeAlias = Callable[[bytes], bool]


def mastering(points: tuple[int, ...] = P3, most: int = 10_000_000, least: int = 50) -> bytes:
    return struct.pack(">8HII", *points, most, least)


MASTERING, AV1 = (light.is_mastering, seen.mastering), (light.is_av1_mastering, seen.av1_mastering)
LEVEL, AMBIENT = (light.is_level, seen.level), (light.is_ambient, seen.ambient)
TRANSFER, RECOVERY = (light.is_transfer, seen.transfer), (light.is_recovery_point, seen.recovery_point)


@pytest.mark.parametrize(
    ("asked", "message", "stays"),
    [
        (MASTERING, mastering(), True),
        (MASTERING, mastering((0,) * 8, 0, 0), True),
        (MASTERING, mastering(most=100_000_001), False),
        (MASTERING, mastering(least=50_001), False),
        (MASTERING, mastering(most=10, least=50), False),
        (MASTERING, mastering((37_001, 0, *P3[2:])), False),
        (MASTERING, mastering((0, 42_001, *P3[2:])), False),
        (MASTERING, mastering((25_001, 25_000, *P3[2:])), False),
        (MASTERING, mastering() + b"\0", False),
        (MASTERING, TEXT, False),
        (AV1, mastering((44_564, 20_971, 17_367, 45_219, 9_830, 3_932, 20_493, 21_561), 1000 << 8, 82), True),
        (AV1, mastering(most=(10_000 << 8) + 1), False),
        (AV1, mastering(most=1 << 8, least=(1 << 14) + 1), False),
        (AV1, TEXT, False),
        (LEVEL, struct.pack(">HH", 10_000, 400), True),
        (LEVEL, struct.pack(">HH", 10_001, 400), False),
        (LEVEL, TEXT[:4], False),
        (LEVEL, bytes(5), False),
        (AMBIENT, struct.pack(">IHH", 3_140_000, 15_635, 16_450), True),
        (AMBIENT, struct.pack(">IHH", 0, 15_635, 16_450), False),
        (AMBIENT, TEXT[:8], False),
        (TRANSFER, b"\x12", True),
        (TRANSFER, b"\x13", False),
        (TRANSFER, b"\0", False),
        (TRANSFER, b"S", False),
        (RECOVERY, b"\x84", True),
        (RECOVERY, b"\x90", True),
        (RECOVERY, b"\x88", False),
        (RECOVERY, b"\x05\x04", True),
        (RECOVERY, b"\x84\x80", False),
        (RECOVERY, b"\xff", False),
        (RECOVERY, TEXT[:8], False),
        (RECOVERY, b"\0\0\0\0\1\1\1\1", False),
        (RECOVERY, b"", False),
    ],
)
def test_numbers_have_to_be_possible(asked: tuple[Asked, Asked], message: bytes, stays: bool) -> None:  # noqa: FBT001 - a truth table
    assert [each(message) for each in asked] == [stays, stays]


@given(st.sampled_from([MASTERING, AV1, LEVEL, AMBIENT, TRANSFER, RECOVERY]), st.binary(max_size=24))
def test_both_halves_agree(asked: tuple[Asked, Asked], message: bytes) -> None:
    assert asked[0](message) == asked[1](message)


def message(kind: int, payload: bytes) -> bytes:
    return bytes((kind, len(payload))) + payload


@pytest.mark.parametrize("apart", [b"", b"\x80\0\0\0\1\x4e\1"])
def test_a_second_message_of_a_kind_goes(apart: bytes) -> None:
    begin, end = b"\0\0\0\1\x4e\1", b"\x80\0\0\0\1\x26\1slice"
    packet = begin + message(147, b"\x12") + apart + message(147, b"\1") + end
    clean = coding_of("hevc", b"").cleaned(packet)
    assert clean == begin + message(147, b"\x12") + end
    allowed = pictures.rule("hevc", b"")
    assert allowed(clean)
    with pytest.raises(Flaw):
        allowed(packet)


def test_a_second_metadata_unit_of_a_kind_goes_in_av1() -> None:
    unit = b"\x2a\6\1" + struct.pack(">HH", 1000, 400) + b"\x80"
    frame = b"\x32\5frame"
    assert coding_of("av1", b"").cleaned(unit + unit + frame) == unit + frame
    assert pictures.rule("av1", b"")(unit + frame)
    with pytest.raises(Flaw, match="twice"):
        pictures.rule("av1", b"")(unit + unit + frame)
    text = b"\x2a\6\1" + TEXT[:4] + b"\x80"
    assert coding_of("av1", b"").cleaned(text + frame) == frame
    with pytest.raises(Flaw):
        pictures.rule("av1", b"")(text + frame)
