"""The list of all metrics is whole, and each keeps to Prometheus' rules."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from deploy import metrics
from deploy.alerts.promtool import found_promtool
from deploy.check.queries import wrong_in
from deploy.questions import QUESTIONS
from tests.support.each import each

ROOT = Path(__file__).parents[3]
MAKING = {"Counter", "Gauge", "Histogram", "Info", "Summary"}


def _makes_metrics(path: Path) -> bool:
    """Whether a module imports what metrics are made with."""
    tree = ast.parse(path.read_text("utf-8"))
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "prometheus_client"
        and MAKING & {alias.name for alias in node.names}
        for node in ast.walk(tree)
    )


def test_no_module_that_makes_metrics_is_left_out() -> None:
    paths = (ROOT / "services").rglob("*.py")
    making = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in paths
        if _makes_metrics(path)
    }
    listed = {make.__module__ for makers in metrics.MAKERS.values() for make in makers}
    assert making == listed


def test_a_histogram_is_asked_for_by_its_parts_and_knows_its_labels() -> None:
    told = "headsup_notifier_told_seconds"
    labels = {"kind", "channel", "priority"}
    series = metrics.series()
    assert series[f"{told}_bucket"] == labels | {"le"}
    assert series[f"{told}_count"] == labels
    assert told not in series
    assert series["headsup_notifier_attempts_total"] >= {"state", "reason"}
    assert series["headsup_build_info"] == {"service", "version"}


def test_every_name_and_label_is_written_as_prometheus_wants_it() -> None:
    for known in metrics.known_metrics():
        assert re.fullmatch(r"headsup_[a-z_]+", known.name)
        assert known.meaning.endswith(".")
        assert all(re.fullmatch(r"[a-z_]+", label) for label in known.labels)


def test_promtool_has_nothing_to_say() -> None:
    promtool = found_promtool()
    if promtool is None:
        pytest.skip("there is no promtool here")
    registry = CollectorRegistry()
    for makers in metrics.MAKERS.values():
        for make in makers:
            make(registry)
    said = subprocess.run(
        [promtool, "check", "metrics"],
        input=generate_latest(registry),
        capture_output=True,
        check=False,
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, b"", b"")


def test_the_page_is_up_to_date() -> None:
    assert metrics.PAGE.read_text("utf-8") == metrics.page()


@each("query", [query for _, query in QUESTIONS])
def test_the_query_that_answers_a_question_asks_for_what_there_is(query: str) -> None:
    assert list(wrong_in(query)) == []
