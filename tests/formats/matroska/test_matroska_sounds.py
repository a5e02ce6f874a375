"""What stays of the description of sound: what a decoder needs, without comments and what stands behind."""

from __future__ import annotations

import struct
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.checks.reading import Flaw
from redact.checks.structure.matroska import sounds as judge
from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError
from redact.formats.matroska import sounds

CANARY = b"CANARY"
INFO = bytes(range(34))
OPUS = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0"


def described_vorbis() -> tuple[bytes, bytes]:
    """Identification and set-up as the encoder writes them."""
    coder = av.CodecContext.create("vorbis", "w")
    coder.options = {"strict": "experimental"}
    coder.sample_rate, coder.layout, coder.format, coder.time_base = 48000, "stereo", "fltp", Fraction(1, 48000)
    coder.open()
    whole = coder.extradata
    assert whole is not None
    return whole[3:33], whole[whole.rindex(b"\x05vorbis") :]


IDENTITY, SETUP = described_vorbis()


def flac(*more: tuple[int, bytes]) -> bytes:
    """Blocks behind STREAMINFO, the last one marked."""
    blocks = [(0, INFO), *more]
    data = b"fLaC"
    for number, (kind, content) in enumerate(blocks):
        last = 0x80 * (number == len(blocks) - 1)
        data += bytes((kind | last,)) + len(content).to_bytes(3, "big") + content
    return data


