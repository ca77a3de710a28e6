"""A parcel that customs keeps until a duty is paid."""

from datetime import datetime
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

DUE, REMINDER = Kind.SHIPMENT_DUTY_DUE, Kind.SHIPMENT_DUTY_REMINDER


def asked(**what: Any) -> o.Order:
    """An order whose customer heard on Tuesday that a duty is due."""
    order = m.shipped(None)
    p.heard(order, m.duty(o.TUESDAY, **what))
    return order


def reminders(order: o.Order, since: datetime = o.TUESDAY) -> list[datetime]:
    """When the customer is reminded while nothing happens."""
    return [at for at, kind in m.days_of(order, 10, since) if kind is REMINDER]


def test_a_duty_says_how_much_where_and_until_when() -> None:
    content = o.only(m.shipped(None).hears(m.duty(o.TUESDAY, by=o.FRIDAY)))

    assert (content.due, content.pay_by) == (o.UAH_100, o.FRIDAY)
    assert content.pay_url == "https://customs.example/pay"


@pytest.mark.parametrize(
    ("what", "moments"),
    [
        pytest.param({"by": o.FRIDAY + o.HOUR}, [o.WEDNESDAY + 13 * o.HOUR], id="half way"),
        pytest.param({}, [o.THURSDAY], id="after two days where no last moment is known"),
        pytest.param({"by": o.TUESDAY + 8 * o.HOUR}, [], id="never where it ends today"),
    ],
)
def test_who_has_not_paid_is_reminded_once(what: dict[str, Any], moments: list[datetime]) -> None:
    assert reminders(asked(**what)) == moments


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(m.duty_paid(o.WEDNESDAY), id="paid"),
        pytest.param(o.on_the_van(o.WEDNESDAY), id="with the courier"),
        pytest.param(o.handed_over(o.WEDNESDAY), id="delivered"),
        pytest.param(p.send_back(o.WEDNESDAY), id="on its way back"),
        pytest.param(o.cancelled(o.WEDNESDAY), id="of a cancelled order"),
    ],
)
def test_nobody_is_reminded_of_the_duty_of_a_parcel_that_is(event: Event[Any]) -> None:
    order = asked()
    p.heard(order, event)

    assert reminders(order, o.WEDNESDAY) == []


def test_a_mere_scan_does_not_show_that_a_duty_was_paid() -> None:
    order = asked()
    p.heard(order, o.scan(o.WEDNESDAY))

    assert reminders(order, o.WEDNESDAY) == [o.THURSDAY]


def test_who_never_heard_of_a_duty_is_not_reminded_of_it() -> None:
    order = m.shipped(None)
    order.hears(m.duty(o.TUESDAY))
    order.learns(DUE, OutcomeStatus.FAILED)

    assert reminders(order) == []


def test_a_duty_that_is_paid_before_it_was_told_is_taken_back() -> None:
    order = m.shipped(None)
    order.hears(m.duty(o.TUESDAY))

    assert len(order.hears(m.duty_paid(o.TUESDAY + o.HOUR)).withdraw) == 1


def test_another_sum_is_told_anew_and_the_same_one_is_not() -> None:
    order = asked()

    assert o.kinds(order.hears(m.duty(o.TUESDAY + o.HOUR))) == []
    assert o.kinds(order.hears(m.duty(o.TUESDAY + 2 * o.HOUR, amount=o.uah("120.00")))) == [DUE]


def test_of_a_cancelled_order_no_duty_is_asked_for() -> None:
    order = m.shipped(None)
    p.heard(order, o.cancelled(o.TUESDAY))

    assert o.kinds(order.hears(m.duty(o.WEDNESDAY))) == []


def test_the_next_word_is_promised_for_after_the_reminder() -> None:
    content = o.only(m.shipped(None).hears(m.duty(o.TUESDAY, by=o.WEDNESDAY)))

    assert content.next_update_by == o.TUESDAY + 13 * o.HOUR


def test_a_duty_of_nothing_is_none() -> None:
    order = p.paid_order(o.scan(o.MONDAY))

    assert o.kinds(order.hears(m.duty(o.TUESDAY, amount=o.uah("0.00")))) == []
