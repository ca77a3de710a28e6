"""Whoever writes a mail again, another replica or another day's process, writes the same bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path

from services.notifier.render import Renderer
from tests.unit.services.notifier.render.written import digests

ROOT = Path(__file__).parents[5]


def test_another_process_writes_the_same_bytes(renderer: Renderer) -> None:
    strange = {"PYTHONHASHSEED": "77", "TZ": "Pacific/Chatham", "LC_ALL": "C", "LANG": "C"}
    another = subprocess.run(
        [sys.executable, "-m", "tests.unit.services.notifier.render.written"],
        cwd=ROOT,
        env={**os.environ, **strange},
        capture_output=True,
        check=True,
        text=True,
    )

    here = digests(renderer)

    assert len(here) >= 30
    assert json.loads(another.stdout) == here
