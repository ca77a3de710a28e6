"""Panels look as they are meant to."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.alerts.promtool import found_promtool
from deploy.dashboards.panels import (
    About,
    Ask,
    Limits,
    Look,
    Panel,
    counted,
    grown,
    lines,
    number,
    rows,
)
from tests.support.each import each

ABOUT = About(title="Told", normal="all.", do="look.", runbooks=("HeadsupNewsLate",))
LOOK = Look(unit="s")


def shown(panel: Panel) -> dict[str, Any]:
    """As Grafana reads it."""
    read: dict[str, Any] = json.loads(json.dumps(panel.build(), cls=JSONEncoder))
    return read


def steps(limits: Limits) -> list[tuple[str, float | None]]:
    defaults = shown(number(ABOUT, LOOK.but(limits=limits), Ask("a")))["fieldConfig"]["defaults"]
    return [(step["color"], step["value"]) for step in defaults["thresholds"]["steps"]]


def test_many_turn_orange_then_red() -> None:
    assert steps(Limits(warn=1, bad=10)) == [("green", None), ("orange", 1), ("red", 10)]
    assert steps(Limits(bad=10)) == [("green", None), ("red", 10)]


def test_of_what_should_be_many_few_are_red() -> None:
    assert steps(Limits(warn=0.99, bad=0.8, few_are_bad=True)) == [
        ("red", None),
        ("orange", 0.8),
        ("green", 0.99),
    ]
    assert steps(Limits(warn=1, few_are_bad=True)) == [("orange", None), ("green", 1)]


def test_what_is_not_there_is_grey_and_said_in_words() -> None:
    defaults = shown(number(ABOUT, LOOK.but(if_nothing="no news"), Ask("a")))["fieldConfig"][
        "defaults"
    ]
    result = defaults["mappings"][0]["options"]["result"]
    assert (result["text"], result["color"]) == ("no news", "#8e8e8e")


def test_a_figure_that_nobody_judges_has_no_colour() -> None:
    assert shown(number(ABOUT, LOOK, Ask("a")))["options"]["colorMode"] == "none"
    judged = LOOK.but(words={0: ("yes", "green")})
    assert shown(number(ABOUT, judged, Ask("a")))["options"]["colorMode"] == "background_solid"


def test_a_panel_says_what_is_normal_and_leads_to_its_runbook() -> None:
    panel = shown(lines(ABOUT, LOOK, Ask("a", "{{kind}}"), Ask("b")))
    assert panel["description"] == "Normal: all.\n\nElse: look."
    assert panel["links"][0]["url"] == "${runbooks}/HeadsupNewsLate.md"
    assert [(t["refId"], t["expr"], t["range"]) for t in panel["targets"]] == [
        ("A", "a", True),
        ("B", "b", True),
    ]


def test_columns_of_a_table_have_the_names_of_its_queries() -> None:
    columns = {"in time": LOOK.but(limits=Limits(bad=1), link="x", decimals=1)}
    panel = shown(rows(ABOUT, LOOK, Ask("a", "told"), Ask("b", "in time"), columns=columns))
    tidied = panel["transformations"][1]["options"]
    assert tidied["renameByName"] == {"Value #A": "told", "Value #B": "in time"}
    assert tidied["excludeByName"] == {"Time": True}
    said = {each["id"] for each in panel["fieldConfig"]["overrides"][0]["properties"]}
    assert said == {"unit", "decimals", "thresholds", "custom.cellOptions", "links"}


def test_a_hidden_column_is_asked_for_and_left_out() -> None:
    panel = shown(rows(ABOUT, LOOK, Ask("a", "fires"), hidden=("fires",)))
    assert panel["transformations"][1]["options"]["excludeByName"] == {"Time": True, "Value": True}


# Of an hour: a pod that counts on, one that begins with its first, and one that came and went.
COUNTED = """
rule_files: []
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: a_total{pod="a", kind="x"}
        values: 5x89 7x30
      - series: a_total{pod="b", kind="x"}
        values: _x100 1x20
      - series: a_total{pod="c", kind="x"}
        values: _x70 3x20 stale
      - series: a_total{pod="a", kind="quiet"}
        values: 9x120
    promql_expr_test:
      - expr: %s
        eval_time: 2h
        exp_samples:
          - labels: '%s'
            value: 6
"""


@each(
    ("query", "labels"),
    [(counted("a_total", "kind", "1h"), '{kind="x"}'), (grown("a_total", "", "1h"), "{}")],
)
def test_what_is_counted_for_the_first_time_is_seen_too(
    query: str, labels: str, tmp_path: Path
) -> None:
    promtool = found_promtool()
    if promtool is None:
        pytest.skip("there is no promtool here")
    test = tmp_path / "test.yaml"
    test.write_text(COUNTED % (query, labels))
    said = subprocess.run(
        [promtool, "test", "rules", test], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr
