"""What is made from the code: topics, users and rules for Kubernetes, dashboards, docs/metrics.md,
and a table of docs/operating/sizing.md."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from deploy import metrics, sizing, strimzi
from deploy.alerts.component import RULE, rule
from deploy.dashboards import files as dashboards

Made = Mapping[Path, Callable[[], str]]

MADE: Final[Made] = {
    strimzi.TOPICS: strimzi.topics,
    strimzi.USERS_FILE: strimzi.users,
    RULE: rule,
    sizing.PAGE: sizing.page,
    metrics.PAGE: metrics.page,
    **dashboards.MADE,
}


def main(arguments: Sequence[str], made: Made = MADE) -> int:
    """Writes, or with `--check` only compares; the exit code."""
    old = {path: text for path, make in made.items() if _text(path) != (text := make())}
    if list(arguments) == ["--check"]:
        for path in old:
            sys.stderr.write(f"{path.name} is out of date: make schemas\n")
        return 1 if old else 0
    for path, text in old.items():
        path.write_text(text, "utf-8")
        sys.stdout.write(f"{path.name}\n")
    return 0


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None
