"""For authors of detectors: the conformance kit that the built-in ones pass too, and detectors that break on purpose.

from redact.testing import check_detector

def test_badge_detector_keeps_its_contract():
    check_detector(BadgeDetector(), picture_with_a_badge, labels={"badge"})
"""

from redact.testing import faults
from redact.testing.conduct import no_sockets, well_behaved
from redact.testing.conformance import ODD_SIZES, canvas, check_detector

__all__ = ["ODD_SIZES", "canvas", "check_detector", "faults", "no_sockets", "well_behaved"]
