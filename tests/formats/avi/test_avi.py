"""An AVI film keeps its pictures, its sound and their times, and nothing else; damage is refused."""

from __future__ import annotations

import struct
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redact
from redact.checks.structure import avi as walk
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.avi import writer
from redact.formats.avi.file import Avi
from redact.model import KINDS, Keep
from tests.formats.avi import building
from tests.formats.avi.building import CANARY, CODES, TAKEN, chunk, film, group, index, media
from tests.formats.coded import RATE, played
from tests.formats.conftest import Strip
from tests.formats.laden import attempt

AVI = Avi()
every_coder = pytest.mark.parametrize("coder", CODES)


def names(data: bytes) -> dict[str, str]:
    """Name -> kind of each field."""
    return {field.name: field.kind for field in AVI.fields(BytesIO(data))}


def made(
    *streams: bytes,
    chunks: list[tuple[bytes, bytes]] | None = None,
    hdrl: tuple[bytes, ...] = (),
    flags: int = 0x110,
    behind: tuple[bytes, ...] | None = None,
) -> bytes:
    """A film of these streams, pictures in MJPEG where none is given."""
    chunks = media("mjpeg") if chunks is None else chunks
    listed = group(b"hdrl", building.film_header(2, flags=flags), *(streams or (SEEN, HEARD)), *hdrl)
    behind = (index(chunks),) if behind is None else behind
    return group(b"AVI ", listed, group(b"movi", *(chunk(*each) for each in chunks)), *behind, code=b"RIFF")


SEEN = group(b"strl", building.stream_header(b"vids", b"MJPG", 1, 25), building.picture_format(b"MJPG"))
HEARD = group(b"strl", building.stream_header(b"auds", bytes(4), 1, RATE, 2), building.sound_format(1, 2))


def heard_as(strf: bytes, sample: int = 2) -> bytes:
    """A stream of sound with another description."""
    return group(b"strl", building.stream_header(b"auds", bytes(4), 1, RATE, sample), strf)


def seen_as(code: bytes, rest: bytes = b"", size: tuple[int, int] = (64, 48)) -> bytes:
    """A stream of pictures with another description."""
    strf = building.picture_format(code, rest, size)
    return group(b"strl", building.stream_header(b"vids", code, 1, 25), strf)


def test_it_is_recognised_by_its_form() -> None:
    assert AVI.recognises(film()[:64])
    assert not AVI.recognises(b"RIFF\0\0\0\0WEBPVP8 ")
    assert not AVI.recognises(b"AVI ")


def test_everything_that_is_told_is_listed_by_name_and_kind() -> None:
    assert (
        names(film(laden=CANARY)).items()
        >= {
            "dwReserved": "unknown",
            "wLanguage and wPriority": "unknown",
            "strd": "camera",
            "strn": "text",
            "subtitles": "text",
            "ISMP": "time",
            "IDIT": "time",
            "ICRD": "time",
            "IART": "author",
            "ILOC": "location",
            "emdl": "camera",
            "etim": "time",
            "nctg": "camera",
            "odd list": "unknown",
            "JUNK": "unknown",
            "exif:GPSLatitude": "location",
            "Xtra": "text",
            "GPS": "location",
            "GPS0": "location",
            "DISP": "text",
            "chunks of another kind (tx)": "unknown",
            "trailing bytes": "unknown",
            "comment": "text",
        }.items()
    )


@pytest.mark.parametrize("coder", ["mjpeg", "libx264", "mpeg2video"])
def test_a_clean_copy_tells_nothing(strip: Strip, coder: str) -> None:
    assert not names(strip(AVI, film(coder, laden=CANARY)))


def test_filler_of_zeros_is_no_metadata() -> None:
    assert "JUNK" not in names(made(hdrl=(chunk(b"JUNK", bytes(99)),)))
    assert "JUNK" in names(made(hdrl=(chunk(b"JUNK", bytes(98) + b"C"),)))


@every_coder
def test_nothing_planted_is_left_and_nothing_shown_changes(strip: Strip, coder: str) -> None:
    data = film(coder, laden=CANARY)
    assert data.count(CANARY) > 30
    clean = strip(AVI, data)
    assert CANARY not in clean
    assert b"2003" not in clean
    before, after = played(data, "avi"), played(clean, "avi")
    assert len(before.frames) == 10
    assert (after.frames, after.sounds) == (before.frames, before.sounds)
    assert after.streams == ("video", "audio")
    assert after.metadata == {}


def test_pictures_that_are_not_square_keep_their_shape(strip: Strip) -> None:
    def shape(data: bytes) -> object:
        with av.open(BytesIO(data), "r", format="avi") as demuxer:
            return demuxer.streams.video[0].sample_aspect_ratio

    data = film(laden=CANARY)
    assert shape(data) == shape(strip(AVI, data)) == Fraction(4, 3)


