"""Writes the page, and beside it the report and the picture that it shows."""

import sys
from pathlib import Path
from typing import Final

import msgspec

from bench import page, plot, report
from bench.experiments import EXPERIMENTS, SUBJECTS

REPORT: Final = Path("build/bench.json")
"""What the last run found."""
_PAGE: Final = Path("docs/performance.md")
_KEPT: Final = _PAGE.with_suffix(".json")
"""What stands on the page."""


def write_page() -> None:
    """What was kept before stays, but for what the last run measured anew. Without a last run the
    page is written anew from what was kept; exits where there is neither."""
    reports = [msgspec.json.decode(file.read_bytes()) for file in (_KEPT, REPORT) if file.exists()]
    if not reports:
        sys.exit(f"There is nothing to write: no {REPORT}, which `make bench` makes.")
    found = reports[0]
    for newer in reports[1:]:
        found = report.together(found, newer, [one.name for one in EXPERIMENTS])
    _KEPT.write_bytes(report.encoded(found))
    subjects = {name: [one.name for one in those] for name, those in SUBJECTS.items()}
    text = _PAGE.read_text(encoding="utf-8")
    _PAGE.write_text(page.with_report(text, found, subjects), encoding="utf-8")
    if found["series"]:
        plot.draw(_KEPT, _PAGE.with_suffix(".svg"))