def vorbis(comment: bytes) -> bytes:
    """Three packets in Xiph's lacing."""
    packet = b"\x03vorbis" + struct.pack("<I", len(comment)) + comment + bytes(4) + b"\x01"
    sizes = b"".join(b"\xff" * (len(each) // 255) + bytes((len(each) % 255,)) for each in (IDENTITY, packet))
    return b"\x02" + sizes + IDENTITY + packet + SETUP


def program(comment: bytes, behind: bytes = b"") -> bytes:
    """AAC LC at 48 kHz with a program configuration: one front pair, one low frequency channel, and a comment."""
    bits = "00010" + "0011" + "0000" + "000"
    bits += "0000" + "01" + "0011" + "0001" + "0000" + "0000" + "01" + "000" + "0000" + "000" + "10000" + "0000"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big") + bytes((len(comment),)) + comment + behind


def wave(tag: int, extra: bytes) -> bytes:
    """WAVEFORMATEX."""
    return struct.pack("<HHIIHHH", tag, 1, 8000, 8000, 1, 8, len(extra)) + extra


LADEN = {
    "A_FLAC": (flac((4, CANARY), (6, CANARY), (2, CANARY)), flac()),
    "A_VORBIS": (vorbis(CANARY * 90), vorbis(b"")),
    "A_OPUS": (OPUS + CANARY, OPUS),
    "A_ALAC": (bytes(24) + CANARY, bytes(24)),
    "A_AAC": (b"\x11\x90\x56\xe5\0" + CANARY, b"\x11\x90\x56\xe5\0"),
    "A_AAC/MPEG4/LC": (program(CANARY, CANARY), program(bytes(6))),
    "A_MS/ACM": (wave(7, CANARY), wave(7, b"")),
    "A_AC3": (CANARY, b""),
    "A_PCM/INT/LIT": (CANARY, b""),
}


LADEN["A_VORBIS "] = (vorbis(b"") + CANARY, vorbis(b""))


@pytest.mark.parametrize("codec", LADEN)
def test_comments_pictures_and_what_stands_behind_go(codec: str) -> None:
    laden, clean = LADEN[codec]
    assert sounds.cleaned(codec.strip(), laden) == clean
    assert sounds.cleaned(codec.strip(), clean) == clean


@pytest.mark.parametrize("codec", LADEN)
def test_the_verifier_sees_what_is_left(codec: str) -> None:
    laden, clean = LADEN[codec]
    judge.demand(codec.strip().encode(), clean)
    with pytest.raises((Flaw, IndexError, ValueError)):
        judge.demand(codec.strip().encode(), laden)


def test_opus_keeps_its_table_of_channels() -> None:
    surround = OPUS[:9] + b"\x03" + OPUS[10:18] + b"\x01" + b"\x02\x01\x00\x01\x02"
    assert sounds.cleaned("A_OPUS", surround + CANARY) == surround
    judge.demand(b"A_OPUS", surround)


def opus(family: int, table: bytes, channels: int | None = None) -> bytes:
    """OpusHead with a table of channels: streams, coupled ones, and where each channel is from."""
    count = len(table) - 2 if channels is None else channels
    return OPUS[:9] + bytes((count,)) + OPUS[10:18] + bytes((family,)) + table


def seven_pairs(*numbers: int) -> bytes:
    """What stands behind the format of Microsoft's ADPCM."""
    told = numbers or (256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232)
    return struct.pack("<HH14h", 500, 7, *told)


@pytest.mark.parametrize(
    ("codec", "private"),
    [
        ("A_OPUS", opus(1, b"\4\2\0\4\1\2\3\5")),
        ("A_OPUS", opus(255, b"\3\0\0\1\2")),
        ("A_OPUS", opus(2, b"\4\0\0\1\2\3")),
        ("A_MS/ACM", wave(2, seven_pairs())),
        ("A_AAC", bytes((17 << 3 | 1, 0x90, 0))),
        ("A_AAC", bytes((23 << 3 | 1, 0x90, 0))),
        ("A_AAC", b""),
    ],
)
def test_what_a_decoder_needs_stays(codec: str, private: bytes) -> None:
    assert sounds.cleaned(codec, private) == private
    judge.demand(codec.encode(), private)


@pytest.mark.parametrize(
    ("codec", "private"),
    [
        ("A_OPUS", opus(255, b"\x40\0" + CANARY)),
        ("A_OPUS", opus(2, b"\6\0" + CANARY)),
        ("A_OPUS", opus(3, b"\3\0\0\1\2")),
        ("A_OPUS", opus(1, b"\2\1" + CANARY)),
        ("A_OPUS", opus(1, b"\x40\0" + CANARY)),
        ("A_OPUS", opus(0, b"", 0)),
        ("A_MS/ACM", wave(2, (CANARY * 6)[:32])),
        ("A_MS/ACM", wave(2, seven_pairs(*range(14)))),
        ("A_AAC", bytes((22 << 3 | 1, 0x90)) + CANARY),
        ("A_AAC", b"\xf9\x48" + CANARY),
        ("A_AAC", bytes((23 << 3 | 1, 0x90, 0x80)) + CANARY),
        ("A_VORBIS", vorbis(b"")[:-9]),
    ],
)
def test_tables_of_any_numbers_are_refused(codec: str, private: bytes) -> None:
    with pytest.raises((DamagedFileError, UnsupportedFormatError)):
        sounds.cleaned(codec, private)
    with pytest.raises((Flaw, IndexError, ValueError)):
        judge.demand(codec.encode(), private)


@pytest.mark.parametrize("kind", [17, 23])
def test_nothing_stands_behind_a_resilient_kind_of_aac(kind: int) -> None:
    plain = bytes((kind << 3 | 1, 0x90, 0))
    assert sounds.cleaned("A_AAC", plain + CANARY * 10) == plain
    with pytest.raises(Flaw):
        judge.demand(b"A_AAC", plain + CANARY)


@pytest.mark.parametrize("codec", ["A_FLAC", "A_VORBIS", "A_OPUS", "A_ALAC", "A_MS/ACM"])
def test_what_is_cut_short_is_refused(codec: str) -> None:
    for cut in range(16):
        with pytest.raises(MediaError):
            sounds.cleaned(codec, LADEN[codec][1][:cut])


@pytest.mark.parametrize("codec", ["A_WAVPACK4", "A_QUICKTIME", "A_AAC/CANARY", "", "A_FLAC/"])
def test_codings_on_no_list_are_refused_and_not_quoted(codec: str) -> None:
    with pytest.raises(UnsupportedFormatError):
        sounds.cleaned(codec, b"")
    with pytest.raises(Flaw):
        judge.demand(codec.encode(), b"")
    assert sounds.named("A_X 47.58N") == "something unnamed"


@given(private=st.binary(max_size=80), codec=st.sampled_from(sorted(name.strip() for name in LADEN)))
def test_noise_is_refused_or_comes_out_as_the_verifier_wants_it(private: bytes, codec: str) -> None:
    try:
        clean = sounds.cleaned(codec, private)
    except (DamagedFileError, UnsupportedFormatError):
        return
    judge.demand(codec.encode(), clean)
    assert sounds.cleaned(codec, clean) == clean
