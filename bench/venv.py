"""Environments of their own for what is not ours: peers, and a library for drawing."""

import hashlib
import subprocess
from pathlib import Path
from typing import Final

_BUILD: Final = Path("build/venvs")
_MAKE: Final = Path(".ci/make-venv")


def python_with(name: str, requirements: Path) -> Path:
    """The interpreter of an environment in which these are installed, made the first time. It is
    named after the content of the file, so other versions are another environment."""
    place = _BUILD / f"{name}-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]}"
    python, done = place / "bin/python", place / ".installed"
    if not done.exists():
        subprocess.run(["/bin/sh", str(_MAKE), str(place)], check=True)
        words = ("install", "--disable-pip-version-check", "--quiet", "--require-hashes")
        subprocess.run([python, "-m", "pip", *words, "-r", str(requirements)], check=True)
        done.touch()
    return python.absolute()
