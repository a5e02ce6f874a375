"""Makes every file of `samples/card` afresh, the same bytes each time with the same libraries.

    pip install pillow piexif av scikit-image
    python samples/make.py

What is planted in each file, and what has to be hidden, is written down in `samples.toml`. Every planted place
lies in the open ocean, every serial number is invented. Pictures come from scikit-image's wheel (public domain or
CC0, see `samples.toml`) or are drawn here.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import piexif
import skimage
from PIL import Image, ImageCms, ImageDraw, ImageFilter, ImageFont
from PIL.PngImagePlugin import PngInfo

CARD = Path(__file__).parent / "card"
PHOTOGRAPHS = Path(skimage.__file__).parent / "data"
FRAMES_PER_SECOND = 25


def main() -> None:
    CARD.mkdir(exist_ok=True)
    for make in (portrait, portrait_turned, car, drone, badge, cup, rocket, scan, pan, turned):
        print(make().relative_to(CARD.parent))


def portrait() -> Path:
    """A face in a JPEG as a telephone writes it: GPS, thumbnail with the face, XMP place names, serial number."""
    picture = photograph("astronaut.png")
    picture.save(
        target := CARD / "portrait.jpg",
        quality=90,
        subsampling="4:2:0",
        exif=exif(-37.4182, -18.7253, thumbnail=picture),
        xmp=place_names(-37.4182, -18.7253, "Samplehaven"),
        icc_profile=srgb(),
    )
    return target


def portrait_turned() -> Path:
    """The face again, held sideways: stored on its side, EXIF orientation 6 sets it upright."""
    upright = photograph("astronaut.png").crop((24, 0, 424, 512))
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    stored.save(
        target := CARD / "portrait-turned.jpg",
        quality=90,
        subsampling="4:2:2",
        progressive=True,
        exif=exif(-41.9035, -112.4471, orientation=6, thumbnail=stored),
    )
    return target


def car() -> Path:
    """A car from behind with a plate that can be read, GPS in EXIF, a comment that names the place."""
    street_with_car().save(
        target := CARD / "car.jpg",
        quality=92,
        subsampling="4:2:0",
        exif=exif(12.6071, -44.2918),
        comment=b"seen near 12.6071, -44.2918",
    )
    return target


def drone() -> Path:
    """An aerial view with coordinates burned in, and the same place in DJI's XMP and in EXIF."""
    latitude, longitude = 27.3164, -51.8093
    picture = fields_from_above()
    burn_in(picture, latitude, longitude)
    picture.save(
        target := CARD / "drone.jpg",
        quality=90,
        subsampling="4:2:0",
        exif=exif(latitude, longitude, model="FC0000", thumbnail=picture),
        xmp=flight_record(latitude, longitude),
    )
    return target


def badge() -> Path:
    """The face with a red conference badge beside it, in a WebP: what the example plugin finds."""
    picture = photograph("astronaut.png").crop((60, 0, 480, 420))
    pin_badge(picture)
    picture.save(
        target := CARD / "badge.webp",
        quality=88,
        method=6,
        exif=exif(-29.7713, 83.1246),
        xmp=place_names(-29.7713, 83.1246, "Samplehaven"),
        icc_profile=srgb(),
    )
    return target


def cup() -> Path:
    """A cup of coffee in a PNG with GPS in eXIf, places in text chunks and a colour profile; no one to hide."""
    text = PngInfo()
    text.add_text("Comment", "table by the window, 8.1246, -139.4402")
    text.add_itxt("XML:com.adobe.xmp", place_names(8.1246, -139.4402, "Samplehaven").decode())
    text.add_text("Author", "A. Sampler", zip=True)
    photograph("coffee.png").resize((300, 200), Image.Resampling.LANCZOS).save(
        target := CARD / "cup.png", pnginfo=text, exif=exif(8.1246, -139.4402), icc_profile=srgb(), optimize=True
    )
    return target


