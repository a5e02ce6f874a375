"""What a tag of a page may hold: an allow-list of tags, types and values.

Two numbers that a file is free to choose have room for a coordinate. So resolutions have three digits, chromaticities
lie between 0 and 1, and GDAL's mark of a missing pixel is a whole number or the end of a type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from redact.checks.reading import Flaw
from redact.checks.structure import icc
from redact.checks.structure.tiff.directories import LONG, LONG8, RATIONAL, Bones, Entry, lowest
from redact.checks.structure.tiff.shape import JPEG, Shape
from redact.model import Keep

PROFILE, TABLES, PALETTE = 34675, 347, 320

_ASCII, _SHORT, _UNDEFINED = 2, 3, 7
_TABLE_LEVELS = 1 << 16
_CODINGS = frozenset({
    1, 2, 3, 4, 5, 7, 8, 32766, 32771, 32773, 32809, 32908, 32909, 32946, 34661, 34676, 34677, 34887, 34925, 50000,
})  # fmt: skip
"""Codings of bare samples. Others, as PNG or JPEG 2000, are files with metadata of their own."""
_MEANINGS = frozenset({*range(7), 8, 9, 10, 32844, 32845})


@dataclass(frozen=True)
class _Rule:
    """The type a tag has, which values, and the kind of metadata that has to be kept for it (none: always)."""

    form: int
    allows: Callable[[Bones, Entry, Shape], bool]
    kept_with: str | None = None


def admit(bones: Bones, entry: Entry, shape: Shape, keep: Keep) -> None:
    """Raise Flaw unless a page may have this entry. Places of directories and EXIF's tags are asked about elsewhere."""
    rule = _RULES.get(entry.tag)
    if rule is None or (rule.kept_with is not None and rule.kept_with not in keep):
        message = f"tag {entry.tag} is not allowed"
        raise Flaw(message)
    forms = (rule.form, LONG8) if entry.tag in shape.tags else (rule.form,)
    if entry.form not in forms or not entry.whole or not rule.allows(bones, entry, shape):
        message = f"the value of tag {entry.tag} is not of the form its tag has"
        raise Flaw(message)


def _numbers(
    allows: Callable[[tuple[int, ...], Shape], bool], form: int = _SHORT, kept_with: str | None = None
) -> _Rule:
    return _Rule(form, lambda bones, entry, shape: allows(bones.numbers(entry), shape), kept_with)


def _one(allowed: Collection[int], form: int = _SHORT) -> _Rule:
    return _numbers(lambda numbers, _: len(numbers) == 1 and numbers[0] in allowed, form)


def _told(form: int, tells: Callable[[Shape], tuple[int, ...]]) -> _Rule:
    """What the shape says as well."""
    return _numbers(lambda numbers, shape: numbers == tells(shape), form)


def _each(allowed: Collection[int]) -> _Rule:
    return _numbers(lambda numbers, shape: len(numbers) <= len(shape.bits) and set(numbers) <= set(allowed))


def _levels(curves: tuple[int, ...], kept_with: str | None = None) -> _Rule:
    """A number for each level that a sample has, so many times."""

    def allows(numbers: tuple[int, ...], shape: Shape) -> bool:
        return len(numbers) in {many * min(1 << shape.bits[0], _TABLE_LEVELS) for many in curves}

    return _numbers(allows, kept_with=kept_with)


def _fractions(count: int, allows: Callable[[Fraction], bool], kept_with: str | None = None) -> _Rule:
    """So many fractions in lowest terms."""

    def all_allowed(bones: Bones, entry: Entry, _: Shape) -> bool:
        found = [lowest(pair) for pair in bones.pairs(entry)]
        return len(found) == count and all(each is not None and allows(each) for each in found)

    return _Rule(RATIONAL, all_allowed, kept_with)


def _is_resolution(value: Fraction) -> bool:
    if value.denominator == 1:
        return 0 < value < 100_000
    return value < 100_000 and Fraction(f"{float(value):.2e}") == value


def _is_share(value: Fraction) -> bool:
    return value <= 1 and (value * 100_000).denominator == 1


