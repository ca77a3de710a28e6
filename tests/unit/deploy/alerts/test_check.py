"""Alerts that nobody would understand, find a page for, or know to work, are found."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.alerts import check, promtool
from deploy.alerts.component import RULE, rule
from deploy.alerts.rules import Alert, alerts
from tests.support.each import each

GOOD: dict[str, Any] = {
    "alert": "HeadsupOne",
    "expr": "headsup_notifier_line_stopped == 1",
    "labels": {"severity": "page"},
    "annotations": {
        "summary": "It stopped.",
        "description": "It does.",
        "runbook_url": "docs/runbooks/HeadsupOne.md",
    },
}
PAGE = f"# HeadsupOne\n\n{check.FEELS} Nothing.\n\n" + "".join(
    f"## {part}\n\nWords.\n" for part in check.PARTS
)


def said_of(path: tuple[str, ...], value: str) -> list[str]:
    """What is said of the good one, with one thing changed."""
    body: Any = yaml.safe_load(yaml.safe_dump(GOOD))
    node = body
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return list(check.without_words([Alert(body)]))


def runbooks(folder: Path, **pages: str) -> Path:
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text)
    return folder


def test_everything_here_is_as_it_should_be() -> None:
    """promtool's half is `make alerts-check`."""
    assert list(check.by_our_rules()) == []


def test_what_the_operator_takes_is_up_to_date() -> None:
    assert RULE.read_text("utf-8") == rule()


def test_there_are_alerts_that_wake_and_alerts_that_wait() -> None:
    assert {alert.severity for alert in alerts()} == {"page", "ticket"}


@each(
    ("path", "value", "words"),
    [
        (("labels", "severity"), "loud", "HeadsupOne has no severity of page, ticket"),
        (("annotations", "summary"), "", "HeadsupOne has no summary, or not in a sentence"),
        (
            ("annotations", "description"),
            "odd",
            "HeadsupOne has no description, or not in a sentence",
        ),
        (("annotations", "runbook_url"), "elsewhere", "HeadsupOne does not lead to its runbook"),
    ],
)
def test_an_alert_that_says_too_little_is_found(
    path: tuple[str, ...], value: str, words: str
) -> None:
    assert said_of(path, value) == [words]


def test_an_alert_that_says_enough_is_left_alone() -> None:
    assert list(check.without_words([Alert(GOOD)])) == []


def test_each_alert_has_its_page_and_the_other_way_round(tmp_path: Path) -> None:
    known = [Alert(GOOD)]
    assert list(check.without_page(known, tmp_path)) == ["HeadsupOne has no page in docs/runbooks"]
    folder = runbooks(tmp_path, HeadsupOne=PAGE, HeadsupTwo=PAGE, README="[one](HeadsupOne.md)")
    assert list(check.without_page(known, folder)) == [
        "docs/runbooks/HeadsupTwo.md is of no alert",
        "docs/runbooks/README.md does not list HeadsupTwo",
    ]


def test_a_page_begins_with_the_customer_and_has_all_its_parts(tmp_path: Path) -> None:
    folder = runbooks(tmp_path, HeadsupOne=PAGE, README="# Runbooks")
    assert list(check.not_as_a_runbook(folder)) == []
    runbooks(folder, HeadsupOne=PAGE.replace(check.FEELS, "Well.").replace("## Over", "## End"))
    assert list(check.not_as_a_runbook(folder)) == [
        "HeadsupOne.md does not begin with its name and with what the customer feels",
        "HeadsupOne.md has not the parts See, What it usually is, Do, Over",
    ]


def test_a_command_that_sees_ten_lines_of_a_log_is_found(tmp_path: Path) -> None:
    short = "kubectl -n headsup logs -l app=x --since=1h --prefix | grep 'y'"
    right = (
        "kubectl -n headsup logs -l app=x --tail=-1 --since=1h | grep 'y'",
        "kubectl -n headsup logs pod/x --since=1h",
        "kubectl get pods -l app=x",
    )
    folder = runbooks(tmp_path, HeadsupOne="\n".join(f"    {one}" for one in (*right, short)))
    assert list(check.looking_at_ten_lines(folder)) == [
        f"HeadsupOne.md looks at ten lines, without --tail: {short}"
    ]


def a_test(*names: str, fires: bool) -> dict[str, Any]:
    """A test that is given these metrics, and in which the alert fires or not."""
    samples = [{"labels": '{alertname="HeadsupOne"}', "value": 1}] if fires else []
    return {
        "input_series": [{"series": f'{name}{{pod="a"}}', "values": "1x5"} for name in names],
        "promql_expr_test": [{"expr": "ALERTS", "exp_samples": samples}],
    }


def test_an_alert_has_to_be_seen_firing_and_quiet() -> None:
    known, metric = [Alert(GOOD)], "headsup_notifier_line_stopped"
    firing, quiet = a_test(metric, fires=True), a_test(metric, fires=False)
    elsewhere = a_test("headsup_other", fires=False)
    assert list(check.never_seen_firing(known, [{"tests": [firing]}])) == []
    assert list(check.never_seen_firing(known, [{"tests": [quiet]}])) == [
        "HeadsupOne never fires in a test"
    ]
    assert list(check.never_seen_quiet(known, [{"tests": [firing, quiet]}])) == []
    assert list(check.never_seen_quiet(known, [{"tests": [firing, elsewhere]}])) == [
        f"HeadsupOne is never silent in a test that has {metric}"
    ]


def test_what_promtool_refuses_is_said(tmp_path: Path) -> None:
    if promtool.found_promtool() is None:
        pytest.skip(promtool.HOW_TO_HAVE_IT)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("groups: [{name: a, rules: [{record: a, expr: 'sum('}]}]")
    [said] = check.by_promtool("check", "rules", wrong)
    assert "could not parse expression" in said


@each("is_ci", [True, False])
def test_without_promtool_a_laptop_goes_on_and_ci_does_not(is_ci: bool) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PATH", "")
        environment.setenv("CI", "true") if is_ci else environment.delenv("CI", raising=False)
        if is_ci:
            with pytest.raises(promtool.NoPromtoolError, match="package prometheus"):
                list(check.by_promtool("check", "rules"))
        else:
            assert list(check.by_promtool("check", "rules")) == []
