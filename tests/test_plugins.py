"""Detectors come through entry points, and one that breaks its contract stops the file, never the protection.

The plugins here are real packages, installed for one test; most of them fail on purpose.
"""

import sys

import numpy as np
import pytest

from redact import plugins
from redact.errors import MediaError, PluginError, PolicyError
from redact.model import Box, Polygon
from redact.policy import Policy
from redact.styles import Blur
from redact.testing import faults
from tests.conftest import InstallFault, InstallPlugin, badge_picture

DETECTOR = """
from redact import Box, Detection
class Detector:
    def detect(self, image):
        {body}
"""

BROKEN = {
    faults.Raises: "raised RuntimeError",
    faults.RaisesLate: "raised RuntimeError",
    faults.Exits: "raised SystemExit",
    faults.RunsOutOfMemory: "raised MemoryError",
    faults.AnswersNothing: "raised TypeError",
    faults.WritesIntoPicture: "raised ValueError",
    faults.ForcesItsWay: "wrote into the picture",
    faults.ScoresNaN: "a score that is none",
    faults.PlacesNaN: "a region or",
    faults.TurnsRegionsAround: "a region or",
    faults.FindsNoEnd: "found more than 4000",
    faults.Mislabels: "not registered",
    faults.YieldsWords: "yielded str instead of Detection",
    faults.YieldsArrays: "yielded ndarray instead of Detection",
    faults.YieldsTuples: "neither Box nor Polygon",
}
"""Fault, and what is said of it."""


def detector(body: str) -> str:
    return DETECTOR.format(body=body)


def policy(*labels: str, **options: dict[str, object]) -> Policy:
    return Policy(hide={label: Blur() for label in labels}, detectors=options)


def test_the_built_in_labels_are_offered_by_the_package_itself() -> None:
    offered = {offer.name: offer.package for offer in plugins.offers()}
    assert {"face", "plate", "coordinates", "text"} <= set(offered)
    assert offered["face"] == "redact-share"


def test_an_installed_plugin_finds_its_badge(badge_plugin: str) -> None:
    (found,) = plugins.load(policy(badge_plugin)).detect(badge_picture())
    assert found.label == "badge"
    assert found.region.bounds.overlap(Box(40, 30, 80, 70)) == 40 * 40
    assert found.region.bounds.area < 50 * 50


def test_listing_imports_nothing(install_plugin: InstallPlugin) -> None:
    install_plugin("redact-bomb", "raise SystemError('imported')", {"bomb": "Bomb"})
    assert "bomb" in {offer.name for offer in plugins.offers()}
    assert "redact_bomb" not in sys.modules


def test_an_installed_plugin_that_is_not_named_is_not_loaded(install_plugin: InstallPlugin, badge_plugin: str) -> None:
    install_plugin("redact-bomb", "raise SystemError('imported')", {"bomb": "Bomb"})
    plugins.load(policy(badge_plugin))
    assert "redact_bomb" not in sys.modules


def test_a_label_nobody_offers_is_a_policy_error() -> None:
    with pytest.raises(PolicyError, match="unicorn"):
        plugins.load(policy("unicorn"))


def test_two_packages_with_one_label_are_an_error_until_the_policy_chooses(install_plugin: InstallPlugin) -> None:
    install_plugin("first-badge", detector("return []"), {"medal": "Detector"})
    install_plugin("second-badge", detector("yield Detection(Box(0, 0, 5, 5), 'medal', 1.0)"), {"medal": "Detector"})
    with pytest.raises(PolicyError, match="first-badge, second-badge"):
        plugins.load(policy("medal"))
    chosen = plugins.load(policy("medal", medal={"package": "second-badge"}))
    assert len(chosen.detect(badge_picture())) == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise ImportError('broken')", "does not load"),
        ("Detector = 3", "no class"),
        ("class Detector: pass", "no class"),
        (
            "class Detector:\n    def __init__(self): raise OSError('no model')\n    def detect(self, image): ...",
            "set up",
        ),
    ],
)
def test_a_plugin_that_does_not_load_is_a_plugin_error(install_plugin: InstallPlugin, source: str, reason: str) -> None:
    install_plugin("redact-broken", source, {"broken": "Detector"})
    with pytest.raises(PluginError, match=reason):
        plugins.load(policy("broken"))


@pytest.mark.parametrize("fault", BROKEN)
def test_a_detector_that_breaks_its_contract_did_not_look(
    install_fault: InstallFault, fault: type[faults.Sound]
) -> None:
    looker = plugins.load(install_fault(fault))
    with pytest.raises(PluginError, match=BROKEN[fault]) as caught:
        looker.detect(np.array(badge_picture()))
    assert f"detector {fault.__name__} of redact-fault 1.0" in str(caught.value)
    assert "51.5074" not in str(caught.value)


