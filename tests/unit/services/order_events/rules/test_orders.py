"""Received, confirmed, cancelled, lapsed, brought back."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from headsup.contracts.shop import CancelledBy, CancelReason, PaymentState
from services.order_events.promises import LEAD
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o

RECEIVED, CONFIRMED, CANCELLED = Kind.ORDER_RECEIVED, Kind.ORDER_CONFIRMED, Kind.ORDER_CANCELLED
EXPIRED, BACK = Kind.ORDER_EXPIRED, Kind.ORDER_REINSTATED
NOON = o.MONDAY + 3 * o.HOUR
EVENING_OF_WEDNESDAY = datetime(2026, 11, 25, 16, tzinfo=UTC)  # 18:00 in Kyiv
SETTLED = CATALOGUE[Kind.PAYMENT_FAILED].settles_for


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([o.placed()], [RECEIVED], id="an order that waits for money is received"),
        pytest.param([o.placed(), o.placed()], [RECEIVED], id="once, when it is repeated"),
        pytest.param([o.placed_and_paid()], [CONFIRMED], id="a paid order is confirmed at once"),
        pytest.param(
            [o.placed(payment=PaymentState.AUTHORISED)], [CONFIRMED], id="so is reserved money"
        ),
        pytest.param(
            [o.placed(payment=PaymentState.ON_DELIVERY)], [CONFIRMED], id="and cash on delivery"
        ),
        pytest.param([o.placed(), o.pay(o.TUESDAY)], [CONFIRMED], id="money overtakes received"),
        pytest.param(
            [o.placed(), o.confirmed(o.TUESDAY)], [CONFIRMED], id="and so does the shop's word"
        ),
        pytest.param(
            [o.placed(), o.pay(o.TUESDAY, "P1", o.uah("1.00"))],
            [RECEIVED],
            id="a part of the money does not",
        ),
        pytest.param(
            [o.confirmed(o.TUESDAY), o.placed()], [CONFIRMED], id="the wrong order is the same"
        ),
        pytest.param(
            [o.placed_and_paid(), o.confirmed(o.TUESDAY), o.pay(o.WEDNESDAY)],
            [CONFIRMED],
            id="three reasons to confirm are one confirmation",
        ),
        pytest.param([o.placed_and_paid(), o.cancelled(o.TUESDAY)], [CANCELLED], id="cancelled"),
        pytest.param([o.cancelled(o.TUESDAY), o.placed()], [CANCELLED], id="cancelled first"),
        pytest.param(
            [o.placed(), o.cancelled(o.MONDAY), o.pay(o.TUESDAY)],
            [CANCELLED],
            id="money for a cancelled order does not revive it",
        ),
        pytest.param(
            [o.placed(), o.scan(o.TUESDAY)],
            [Kind.SHIPMENT_SHIPPED],
            id="a scan overtakes received",
        ),
        pytest.param(
            [o.placed_and_paid(), o.handed_over(o.TUESDAY)],
            [Kind.SHIPMENT_DELIVERED],
            id="delivery overtakes confirmed",
        ),
        pytest.param([o.placed_and_paid(), o.label(o.TUESDAY)], [CONFIRMED], id="a label does not"),
        pytest.param([o.confirmed(o.TUESDAY)], [], id="without the order there is nobody to tell"),
    ],
)
def test_a_backlog_says_what_is_true_now(events: list[Event[Any]], said: list[Kind]) -> None:
    assert o.backlog(*events) == said


def test_a_calm_order_hears_of_each_step_once() -> None:
    events = [o.placed(), o.pay(o.MONDAY + o.HOUR), o.confirmed(o.MONDAY + 2 * o.HOUR)]

    assert o.one_by_one(*events, *events) == [RECEIVED, CONFIRMED]


def test_received_says_what_was_ordered_and_how_to_pay() -> None:
    url = "https://shop.example/pay/A1"
    event = o.placed(
        number="2041", pay_by=o.THURSDAY, pay_url=url, order_url="https://shop.example/A1"
    )

    content = o.only(o.Order().hears(event))

    assert content.order_number == "2041"
    assert content.order_url == "https://shop.example/A1"
    assert (content.items, content.total) == (o.ITEMS, o.UAH_100)
    assert content.payment is PaymentState.PENDING
    assert (content.pay_by, content.pay_url) == (o.THURSDAY, url)
    assert content.next_update_by == EVENING_OF_WEDNESDAY


def test_received_asks_for_no_payment_by_a_moment_that_has_passed() -> None:
    decision = o.Order().hears(o.placed(pay_by=o.MONDAY + o.HOUR), at=o.MONDAY + 2 * o.HOUR)

    assert o.only(decision).pay_by is None


def test_an_order_without_a_number_goes_by_its_id() -> None:
    assert o.only(o.Order().hears(o.placed())).order_number == "A1"


def test_confirmed_says_when_the_order_leaves_and_when_it_comes_and_keeps_the_dates_told() -> None:
    order = o.Order()
    order.hears(o.placed(dispatch_by=o.TUESDAY, estimate=o.by(o.THURSDAY)))
    event = o.confirmed(o.MONDAY + o.HOUR, dispatch_by=o.WEDNESDAY, estimate=o.by(o.FRIDAY))

    content = o.only(order.hears(event))

    assert (content.dispatch_by, content.next_update_by) == (o.WEDNESDAY, o.WEDNESDAY + LEAD)
    assert content.estimate == o.by(o.FRIDAY)
    statement = order.told.statements[order.id_of(CONFIRMED)]
    assert statement.dispatch_by == o.WEDNESDAY
    assert statement.next_update_by == o.WEDNESDAY + LEAD
    assert statement.estimate == o.by(o.FRIDAY)


def test_confirmed_promises_a_word_within_days_when_the_shop_named_no_date() -> None:
    content = o.only(o.Order().hears(o.placed_and_paid()))

    assert content.next_update_by == EVENING_OF_WEDNESDAY + 5 * o.DAY  # the end is a Saturday


def test_confirmed_names_no_dispatch_date_that_had_passed_before_the_money_came() -> None:
    events = [o.placed(dispatch_by=o.TUESDAY), o.pay(o.WEDNESDAY)]

    content = o.only(o.Order().hears(*events))

    assert content.dispatch_by is None
    assert content.next_update_by == EVENING_OF_WEDNESDAY + 5 * o.DAY


@pytest.mark.parametrize(
    ("of_shop", "of_parcels", "said"),
    [
        pytest.param(o.TUESDAY, {}, o.TUESDAY, id="the shop's"),
        pytest.param(o.TUESDAY, {"S1": o.FRIDAY}, o.FRIDAY, id="the only parcel's, when later"),
        pytest.param(o.FRIDAY, {"S1": o.TUESDAY}, o.TUESDAY, id="the only parcel's, when sooner"),
        pytest.param(
            o.TUESDAY, {"S1": o.FRIDAY, "S2": o.THURSDAY}, o.FRIDAY, id="the last of several"
        ),
        pytest.param(
            o.FRIDAY, {"S1": o.TUESDAY, "S2": None}, o.FRIDAY, id="the shop's for a silent parcel"
        ),
    ],
)
def test_confirmed_says_the_estimate_that_is_known_best(
    of_shop: datetime, of_parcels: dict[str, datetime | None], said: datetime
) -> None:
    labels = [
        o.label(o.MONDAY, parcel, estimate=o.by(day) if day else None)
        for parcel, day in of_parcels.items()
    ]

    decision = o.Order().hears(o.placed_and_paid(estimate=o.by(of_shop)), *labels)

    assert o.only(decision).estimate == o.by(said)


def test_cancelled_says_by_whom_and_why_and_what_becomes_of_the_money() -> None:
    event = o.cancelled(
        o.TUESDAY,
        by=CancelledBy.SHOP,
        reason=CancelReason.OUT_OF_STOCK,
        note="The last one broke.",
        refund=o.UAH_100,
        refund_by=date(2026, 11, 30),
    )

    content = o.only(o.Order().hears(o.placed_and_paid(), event))

    assert (content.cancelled_by, content.cancel_reason) == (
        CancelledBy.SHOP,
        CancelReason.OUT_OF_STOCK,
    )
    assert content.note == "The last one broke."
    assert (content.refund, content.refund_by) == (o.UAH_100, date(2026, 11, 30))


def test_a_customer_who_heard_of_a_failed_payment_hears_that_the_order_stands_again() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid())
    order.learns(CONFIRMED)
    order.hears(o.pay_in_vain(o.TUESDAY), at=o.TUESDAY + SETTLED)
    order.learns(Kind.PAYMENT_FAILED)

    assert o.kinds(order.hears(o.pay(o.WEDNESDAY))) == [CONFIRMED]
    assert o.kinds(order.hears(o.confirmed(o.WEDNESDAY + o.HOUR))) == []


def test_a_failed_payment_that_nobody_heard_of_needs_no_second_confirmation() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid())
    order.learns(CONFIRMED)
    order.hears(o.pay_in_vain(o.TUESDAY), at=o.TUESDAY + SETTLED)
    order.learns(Kind.PAYMENT_FAILED, OutcomeStatus.SUPPRESSED)

    assert o.kinds(order.hears(o.pay(o.WEDNESDAY))) == []


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param(
            [o.placed(), c.ran_out(o.TUESDAY)], [RECEIVED, EXPIRED], id="not paid in time"
        ),
        pytest.param(
            [o.placed(), o.pay(NOON, amount=o.uah("1.00")), c.ran_out(o.TUESDAY)],
            [RECEIVED, CANCELLED],
            id="who paid a part has money to get back",
        ),
        pytest.param(
            [o.placed(), c.ran_out(o.TUESDAY), o.pay(o.TUESDAY + o.HOUR)],
            [RECEIVED, EXPIRED, CANCELLED],
            id="who paid too late hears that the money was seen",
        ),
        pytest.param(
            [o.placed_and_paid(), c.ran_out(o.TUESDAY)],
            [CONFIRMED, CANCELLED],
            id="that a paid order was not paid for is never said",
        ),
        pytest.param(
            [o.placed(), c.ran_out(o.TUESDAY), c.brought_back(o.WEDNESDAY)],
            [RECEIVED, EXPIRED, BACK],
            id="it lapsed, and goes on",
        ),
        pytest.param(
            [o.placed(), c.ran_out(o.TUESDAY), c.brought_back(NOON), o.pay(o.WEDNESDAY)],
            [RECEIVED, EXPIRED, CANCELLED],
            id="brought back before it lapsed is brought back from nothing",
        ),
        pytest.param(
            [o.placed(), c.ran_out(o.TUESDAY), c.brought_back(o.WEDNESDAY), o.pay(o.THURSDAY)],
            [RECEIVED, EXPIRED, BACK, CONFIRMED],
            id="and is paid for then",
        ),
        pytest.param(
            [o.placed_and_paid(), o.cancelled(o.TUESDAY), c.brought_back(o.WEDNESDAY)],
            [CONFIRMED, CANCELLED, BACK],
            id="cancelled by mistake; that it is prepared is said with it",
        ),
        pytest.param(
            [
                o.placed_and_paid(),
                o.cancelled(o.TUESDAY),
                c.brought_back(o.WEDNESDAY),
                o.confirmed(o.THURSDAY),
            ],
            [CONFIRMED, CANCELLED, BACK],
            id="and need not be confirmed once more",
        ),
        pytest.param(
            [
                o.placed_and_paid(),
                o.cancelled(o.TUESDAY),
                c.brought_back(o.WEDNESDAY),
                o.cancelled(o.THURSDAY),
                c.brought_back(o.FRIDAY),
            ],
            [CONFIRMED, CANCELLED, BACK, CANCELLED, BACK],
            id="to and fro",
        ),
    ],
)
def test_a_customer_hears_whether_it_comes(events: list[Event[Any]], said: list[Kind]) -> None:
    assert c.told_of(*events).said == said


def test_a_cancellation_that_nobody_heard_of_is_taken_back_without_a_correction() -> None:
    order = c.told_of(o.placed_and_paid())
    order.hears(o.cancelled(o.TUESDAY))

    decision = order.hears(c.brought_back(o.TUESDAY + o.HOUR))

    assert [w.request_id for w in decision.withdraw] == [order.id_of(CANCELLED)]
    assert decision.announce == ()


def test_a_cancellation_that_went_out_all_the_same_is_corrected_once_that_is_known() -> None:
    order = c.told_of(o.placed_and_paid())
    order.hears(o.cancelled(o.TUESDAY))
    order.hears(c.brought_back(o.TUESDAY + o.HOUR))

    order.learns(CANCELLED)

    assert o.kinds(order.looks(o.TUESDAY + 2 * o.HOUR)) == [BACK]


def test_a_backlog_with_a_cancellation_that_was_taken_back_says_only_that_it_is_confirmed() -> None:
    events = [o.placed_and_paid(), o.cancelled(o.TUESDAY), c.brought_back(o.TUESDAY + o.HOUR)]

    assert o.backlog(*events) == [CONFIRMED]


def test_an_order_confirmed_long_ago_is_confirmed_when_it_is_brought_back_first_of_all() -> None:
    events = [o.placed_and_paid(), o.cancelled(o.TUESDAY), c.brought_back(o.MONDAY + 6 * o.DAY)]

    assert o.backlog(*events) == [CONFIRMED]


def test_a_correction_says_where_the_money_stands_and_when_it_leaves_and_comes() -> None:
    order = c.told_of(o.placed_and_paid(), o.cancelled(o.TUESDAY))
    event = c.brought_back(o.WEDNESDAY, dispatch_by=o.THURSDAY, estimate=o.by(o.FRIDAY))

    content = o.only(order.hears(event))

    assert (content.payment, content.items, content.total) == (
        PaymentState.PAID,
        o.ITEMS,
        o.UAH_100,
    )
    assert (content.dispatch_by, content.estimate) == (o.THURSDAY, o.by(o.FRIDAY))
    assert content.next_update_by == o.THURSDAY + LEAD


def test_an_order_paid_for_too_late_was_cancelled_by_the_shop_and_not_for_want_of_money() -> None:
    content = o.only(o.Order().hears(o.placed(), c.ran_out(o.TUESDAY), o.pay(o.TUESDAY + o.HOUR)))

    assert (content.cancelled_by, content.cancel_reason) == (CancelledBy.SHOP, CancelReason.OTHER)
    assert content.payment is PaymentState.PAID


def test_who_hears_that_an_unpaid_order_goes_on_need_not_hear_that_it_was_received() -> None:
    order = o.Order()
    order.hears(o.placed(), c.ran_out(NOON))
    c.hear_all(order)

    assert o.kinds(order.hears(c.brought_back(NOON + o.HOUR))) == [BACK]
    c.hear_all(order)
    assert order.looks(NOON + 2 * o.HOUR).announce == ()


def test_who_hears_that_a_paid_order_goes_on_need_not_hear_that_it_is_confirmed() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.cancelled(NOON))
    c.hear_all(order)

    assert o.kinds(order.hears(c.brought_back(NOON + o.HOUR))) == [BACK]
    c.hear_all(order)
    assert order.looks(NOON + 2 * o.HOUR).announce == ()


def test_a_correction_is_never_too_late() -> None:
    order = c.told_of(o.placed_and_paid(), o.cancelled(NOON))

    assert o.kinds(order.hears(c.brought_back(o.TUESDAY), at=o.TUESDAY + 9 * o.DAY)) == [BACK]


def test_who_heard_that_it_goes_on_unpaid_hears_when_it_is_paid() -> None:
    order = c.told_of(o.placed(payment=PaymentState.AUTHORISED))
    order.hears(o.pay_in_vain(NOON), c.ran_out(NOON + o.HOUR))
    c.hear_all(order)
    order.hears(c.brought_back(o.THURSDAY))  # that a payment failed is old news by then
    c.hear_all(order)

    assert o.kinds(order.hears(o.pay(o.FRIDAY, "P2"))) == [CONFIRMED]


def test_a_correction_that_waits_is_taken_back_when_it_is_cancelled_again() -> None:
    order = c.told_of(o.placed_and_paid(), o.cancelled(o.TUESDAY))
    order.hears(c.brought_back(o.WEDNESDAY))

    decision = order.hears(o.cancelled(o.WEDNESDAY + o.HOUR))

    assert [w.request_id for w in decision.withdraw] == [order.id_of(BACK)]
    assert decision.announce == ()


def test_no_message_names_a_day_on_which_the_order_can_not_come_any_more() -> None:
    order = o.Order()

    evening = o.TUESDAY + 10 * o.HOUR  # 21:00 in Kyiv
    decision = order.hears(o.placed_and_paid(o.TUESDAY, estimate=o.by(o.TUESDAY)), at=evening)

    assert o.only(decision).estimate is None


def test_a_confirmation_that_waits_is_worded_anew_when_the_date_is_moved() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(dispatch_by=o.TUESDAY))

    decision = order.hears(o.confirmed(NOON, dispatch_by=o.THURSDAY))

    assert o.only(decision).dispatch_by == o.THURSDAY
    assert len(decision.withdraw) == 1
    assert order.looks(NOON + o.HOUR).announce == ()


def test_an_order_that_costs_nothing_waits_for_no_money() -> None:
    decision = o.Order().hears(o.placed(total=o.uah("0.00"), pay_by=o.FRIDAY))

    assert o.kinds(decision) == [Kind.ORDER_CONFIRMED]
