"""Draws a report."""

import subprocess
from pathlib import Path
from typing import Final

from bench.venv import python_with

_TOOL: Final = Path("tools/plot")


def draw(report: Path, picture: Path) -> None:
    """Draws the lines of a report into a picture (SVG)."""
    python = python_with("plot", _TOOL / "requirements.txt")
    subprocess.run([python, str(_TOOL / "plot.py"), str(report), str(picture)], check=True)
