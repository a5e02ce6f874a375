"""What is installed here, whether it works, and for what does not the command that mends it."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata

import av
import cv2

from redact import plugins, weights
from redact.errors import RedactError
from redact.policy import Policy

OPENCVS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
    "opencv-python-rolling",
    "opencv-python-headless-rolling",
    "opencv-contrib-python-rolling",
    "opencv-contrib-python-headless-rolling",
)
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
    installed = {name: metadata.version(name) for name in OPENCVS if _installed(name)}
    told = " and ".join(f"{name} {version}" for name, version in installed.items()) or "outside pip"
    # First: where another one has overwritten it, a newer version of the right one is there already.
    if len(set(installed.values())) > 1:
        state = f"{told} overwrite one another, and {cv2.__version__} is what runs"
        return Finding("cv2", state, _opencv_remedy(installed))
    if int(cv2.__version__.split(".")[0]) < 5:
        return Finding("cv2", f"{cv2.__version__} of {told} is too old", _opencv_remedy(installed))
    if not _is_whole("opencv-python-headless"):
        state = f"{cv2.__version__}, but files of opencv-python-headless are missing or were overwritten"
        return Finding("cv2", state, _opencv_remedy(installed))
    return Finding("cv2", f"{cv2.__version__} from {told}")


def _opencv_remedy(installed: Iterable[str]) -> str:
    """Away with the others, whose files take those that they share along, and the right one put back."""
    others = " ".join(name for name in installed if name != "opencv-python-headless")
    uninstall = f"pip uninstall -y {others} && " if others else ""
    return f"{uninstall}pip install --force-reinstall --no-deps 'opencv-python-headless>=5'"


def _is_whole(name: str) -> bool:
    """False when a file that a package brought is gone or of another size; true for one that is not installed."""
    brought = (metadata.files(name) or ()) if _installed(name) else ()
    return all(
        each.locate().stat().st_size == each.size if each.locate().exists() else False  # type: ignore[attr-defined]
        for each in brought
        if each.size is not None and each.suffix in (".so", ".py")
    )


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
    labels = ", ".join(dict.fromkeys(offer.name for offer in plugins.offers()))
    return Finding("detectors", f"the default policy loads; offered are {labels}")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
