"""Which orders count as brought back by a reminder."""

from datetime import timedelta

import pytest

from headsup.contracts.notifications import CartRecovered, OutcomeStatus
from headsup.shops.carts import CartPolicy
from services.cart_recovery.cart import Stage
from services.cart_recovery.step import Remind, Report, Terms
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

SENT_AT = MONDAY + HOUR + MINUTE
WINDOW = timedelta(days=7)


def _reminded(terms: Terms = c.TERMS) -> tuple[Kept, Remind]:
    cart = Kept(terms)
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    return cart, asked


def test_an_order_after_a_reminder_is_reported() -> None:
    cart, asked = _reminded()
    cart.hears(c.outcome(asked, SENT_AT))
    said = cart.hears(c.ordered(MONDAY + 2 * HOUR, total=c.uah("99.50")))
    assert asked.request.cart is not None
    assert c.recovered(said) == [
        CartRecovered(
            cart_id=c.CART,
            order_id="A1",
            customer_id="C1",
            flow=asked.request.cart.flow,
            step=1,
            value=c.uah("99.50"),
            reminded_at=SENT_AT,
            ordered_at=MONDAY + 2 * HOUR,
        )
    ]
    assert cart.stage is Stage.RECOVERED


def test_it_is_reported_when_we_learn_of_the_reminder_after_the_order() -> None:
    cart, asked = _reminded()
    assert c.recovered(cart.hears(c.ordered(MONDAY + 2 * HOUR))) == []
    stages = [cart.stage]
    said = cart.takes(c.outcome(asked, SENT_AT), at=MONDAY + 3 * HOUR)
    assert [each.order_id for each in c.recovered(said)] == ["A1"]
    assert [*stages, cart.stage] == [Stage.ORDERED, Stage.RECOVERED]


def test_it_is_reported_once() -> None:
    cart, asked = _reminded()
    events = (c.outcome(asked, SENT_AT), c.ordered(MONDAY + 2 * HOUR))
    cart.takes(*events, *events, *reversed(events), at=MONDAY + 3 * HOUR)
    cart.takes(c.outcome(asked, SENT_AT, OutcomeStatus.DELIVERED), at=MONDAY + 3 * HOUR)
    assert len(c.recovered(cart.said)) == 1


def test_an_order_before_the_reminder_went_out_is_nobodys_work() -> None:
    cart, asked = _reminded()
    cart.takes(
        c.ordered(SENT_AT - MINUTE),
        c.outcome(asked, SENT_AT),
        at=MONDAY + 2 * HOUR,
    )
    assert c.recovered(cart.said) == []
    assert cart.stage is Stage.ORDERED


@pytest.mark.parametrize(
    "status", [OutcomeStatus.FAILED, OutcomeStatus.EXPIRED, OutcomeStatus.WITHDRAWN]
)
def test_a_reminder_that_did_not_go_out_recovers_nothing(status: OutcomeStatus) -> None:
    cart, asked = _reminded()
    cart.hears(c.outcome(asked, SENT_AT, status), c.ordered(MONDAY + 2 * HOUR))
    assert c.recovered(cart.said) == []


@pytest.mark.parametrize(("later", "count"), [(WINDOW, 1), (WINDOW + MINUTE, 0)])
def test_an_order_counts_within_the_window_of_the_last_reminder(
    later: timedelta, count: int
) -> None:
    cart, asked = _reminded(Terms(policy=CartPolicy(reminder_hours=(1,))))
    cart.hears(c.outcome(asked, SENT_AT), c.ordered(SENT_AT + later))
    assert len(c.recovered(cart.said)) == count


@pytest.mark.parametrize(("ordered_at", "step"), [(2 * HOUR, 1), (2 * DAY, 2), (4 * DAY, 3)])
def test_the_last_reminder_before_the_order_counts(ordered_at: timedelta, step: int) -> None:
    cart, first = _reminded()
    cart.hears(c.outcome(first, SENT_AT))
    [second] = c.reminders(cart.passes(MONDAY + DAY))
    [third] = c.reminders(cart.passes(MONDAY + 3 * DAY))
    cart.takes(
        c.outcome(third, MONDAY + 3 * DAY),
        c.outcome(second, MONDAY + DAY),
        c.ordered(MONDAY + ordered_at),
        at=MONDAY + 4 * DAY,
    )
    assert [each.step for each in c.recovered(cart.said)] == [step]


def test_the_one_that_went_out_last_counts_though_it_was_asked_for_first() -> None:
    cart, older = _reminded()
    cart.hears(c.updated(MONDAY + 2 * HOUR))
    [newer] = c.reminders(cart.passes(MONDAY + 2 * DAY - 20 * HOUR))
    cart.hears(c.outcome(newer, MONDAY + 30 * HOUR), c.outcome(older, MONDAY + 31 * HOUR))
    [found] = c.recovered(cart.hears(c.ordered(MONDAY + 32 * HOUR)))
    assert found.reminded_at == MONDAY + 31 * HOUR


def test_reports_are_remembered_while_their_orders_are() -> None:
    cart, asked = _reminded()
    cart.hears(c.outcome(asked, SENT_AT))
    for number in range(9):
        cart.hears(c.ordered(MONDAY + 2 * HOUR + number * MINUTE, f"A{number}"))
    assert len(c.recovered(cart.said)) == 9
    assert cart.cart.told.recovered == ("A5", "A6", "A7", "A8")
    cart.takes(c.ordered(MONDAY + 2 * HOUR, "A0"), at=MONDAY + 3 * HOUR)
    assert len(c.recovered(cart.said)) == 9


def test_a_reminder_of_an_older_visit_counts_as_well() -> None:
    cart, asked = _reminded()
    cart.hears(c.updated(MONDAY + 2 * HOUR))
    cart.takes(c.outcome(asked, SENT_AT), at=MONDAY + 3 * HOUR)
    [found] = c.recovered(cart.hears(c.ordered(MONDAY + 4 * HOUR)))
    assert asked.request.cart is not None
    assert found.flow == asked.request.cart.flow


def test_a_reminder_went_out_when_its_first_message_did() -> None:
    cart, asked = _reminded()
    later = c.outcome(asked, SENT_AT + HOUR, OutcomeStatus.DELIVERED)
    cart.takes(later, c.outcome(asked, SENT_AT), later, at=SENT_AT + HOUR)
    [found] = c.recovered(cart.hears(c.ordered(SENT_AT + 2 * HOUR)))
    assert found.reminded_at == SENT_AT


def test_an_order_that_a_platform_splits_counts_in_all_its_parts() -> None:
    cart, asked = _reminded()
    cart.hears(c.outcome(asked, SENT_AT))
    at = MONDAY + 2 * HOUR
    cart.hears(c.ordered(at, "A1"), c.ordered(at, "A2", total=c.uah("7.00")), c.ordered(at, "A1"))
    assert {each.order_id for each in c.recovered(cart.said)} == {"A1", "A2"}
    assert len(c.recovered(cart.said)) == 2


def test_the_report_of_an_order_always_has_the_same_name() -> None:
    ids = set()
    for orders in ("A1",), ("A2", "A1"):
        cart, asked = _reminded()
        cart.hears(c.outcome(asked, SENT_AT))
        cart.hears(*(c.ordered(MONDAY + 2 * HOUR, each) for each in orders))
        ids |= {each.event_id for each in cart.said if isinstance(each, Report)}
    assert len(ids) == 2
