"""A release as it is installed: our wheel, the production requirements, and no repository."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.sbom import production

HERE: Final = "/opt/headsup"
"""Where it is to be seen."""
_PACKAGES: Final = "/opt/packages"


def installed(folder: Path) -> dict[str, Path]:
    """Makes a new environment below `folder`: what is to be seen where. The packages of others are
    installed once for all who ask."""
    packages_of = production()
    wheels, environment = folder / "wheels", folder / "environment"
    build = ("-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels))
    subprocess.run([sys.executable, *build], check=True, capture_output=True)
    (wheel,) = wheels.iterdir()
    subprocess.run([packages_of, "-m", "venv", "--without-pip", str(environment)], check=True)
    into = ("--python", str(environment / "bin/python"))
    how = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
    subprocess.run([sys.executable, "-m", "pip", *into, "install", *how, str(wheel)], check=True)
    (packages,) = environment.glob("lib/python3.*/site-packages")
    inside = packages.relative_to(environment)
    (packages / "packages.pth").write_text(f"{_PACKAGES}/{inside}\n")
    return {HERE: environment, _PACKAGES: packages_of.parents[1]}
