"""How a picture is to be shown (RFC 9559 5.1.4.1.28): its size, shape, colours and turn."""

from __future__ import annotations

from collections.abc import Mapping

from redact.formats.matroska import ebml, rules
from redact.formats.matroska.codes import Code
from redact.formats.matroska.rules import Rule
from redact.model import Keep

_MOST_SIDE = 1 << 16
_MOST_DISPLAY = 1 << 24
_MOST_CODE_POINT = 0xFF
_MOST_LIGHT = 0xFFFF
_CHROMATICITY_STEPS, _LUMINANCE_STEPS, _DEGREE_STEPS = 50_000, 10_000, 100
"""Steps between two whole numbers: as fine as the coded pictures say the same (ITU-T H.265 D.3.28)."""

_RECTANGULAR, _EQUIRECTANGULAR, _CUBE_MAP = 0, 1, 2
_PROJECTION_BYTES = {_EQUIRECTANGULAR: 20, _CUBE_MAP: 12}
"""Of version, flags, and where the picture lies on the sphere. A mesh is as long as it likes and goes."""

_SIDE = rules.unsigned(1, _MOST_SIDE)
_CROP = rules.unsigned(0, _MOST_SIDE)
_DISPLAY = rules.unsigned(1, _MOST_DISPLAY)
SHAPE: Mapping[int, Rule] = {
    Code.FLAG_INTERLACED: rules.unsigned(0, 2),
    Code.FIELD_ORDER: rules.one_of((0, 1, 2, 6, 9, 14)),
    Code.STEREO_MODE: rules.unsigned(0, 14),
    Code.ALPHA_MODE: rules.unsigned(0, 1),
    Code.PIXEL_WIDTH: _SIDE,
    Code.PIXEL_HEIGHT: _SIDE,
    Code.PIXEL_CROP_BOTTOM: _CROP,
    Code.PIXEL_CROP_TOP: _CROP,
    Code.PIXEL_CROP_LEFT: _CROP,
    Code.PIXEL_CROP_RIGHT: _CROP,
    Code.DISPLAY_WIDTH: _DISPLAY,
    Code.DISPLAY_HEIGHT: _DISPLAY,
    Code.DISPLAY_UNIT: rules.unsigned(0, 4),
}

_CHROMATICITY = rules.real(0, 1, _CHROMATICITY_STEPS)
_LUMINANCE = rules.real(0, _MOST_LIGHT, _LUMINANCE_STEPS)
_MASTERING: Mapping[int, Rule] = {
    Code.PRIMARY_R_CHROMATICITY_X: _CHROMATICITY,
    Code.PRIMARY_R_CHROMATICITY_Y: _CHROMATICITY,
    Code.PRIMARY_G_CHROMATICITY_X: _CHROMATICITY,
    Code.PRIMARY_G_CHROMATICITY_Y: _CHROMATICITY,
    Code.PRIMARY_B_CHROMATICITY_X: _CHROMATICITY,
    Code.PRIMARY_B_CHROMATICITY_Y: _CHROMATICITY,
    Code.WHITE_POINT_CHROMATICITY_X: _CHROMATICITY,
    Code.WHITE_POINT_CHROMATICITY_Y: _CHROMATICITY,
    Code.LUMINANCE_MAX: _LUMINANCE,
    Code.LUMINANCE_MIN: _LUMINANCE,
}


def _mastering(content: bytes) -> bytes | None:
    return rules.master(content, _MASTERING) or None


_CODE_POINT = rules.unsigned(0, _MOST_CODE_POINT)
_SUBSAMPLING = rules.unsigned(0, 4)
_SITING = rules.unsigned(0, 2)
_LIGHT = rules.unsigned(0, _MOST_LIGHT)
_COLOURS: Mapping[int, Rule] = {
    Code.MATRIX_COEFFICIENTS: _CODE_POINT,
    Code.BITS_PER_CHANNEL: rules.unsigned(0, 32),
    Code.CHROMA_SUBSAMPLING_HORZ: _SUBSAMPLING,
    Code.CHROMA_SUBSAMPLING_VERT: _SUBSAMPLING,
    Code.CB_SUBSAMPLING_HORZ: _SUBSAMPLING,
    Code.CB_SUBSAMPLING_VERT: _SUBSAMPLING,
    Code.CHROMA_SITING_HORZ: _SITING,
    Code.CHROMA_SITING_VERT: _SITING,
    Code.RANGE: rules.unsigned(0, 3),
    Code.TRANSFER_CHARACTERISTICS: _CODE_POINT,
    Code.PRIMARIES: _CODE_POINT,
    Code.MAX_CLL: _LIGHT,
    Code.MAX_FALL: _LIGHT,
    Code.MASTERING_METADATA: _mastering,
}


def _colour(content: bytes) -> bytes | None:
    return rules.master(content, _COLOURS) or None


_POSES: Mapping[int, Rule] = {
    Code.PROJECTION_POSE_YAW: rules.real(-180, 180, _DEGREE_STEPS),
    Code.PROJECTION_POSE_PITCH: rules.real(-90, 90, _DEGREE_STEPS),
    Code.PROJECTION_POSE_ROLL: rules.real(-180, 180, _DEGREE_STEPS),
}


def _projection(content: bytes) -> bytes | None:
    """A turn of a flat picture, or how a picture lies on the sphere around the viewer."""
    children = tuple(ebml.elements(content))
    kind = rules.among(children, Code.PROJECTION_TYPE, _RECTANGULAR)
    if kind != _RECTANGULAR and kind not in _PROJECTION_BYTES:
        return None
    told = {Code.PROJECTION_TYPE: rules.unsigned(0, _CUBE_MAP), Code.PROJECTION_PRIVATE: _layout(kind), **_POSES}
    return rules.master(content, told) or None


def _layout(kind: int) -> Rule:
    """Version and flags, which are 0, and numbers: four bounds, or the order of the cube's faces and their margin."""

    def rule(content: bytes) -> bytes | None:
        return content if len(content) == _PROJECTION_BYTES.get(kind) and not any(content[:4]) else None

    return rule


def shown(content: bytes, keep: Keep) -> bytes:
    """The content of a Video element with what may stay. Raises DamagedFileError for a picture without a size."""
    told = dict(SHAPE)
    if "colour" in keep:
        told[Code.COLOUR] = _colour
    if "orientation" in keep:
        told[Code.PROJECTION] = _projection
    sides = rules.only(content, (Code.PIXEL_WIDTH, Code.PIXEL_HEIGHT))
    if len(sides) != 2 or not all(_SIDE(side) for side in sides.values()):
        raise ebml.contradiction("a picture without a size")
    return rules.master(content, told)
