"""What several tests need: sample media, pictures with a red badge, and plugin packages installed for one test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import hypothesis
import numpy as np
import piexif
import pytest
from PIL import Image as Pillow

from redact.model import Image
from redact.policy import Policy
from redact.styles import Fill
from redact.testing import faults

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples" / "card"
LATITUDE, LONGITUDE = 12.345678, -45.678912
"""Planted as canaries; in the middle of the Atlantic."""

# How long an example takes says more about the machine than about the code: a busy one must not fail a test.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

InstallPlugin = Callable[[str, str, Mapping[str, str]], None]
InstallFault = Callable[[type[faults.Sound]], Policy]


@pytest.fixture
def samples() -> Path:
    """The folder of sample media."""
    return SAMPLES


@pytest.fixture(autouse=True)
def private_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder for one test: what it publishes is not known to another one, or to the user."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture
def install_plugin(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> InstallPlugin:
    """Installs a package as pip would: `install_plugin(package, source, {label: class name})`."""

    def install(package: str, source: str, labels: Mapping[str, str]) -> None:
        site = tmp_path_factory.mktemp("site")
        module = package.replace("-", "_")
        (site / f"{module}.py").write_text(source)
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        points = "".join(f"{label} = {module}:{name}\n" for label, name in labels.items())
        (info / "entry_points.txt").write_text(f"[redact.detectors]\n{points}")
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install


@pytest.fixture
def install_fault(install_plugin: InstallPlugin) -> InstallFault:
    """Installs a detector that breaks its contract as a package, redact-fault: gives the policy that asks for it."""

    def install(fault: type[faults.Sound]) -> Policy:
        source = f"from redact.testing.faults import {fault.__name__}"
        install_plugin("redact-fault", source, {"fault": fault.__name__})
        return Policy(hide={"fault": Fill()})

    return install


@pytest.fixture
def badge_plugin(install_plugin: InstallPlugin) -> str:
    """The example plugin of samples/, installed; returns its label."""
    source = (ROOT / "samples" / "redact-badge" / "redact_badge.py").read_text()
    install_plugin("redact-badge", source, {"badge": "BadgeDetector"})
    return "badge"


def badge_picture(height: int = 120, width: int = 160) -> Image:
    """A grey slope with one red badge, with a white line on it, from (40, 30) to (80, 70)."""
    image = np.empty((height, width, 3), np.uint8)
    image[...] = np.linspace(60, 200, width, dtype=np.uint8)[None, :, None]
    image[30:70, 40:80] = (230, 20, 30)
    image[46:54, 46:74] = 245
    return image


def gps_exif(orientation: int = 1) -> bytes:
    """An EXIF block with a position, a camera, a time, and a thumbnail."""

    def rationals(degrees: float) -> tuple[tuple[int, int], ...]:
        whole = int(abs(degrees))
        minutes = (abs(degrees) - whole) * 60
        return (whole, 1), (int(minutes), 1), (round((minutes - int(minutes)) * 60 * 10000), 10000)

    thumbnail = _jpeg(Pillow.fromarray(badge_picture()[::2, ::2]))
    block: bytes = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Make: b"CanaryCam", piexif.ImageIFD.Orientation: orientation},
            "Exif": {
                piexif.ExifIFD.DateTimeOriginal: b"2024:05:06 07:08:09",
                piexif.ExifIFD.BodySerialNumber: b"SERIAL-CANARY-77",
            },
            "GPS": {
                piexif.GPSIFD.GPSLatitudeRef: b"N",
                piexif.GPSIFD.GPSLatitude: rationals(LATITUDE),
                piexif.GPSIFD.GPSLongitudeRef: b"W",
                piexif.GPSIFD.GPSLongitude: rationals(LONGITUDE),
            },
            "1st": {piexif.ImageIFD.Compression: 6},
            "thumbnail": thumbnail,
        }
    )
    return block


def badge_jpeg(path: Path, orientation: int = 1) -> Path:
    """A JPEG of the badge picture with a position in its EXIF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(badge_picture()).save(path, quality=92, exif=gps_exif(orientation), comment=b"COMMENT-CANARY")
    return path


def _jpeg(picture: Pillow.Image) -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    picture.save(buffer, "JPEG")
    return buffer.getvalue()
