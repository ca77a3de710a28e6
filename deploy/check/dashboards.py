"""What holds of the dashboards beside the names in their queries: deploy.check.queries."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.alerts.rules import RUNBOOKS
from deploy.check.queries import DASHBOARDS, metrics_named

Tree = dict[str, Any]

_IN_LEGEND: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_KEPT: Final = re.compile(r"\bby\s*\(([^)]*)\)")
_RUNBOOK: Final = re.compile(r"\$\{runbooks\}/(Headsup\w+[.]md)$")
_SOURCE: Final = "${datasource}"
_LARGEST: Final = 250_000
"""Bytes. `kubectl apply` keeps a copy of each object in an annotation, which takes 262,144."""


def problems(folder: Path = DASHBOARDS) -> Iterator[str]:
    """What is wrong with the dashboards of a folder, a sentence each."""
    delivered = _delivered(folder / "kustomization.yaml")
    for path in sorted(folder.glob("*.json")):
        board = json.loads(path.read_text("utf-8"))
        found = [each for panel in panels(board) for each in _wrong_with(panel)]
        yield from (f"{path.name}: {problem}" for problem in found)
        if path.name not in delivered:
            yield f"{path.name} is in no ConfigMap of deploy/dashboards/kustomization.yaml"
        if path.stat().st_size > _LARGEST:
            yield f"{path.name} is too large for kubectl apply"


def panels(board: Tree) -> Iterator[Tree]:
    """Those that show something, not the headings."""
    yield from (panel for panel in board["panels"] if panel["type"] != "row")


def _delivered(path: Path) -> set[str]:
    maps = yaml.safe_load(path.read_text("utf-8"))["configMapGenerator"] if path.exists() else ()
    return {name for each in maps for name in each["files"]}


def _wrong_with(panel: Tree) -> Iterator[str]:
    title = panel.get("title") or "a panel without a title"
    for lacking in ("title", "description"):
        if not panel.get(lacking):
            yield f"{title} has no {lacking}"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield f"{title} has no unit"
    if panel["datasource"]["uid"] != _SOURCE:
        yield f"{title} asks another Prometheus than the one that is chosen"
    for link in panel.get("links", ()):
        page = _RUNBOOK.search(link["url"])
        if page is None or not (RUNBOOKS / page[1]).exists():
            yield f"{title} leads to no runbook: {link['url']}"
    if not panel.get("targets"):
        yield f"{title} asks nothing"
    for target in panel.get("targets", ()):
        yield from (f"{title} {problem}" for problem in _wrong_with_query(target))


def _wrong_with_query(target: Tree) -> Iterator[str]:
    query = target["expr"]
    if not metrics_named(query) and "ALERTS{" not in query:
        yield f"asks for no metric of ours: {query}"
    if target["datasource"]["uid"] != _SOURCE:
        yield f"asks another Prometheus than the one that is chosen: {query}"
    kept = {label.strip() for group in _KEPT.findall(query) for label in group.split(",")}
    for label in _IN_LEGEND.findall(target.get("legendFormat") or ""):
        if label not in kept and _KEPT.search(query):
            yield f"names {label} in its legend, which the query does not keep: {query}"
