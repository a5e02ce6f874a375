"""What is installed here, whether it works, and for what does not the command that mends it."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

import av
import cv2

from redact import plugins, weights
from redact.errors import RedactError
from redact.policy import Policy

OPENCVS = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
ENCODERS = ("libx264", "libx265")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report; `remedy` is the command that mends it, empty when nothing is wrong."""

    topic: str
    state: str
    remedy: str = ""


def examined() -> Iterator[Finding]:
    """Everything that has to be right for a run, looked at."""
    yield Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield from _packages()
    yield _opencv()
    yield from _encoders()
    yield from _models()
    yield _detectors()
    yield Finding("sandbox", "not confined: files are parsed in the command's own process")


def _packages() -> Iterator[Finding]:
    """The package itself and what it needs at run time, by its own declaration."""
    needs = [need for need in metadata.requires("redact-share") or () if "extra ==" not in need]
    for name in ("redact-share", *(re.split(r"[^\w.-]", need)[0] for need in needs)):
        if _installed(name):
            yield Finding(name, metadata.version(name))
        else:
            yield Finding(name, "not installed", f"pip install {name}")


def _opencv() -> Finding:
    """The OpenCV packages share one folder `cv2`: with two of them installed, which one runs is luck."""
    installed = [name for name in OPENCVS if _installed(name)]
    major = int(cv2.__version__.split(".")[0])
    if major < 5:
        return Finding("cv2", f"{cv2.__version__} is too old", "pip install -U 'opencv-python-headless>=5'")
    if len({metadata.version(name) for name in installed}) > 1:
        unwanted = " ".join(name for name in installed if name != "opencv-python-headless")
        remedy = f"pip uninstall -y {unwanted} && pip install --force-reinstall --no-deps opencv-python-headless"
        return Finding("cv2", f"{' and '.join(installed)} overwrite one another", remedy)
    return Finding("cv2", f"{cv2.__version__} from {' and '.join(installed) or 'outside pip'}")


def _encoders() -> Iterator[Finding]:
    for name in ENCODERS:
        if name in av.codecs_available:
            yield Finding(name, f"encodes, FFmpeg {av.ffmpeg_version_info}")
        else:
            yield Finding(
                name, "this build of PyAV cannot encode with it", "pip install --force-reinstall --only-binary=:all: av"
            )


def _models() -> Iterator[Finding]:
    try:
        checked = weights.check()
    except RedactError as error:
        yield Finding("models", str(error), weights.REMEDY)
        return
    for each, status in checked:
        state = f"{status}, {each.licence}, from {each.origin}, sha256 {each.sha256}"
        yield Finding(f"model {each.name}", state, "" if status == "ok" else weights.REMEDY)


def _detectors() -> Finding:
    try:
        plugins.load(Policy())
    except RedactError as error:
        return Finding("detectors", str(error), weights.REMEDY)
    labels = ", ".join(dict.fromkeys(offer.label for offer in plugins.offers()))
    return Finding("detectors", f"the default policy loads; offered are {labels}")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
