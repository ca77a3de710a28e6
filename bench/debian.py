"""Programs of Debian's packages, used uninstalled: they are unpacked under build/."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


def unpacked(place: Path, packages: Sequence[str]) -> Path:
    """The folder in which these are unpacked; fetched with apt the first time. Raises
    subprocess.CalledProcessError where apt does not have them."""
    done = place / ".unpacked"
    if not done.exists():
        place.mkdir(parents=True, exist_ok=True)
        download = ("apt-get", "download", "-qq", *packages)
        try:
            _run(place, *download)
        except subprocess.CalledProcessError:  # its lists may be missing, or old
            _run(place, "apt-get", "update", "-qq")
            _run(place, *download)
        for package in sorted(place.glob("*.deb")):
            _run(place, "dpkg-deb", "-x", package.name, ".")
        done.touch()
    return place.absolute()


def _run(place: Path, *words: str) -> None:
    subprocess.run(words, check=True, cwd=place, stdout=subprocess.DEVNULL)
