"""Every metric that a query names is shown by a service, and has the labels that it is asked for.

A query is not parsed: names and labels are found by their form, and promtool judges the grammar. So
only names that begin with `headsup` are looked at, which all of ours do.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from deploy.alerts.rules import recorded
from deploy.check.manifests import Manifest, Manifests
from deploy.metrics import series

DASHBOARDS: Final = Path(__file__).parents[1] / "dashboards"
_STRING: Final = r'"(?:\\.|[^"\\])*"'
_NAMED: Final = re.compile(rf"\b(headsup[_:][\w:]+)\s*(\{{(?:[^{{}}\"]|{_STRING})*\}})?")
_MATCHER: Final = re.compile(rf"(\w+)\s*(?:=~|!~|!=|=)\s*{_STRING}")
_GROUPED: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_OF_PROMETHEUS: Final = frozenset({"container", "endpoint", "instance", "job", "namespace", "pod"})
"""That it adds to each series when it scrapes a pod."""
_OF_ALERTS: Final = frozenset({"alertname", "alertstate", "severity", "service", "window"})


def metrics_named(query: str) -> set[str]:
    """The metrics of ours in a query, those that are computed in advance included."""
    return {found[1] for found in _NAMED.finditer(query)}


def wrong_in(query: str) -> Iterator[str]:
    """What a query asks for that there is not."""
    known = _known()
    for found in _NAMED.finditer(query):
        name, selector = found[1], found[2] or ""
        if name not in known:
            yield f"{name} is no metric of ours"
            continue
        for label in _MATCHER.findall(selector):
            if label not in known[name] | _OF_PROMETHEUS:
                yield f"{name} has no label {label}"
    labels = {label for name in metrics_named(query) for label in known.get(name, ())}
    for group in _GROUPED.findall(query):
        for label in filter(None, map(str.strip, group.split(","))):
            if label not in labels | _OF_PROMETHEUS | _OF_ALERTS:
                yield f"nothing here has a label {label}: {query.strip()}"


@cache
def _known() -> Mapping[str, frozenset[str]]:
    """All names with their labels. What is computed in advance has at most those of what it is
    computed from."""
    known = dict(series())
    for name, query in recorded().items():
        used = (known.get(each, frozenset()) for each in metrics_named(query))
        known[name] = frozenset[str]().union(*used)
    return known


def queries_find_something(manifests: Manifests) -> Iterator[str]:
    """Queries of alerts, of scalers and of dashboards name what there is."""
    for manifest in manifests:
        for query in _queries_of(manifest):
            yield from (f"{manifest}: {problem}" for problem in wrong_in(query))


def _queries_of(manifest: Manifest) -> Iterator[str]:
    match manifest.kind:
        case "PrometheusRule":
            for group in manifest.spec["groups"]:
                yield from (rule["expr"] for rule in group["rules"])
        case "ScaledObject":
            for trigger in manifest.spec.get("triggers", []):
                if trigger["type"] == "prometheus":
                    yield trigger["metadata"]["query"]
        case "ConfigMap":
            for name, text in (manifest.body.get("data") or {}).items():
                if name.endswith(".json"):
                    yield from _exprs(json.loads(text))


def wrong_in_dashboards(folder: Path = DASHBOARDS) -> Iterator[str]:
    """What the dashboards beside the manifests ask for in vain."""
    for path in sorted(folder.rglob("*.json")):
        for query in _exprs(json.loads(path.read_text("utf-8"))):
            yield from (f"{path.name}: {problem}" for problem in wrong_in(query))


def wrong_in_runbook(path: Path) -> Iterator[str]:
    """What the queries of a page ask for in vain: those in blocks that are marked as `promql`."""
    for query in re.findall(r"```promql\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
        yield from (f"{path.name}: {problem}" for problem in wrong_in(query))


def _exprs(node: Any) -> Iterator[str]:
    """What is called `expr`, wherever it is."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "expr" and isinstance(value, str):
                yield value
            else:
                yield from _exprs(value)
    elif isinstance(node, list):
        for each in node:
            yield from _exprs(each)