def rocket() -> Path:
    """A launch with nothing to hide and nothing to drop but the JFIF header."""
    photograph("rocket.jpg").save(target := CARD / "rocket.jpg", quality=88, subsampling="4:4:4", optimize=True)
    return target


def scan() -> Path:
    """A page of a flight log: grey, 16 bits deep, a place typed on it."""
    page = Image.new("L", (480, 150), 236)
    pen = ImageDraw.Draw(page)
    for line, text in enumerate(("FLIGHT LOG  SHEET 7", "TAKE-OFF  S 37.4182  W 18.7253", "WIND 4 M/S  CLOUD 2/8")):
        pen.text((24, 18 + 42 * line), text, font=ImageFont.load_default(26), fill=30)
    page = page.filter(ImageFilter.GaussianBlur(0.5))
    deep = (np.asarray(page).astype(np.uint16) << 8) + np.uint16(77)
    Image.fromarray(deep).save(target := CARD / "log.png", optimize=True)
    return target


def pan() -> Path:
    """Three seconds of H.264 and AAC: the face crosses the picture; the place stands in the movie's user data."""
    scene = Image.new("RGB", (1280, 360))
    scene.paste(photograph("rocket.jpg").resize((1280, 360)).filter(ImageFilter.GaussianBlur(3)))
    scene.paste(photograph("astronaut.png").crop((60, 0, 360, 300)), (620, 40))
    frames = [scene.crop((round(8.5 * i), 0, round(8.5 * i) + 640, 360)) for i in range(75)]
    target = film("pan.mp4", "libx264", frames, {"location": "-37.4182-018.7253/"}, sound=True)
    target.write_bytes(with_place(target.read_bytes(), "-37.4182-018.7253/"))
    return target


def turned() -> Path:
    """One second of HEVC in a MOV, stored on its side and turned by the track's matrix."""
    upright = photograph("astronaut.png").crop((36, 0, 396, 480)).resize((240, 320), Image.Resampling.LANCZOS)
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    frames = [stored.transform(stored.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, i)) for i in range(25)]
    metadata = {"location": "+12.6071-044.2918/", "com.apple.quicktime.location.ISO6709": "+12.6071-044.2918/"}
    return film("turned.mov", "libx265", frames, metadata, rotation=-90)


def photograph(name: str) -> Image.Image:
    """The pixels alone: Pillow would carry a comment of the original along."""
    return Image.fromarray(np.asarray(Image.open(PHOTOGRAPHS / name).convert("RGB")))


