"""Payments that fail, money that goes back."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from headsup.contracts.base import Money
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content
from headsup.contracts.shop import PaymentFailure, PaymentMethod
from tests.unit.services.order_events import orders as o

FAILED, REFUNDED, CONFIRMED = Kind.PAYMENT_FAILED, Kind.PAYMENT_REFUNDED, Kind.ORDER_CONFIRMED
SETTLED = CATALOGUE[FAILED].settles_for


def failure_told(*events: Event[Any]) -> Content:
    """What is told of a payment that failed, once no retry followed it."""
    at = max(event.time for event in events)
    return o.only(o.Order().hears(*events, at=at + SETTLED))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([o.placed(), o.pay_in_vain(o.TUESDAY)], [FAILED], id="a failed payment"),
        pytest.param([o.pay_in_vain(o.TUESDAY), o.placed()], [FAILED], id="read before its order"),
        pytest.param(
            [o.placed(), o.pay_in_vain(o.TUESDAY, "P1"), o.pay_in_vain(o.WEDNESDAY, "P2")],
            [FAILED],
            id="of two failures only the last",
        ),
        pytest.param(
            [o.placed(), o.pay_in_vain(o.TUESDAY), o.pay(o.WEDNESDAY)],
            [CONFIRMED],
            id="a later success overtakes it",
        ),
        pytest.param(
            [o.placed(), o.pay_in_vain(o.TUESDAY, "P1"), o.pay(o.WEDNESDAY, "P2")],
            [CONFIRMED],
            id="of another payment as well",
        ),
        pytest.param(
            [o.pay(o.WEDNESDAY), o.placed(), o.pay_in_vain(o.TUESDAY)],
            [CONFIRMED],
            id="in whatever order they are read",
        ),
        pytest.param(
            [o.placed(), o.pay(o.MONDAY), o.pay_in_vain(o.TUESDAY)],
            [FAILED],
            id="an earlier success does not",
        ),
        pytest.param(
            [o.placed(), o.pay_in_vain(o.TUESDAY), o.confirmed(o.WEDNESDAY)],
            [CONFIRMED],
            id="a shop that accepts the order all the same does",
        ),
        pytest.param(
            [o.placed(), o.pay_in_vain(o.TUESDAY), o.cancelled(o.WEDNESDAY)],
            [Kind.ORDER_CANCELLED],
            id="a cancelled order needs no payment",
        ),
        pytest.param([o.placed_and_paid(), o.refund(o.MONDAY)], [CONFIRMED, REFUNDED], id="refund"),
        pytest.param(
            [o.placed_and_paid(), o.cancelled(o.MONDAY), o.refund(o.MONDAY)],
            [Kind.ORDER_CANCELLED, REFUNDED],
            id="a refund of a cancelled order",
        ),
    ],
)
def test_a_backlog_says_what_is_true_now(events: list[Event[Any]], said: list[Kind]) -> None:
    assert o.backlog(*events, at=max(event.time for event in events) + SETTLED) == said


def test_every_payment_that_fails_is_told_once() -> None:
    order = o.Order()
    order.hears(o.placed())
    for event in (
        o.pay_in_vain(o.TUESDAY, "P1"),
        o.pay_in_vain(o.WEDNESDAY, "P2"),
        o.pay_in_vain(o.WEDNESDAY + o.HOUR, "P2"),
    ):
        order.hears(event, at=event.time + SETTLED)

    assert order.said == [Kind.ORDER_RECEIVED, FAILED, FAILED]


def test_every_refund_is_told_once() -> None:
    first, second = o.refund(o.TUESDAY, "R1"), o.refund(o.WEDNESDAY, "R2")

    assert o.one_by_one(o.placed_and_paid(), first, second, first, second) == [
        CONFIRMED,
        REFUNDED,
        REFUNDED,
    ]


def test_a_refund_whose_amount_was_corrected_is_told_again() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.refund(o.TUESDAY))
    order.learns(REFUNDED)
    corrected = o.refund(o.WEDNESDAY, amount=Money(amount="50.00", currency="UAH"))

    assert o.kinds(order.hears(o.refund(o.TUESDAY + o.HOUR, expected_by=date(2026, 12, 1)))) == []
    assert o.only(order.hears(corrected)).refund == Money(amount="50.00", currency="UAH")


def test_failed_says_why_how_much_and_how_to_pay_until_when() -> None:
    event = o.pay_in_vain(
        o.TUESDAY,
        reason=PaymentFailure.CARD_EXPIRED,
        retry_url="https://shop.example/retry",
        pay_by=o.THURSDAY,
    )

    content = failure_told(o.placed(pay_by=o.WEDNESDAY), event)

    assert content.payment_failure is PaymentFailure.CARD_EXPIRED
    assert content.total == o.UAH_100
    assert (content.pay_url, content.pay_by) == ("https://shop.example/retry", o.THURSDAY)
    assert content.next_update_by == datetime(2026, 11, 26, 16, tzinfo=UTC)  # 18:00 in Kyiv


def test_failed_keeps_the_way_to_pay_that_came_with_the_order() -> None:
    url = "https://shop.example/pay"

    content = failure_told(o.placed(pay_url=url), o.pay_in_vain(o.TUESDAY))

    assert content.pay_url == url


def test_failed_names_no_last_moment_that_has_passed() -> None:
    content = failure_told(o.placed(pay_by=o.MONDAY + o.HOUR), o.pay_in_vain(o.TUESDAY))

    assert content.pay_by is None


def test_refunded_says_how_much_how_and_by_when() -> None:
    event = o.refund(o.TUESDAY, method=PaymentMethod.CARD, expected_by=date(2026, 11, 30))
    order = o.Order()
    order.hears(o.placed_and_paid())

    content = o.only(order.hears(event))

    assert content.refund == o.UAH_100
    assert content.refund_method is PaymentMethod.CARD
    assert content.refund_by == date(2026, 11, 30)
