"""`make dashboards`: lets a day of the sandbox's shops pass in twelve minutes, with a mail server
that is away for some hours, asks Prometheus what the dashboards ask, and draws that with Grafana's
own components into docs/operating. Needs npm, Debian's Prometheus and its Chromium.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.dashboards.answers import answers
from tests.dashboards.days import SPEED, pass_by
from tests.dashboards.drawing import draw
from tests.support.dashboards import days

_ANSWERS: Final = Path("build/dashboards/answers.json")
_PICTURES: Final = Path("docs/operating")


def main(arguments: Sequence[str]) -> int:
    """Draws; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.dashboards", description=__doc__)
    parser.add_argument("--again", action="store_true", help="draw the answers of the last time")
    parser.add_argument("--minutes", type=float, default=12, help="of the real clock")
    wished = parser.parse_args(arguments)
    if not wished.again:
        found = asyncio.run(_asked(wished.minutes))
        _ANSWERS.parent.mkdir(parents=True, exist_ok=True)
        _ANSWERS.write_text(json.dumps(found), "utf-8")
    for picture in draw(json.loads(_ANSWERS.read_text("utf-8")), _PICTURES):
        sys.stdout.write(f"{picture}: {picture.stat().st_size // 1024} kB\n")
    return 0


async def _asked(minutes: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        async with days(Path(folder), SPEED) as these:
            await pass_by(these, minutes * 60)
            return await answers(these.prometheus, minutes * 60)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
