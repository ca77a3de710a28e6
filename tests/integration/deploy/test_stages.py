"""Where one Prometheus looks at several stages, and its operator puts the namespace into each rule
(`enforcedNamespaceLabel`), what breaks in one is told of that one alone."""

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from deploy.alerts.rules import groups
from deploy.check.queries import metrics_named
from tests.fixtures.missing import missing

BROKEN, CALM = "headsup", "headsup-staging"
UNTIL = "2h"
SERIES = {
    'headsup_order_events_last_poll_timestamp_seconds{pod="a"}': ("0+60x120", "0+60x120"),
    'headsup_notifier_last_poll_timestamp_seconds{pod="b"}': ("_x120", "0+60x120"),
    'headsup_order_events_lag_records{pod="a", topic="shop.orders"}': ("0+100x120", "9x120"),
    'headsup_order_events_dead_lettered_total{pod="a", topic="t", reason="r"}': (
        "0+1x120",
        "1x120",
    ),
    'headsup_notifier_news_total{pod="b", result="in_time"}': ("0+10x120", "0+1000x120"),
    'headsup_notifier_news_total{pod="b", result="late"}': ("0+10x120", "0x120"),
    'headsup_customers_past_promised_update{pod="a"}': ("3x120", "0x120"),
}
"""What each shows: of the one that breaks, and of the other."""
FIRES = (
    "HeadsupCustomersPastPromise",
    "HeadsupDeadLetters",
    "HeadsupLagGrows",
    "HeadsupNewsLate",
    "HeadsupServiceAbsent",
)


def within(query: str, namespace: str) -> str:
    """The query, asking of one namespace only."""
    for name in metrics_named(query):
        found = re.compile(rf"(?<![\w:]){re.escape(name)}(?![\w:])(\{{)?")
        given = f'{name}{{namespace="{namespace}"'
        query = found.sub(partial(_with, given), query)
    return query


def _with(given: str, found: re.Match[str]) -> str:
    return given + (", " if found[1] else "}")


def enforced(namespace: str) -> list[Any]:
    """The rules as the operator hands them on, where they lie in this namespace."""
    made = yaml.safe_load(yaml.safe_dump(groups()))
    for group in made:
        group["name"] += f" of {namespace}"
        for rule in group["rules"]:
            rule["expr"] = within(rule["expr"], namespace)
            rule.setdefault("labels", {})["namespace"] = namespace
    return list(made)


def test_the_namespace_gets_into_every_selector() -> None:
    query = (
        'sum by (channel) (rate(headsup_x_total{a="b"}[5m])) > headsup:y:sum or absent(headsup_x)'
    )
    assert within(query, "n") == (
        'sum by (channel) (rate(headsup_x_total{namespace="n", a="b"}[5m]))'
        ' > headsup:y:sum{namespace="n"} or absent(headsup_x{namespace="n"})'
    )


def firing(folder: Path, rules: list[Any], expected: list[dict[str, Any]]) -> str:
    """What promtool says against it that these alerts fire, by name and namespace."""
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("there is no promtool: it is in Debian's package prometheus")
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": rules}), "utf-8")
    shown = [
        {"series": series.replace("{", f'{{namespace="{namespace}", '), "values": values[number]}
        for series, values in SERIES.items()
        for number, namespace in enumerate((BROKEN, CALM))
    ]
    asked = {
        "expr": 'group by (alertname, namespace) (ALERTS{alertstate="firing"})',
        "eval_time": UNTIL,
        "exp_samples": expected,
    }
    test = {"interval": "1m", "input_series": shown, "promql_expr_test": [asked]}
    file = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(file), "utf-8")
    words = [promtool, "test", "rules", str(folder / "test.yaml")]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    return said.stdout + said.stderr


def test_what_breaks_in_one_stage_is_told_of_that_one_alone(tmp_path: Path) -> None:
    expected = [
        {"labels": f'{{alertname="{name}", namespace="{BROKEN}"}}', "value": 1} for name in FIRES
    ]
    said = firing(tmp_path, [*enforced(BROKEN), *enforced(CALM)], expected)
    assert "SUCCESS" in said, said
