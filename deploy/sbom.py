"""python -m deploy.sbom: what a release consists of, with licences, as CycloneDX, in
build/sbom.cdx.json. It is made of an environment in which the production requirements are
installed; the image build makes the same of the image's own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.venv import python_with

REQUIREMENTS: Final = Path("requirements/production.txt")
_TOOL: Final = Path("tools/sbom/requirements.txt")
_RESULT: Final = Path("build/sbom.cdx.json")


def production() -> Path:
    """The interpreter of an environment with the production requirements and nothing else, not even
    what installed them; made the first time."""
    python = python_with("production", REQUIREMENTS)
    if any(python.parents[1].glob("lib/*/site-packages/pip")):
        words = ("-m", "pip", "--disable-pip-version-check", "uninstall", "--quiet", "--yes")
        subprocess.run([python, *words, "setuptools", "pip"], check=True, stderr=subprocess.DEVNULL)
    return python


def write(result: Path = _RESULT) -> None:
    """Writes it, validated by CycloneDX's own schema. Raises CalledProcessError."""
    maker = python_with("sbom", _TOOL).with_name("cyclonedx-py")
    result.parent.mkdir(exist_ok=True)
    words = ["environment", "--pyproject", "pyproject.toml", "--output-reproducible", "--validate"]
    # A licence that a package names in words of its own, not by SPDX, is among the texts.
    words.append("--gather-license-texts")
    subprocess.run([maker, *words, "--output-file", str(result), str(production())], check=True)


if __name__ == "__main__":
    write()
    sys.stdout.write(f"wrote {os.fspath(_RESULT)}\n")