def _is_profile(bones: Bones, entry: Entry, _: Shape) -> bool:
    return icc.sound(bones.value(entry)) == bones.value(entry)


_NO_DATA = re.compile(
    rb"(-?inf|nan|-?\d{1,5}|-?9{6,15}|-2147483648|2147483647|4294967295|-9223372036854775808|9223372036854775807"
    rb"|18446744073709551615|-?(3\.4028234663852886|3\.4028235|3\.402823|3\.40282|3\.4|3\.3999999521443642"
    rb"|3\.4028230607370965|3\.402820018375656|1|9\.999999933815813|9\.999999680285692)e\+3[78]"
    rb"|-?(1\.7976931348623157|1\.79769)e\+308|-?9\.969209968386869e\+36|-?2\.2250738585072014e-308"
    rb"|-?1\.1754943508222875e-38|-?1e\+(20|30)|-?1\.0000000200408773e\+20|-?1\.0000000150474662e\+30)\0"
)
"""Whole numbers, and ends of types as double numbers spell them."""

_RULES: Mapping[int, _Rule] = {
    254: _one(range(8), LONG),
    255: _one(range(1, 4)),
    256: _told(LONG, lambda shape: shape.size[:1]),
    257: _told(LONG, lambda shape: shape.size[1:]),
    258: _told(_SHORT, lambda shape: shape.bits),
    259: _one(_CODINGS),
    262: _one(_MEANINGS),
    263: _one(range(1, 4)),
    266: _one((1, 2)),
    273: _numbers(lambda numbers, shape: len(numbers) == shape.count and 273 in shape.tags, LONG),
    277: _told(_SHORT, lambda shape: (len(shape.bits),)),
    278: _numbers(lambda numbers, shape: len(numbers) == 1 and 0 < numbers[0] <= shape.size[1], LONG),
    279: _numbers(lambda numbers, shape: len(numbers) == shape.count and 279 in shape.tags, LONG),
    282: _fractions(1, _is_resolution),
    283: _fractions(1, _is_resolution),
    284: _one((1, 2)),
    292: _one(range(8), LONG),
    293: _one(range(4), LONG),
    296: _one((1, 2, 3)),
    301: _levels((1, 3), "colour"),
    317: _one((1, 2, 3)),
    318: _fractions(2, _is_share, "colour"),
    319: _fractions(6, _is_share, "colour"),
    PALETTE: _levels((3,)),
    322: _told(LONG, lambda shape: shape.cut[:1]),
    323: _told(LONG, lambda shape: shape.cut[1:]),
    324: _numbers(lambda numbers, shape: len(numbers) == shape.count and 324 in shape.tags, LONG),
    325: _numbers(lambda numbers, shape: len(numbers) == shape.count and 325 in shape.tags, LONG),
    332: _one((1, 2)),
    334: _numbers(lambda numbers, shape: len(numbers) == 1 and numbers[0] <= len(shape.bits)),
    338: _each((0, 1, 2)),
    339: _each(range(1, 7)),
    TABLES: _Rule(_UNDEFINED, lambda _bones, _entry, shape: shape.coding == JPEG),
    529: _fractions(3, _is_share),
    530: _numbers(lambda numbers, _: len(numbers) == 2 and set(numbers) <= {1, 2, 4}),
    531: _one((1, 2)),
    532: _fractions(6, lambda value: value.denominator == 1 and value < 1 << 16),
    32995: _one((0, 1, 2)),
    32996: _one(range(4)),
    PROFILE: _Rule(_UNDEFINED, _is_profile, "colour"),
    42113: _Rule(_ASCII, lambda bones, entry, _: _NO_DATA.fullmatch(bones.value(entry)) is not None),
    50674: _numbers(lambda numbers, shape: shape.coding == 34887 and len(numbers) == 2 and max(numbers) < 5, LONG),
}
"""TIFF 6.0 and its extensions, what is in JPEG's tables aside; SGI's 32995 and 32996, GDAL's 42113, LERC's 50674."""
