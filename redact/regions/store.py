"""Regions in files: which layout a file has, and writing one whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from redact.errors import PolicyError
from redact.regions import coco, cvat, own, yolo
from redact.regions.demands import Size, refuse, shown
from redact.regions.listing import Regions
from redact.regions.strict import read_json

LAYOUTS = ("own", "coco", "yolo", "cvat")
"""`own` and `coco` are a file, `yolo` and `cvat` a folder."""

MOST_BYTES = 1 << 27
"""Of all texts of one layout together: what is read is held in memory."""

MOST_FILES = 1 << 20

Sizes = Callable[[], Mapping[str, Size]]


def load(path: str | os.PathLike[str], sizes: Sizes | None = None) -> Regions:
    """The regions in a file or folder, whatever its layout: it is known by its content.

    sizes: tells the sizes of the pictures by their paths below the folder that is redacted; asked for YOLO's layout,
           which does not hold them

    Raises PolicyError, with the place, when it cannot be read or is not as it has to be.
    """
    path = Path(path)
    try:
        return _folder(path, sizes) if path.is_dir() else _file(path)
    except OSError as error:
        _unreadable(path, error.strerror or type(error).__name__, error)
    except PolicyError as error:
        message = f"the regions {path.name}: {error}"
        raise PolicyError(message) from error


def save(regions: Regions, path: str | os.PathLike[str], layout: str = "own") -> None:
    """Write regions to a file or, in the layouts `yolo` and `cvat`, a folder; it is there whole, or not at all.

    Nothing is overwritten: what is there may have been edited. Raises PolicyError when the name is taken, when the
    layout cannot hold them, or when it cannot be written.
    """
    path = Path(path)
    demand_free(path)
    try:
        if layout in ("own", "coco"):
            text = own.write(regions) if layout == "own" else coco.write(regions)
            with _beside(path) as private:
                _write(private / "regions", text)
                # A link does not overwrite what appeared meanwhile.
                os.link(private / "regions", path)
            return
        texts = _texts_of(regions, layout)
        with _beside(path) as private:
            for name, text in texts.items():
                _write(private / "regions" / name, text)
            (private / "regions").rename(path)
    except OSError as error:
        message = f"the regions cannot be written to {path}: {error.strerror or type(error).__name__}"
        raise PolicyError(message) from error


def demand_free(path: Path) -> None:
    """Raise PolicyError unless regions can be saved under that name."""
    if os.path.lexists(path):
        message = (
            f"{path} exists already and is not overwritten, for it may have been edited: remove it or name another"
        )
        raise PolicyError(message)
    if not path.absolute().parent.is_dir():
        message = f"there is no folder {path.parent} to write regions to: make it first"
        raise PolicyError(message)


def _file(path: Path) -> Regions:
    text = _text(path, MOST_BYTES)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return cvat.read({path.name: text})
    data: Any = read_json(text)
    if isinstance(data, dict) and own.KEY in data:
        return own.read(data)
    if isinstance(data, dict) and "annotations" in data:
        return coco.read(data)
    return refuse("at the top", f"neither {own.KEY}, as a scan writes it, nor COCO's annotations")


def _folder(path: Path, sizes: Sizes | None) -> Regions:
    texts = _texts(path)
    if yolo.CLASSES in texts:
        if sizes is None:
            refuse(yolo.CLASSES, "YOLO's layout does not hold the sizes of pictures: it can be read beside them alone")
        return yolo.read(texts, sizes())
    documents = {name: text for name, text in texts.items() if name.endswith(".xml")}
    if not documents:
        refuse("the folder", f"neither {yolo.CLASSES} of YOLO's layout nor an XML document of CVAT's is in it")
    return cvat.read(documents)


def _texts(folder: Path) -> dict[str, str]:
    """The texts below a folder that layouts have; links are not followed."""
    texts: dict[str, str] = {}
    left = MOST_BYTES
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix in (".txt", ".xml") and not path.is_symlink():
                text = _text(path, left)
                left -= len(text.encode())
                texts[path.relative_to(folder).as_posix()] = text
            if len(texts) > MOST_FILES:
                refuse("the folder", f"more than {MOST_FILES} files are in it")
    return texts


def _text(path: Path, most: int) -> str:
    if not path.is_file():
        _unreadable(path, "it is no file")
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        refuse(shown(path.name), f"more than {MOST_BYTES >> 20} MiB: give the regions of fewer files at a time")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        refuse(shown(path.name), f"no UTF-8 text, at byte {error.start}")
    return text


def _texts_of(regions: Regions, layout: str) -> dict[str, str]:
    if layout == "yolo":
        return yolo.write(regions)
    if layout == "cvat":
        return cvat.write(regions)
    message = f"there is no layout {layout!r} of regions; there are {', '.join(LAYOUTS)}"
    raise PolicyError(message)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".redact-", dir=path.absolute().parent) as private:
        yield Path(private)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _unreadable(path: Path, problem: str, cause: Exception | None = None) -> NoReturn:
    message = f"the regions {path} cannot be read: {problem}"
    raise PolicyError(message) from cause
