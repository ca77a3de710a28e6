"""The courier came in vain."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.shop import AttemptFailure
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

IN_VAIN, UNCHANGED = Kind.SHIPMENT_ATTEMPT_FAILED, Kind.SHIPMENT_ATTEMPT_FOLLOW_UP
NEXT_EVENING = datetime(2026, 11, 25, 16, tzinfo=UTC)  # Wednesday, 18:00 in Kyiv
URL = "https://carrier.example/again"


def attempted(*events: Event[Any], **what: Any) -> o.Order:
    """On Tuesday nobody was at home."""
    return p.paid_order(o.scan(o.MONDAY), o.nobody_home(o.TUESDAY, **what), *events)


def test_a_failed_attempt_says_why_and_what_next() -> None:
    order = p.paid_order()
    day = o.THURSDAY.date()

    content = o.only(order.hears(o.nobody_home(o.TUESDAY, next_attempt=day, reschedule_url=URL)))

    assert content.attempt_failure is AttemptFailure.NOBODY_HOME
    assert (content.next_attempt, content.reschedule_url) == (day, URL)


def test_the_next_word_comes_after_the_evening_of_the_next_attempt() -> None:
    order = p.paid_order()

    content = o.only(order.hears(o.nobody_home(o.TUESDAY, next_attempt=o.FRIDAY.date())))

    assert content.next_update_by == datetime(2026, 11, 27, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "by"),
    [
        pytest.param(o.TUESDAY, NEXT_EVENING, id="the next evening"),
        pytest.param(o.FRIDAY, NEXT_EVENING + 5 * o.DAY, id="after the weekend"),
    ],
)
def test_without_a_next_attempt_the_next_word_comes_a_working_day_later(
    at: datetime, by: datetime
) -> None:
    order = p.paid_order(o.scan(at - o.DAY))

    assert o.only(order.hears(o.nobody_home(at))).next_update_by == by


def test_a_day_later_and_unchanged_it_is_said_once_more_before_the_promise_passes() -> None:
    order = attempted(reschedule_url=URL)
    moment = NEXT_EVENING - o.HOUR

    assert UNCHANGED not in o.kinds(order.looks(moment - timedelta(minutes=1)))
    content = o.only(order.looks(moment))

    assert order.said[-1] is UNCHANGED
    assert content.attempt_failure is AttemptFailure.NOBODY_HOME
    assert content.reschedule_url == URL
    p.all_is_heard(order)
    assert UNCHANGED not in o.kinds(order.looks(moment + o.DAY))


def test_a_next_attempt_that_did_not_come_is_named_no_more() -> None:
    order = attempted(next_attempt=o.THURSDAY.date())

    assert UNCHANGED not in o.kinds(order.looks(NEXT_EVENING))
    content = o.only(order.looks(datetime(2026, 11, 26, 18, tzinfo=UTC)))

    assert order.said[-1] is UNCHANGED
    assert content.next_attempt is None


@pytest.mark.parametrize(
    "event",
    [
        o.on_the_van(o.WEDNESDAY),
        o.at_the_locker(o.WEDNESDAY),
        o.handed_over(o.WEDNESDAY),
        o.scan(o.WEDNESDAY),
        o.nobody_home(o.WEDNESDAY + 5 * o.HOUR),
        p.send_back(o.WEDNESDAY),
        p.courier_comes(o.WEDNESDAY, p.hours(o.THURSDAY)),
        o.cancelled(o.WEDNESDAY),
    ],
    ids=lambda event: type(event.data).__name__,
)
def test_nothing_is_unchanged_after(event: Event[Any]) -> None:
    order = attempted(event)

    assert UNCHANGED not in o.kinds(order.looks(NEXT_EVENING - o.HOUR))


def test_what_is_unchanged_and_still_waits_is_taken_back_when_the_courier_comes_again() -> None:
    order = attempted()
    order.looks(NEXT_EVENING)
    waits = order.id_of(UNCHANGED)

    decision = order.hears(o.on_the_van(NEXT_EVENING + o.HOUR))

    assert [withdrawn.request_id for withdrawn in decision.withdraw] == [waits]


def test_each_attempt_in_vain_is_followed_up() -> None:
    order = attempted()
    order.looks(NEXT_EVENING)
    p.heard(order, o.nobody_home(o.THURSDAY))
    order.looks(NEXT_EVENING + 2 * o.DAY)

    assert order.said.count(UNCHANGED) == order.said.count(IN_VAIN) == 2


def test_nothing_is_called_unchanged_beside_other_news_of_the_parcel() -> None:
    order = attempted()
    late = NEXT_EVENING + o.HOUR

    news = order.hears(m.duty(o.TUESDAY + o.HOUR), at=late)
    again = order.looks(late)

    assert o.kinds(news) == [Kind.SHIPMENT_DUTY_DUE]
    assert (again.announce, again.withdraw) == ((), ())
