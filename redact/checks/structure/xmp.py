"""XMP that stands alone: a strict walk of its lines (ISO 16684-1; Camera Raw's namespace by Adobe).

Location hides in properties of positions and places, in free texts, histories, regions, identifiers, comments, padding,
and in numbers with many digits. So a packet has one fixed beginning and one fixed end, and between them one property a
line, each at most once, in one order, with a value of a form that has no room for more than it is for: texts are names,
and settings stay within the ends of their sliders and are no finer than these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from xml.sax.saxutils import unescape

from redact.checks.reading import Buffer, Flaw
from redact.checks.structure import wording
from redact.model import Keep

_BEGINNING = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
 xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:exifEX="http://cipa.jp/exif/1.0/"
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/">
"""
_END = b"""</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""
_LARGEST_BYTES = 1 << 16

_LINE = re.compile(r"<(\w+:\w+)>(.*)</\1>", re.ASCII)

_SMALL = r"0|[1-9]\d{0,4}"
_RATIO = r"-?\d{1,9}/[1-9]\d{0,8}"
_TIME = r"[12]\d{3}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d(:[0-6]\d)?(Z|[+-][01]\d:[0-5]\d)?"
_TEXT = r"(?:[^<>&]|&amp;|&lt;|&gt;)"
_BALANCE = r"As Shot|Auto|Daylight|Cloudy|Shade|Tungsten|Fluorescent|Flash|Custom"

_COLOUR = r"(?:Red|Orange|Yellow|Green|Aqua|Blue|Purple|Magenta)"
_SLIDERS = tuple(
    (re.compile(f"crs:(?:{name})", re.ASCII), range(least, most + 1), decimals)
    for name, least, most, decimals in (
        (r"Crop(?:Bottom|Left|Right|Top)", 0, 1, 3),
        (r"CropAngle", -45, 45, 1),
        (r"Exposure(?:2012)?", -10, 10, 2),
        (r"Temperature", 1000, 50_000, 0),
        (r"SharpenRadius", 0, 5, 1),
        (r"(?:Process)?Version", 0, 99, 1),
        (r"Perspective(?:Rotate|X|Y)", -100, 100, 1),
        (r"(?:ColorGrade(?:Midtone|Global)|SplitToning(?:Shadow|Highlight))Hue", 0, 360, 0),
        (
            rf"(?:Hue|Saturation|Luminance)Adjustment{_COLOUR}|GrayMixer{_COLOUR}|(?:Red|Green|Blue)(?:Hue|Saturation)"
            r"|Parametric(?:Shadows|Darks|Lights|Highlights)|ColorGrade(?:Midtone|Global|Highlight|Shadow)Lum"
            r"|Perspective(?:Aspect|Horizontal|Scale|Upright|Vertical)"
            r"|PostCropVignette(?:Amount|Feather|HighlightContrast|Midpoint|Roundness|Style)"
            r"|(?:Blacks|Clarity|Contrast|Shadows)(?:2012)?|(?:Highlights|Whites)2012|Incremental(?:Temperature|Tint)"
            r"|Brightness|Dehaze|LensManualDistortionAmount|Saturation|ShadowTint|SplitToningBalance|Texture|Tint|Vibrance"
            r"|VignetteAmount",
            -150,
            150,
            0,
        ),
        (
            r"Defringe(?:Purple|Green)(?:Amount|Hue(?:Lo|Hi))|Parametric(?:Shadow|Midtone|Highlight)Split"
            r"|ColorGrade(?:(?:Midtone|Global)Sat|Blending)|SplitToning(?:Shadow|Highlight)Saturation"
            r"|ColorNoiseReduction(?:Detail|Smoothness)?|LuminanceNoiseReduction(?:Contrast|Detail)|LuminanceSmoothing"
            r"|Grain(?:Amount|Frequency|Size)|FillLight|HighlightRecovery|Sharpen(?:Detail|EdgeMasking)|Sharpness"
            r"|ToneMapStrength|VignetteMidpoint",
            0,
            150,
            0,
        ),
    )
)
"""Name, reach in whole steps, and decimals of each setting that is a number."""
_SWITCHES = "crs:(?:AlreadyApplied|AutoLateralCA|ConvertToGrayscale|Has(?:Crop|Settings)|LensProfileEnable)"
_NUMBER = r"0|-?(?:[1-9]\d{0,4}|0(?=\.))(?:\.\d{0,2}[1-9])?"

_ALLOWED = tuple(
    (kind, re.compile(name, re.ASCII), re.compile(value, re.ASCII))
    for kind, name, value in (
        ("orientation", "tiff:Orientation", "[1-8]"),
        ("time", "xmp:CreateDate", _TIME),
        ("time", "exif:DateTimeOriginal", _TIME),
        ("time", "exif:DateTimeDigitized", _TIME),
        ("camera", "exif:ExposureTime", _RATIO),
        ("camera", "exif:FNumber", _RATIO),
        ("camera", "exif:ExposureProgram", r"\d"),
        ("camera", "exif:ISOSpeedRatings", rf"<rdf:Seq><rdf:li>(?:{_SMALL})</rdf:li></rdf:Seq>"),
        ("camera", "exif:ShutterSpeedValue", _RATIO),
        ("camera", "exif:ApertureValue", _RATIO),
        ("camera", "exif:BrightnessValue", _RATIO),
        ("camera", "exif:ExposureBiasValue", _RATIO),
        ("camera", "exif:MaxApertureValue", _RATIO),
        ("camera", "exif:MeteringMode", _SMALL),
        ("camera", "exif:LightSource", _SMALL),
        ("camera", "exif:FocalLength", _RATIO),
        ("camera", "exif:ExposureMode", r"\d"),
        ("camera", "exif:WhiteBalance", r"\d"),
        ("camera", "exif:FocalLengthIn35mmFilm", _SMALL),
        ("camera", "exif:SceneCaptureType", r"\d"),
        ("camera", "exifEX:LensModel", _TEXT + "{1,100}"),
        ("camera", "aux:Lens", _TEXT + "{1,100}"),
        ("author", "dc:creator", f"<rdf:Seq>(?:<rdf:li>{_TEXT}{{1,200}}</rdf:li>){{1,8}}</rdf:Seq>"),
        (
            "copyright",
            "dc:rights",
            f'<rdf:Alt><rdf:li xml:lang="x-default">{_TEXT}{{1,200}}</rdf:li></rdf:Alt>',
        ),
        ("colour", "xmp:Rating", "-1|[0-5]"),
        ("colour", "crs:WhiteBalance", _BALANCE),
        ("colour", r"crs:Crop(?:Angle|Bottom|Left|Right|Top)", _NUMBER),
        ("colour", rf"{_SWITCHES}|{'|'.join(name.pattern for name, *_ in _SLIDERS)}", f"{_NUMBER}|True|False"),
    )
)
"""Kind, name and value of every line that is allowed, in their order; those of one entry are sorted by name."""


def inspect(data: Buffer, keep: Keep) -> int:
    """How many properties the packet has. Raises Flaw unless it is nothing but allowed ones in the fixed shape."""
    last = (-1, "")
    count = 0
    for line in said(data).splitlines(keepends=True):
        match = _LINE.fullmatch(_text(line))
        name, value = (match[1], match[2]) if match else ("", "")
        place = _place(name)
        if (place, name) <= last:
            message = "a property stands twice, or in another order than the fixed one"
            raise Flaw(message)
        kind, _, form = _ALLOWED[place]
        if kind not in keep or not form.fullmatch(value) or not _is_fit(name, value):
            message = f"{name} is not allowed, or holds more than it is for"
            raise Flaw(message)
        last = place, name
        count += 1
    return count


def said(data: Buffer) -> bytes:
    """What a packet says between its fixed beginning and its fixed end. Raises Flaw for one that has others."""
    size = len(data)
    if size > _LARGEST_BYTES:
        message = "it is larger than all that is allowed"
        raise Flaw(message)
    packet = bytes(data[:size])
    if size < len(_BEGINNING) + len(_END) or not (packet.startswith(_BEGINNING) and packet.endswith(_END)):
        message = "it does not begin and end as a fresh packet does"
        raise Flaw(message)
    return packet[len(_BEGINNING) : -len(_END)]


def _text(line: bytes) -> str:
    """A line without its end. Raises Flaw when it has none, or holds what nobody can see."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        message = "it is no UTF-8"
        raise Flaw(message) from error
    if not text.endswith("\n") or not text[:-1].isprintable() or "\ufffd" in text:
        message = "a line is cut, or holds what nobody can see"
        raise Flaw(message)
    return text[:-1]


