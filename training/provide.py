"""`python -m training.provide` fetches the Debian packages of `training/debian.txt` into `training/assets/`.

Each is unpacked into a folder of its own name, whole or not at all, and what is there already is left alone. Nothing
is installed and no administrator's right is needed: `apt-get download` and `dpkg-deb --extract` do the work, so the
machine must be a Debian or a child of it. Everything that is drawn works without these packages too, only with less
variety.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ASSETS = Path(os.environ.get("TRAINING_ASSETS") or Path(__file__).with_name("assets"))
"""Where packages are unpacked: `training/assets`, which git ignores, or the folder TRAINING_ASSETS names."""
PACKAGES = Path(__file__).with_name("debian.txt")


class ProvisionError(RuntimeError):
    """A package could not be fetched or unpacked."""


def listed(path: Path = PACKAGES) -> tuple[str, ...]:
    """Names of the packages in the list at `path`: one a line; a `#` and what follows it is left out."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)


def missing(packages: tuple[str, ...], assets: Path = ASSETS) -> tuple[str, ...]:
    """Those of `packages` that have no folder in `assets` yet."""
    return tuple(package for package in packages if not (assets / package).is_dir())


def provide(package: str, assets: Path = ASSETS) -> str:
    """Fetch `package` into a folder of its name in `assets`; gives the archive's name, which tells the version.

    Raises ProvisionError, and leaves nothing in `assets`, when apt has no such package or it cannot be unpacked.
    """
    assets.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=assets, prefix=".fetching-") as name:
        here = Path(name)
        _run("apt-get", "download", "--quiet", package, folder=here)
        archives = sorted(here.glob("*.deb"))
        if len(archives) != 1:
            message = f"apt-get download {package}: {len(archives)} archives came, not one"
            raise ProvisionError(message)
        content = here / package
        _run("dpkg-deb", "--extract", str(archives[0]), str(content), folder=here)
        _move(content, assets / package)
        return archives[0].name


def _move(content: Path, target: Path) -> None:
    """Into place, unless a run beside this one was first: theirs is as good."""
    try:
        content.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _run(*command: str, folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError as error:
        message = f"{command[0]}: not found. Packages can be fetched on a Debian system only"
        raise ProvisionError(message) from error
    if done.returncode:
        message = f"{' '.join(command[:3])}: {done.stderr.strip()} (does `apt-get update` help?)"
        raise ProvisionError(message)


def main() -> int:
    """Fetch what is missing, telling each archive's name; 1 when something could not be had, else 0."""
    failed = 0
    for package in missing(listed()):
        try:
            print(provide(package))
        except ProvisionError as error:
            print(error, file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
