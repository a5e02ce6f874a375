"""Values are checked once, when they are made."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.areas import covered
from redact.errors import MediaError, PluginError, VerificationError
from redact.model import Box, Detection, Field, Findings, Polygon, Receipt, Report, Track

sides = st.floats(-1000, 1000)


@pytest.mark.parametrize("box", [(0, 0, 0, 5), (5, 0, 3, 5), (math.nan, 0, 1, 1), (0, 0, math.inf, 1)])
def test_a_box_without_area_or_end_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="box"):
        Box(*box)


@pytest.mark.parametrize("points", [((0, 0), (1, 1)), ((0, 0), (1, 0), (2, 0)), ((0, 0), (1, math.nan), (2, 2))])
def test_a_polygon_without_area_or_with_nonsense_is_refused(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match=r"polygon|box"):
        Polygon(points)


@pytest.mark.parametrize("score", [-0.1, 1.1, math.nan])
def test_a_score_outside_0_to_1_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="score"):
        Detection(Box(0, 0, 1, 1), "face", score)


@given(sides, sides, st.floats(0.1, 500), st.floats(0.1, 500))
def test_a_box_overlaps_itself_wholly(left: float, top: float, width: float, height: float) -> None:
    box = Box(left, top, left + width, top + height)
    assert box.iou(box) == pytest.approx(1)
    assert box.iou(box.shifted(width + 1, 0)) == 0


def test_clipping_leaves_what_is_inside() -> None:
    assert Box(-5, -5, 5, 5).clipped(100, 100) == Box(0, 0, 5, 5)
    assert Box(100, 0, 110, 5).clipped(100, 100) is None


def test_findings_tell_what_to_hide_in_a_frame() -> None:
    face = Track("face", {0: Box(0, 0, 1, 1), 2: Box(1, 1, 2, 2)})
    findings = Findings(tracks=(face,), frames=3)
    assert findings.regions(2) == (("face", Box(1, 1, 2, 2)),)
    assert findings.regions(1) == ()


def test_a_report_is_ok_when_every_file_was_published() -> None:
    good = Receipt(Path("a"), Path("b"), "clean")
    bad = Receipt(Path("c"), None, "failed", error="broken", exit_code=3)
    assert Report((good,)).ok
    assert not Report((good, bad)).ok
    assert Report((good, bad)).failed == (bad,)


@pytest.mark.parametrize(("code", "error"), [(3, MediaError), (4, PluginError), (5, VerificationError)])
def test_a_receipt_raises_what_kept_it_from_being_published(code: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="broken"):
        Receipt(Path("c"), None, "failed", error="broken", exit_code=code).raise_for_status()


def test_fields_hold_no_value() -> None:
    assert set(Field.__slots__) == {"name", "kind", "where"}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-30, 50), st.integers(-30, 50)), min_size=3, max_size=3, unique=True))
def test_a_polygon_cut_at_its_frame_covers_what_it_covered_of_it(corners: list[tuple[int, int]]) -> None:
    frame = Box(0, 0, 20, 16)
    try:
        whole = Polygon(tuple((float(x), float(y)) for x, y in corners))
    except ValueError:
        return
    cut = whole.clipped(20, 16)
    assert covered(frame, [cut] if cut else []) == pytest.approx(covered(frame, [whole]), abs=1e-6)
    assert cut is None or frame.holds(cut.bounds)
