"""How far each of Camera Raw's settings goes, and how finely its program sets it (Adobe's namespace `crs`).

A number of a develop setting has room for a coordinate, and readers show a picture all the same. So each is bounded by
the ends of its slider and rounded to its step: of what lies outside nothing may stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?\d{1,6}(\.\d{1,9})?", re.ASCII)
_TRUTHS = {"true": "True", "false": "False", "1": "1", "0": "0"}


@dataclass(frozen=True, slots=True)
class Slider:
    """From `least` to `most`, in steps of so many decimals."""

    least: int
    most: int
    decimals: int = 0

    def read(self, value: str) -> str | None:
        """The number at the nearest step, in its plainest form; None where it is none, or out of reach."""
        if not _NUMBER.fullmatch(value):
            return None
        number = round(Decimal(value), self.decimals)
        text = f"{number:f}"
        plain = text.rstrip("0").rstrip(".") if "." in text else text
        return ("0" if plain == "-0" else plain) if self.least <= number <= self.most else None


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off, in words or as a number."""

    def read(self, value: str) -> str | None:
        """What it says; None where it says anything else."""
        return _TRUTHS.get(value.lower())


_COLOURS = ("Red", "Orange", "Yellow", "Green", "Aqua", "Blue", "Purple", "Magenta")
_EACH_WAY, _ONE_WAY, _ANGLE = Slider(-150, 150), Slider(0, 150), Slider(0, 360)
_OF_RAW_CONVERTER = Slider(0, 99, 1)


def _families() -> Iterator[tuple[str, Slider]]:
    """Settings that stand once for each of several colours or parts."""
    for name in _COLOURS:
        yield from ((f"{each}Adjustment{name}", _EACH_WAY) for each in ("Hue", "Saturation", "Luminance"))
    yield from ((f"GrayMixer{name}", _EACH_WAY) for name in _COLOURS)
    yield from ((f"{name}{each}", _EACH_WAY) for name in ("Red", "Green", "Blue") for each in ("Hue", "Saturation"))
    for name in ("DefringePurple", "DefringeGreen"):
        yield from ((f"{name}{each}", _ONE_WAY) for each in ("Amount", "HueLo", "HueHi"))
    yield from ((f"Parametric{each}", _EACH_WAY) for each in ("Shadows", "Darks", "Lights", "Highlights"))
    yield from ((f"Parametric{each}Split", _ONE_WAY) for each in ("Shadow", "Midtone", "Highlight"))
    for name in ("SplitToningShadow", "SplitToningHighlight", "ColorGradeMidtone", "ColorGradeGlobal"):
        yield f"{name}Hue", _ANGLE
        yield f"{name}{'Saturation' if name.startswith('Split') else 'Sat'}", _ONE_WAY
    yield from ((f"ColorGrade{each}Lum", _EACH_WAY) for each in ("Midtone", "Global", "Highlight", "Shadow"))
    yield from ((f"Perspective{each}", _EACH_WAY) for each in ("Aspect", "Horizontal", "Scale", "Upright", "Vertical"))
    yield from ((f"Perspective{each}", Slider(-100, 100, 1)) for each in ("Rotate", "X", "Y"))
    yield from (
        (f"PostCropVignette{each}", _EACH_WAY)
        for each in ("Amount", "Feather", "HighlightContrast", "Midpoint", "Roundness", "Style")
    )


SETTINGS: Mapping[str, Slider | Switch] = {
    **dict(_families()),
    **dict.fromkeys(("Exposure", "Exposure2012"), Slider(-10, 10, 2)),
    **dict.fromkeys(
        ("Blacks", "Blacks2012", "Brightness", "Clarity", "Clarity2012", "Contrast", "Contrast2012", "Dehaze",
         "Highlights2012", "IncrementalTemperature", "IncrementalTint", "LensManualDistortionAmount", "Saturation",
         "ShadowTint", "Shadows", "Shadows2012", "SplitToningBalance", "Texture", "Tint", "Vibrance", "VignetteAmount",
         "Whites2012"),
        _EACH_WAY,
    ),
    **dict.fromkeys(
        ("ColorGradeBlending", "ColorNoiseReduction", "ColorNoiseReductionDetail", "ColorNoiseReductionSmoothness",
         "FillLight", "GrainAmount", "GrainFrequency", "GrainSize", "HighlightRecovery",
         "LuminanceNoiseReductionContrast", "LuminanceNoiseReductionDetail", "LuminanceSmoothing", "SharpenDetail",
         "SharpenEdgeMasking", "Sharpness", "ToneMapStrength", "VignetteMidpoint"),
        _ONE_WAY,
    ),
    "SharpenRadius": Slider(0, 5, 1),
    "Temperature": Slider(1000, 50_000),
    **dict.fromkeys(
        ("AlreadyApplied", "AutoLateralCA", "ConvertToGrayscale", "HasCrop", "HasSettings", "LensProfileEnable"),
        Switch(),
    ),
    **dict.fromkeys(("ProcessVersion", "Version"), _OF_RAW_CONVERTER),
}  # fmt: skip
"""Name of a setting -> what it may be; none names a file, a mask, a place or a person."""

CROP: Mapping[str, Slider] = {
    "CropAngle": Slider(-45, 45, 1),
    **dict.fromkeys(("CropBottom", "CropLeft", "CropRight", "CropTop"), Slider(0, 1, 3)),
}
"""The edges of what is shown, as parts of the whole, and degrees."""
