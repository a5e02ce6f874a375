"""One suite over everything that implements a contract: built-in detectors, formats, styles."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from redact import plugins
from redact.contracts import Detector, Style
from redact.errors import MediaError
from redact.formats import FORMATS, recognise
from redact.model import KINDS, Image, Keep
from redact.styles import STYLES
from redact.testing import check_detector
from tests.conftest import SAMPLES

MEDIA = sorted(path for path in SAMPLES.iterdir())


def sample_picture(name: str) -> Image:
    with Pillow.open(SAMPLES / name) as picture:
        return np.array(picture.convert("RGB"))


BUILT_IN = sorted({offer.load() for offer in plugins.offers() if offer.package == "redact-share"}, key=str)


@pytest.mark.parametrize("cls", BUILT_IN)
@pytest.mark.parametrize("name", ["portrait.jpg", "car.jpg", "drone.jpg"])
def test_built_in_detectors_keep_the_contract_of_plugins(cls: type[Detector], name: str) -> None:
    check_detector(cls(), sample_picture(name))


@pytest.mark.parametrize("style", [cls() for cls in STYLES.values()], ids=lambda style: style.name)
def test_styles_have_a_name_and_paint(style: Style) -> None:
    assert isinstance(style, Style)
    assert STYLES[style.name]() == style


@pytest.mark.parametrize("path", MEDIA, ids=lambda path: path.name)
def test_each_format_names_fields_of_known_kinds_and_no_values(path: Path) -> None:
    with path.open("rb") as source:
        fields = list(recognise(source).fields(source))
    assert {field.kind for field in fields} <= KINDS
    assert not any(digits in f"{field.name} {field.where}" for field in fields for digits in ("37.", "18.7", "12.6"))


@pytest.mark.parametrize("path", MEDIA, ids=lambda path: path.name)
def test_stripping_twice_changes_no_byte(path: Path) -> None:
    keep = Keep(frozenset({"orientation", "colour"}))
    once, twice = io.BytesIO(), io.BytesIO()
    with path.open("rb") as source:
        container = recognise(source)
        container.strip(source, once, keep)
    container.strip(once, twice, keep)
    assert once.getvalue() == twice.getvalue()


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_bytes_that_are_no_media_raise_only_errors_of_the_project(content: bytes) -> None:
    with pytest.raises(MediaError):
        recognise(io.BytesIO(content)).strip(io.BytesIO(content), io.BytesIO(), Keep())


@given(st.sampled_from(MEDIA), st.data())
@settings(max_examples=60, deadline=None)
def test_broken_media_raise_only_errors_of_the_project(path: Path, data: st.DataObject) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(content), 4000) - 1))
        content[place : place + data.draw(st.integers(1, 4))] = data.draw(st.binary(max_size=5))
    with contextlib.suppress(MediaError):
        container = recognise(io.BytesIO(content))
        list(container.fields(io.BytesIO(content)))
        container.strip(io.BytesIO(content), io.BytesIO(), Keep(frozenset({"orientation", "colour"})))


def test_formats_do_not_claim_one_anothers_files() -> None:
    for path in MEDIA:
        head = path.read_bytes()[:64]
        assert sum(container.recognises(head) for container in FORMATS) == 1