def _place(name: str) -> int:
    """Which entry of the list a property belongs to. Raises Flaw for none."""
    for place, (_, allowed, _) in enumerate(_ALLOWED):
        if allowed.fullmatch(name):
            return place
    message = "it holds something that is no allowed property"
    raise Flaw(message)


def _is_fit(name: str, value: str) -> bool:
    """True when a value of the right form tells no more than its property is for."""
    if name in _WORDED:
        return all(_WORDED[name](unescape(text)) for text in _TOLD.findall(value))
    if re.fullmatch(_RATIO, value, re.ASCII):
        return _is_plain(value)
    if not name.startswith("crs:") or name == "crs:WhiteBalance":
        return True
    return value in _STATES if re.fullmatch(_SWITCHES, name, re.ASCII) else _is_within_reach(name, value)


_TOLD = re.compile(r"(?:^|<rdf:li[^<>]*>)([^<>]+)")
_WORDED: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(("exifEX:LensModel", "aux:Lens"), wording.is_lens),
    **dict.fromkeys(("dc:creator", "dc:rights"), wording.is_credit),
}
_STATES = frozenset({"True", "False", "0", "1"})


def _is_within_reach(name: str, value: str) -> bool:
    """True for a number between the ends of its slider, and of no more decimals than that is set by."""
    if not re.fullmatch(_NUMBER, value, re.ASCII):
        return False
    reach, decimals = next((reach, decimals) for slider, reach, decimals in _SLIDERS if slider.fullmatch(name))
    return reach[0] <= Fraction(value) <= reach[-1] and len(value.partition(".")[2]) <= decimals


def _is_plain(value: str) -> bool:
    """False for a ratio that is not in its lowest terms, or that three digits cannot tell."""
    above, _, below = value.partition("/")
    ratio = Fraction(int(above), int(below))
    if ratio.as_integer_ratio() != (int(above), int(below)):
        return False
    return not ratio or any(Fraction(f"{float(each):.2e}") == each for each in (ratio, 1 / ratio))
