"""Each alert is made to fire by a real fault somewhere: the table of all of them is complete, and
says nothing that the rules do not."""

from typing import Any

from deploy.alerts.rules import Alert, alerts
from tests.integration.deploy import (
    test_alarms_of_carts,
    test_alarms_of_parts,
    test_alarms_of_promises,
    test_alarms_of_providers,
)
from tests.support.alarms import Alarm

TABLE: tuple[Alarm[Any], ...] = (
    *test_alarms_of_carts.ROWS,
    *test_alarms_of_carts.OF_NAMES,
    *test_alarms_of_parts.ROWS,
    *test_alarms_of_promises.ROWS,
    *test_alarms_of_providers.ROWS,
    *test_alarms_of_providers.WAITING,
)
CANNOT: dict[str, str] = {
    "HeadsupEndsAgain": "four starts of a process take longer than its half hour does here",
}
"""Alerts that no real process can be brought to here, and why. Two at most."""


def never_made_to_fire(rules: list[Alert]) -> set[tuple[str, str]]:
    """Alerts, by name and service, that are in no row. One with several windows has one that fires
    first."""
    made = {(row.alert, row.labels.get("service", "")) for row in TABLE}
    known = {(one.name, one.body["labels"].get("service", "")) for one in rules}
    return {one for one in known - made if one[0] not in CANNOT}


def test_every_alert_of_every_service_is_made_to_fire() -> None:
    assert never_made_to_fire(alerts()) == set()
    assert len(CANNOT) <= 2


def test_an_alert_that_is_new_would_be_missed() -> None:
    new = Alert({"alert": "HeadsupNew", "labels": {"service": "notifier"}})
    assert never_made_to_fire([*alerts(), new]) == {("HeadsupNew", "notifier")}


def test_each_row_expects_what_its_rule_says() -> None:
    said = [(one.name, one.body["labels"].items()) for one in alerts()]
    for row in TABLE:
        fitting = [labels for name, labels in said if name == row.alert]
        assert any(labels <= row.labels.items() for labels in fitting), row.alert