@every_coder
@pytest.mark.parametrize("kinds", [(), ("time",), tuple(KINDS)])
def test_stripping_twice_changes_no_byte(strip: Strip, coder: str, kinds: tuple[str, ...]) -> None:
    clean = strip(AVI, film(coder, laden=CANARY), *kinds)
    assert strip(AVI, clean, *kinds) == clean
    assert walk.inspect(clean, Keep(frozenset(kinds)))


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        (TAKEN, "2003-03-10 15:04:43"),
        (b"2005:08:17 11:42:43\0", "2005-08-17 11:42:43"),
        (b"2005/08/17  11:42:43\n", "2005-08-17 11:42:43"),
        (b"somewhere near CANARY", None),
        (b"2003-13-41", None),
        (b"0001-01-01", None),
        (b"", None),
    ],
)
def test_when_it_was_taken_stays_where_time_does(strip: Strip, taken: bytes, told: str | None) -> None:
    data = film(taken=taken)
    assert played(strip(AVI, data, "time"), "avi").metadata.get("date") == told
    assert played(strip(AVI, data), "avi").metadata == {}


def test_a_date_alone_stays_a_date(strip: Strip) -> None:
    data = made(hdrl=(group(b"INFO", chunk(b"ICRD", b"2020-08-28\0")),))
    assert played(strip(AVI, data, "time"), "avi").metadata == {"date": "2020-08-28"}


def test_chunks_in_groups_and_without_an_index_are_taken_one_by_one(strip: Strip) -> None:
    for coder in ("mjpeg", "mpeg4", "libx264", "mpeg2video"):
        grouped = film(coder, groups=True)
        clean = strip(AVI, grouped)
        assert played(clean, "avi") == played(strip(AVI, film(coder)), "avi")
        with av.open(BytesIO(clean), "r", format="avi") as demuxer:
            keys = [packet.is_keyframe for packet in demuxer.demux(video=0) if packet.size]
        assert keys == [coder == "mjpeg" or not number for number in range(10)]


def test_whether_decoding_can_begin_stays_as_the_index_tells_it(strip: Strip) -> None:
    chunks = media("mjpeg")
    for base in (4, 4 + made(chunks=chunks, behind=()).index(b"movi")):
        data = made(chunks=chunks, behind=(index(chunks, base, 0),))
        assert struct.pack("<4sI", b"00dc", 0) in strip(AVI, data)


def test_chunks_without_content_are_kept_as_they_tell_time(strip: Strip) -> None:
    chunks = media("mjpeg")
    chunks[2:2] = [(b"00dc", b""), (b"00dc", b"")]
    data = made(chunks=chunks)
    clean = strip(AVI, data)
    assert played(clean, "avi").frames == played(data, "avi").frames
    assert walk.inspect(clean, Keep())


@every_coder
@pytest.mark.parametrize("part_bytes", [12_000, 30_000])
def test_a_long_film_is_written_in_parts(
    strip: Strip, monkeypatch: pytest.MonkeyPatch, coder: str, part_bytes: int
) -> None:
    data = film(coder, laden=CANARY)
    monkeypatch.setattr(writer, "PART_BYTES", part_bytes)
    clean = strip(AVI, data, "time")
    assert clean.count(b"AVIX") >= 1
    before, after = played(data, "avi"), played(clean, "avi")
    assert (after.frames, after.sounds) == (before.frames, before.sounds)
    assert strip(AVI, clean, "time") == clean
    assert walk.inspect(clean, Keep(frozenset({"time"})))
    assert not names(strip(AVI, clean)).keys() - {"user_data"}


def test_a_film_that_is_too_long_is_refused(strip: Strip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PART_BYTES", 12_000)
    with pytest.raises(UnsupportedFormatError, match="16 gigabytes"):
        strip(AVI, made(chunks=media("mjpeg") * 4))
    monkeypatch.setattr(writer, "PART_BYTES", 5000)
    with pytest.raises(UnsupportedFormatError, match="too long for any player"):
        strip(AVI, film())


@pytest.mark.parametrize(
    "stream",
    [
        HEARD,
        heard_as(building.sound_format(1, 2, CANARY)),
        heard_as(building.sound_format(0x55, 1, struct.pack("<HIHHH", 1, 0, 417, 1, 1393) + CANARY), 0),
        heard_as(building.sound_format(0x50, 1, CANARY * 3), 0),
        heard_as(building.sound_format(0x2000, 1), 0),
        heard_as(building.sound_format(0x11, 1, b"\xf9\1" + CANARY), 0),
        heard_as(building.sound_format(6, 1)),
        heard_as(building.sound_format(0xFF, 1, b"\x11\x90"), 0),
        heard_as(
            building.sound_format(0xFFFE, 2, b"\x10\0\4\0\0\0\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71" + CANARY)
        ),
    ],
)
def test_sound_is_described_as_its_coding_needs_it(strip: Strip, stream: bytes) -> None:
    clean = strip(AVI, made(SEEN, stream))
    assert CANARY not in clean
    assert walk.inspect(clean, Keep())
    assert strip(AVI, clean) == clean


def test_two_streams_of_pictures_are_kept(strip: Strip) -> None:
    chunks = [each for code, content in media("mjpeg") for each in ((code, content), (b"02dc", content))]
    chunks = [(code, content) for code, content in chunks if code != b"02dc" or content[:2] == b"\xff\xd8"]
    data = made(SEEN, HEARD, SEEN, chunks=chunks)
    clean = strip(AVI, data)
    assert walk.inspect(clean, Keep())
    assert played(clean, "avi").streams == ("video", "audio", "video")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (made(seen_as(b"DIV3"), HEARD), "DIV3"),
        (made(seen_as(b"dvsd"), HEARD), "dvsd"),
        (made(seen_as(bytes(4)), HEARD), "raw samples"),
        (made(seen_as(b"\xffGPS"), HEARD), "ff475053"),
        (made(HEARD), "no stream of pictures"),
        (made(SEEN, heard_as(building.sound_format(0x161, 2))), "0x0161"),
        (made(SEEN, heard_as(building.sound_format(0x11, 2))), "0x0011"),
        (made(SEEN, heard_as(building.sound_format(0x02, 2, CANARY * 6))), "0x0002"),
        (made(SEEN, heard_as(building.sound_format(0xFF, 2, CANARY * 6))), "0x00ff"),
        (made(SEEN, heard_as(building.sound_format(0xFFFE, 2, CANARY * 6))), "0xfffe"),
        (made(group(b"strl", building.stream_header(b"iavs", b"dvsd", 1, 25), chunk(b"strf", bytes(32)))), "DV"),
        (made(SEEN, *[HEARD] * 40), "32 streams"),
    ],
)
def test_what_cannot_be_made_safe_is_refused(strip: Strip, data: bytes, reason: str) -> None:
    with pytest.raises(UnsupportedFormatError, match=reason):
        strip(AVI, data)