def film(
    name: str,
    codec: str,
    frames: list[Image.Image],
    metadata: dict[str, str],
    *,
    sound: bool = False,
    rotation: int = 0,
) -> Path:
    """Write `frames` at 25 a second, with a quiet A (440 Hz) where sound is wanted."""
    target = CARD / name
    options = {"movflags": "use_metadata_tags"} if target.suffix == ".mov" else {}
    with av.open(str(target), "w", options=options) as movie:
        movie.metadata.update(metadata)
        video = movie.add_stream(codec, rate=FRAMES_PER_SECOND)
        video.width, video.height = frames[0].size
        video.pix_fmt = "yuv420p"
        video.codec_context.thread_count = 1
        video.options = {"crf": "25", "preset": "slow"} | (
            {"x265-params": "log-level=none:pools=1:frame-threads=1"} if codec == "libx265" else {}
        )
        if rotation:
            video.set_display_rotation(rotation)
        audio = movie.add_stream("aac", rate=48000, layout="mono") if sound else None
        for index, picture in enumerate(frames):
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = index, Fraction(1, FRAMES_PER_SECOND)
            movie.mux(video.encode(frame))
        movie.mux(video.encode())
        if audio:
            seconds = np.arange(48000 * len(frames) // FRAMES_PER_SECOND) / 48000
            wave = (0.1 * np.sin(2 * np.pi * 440 * seconds)).astype(np.float32)[None]
            for start in range(0, wave.shape[1], 1024):
                block = av.AudioFrame.from_ndarray(wave[:, start : start + 1024], "fltp", "mono")
                block.sample_rate, block.pts, block.time_base = 48000, start, Fraction(1, 48000)
                movie.mux(audio.encode(block))
            movie.mux(audio.encode())
    return target


def with_place(movie: bytes, iso6709: str) -> bytes:
    r"""The movie with the place in \xa9xyz too, where telephones write it; user data are the last thing in the file."""
    text = iso6709.encode()
    box = (12 + len(text)).to_bytes(4, "big") + b"\xa9xyz" + len(text).to_bytes(2, "big") + b"\x15\xc7" + text
    grown = bytearray(movie + box)
    for kind in (b"moov", b"udta"):
        start = movie.rindex(kind) - 4
        size = int.from_bytes(movie[start : start + 4], "big")
        assert start + size == len(movie)
        grown[start : start + 4] = (size + len(box)).to_bytes(4, "big")
    return bytes(grown)


def exif(
    latitude: float,
    longitude: float,
    orientation: int = 1,
    model: str = "Sampler 3",
    thumbnail: Image.Image | None = None,
) -> bytes:
    """An EXIF block as cameras write it; the thumbnail shows the same picture, small."""
    blocks = {
        "0th": {
            piexif.ImageIFD.Make: b"Samplecam",
            piexif.ImageIFD.Model: model.encode(),
            piexif.ImageIFD.Orientation: orientation,
            piexif.ImageIFD.Artist: b"A. Sampler",
            piexif.ImageIFD.DateTime: b"2026:03:14 15:09:26",
        },
        "Exif": {
            piexif.ExifIFD.DateTimeOriginal: b"2026:03:14 15:09:26",
            piexif.ExifIFD.BodySerialNumber: b"SN-0000-SAMPLE",
            piexif.ExifIFD.MakerNote: b"SAMPLE\0\0note",
        },
        "GPS": {
            piexif.GPSIFD.GPSVersionID: (2, 3, 0, 0),
            piexif.GPSIFD.GPSLatitudeRef: b"N" if latitude >= 0 else b"S",
            piexif.GPSIFD.GPSLatitude: sexagesimal(latitude),
            piexif.GPSIFD.GPSLongitudeRef: b"E" if longitude >= 0 else b"W",
            piexif.GPSIFD.GPSLongitude: sexagesimal(longitude),
            piexif.GPSIFD.GPSDateStamp: b"2026:03:14",
        },
    }
    if thumbnail is None:
        return piexif.dump(blocks)
    small = io.BytesIO()
    reduced = thumbnail.copy()
    reduced.thumbnail((160, 160))
    reduced.save(small, "JPEG", quality=80)
    return piexif.dump(blocks | {"1st": {piexif.ImageIFD.Compression: 6}, "thumbnail": small.getvalue()})


def sexagesimal(degrees: float) -> tuple[tuple[int, int], ...]:
    """Degrees, minutes and seconds as EXIF rationals."""
    ten_thousandths = round(abs(degrees) * 3600 * 10000)
    minutes, seconds = divmod(ten_thousandths, 60 * 10000)
    return (minutes // 60, 1), (minutes % 60, 1), (seconds, 10000)


def place_names(latitude: float, longitude: float, city: str) -> bytes:
    north = f"{int(abs(latitude))},{abs(latitude) % 1 * 60:.4f}{'N' if latitude >= 0 else 'S'}"
    east = f"{int(abs(longitude))},{abs(longitude) % 1 * 60:.4f}{'E' if longitude >= 0 else 'W'}"
    return packet(
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"',
        f'exif:GPSLatitude="{north}" exif:GPSLongitude="{east}" photoshop:City="{city}"',
    )


def flight_record(latitude: float, longitude: float) -> bytes:
    """XMP as DJI's drones write it, with the point the laser range finder aimed at."""
    return packet(
        'xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/"',
        f'drone-dji:GpsLatitude="{latitude:+.4f}" drone-dji:GpsLongitude="{longitude:+.4f}" '
        f'drone-dji:LRFTargetLat="{latitude + 0.0021:+.4f}" drone-dji:LRFTargetLon="{longitude - 0.0013:+.4f}" '
        'drone-dji:RelativeAltitude="+61.40" drone-dji:DroneSerialNumber="SN-0000-SAMPLE"',
    )


def packet(namespaces: str, attributes: str) -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {namespaces} {attributes}/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def srgb() -> bytes:
    """The sRGB profile without the moment it was built, so that the files come out the same."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes.fromhex("07ea0001000100000000000000"[:24])
    profile[84:100] = bytes(16)
    return bytes(profile)


def street_with_car() -> Image.Image:
    """A car on an empty road, drawn at twice the size; the plate is set in perspective and reads "KX 418 RD"."""
    scene = vertical_gradient(
        (1920, 1280), ((0, (168, 190, 214)), (560, (222, 228, 230)), (561, (96, 98, 102)), (1280, (62, 63, 66)))
    )
    pen = ImageDraw.Draw(scene)
    for left, top, right, shade in (
        (0, 250, 420, 148),
        (380, 330, 760, 128),
        (1180, 300, 1560, 138),
        (1500, 220, 1920, 156),
    ):
        pen.rectangle((left, top, right, 580), fill=(shade, shade - 8, shade - 20))
        for x in range(left + 40, right - 60, 90):
            for y in range(top + 40, 500, 90):
                pen.rectangle((x, y, x + 44, y + 52), fill=(92, 104, 118))
    pen.polygon(((0, 620), (1920, 620), (1920, 575), (0, 575)), fill=(142, 140, 136))
    for near, far in ((300, 700), (1620, 1220)):
        pen.polygon(((near, 1280), (near + 26, 1280), (far + 6, 620), (far, 620)), fill=(226, 226, 222))
    draw_car(pen)
    scene.paste(*plate_in_place(scene.size, "KX 418 RD"))
    scene = scene.resize((960, 640), Image.Resampling.LANCZOS)
    return grain(scene, strength=3.0)


def draw_car(pen: ImageDraw.ImageDraw) -> None:
    paint, shadow, glass, rubber = (38, 78, 124), (24, 50, 82), (44, 54, 64), (22, 22, 24)
    pen.ellipse((500, 1040, 1420, 1130), fill=(40, 40, 42))
    for left in (580, 1230):
        pen.rounded_rectangle((left, 900, left + 120, 1110), 30, fill=rubber)
    pen.polygon(((690, 480), (1230, 480), (1340, 720), (580, 720)), fill=paint)
    pen.polygon(((725, 510), (1195, 510), (1280, 690), (640, 690)), fill=glass)
    pen.polygon(((725, 510), (900, 510), (800, 690), (640, 690)), fill=(66, 78, 88))
    pen.rounded_rectangle((540, 690, 1380, 1010), 46, fill=paint)
    pen.rectangle((560, 860, 1360, 872), fill=shadow)
    pen.rounded_rectangle((556, 930, 1364, 1040), 30, fill=shadow)
    for left in (566, 1214):
        pen.rounded_rectangle((left, 740, left + 140, 820), 18, fill=(150, 22, 26))
        pen.rounded_rectangle((left + 12, 752, left + 128, 780), 10, fill=(206, 58, 52))
    pen.ellipse((938, 720, 982, 764), fill=(196, 200, 204))


def plate_in_place(size: tuple[int, int], text: str) -> tuple[Image.Image, tuple[int, int], Image.Image]:
    """(picture, position, mask) of a plate as seen from slightly left of the car."""
    plate = Image.new("RGB", (520, 110), (242, 242, 238))
    pen = ImageDraw.Draw(plate)
    pen.rounded_rectangle((2, 2, 517, 107), 10, outline=(20, 20, 20), width=4)
    pen.rectangle((6, 6, 48, 103), fill=(28, 62, 148))
    pen.text((284, 55), text, font=ImageFont.load_default(84), fill=(14, 14, 14), anchor="mm", stroke_width=2)
    corners = ((786, 886), (1130, 880), (1132, 952), (788, 966))
    warp = perspective(corners, ((0, 0), (520, 0), (520, 110), (0, 110)))
    placed = plate.transform(size, Image.Transform.PERSPECTIVE, warp, Image.Resampling.BICUBIC)
    mask = Image.new("L", plate.size, 255).transform(size, Image.Transform.PERSPECTIVE, warp)
    return placed, (0, 0), mask


def perspective(seen: tuple[tuple[int, int], ...], flat: tuple[tuple[int, int], ...]) -> tuple[float, ...]:
    """Coefficients that take the four `seen` corners to the `flat` ones, as Pillow wants them."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows += [(x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y)]
        wanted += [u, v]
    return tuple(np.linalg.solve(np.array(rows, float), np.array(wanted, float)))


def fields_from_above() -> Image.Image:
    """Farmland seen from a drone: strips of crop, a track, a few trees."""
    random = np.random.default_rng(20260314)
    scene = Image.new("RGB", (960, 640))
    pen = ImageDraw.Draw(scene)
    crops = ((104, 122, 62), (132, 138, 76), (164, 150, 96), (88, 108, 58), (146, 126, 84))
    left = -120
    while left < 1100:
        width = int(random.integers(70, 190))
        pen.polygon(
            ((left, 0), (left + width, 0), (left + width - 90, 640), (left - 90, 640)), fill=crops[random.integers(5)]
        )
        left += width
    pen.line(((0, 430), (420, 380), (960, 402)), fill=(188, 176, 150), width=16, joint="curve")
    for x, y, radius in random.integers((20, 20, 8), (940, 620, 22), (40, 3)):
        pen.ellipse((x - radius + 7, y - radius + 9, x + radius + 7, y + radius + 9), fill=(52, 62, 36))
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(62, 88, 44))
    return grain(scene.filter(ImageFilter.GaussianBlur(1.0)), strength=7.0)


def burn_in(picture: Image.Image, latitude: float, longitude: float) -> None:
    """What a ground station draws over the picture: mode and battery, which may stay, and where the drone is."""
    pen = ImageDraw.Draw(picture)
    lines = (
        ((28, 22), "H 61.4m  D 212m  BAT 74%"),
        ((28, 592), f"LAT {latitude:.4f}  LON {longitude:.4f}"),
    )
    for position, text in lines:
        pen.text(position, text, font=ImageFont.load_default(26), fill="white", stroke_width=2, stroke_fill="black")


def pin_badge(picture: Image.Image) -> None:
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((44, 316, 148, 388), 8, fill=(206, 22, 30))
    pen.text((96, 338), "GUEST", font=ImageFont.load_default(24), fill="white", anchor="mm")
    pen.text((96, 368), "E. Sample", font=ImageFont.load_default(18), fill="white", anchor="mm")


def vertical_gradient(size: tuple[int, int], stops: tuple[tuple[int, tuple[int, int, int]], ...]) -> Image.Image:
    rows = np.arange(size[1])
    heights = [height for height, _ in stops]
    channels = [np.interp(rows, heights, [colour[i] for _, colour in stops]) for i in range(3)]
    column = np.stack(channels, axis=-1)[:, None]
    return Image.fromarray(np.broadcast_to(column, (size[1], size[0], 3)).astype(np.uint8))


def grain(picture: Image.Image, strength: float) -> Image.Image:
    """Sensor noise, the same each time."""
    noise = np.random.default_rng(20260314).normal(0, strength, (picture.height, picture.width, 1))
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    main()