def test_every_fault_that_breaks_at_once_is_tried_here() -> None:
    assert set(BROKEN) == set(faults.BROKEN)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("yield Detection(Box(0, 0, 5, 5), 'fault', float('nan'))", "raised ValueError"),
        ("yield Detection(Box(0, 0, float('inf'), 5), 'fault', 1)", "raised ValueError"),
        ("yield Detection(Box(0, 0, 5, 5), ['fault'], 1)", "raised ValueError"),
        ("yield Detection(Box(0, 0, 5, 5), 'fault', 1, None)", "raised ValueError"),
    ],
)
def test_what_a_detector_gets_wrong_by_itself_is_not_looked_at_either(
    install_plugin: InstallPlugin, body: str, reason: str
) -> None:
    install_plugin("redact-fault", detector(body), {"fault": "Detector"})
    with pytest.raises(PluginError, match=reason) as caught:
        plugins.load(policy("fault")).detect(badge_picture())
    assert "51.5074" not in str(caught.value)


def test_a_picture_that_a_detector_cannot_look_at_is_refused_without_its_words(install_plugin: InstallPlugin) -> None:
    body = "import redact; raise redact.MediaError('secret 51.5074')"
    install_plugin("redact-fault", detector(body), {"fault": "Detector"})
    with pytest.raises(MediaError, match="cut one that is crowded or very large into smaller ones") as caught:
        plugins.load(policy("fault")).detect(badge_picture())
    assert "51.5074" not in str(caught.value)


def test_a_detector_that_draws_over_what_another_looks_for_is_an_error(
    install_plugin: InstallPlugin, badge_plugin: str
) -> None:
    """As native code does, which knows of no lock."""
    source = """
import ctypes
class Detector:
    def detect(self, image):
        ctypes.memset(image.ctypes.data, 0, image.nbytes)
        return []
"""
    install_plugin("redact-painter", source, {"painter": "Detector"})
    with pytest.raises(PluginError, match=r"redact-painter 1\.0 wrote into the picture"):
        plugins.load(policy("painter", badge_plugin)).detect(badge_picture())


def test_detections_are_made_anew_of_plain_values(install_plugin: InstallPlugin) -> None:
    body = "import numpy as np; yield Detection(Box(*np.float32([0, 0, 5, 5])), 'fault', np.float32(0.5))"
    install_plugin("redact-fault", detector(body), {"fault": "Detector"})
    (found,) = plugins.load(policy("fault")).detect(badge_picture())
    assert type(found.score) is float
    assert type(found.region.bounds.right) is float


def test_regions_are_clipped_to_the_picture_and_those_outside_dropped(install_plugin: InstallPlugin) -> None:
    body = "return [Detection(Box(-10, -10, 5, 5), 'far', 1), Detection(Box(900, 900, 950, 950), 'far', 1)]"
    install_plugin("redact-far", detector(body), {"far": "Detector"})
    (found,) = plugins.load(policy("far")).detect(badge_picture())
    assert found.region == Box(0, 0, 5, 5)


def test_what_nobody_asked_for_is_left_out(install_plugin: InstallPlugin) -> None:
    body = "return [Detection(Box(0, 0, 5, 5), 'asked', 1), Detection(Box(0, 0, 5, 5), 'other', 1)]"
    install_plugin("redact-two", detector(body), {"asked": "Detector", "other": "Detector"})
    assert [found.label for found in plugins.load(policy("asked")).detect(badge_picture())] == ["asked"]


def test_a_class_that_offers_several_labels_is_built_once_and_told_which(install_plugin: InstallPlugin) -> None:
    source = """
from redact import Box, Detection
class Detector:
    built = 0
    def __init__(self, labels, size=3):
        Detector.built += 1
        self.labels, self.size = labels, size
    def detect(self, image):
        assert Detector.built == 1
        return [Detection(Box(0, 0, self.size, self.size), label, 1.0) for label in self.labels]
"""
    install_plugin("redact-both", source, {"left": "Detector", "right": "Detector", "unused": "Detector"})
    found = plugins.load(policy("left", "right", left={"size": 9})).detect(badge_picture())
    assert {each.label: each.region for each in found} == {"left": Box(0, 0, 9, 9), "right": Box(0, 0, 9, 9)}


def test_options_a_detector_does_not_take_are_a_policy_error(badge_plugin: str) -> None:
    with pytest.raises(PolicyError, match="colour_of_money"):
        plugins.load(policy(badge_plugin, badge={"colour_of_money": 1}))


def test_options_for_what_is_not_hidden_are_a_policy_error(badge_plugin: str) -> None:
    with pytest.raises(PolicyError, match="does not hide"):
        plugins.load(policy(badge_plugin, face={"threshold": 0.5}))


def test_polygons_are_clipped_to_the_picture() -> None:
    clipped = plugins.inside(Polygon(((-5, -5), (20, 0), (10, 30))), 15, 15)
    assert clipped is not None
    assert clipped.bounds == Box(0, 0, 15, 15)


def test_a_region_is_at_least_a_pixel() -> None:
    assert plugins.inside(Box(4.5, 4.5, 4.5 + 1e-12, 9.5), 15, 15) == Box(4, 4, 5, 10)
    assert plugins.inside(Box(14.9, 0, 30, 5), 15, 15) == Box(14, 0, 15, 5)


def test_the_picture_itself_is_left_writable_for_its_owner(badge_plugin: str) -> None:
    image = np.ascontiguousarray(badge_picture())
    plugins.load(policy(badge_plugin)).detect(image)
    assert image.flags.writeable