def test_a_film_that_plays_in_another_order_is_refused(strip: Strip) -> None:
    entries = index(media("mjpeg"))[8:]
    turned = b"".join(entries[start : start + 16] for start in reversed(range(0, len(entries), 16)))
    with pytest.raises(UnsupportedFormatError, match="order"):
        strip(AVI, made(flags=0x30, behind=(chunk(b"idx1", turned),)))


def test_painted_pictures_are_refused(strip: Strip) -> None:
    with pytest.raises(UnsupportedFormatError, match="painted"):
        strip(AVI, film(), pixels=film())


LONG = struct.pack("<I", 10**6)


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF\4\0\0\0AVI ",
        b"RIFF\0\0\0\0AVI ",
        b"RIFF\xff\xff\xff\xffAVI " + film()[12:],
        film()[:-1],
        film()[:4000],
        film().replace(b"movi", b"mova"),
        film().replace(b"hdrl", b"hdra"),
        film().replace(b"avih", b"avia"),
        film().replace(b"strf", b"strg"),
        film().replace(film()[16:20], LONG, 1),
        made(SEEN, HEARD, hdrl=(group(b"strl", chunk(b"strh", bytes(20)), chunk(b"strf", bytes(40))),)),
        made(SEEN, heard_as(chunk(b"strf", bytes(10)))),
        made(seen_as(b"MJPG", size=(0, 48)), HEARD),
        made(seen_as(b"MJPG", size=(64, 0)), HEARD),
        made(seen_as(b"MJPG", size=(2**20, 48)), HEARD),
        made(group(b"strl", building.stream_header(b"vids", b"MJPG", 0, 25), building.picture_format(b"MJPG"))),
        made(group(b"strl", *[building.stream_header(b"vids", b"MJPG", 1, 25)] * 2, building.picture_format(b"MJPG"))),
        made(chunks=[(b"01wb", b"tone")]),
        made(chunks=[(b"00dc", b"no picture")]),
    ],
)
def test_damage_is_refused(strip: Strip, data: bytes) -> None:
    with pytest.raises(DamagedFileError):
        strip(AVI, data)


@given(cut=st.integers(1, 10**6))
def test_a_film_cut_anywhere_is_refused(cut: int) -> None:
    data = film(groups=True)
    assert attempt(AVI, data[: cut % len(data)]) is None


@settings(max_examples=150)
@given(
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=4),
    coder=st.sampled_from(["mjpeg", "libx264"]),
)
def test_garbled_headers_are_refused_or_written_clean(changes: list[tuple[int, int]], coder: str) -> None:
    data = bytearray(film(coder, laden=CANARY))
    for place, value in changes:
        data[place % 1800 if place < 4000 else -place % 2000 - 2000] = value
    clean = attempt(AVI, bytes(data))
    if clean is not None:
        assert walk.inspect(clean, Keep(KINDS))
        assert attempt(AVI, clean) == clean


@pytest.mark.parametrize("coder", ["mjpeg", "libx264", "mpeg4"])
def test_a_film_goes_from_file_to_file(tmp_path: Path, coder: str) -> None:
    source, target = tmp_path / "MVI_0001.AVI", tmp_path / "out" / "MVI_0001.AVI"
    target.parent.mkdir()
    source.write_bytes(film(coder, laden=CANARY))
    receipt = redact.Redactor(redact.Policy(hide={})).file(source, target)
    assert receipt.error is None
    assert receipt.status == "redacted"
    assert all(check.passed for check in receipt.checks)
    assert {"IDIT", "strd", "GPS"} <= {field.name for field in receipt.removed}
