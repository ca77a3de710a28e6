"""Queries that name what there is not are found."""

import json
from pathlib import Path

from deploy.check.manifests import Manifest
from deploy.check.queries import (
    metrics_named,
    queries_find_something,
    wrong_in,
    wrong_in_dashboards,
    wrong_in_runbook,
)
from tests.support.each import each

LAG = "headsup_notifier_lag_records"
RIGHT = (
    f'sum({LAG}{{topic!="notifications.reminders"}})',
    f'sum by (topic) ({LAG}{{topic=~"a{{2}}|b", pod="x"}}) > on (namespace) group_left () 1',
    "histogram_quantile(0.9, sum by (le, kind) (rate(headsup_notifier_told_seconds_bucket[5m])))",
    "max by (channel, priority) (headsup:waiting_oldest_seconds:max)",
    'headsup:waiting_oldest_seconds:max{channel="sms"}',
    'ALERTS{alertname="HeadsupNewsLate"}',
    'rate(headsup_notifier_attempts_total{state="sent", job="$job"}[$__rate_interval])',
    "1 / vector(2)",
)
WRONG = {
    "headsup_notifier_lag": "headsup_notifier_lag is no metric of ours",
    "headsup_notifier_told_seconds": "headsup_notifier_told_seconds is no metric of ours",
    "headsup_notifier_duplicates": "headsup_notifier_duplicates is no metric of ours",
    "headsup:news:rate5y": "headsup:news:rate5y is no metric of ours",
    f'{LAG}{{partition="1"}}': f"{LAG} has no label partition",
    f'{LAG}{{topic="a", kind!~"b"}}': f"{LAG} has no label kind",
    f"sum by (kind) ({LAG})": f"nothing here has a label kind: sum by (kind) ({LAG})",
    "sum by (sender) (headsup:waiting_late:sum)": "nothing here has a label sender",
}


@each("query", RIGHT)
def test_what_there_is_is_not_complained_of(query: str) -> None:
    assert list(wrong_in(query)) == []


@each("query", WRONG)
def test_what_there_is_not_is_named(query: str) -> None:
    [said] = wrong_in(query)
    assert WRONG[query] in said


def test_metrics_are_found_in_a_query_of_many_lines() -> None:
    assert metrics_named(f"{LAG} >\n5 and headsup:news:rate1h{{}} or up") == {
        LAG,
        "headsup:news:rate1h",
    }


def test_a_dashboard_in_a_map_is_looked_at() -> None:
    panel = {"panels": [{"targets": [{"expr": "headsup_gone", "legendFormat": "{{pod}}"}]}]}
    body = {"kind": "ConfigMap", "metadata": {"name": "d"}, "data": {"d.json": json.dumps(panel)}}
    assert list(queries_find_something([Manifest(body)])) == [
        "ConfigMap d: headsup_gone is no metric of ours"
    ]


def test_files_of_dashboards_and_runbooks_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"expr": "headsup_gone"}, {"expr": LAG}]))
    assert list(wrong_in_dashboards(tmp_path)) == ["a.json: headsup_gone is no metric of ours"]
    page = tmp_path / "page.md"
    page.write_text(f"text\n```promql\nheadsup_gone > 1\n```\n```promql\n{LAG}\n```\n")
    assert list(wrong_in_runbook(page)) == ["page.md: headsup_gone is no metric of ours"]
