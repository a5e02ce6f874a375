"""For authors of detectors and embedders: conformance kits, and detectors that break on purpose.

The built-in detectors pass the kit too.

from redact.testing import check_detector

def test_badge_detector_keeps_its_contract():
    check_detector(BadgeDetector(), picture_with_a_badge, labels={"badge"})
"""

from redact.testing import faults
from redact.testing.conduct import no_sockets, well_behaved
from redact.testing.conformance import ODD_SIZES, canvas, check_detector
from redact.testing.embedding import check_embedder

__all__ = ["ODD_SIZES", "canvas", "check_detector", "check_embedder", "faults", "no_sockets", "well_behaved"]
