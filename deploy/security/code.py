"""What Bandit finds in our code. pyproject.toml says which of its tests are left to Ruff."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.venv import python_with
from deploy.security.advisories import TOOL

LOOKED_AT: Final = ("headsup", "services", "deploy", "sandbox", "tools")
_WORDS: Final = ("--recursive", "--quiet", "--configfile=pyproject.toml", "--format=json")


def found(places: Sequence[str | Path] = LOOKED_AT) -> Iterator[str]:
    """A line for each finding, and for each file that could not be read: of those Bandit says
    nothing by itself. Raises CalledProcessError where it could not look at all."""
    bandit = python_with("security", TOOL).with_name("bandit")
    run: list[Path | str] = [bandit, *_WORDS, *places]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise subprocess.CalledProcessError(done.returncode, run, done.stdout, done.stderr)
    report = json.loads(done.stdout)
    for each in report["errors"]:
        yield f"{each['filename']}: {each['reason']}"
    for each in report["results"]:
        where = f"{each['filename']}:{each['line_number']}"
        yield f"{where}: {each['test_id']} {each['issue_text']}"
