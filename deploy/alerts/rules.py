"""The rules as they are written in this folder: groups of them, as Prometheus reads them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parent
RUNBOOKS: Final = FOLDER.parents[1] / "docs/runbooks"
SEVERITIES: Final = ("page", "ticket")
"""Somebody is woken, or looks at it in the morning."""

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule. Several may share a name, and then a runbook."""

    body: Tree

    @property
    def name(self) -> str:
        """What it is called everywhere."""
        return str(self.body["alert"])

    @property
    def severity(self) -> str:
        """One of `SEVERITIES`."""
        return str(self.body.get("labels", {}).get("severity", ""))

    def said(self, what: str) -> str:
        """An annotation; empty where there is none."""
        return str(self.body.get("annotations", {}).get(what, ""))


def files() -> list[Path]:
    """The files with rules, in the order in which they are read."""
    return sorted(FOLDER.glob("*.yaml"))


def tests() -> list[Path]:
    """The files with promtool's tests of them."""
    return sorted((FOLDER / "tests").glob("*.yaml"))


def groups() -> list[Tree]:
    """All groups of rules."""
    return [group for path in files() for group in yaml.safe_load(path.read_text())["groups"]]


def rules() -> Iterator[Tree]:
    """All rules."""
    for group in groups():
        yield from group["rules"]


def alerts() -> list[Alert]:
    """Those that tell a person something."""
    return [Alert(rule) for rule in rules() if "alert" in rule]


def recorded() -> dict[str, str]:
    """What is computed in advance: each name, with its query."""
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}
