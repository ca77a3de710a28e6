"""What only the customer can do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus, Reason
from headsup.contracts.shop import NeededAction
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o

NEEDED, REMINDER, CONFIRMED = (
    Kind.ORDER_ACTION_NEEDED,
    Kind.ORDER_ACTION_REMINDER,
    Kind.ORDER_CONFIRMED,
)
NOON = o.MONDAY + 3 * o.HOUR


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([c.needs(NOON)], [NEEDED], id="needed"),
        pytest.param([c.needs(NOON), c.needs(NOON + o.HOUR)], [NEEDED], id="told once"),
        pytest.param(
            [c.needs(NOON, "N1"), c.needs(NOON, "N2")], [NEEDED, NEEDED], id="two are two"
        ),
        pytest.param(
            [c.needs(NOON), c.needs(NOON + o.HOUR, by=o.FRIDAY)],
            [NEEDED, NEEDED],
            id="another last moment is told",
        ),
        pytest.param(
            [c.needs(NOON), c.done(NOON + o.HOUR), c.needs(NOON + 2 * o.HOUR)],
            [NEEDED, NEEDED],
            id="needed once more after it was done",
        ),
        pytest.param(
            [o.cancelled(NOON - o.HOUR), c.needs(NOON)],
            [Kind.ORDER_CANCELLED],
            id="a cancelled order needs nothing",
        ),
        pytest.param([c.needs(NOON, by=o.MONDAY)], [], id="nothing is needed when it is too late"),
    ],
)
def test_a_customer_hears_what_is_needed(events: list[Event[Any]], said: list[Kind]) -> None:
    assert c.told_of(o.placed_and_paid(), *events).said == [CONFIRMED, *said]


def test_what_was_done_before_it_was_told_is_never_asked_for() -> None:
    order = c.told_of(o.placed_and_paid())

    assert c.news(order, c.needs(NOON), c.done(NOON)) == []
    assert [(each.kind, each.reason) for each in order.told.unsaid] == [(NEEDED, Reason.SUPERSEDED)]


def test_what_was_done_while_the_message_waits_is_taken_back() -> None:
    order = c.told_of(o.placed_and_paid())
    order.hears(c.needs(NOON))

    decision = order.hears(c.done(NOON + o.HOUR))

    assert [w.request_id for w in decision.withdraw] == [order.id_of(NEEDED)]


def asked(**what: Any) -> o.Order:
    return c.told_of(o.placed_and_paid(), c.needs(NOON, **what))


@pytest.mark.parametrize(
    ("by", "remind_at"),
    [
        pytest.param(None, NOON + o.DAY, id="a day later"),
        pytest.param(o.FRIDAY, NOON + o.DAY, id="also where there is more time"),
        pytest.param(NOON + 8 * o.HOUR, NOON + 4 * o.HOUR, id="half way where there is less"),
    ],
)
def test_who_does_nothing_is_reminded(by: datetime | None, remind_at: datetime) -> None:
    order = asked(by=by)

    assert o.kinds(order.looks(remind_at - timedelta(minutes=1))) == []
    assert order.decisions[-1].next_look_at == remind_at
    assert c.said_at(order, REMINDER, remind_at).act_by == by
    assert REMINDER not in o.kinds(order.looks(remind_at + o.DAY))


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (c.done(NOON + o.HOUR), "did it"),
        (o.cancelled(NOON + o.HOUR), "has no order any more"),
        (o.scan(NOON + o.HOUR), "sees that the shop went on without"),
    ],
)
def test_nobody_is_reminded_who(event: Event[Any], why: str) -> None:
    order = asked()
    order.hears(event)

    assert REMINDER not in o.kinds(order.looks(NOON + o.DAY)), why


def test_nobody_is_reminded_of_what_they_read_an_hour_before_it_was_too_late() -> None:
    order = asked(by=NOON + 2 * o.HOUR)

    assert [o.kinds(order.looks(NOON + n * timedelta(minutes=30))) for n in range(1, 6)] == [[]] * 5


def test_nobody_is_reminded_of_what_they_could_not_be_told() -> None:
    order = c.told_of(o.placed_and_paid())
    order.hears(c.needs(NOON))
    order.learns(NEEDED, OutcomeStatus.SUPPRESSED)

    assert REMINDER not in o.kinds(order.looks(NOON + o.DAY))


def test_a_reminder_that_waits_is_taken_back_when_it_is_done() -> None:
    order = asked()
    order.looks(NOON + o.DAY)

    decision = order.hears(c.done(NOON + o.DAY + o.HOUR))

    assert [w.request_id for w in decision.withdraw] == [order.id_of(REMINDER)]


def test_a_reminder_that_waits_is_taken_back_when_it_is_too_late() -> None:
    order = asked(by=NOON + 30 * o.HOUR)
    order.looks(NOON + o.DAY)

    decision = order.looks(NOON + 30 * o.HOUR)

    assert [w.request_id for w in decision.withdraw] == [order.id_of(REMINDER)]


def test_what_is_needed_says_what_where_until_when_and_is_heard_of_after_the_reminder() -> None:
    url = "https://shop.example/address"
    order = c.told_of(o.placed_and_paid())

    content = o.only(order.hears(c.needs(NOON, url=url, by=o.FRIDAY, note="Which entrance?")))

    assert (content.action, content.action_url) == (NeededAction.CONFIRM_ADDRESS, url)
    assert (content.act_by, content.note) == (o.FRIDAY, "Which entrance?")
    assert content.next_update_by == datetime(2026, 11, 24, 16, tzinfo=UTC)  # 18:00 in Kyiv
