"""By when an order leaves for which the shop named no date."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.shops.policy import DEFAULT, Policy
from services.order_events.promises import LEAD
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o

LATE = Kind.DISPATCH_LATE
IN_TWO_DAYS = Policy(dispatch_days=2)
EVENING_OF_WEDNESDAY = datetime(2026, 11, 25, 16, tzinfo=UTC)  # 18:00 in Kyiv


def waiting(*events: Event[Any], policy: Policy) -> o.Order:
    order = o.Order(policy)
    order.hears(*events, at=o.MONDAY)
    return order


def test_an_order_without_a_date_is_late_as_many_days_later_as_the_shop_says() -> None:
    order = waiting(o.placed_and_paid(), policy=IN_TWO_DAYS)

    assert order.looks(EVENING_OF_WEDNESDAY - timedelta(microseconds=1)).announce == ()
    assert o.only(order.looks(EVENING_OF_WEDNESDAY)).dispatch_by == EVENING_OF_WEDNESDAY


def test_the_days_count_from_the_acceptance() -> None:
    events = [o.placed(), o.pay(o.TUESDAY)]
    order = o.Order(IN_TWO_DAYS)

    content = o.only(order.hears(*events))

    assert content.dispatch_by == EVENING_OF_WEDNESDAY + o.DAY
    assert content.next_update_by == EVENING_OF_WEDNESDAY + o.DAY + LEAD


def test_what_leaves_within_no_days_leaves_in_the_next_evening_that_comes() -> None:
    at_night = EVENING_OF_WEDNESDAY + o.HOUR

    content = o.only(o.Order(Policy(dispatch_days=0)).hears(o.placed_and_paid(at_night)))

    assert content.dispatch_by == EVENING_OF_WEDNESDAY + o.DAY


def test_who_is_promised_a_dispatch_within_a_month_hears_before() -> None:
    content = o.only(o.Order(Policy(dispatch_days=30)).hears(o.placed_and_paid()))

    assert content.dispatch_by == datetime(2026, 12, 23, 16, tzinfo=UTC)
    assert content.next_update_by == EVENING_OF_WEDNESDAY + 5 * o.DAY


def test_a_date_that_had_passed_before_the_money_came_makes_room_for_the_usual_days() -> None:
    order = o.Order(IN_TWO_DAYS)

    content = o.only(order.hears(o.placed(dispatch_by=o.TUESDAY), o.pay(o.WEDNESDAY)))

    assert content.dispatch_by == EVENING_OF_WEDNESDAY + 2 * o.DAY


@pytest.mark.parametrize(
    ("policy", "event"),
    [
        pytest.param(DEFAULT, o.placed_and_paid(), id="nobody says anything"),
        pytest.param(IN_TWO_DAYS, o.placed(), id="the money is awaited"),
        pytest.param(
            IN_TWO_DAYS, o.placed_and_paid(estimate=o.by(o.TUESDAY)), id="it comes sooner"
        ),
    ],
)
def test_no_date_is_made_up_where(policy: Policy, event: Event[Any]) -> None:
    order = waiting(event, policy=policy)

    assert LATE not in o.kinds(order.looks(o.FRIDAY))


def test_what_is_downloaded_is_never_late_to_leave() -> None:
    order = waiting(o.placed_and_paid(), c.download(o.MONDAY), policy=IN_TWO_DAYS)

    assert LATE not in o.kinds(order.looks(o.FRIDAY))


def test_a_download_beside_what_is_sent_does_not_make_it_a_file() -> None:
    recipes = c.download(o.MONDAY)
    promised = waiting(o.placed_and_paid(dispatch_by=o.TUESDAY), recipes, policy=IN_TWO_DAYS)
    labelled = waiting(o.placed_and_paid(), o.label(o.MONDAY), recipes, policy=IN_TWO_DAYS)

    assert o.kinds(promised.looks(o.TUESDAY)) == [LATE]
    assert LATE in o.kinds(labelled.looks(o.FRIDAY))


def test_the_date_that_the_shop_names_comes_before_its_usual_days() -> None:
    order = waiting(o.placed_and_paid(dispatch_by=o.FRIDAY), policy=IN_TWO_DAYS)

    assert o.kinds(order.looks(EVENING_OF_WEDNESDAY)) == []
    assert o.only(order.looks(o.FRIDAY)).dispatch_by == o.FRIDAY
