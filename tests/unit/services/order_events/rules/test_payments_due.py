"""How to pay, what a bank wants confirmed, and the reminder to pay."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus, Reason
from headsup.contracts.shop import PaymentMethod, PaymentState
from headsup.shops.policy import DEFAULT, Policy
from services.order_events.told import apply_outcome
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o

RECEIVED, CONFIRMED, CANCELLED = Kind.ORDER_RECEIVED, Kind.ORDER_CONFIRMED, Kind.ORDER_CANCELLED
HOW, ASKED, FAILED = (
    Kind.PAYMENT_INSTRUCTIONS,
    Kind.PAYMENT_ACTION_REQUIRED,
    Kind.PAYMENT_FAILED,
)
REMINDER = Kind.PAYMENT_REMINDER
NOON = o.MONDAY + 3 * o.HOUR
NEXT_MONDAY = o.MONDAY + 7 * o.DAY


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([c.asks_for_money(NOON)], [RECEIVED, HOW], id="how to pay"),
        pytest.param(
            [c.asks_for_money(NOON), c.asks_for_money(o.TUESDAY)], [RECEIVED, HOW], id="told once"
        ),
        pytest.param(
            [c.asks_for_money(NOON, details=None, reference=None)],
            [RECEIVED],
            id="not where there is nothing to know",
        ),
        pytest.param(
            [c.asks_for_money(NOON), c.asks_for_money(o.TUESDAY, reference="B2")],
            [RECEIVED, HOW, HOW],
            id="otherwise than we said",
        ),
        pytest.param(
            [c.asks_for_money(NOON, pay_by=o.THURSDAY), c.asks_for_money(NOON, pay_by=o.FRIDAY)],
            [RECEIVED, HOW, HOW],
            id="until another day",
        ),
        pytest.param(
            [c.asks_for_money(NOON), o.pay(o.TUESDAY)], [RECEIVED, HOW, CONFIRMED], id="and paid"
        ),
        pytest.param(
            [o.confirmed(NOON), c.asks_for_money(NOON)],
            [RECEIVED, CONFIRMED, HOW],
            id="an order on account is confirmed and to be paid",
        ),
        pytest.param([c.bank_asks(NOON)], [RECEIVED, ASKED], id="the bank asks"),
        pytest.param(
            [c.bank_asks(NOON), c.bank_asks(NOON + o.HOUR)], [RECEIVED, ASKED], id="asks once"
        ),
        pytest.param(
            [c.bank_asks(NOON), c.bank_asks(NOON + o.HOUR, url="https://bank.example/2")],
            [RECEIVED, ASKED, ASKED],
            id="for another attempt, again",
        ),
        pytest.param(
            [c.bank_asks(NOON, by=o.MONDAY)], [RECEIVED], id="not when the time for it has passed"
        ),
        pytest.param(
            [c.bank_asks(NOON), o.pay_in_vain(o.TUESDAY)],
            [RECEIVED, ASKED, FAILED],
            id="and nobody confirmed it",
        ),
        pytest.param(
            [o.pay_in_vain(NOON), o.pay_in_vain(NOON + o.HOUR)],
            [RECEIVED, FAILED],
            id="the same payment that fails again is the same news",
        ),
        pytest.param(
            [o.pay_in_vain(NOON), c.bank_asks(NOON + o.HOUR), o.pay_in_vain(o.TUESDAY)],
            [RECEIVED, FAILED, ASKED, FAILED],
            id="unless it was asked for in between",
        ),
        pytest.param(
            [o.pay_in_vain(NOON), o.pay(NOON + o.HOUR), o.pay_in_vain(o.TUESDAY)],
            [RECEIVED, FAILED, CONFIRMED, FAILED],
            id="or the money was there in between",
        ),
        pytest.param(
            [o.cancelled(NOON), c.asks_for_money(o.TUESDAY)],
            [RECEIVED, CANCELLED],
            id="nobody pays for what was cancelled",
        ),
    ],
)
def test_a_customer_hears_how_to_pay(events: list[Event[Any]], said: list[Kind]) -> None:
    assert c.told_of(o.placed(), *events).said == said


def test_who_hears_how_to_pay_need_not_hear_that_the_order_was_received() -> None:
    assert o.backlog(o.placed(), c.asks_for_money(o.MONDAY)) == [HOW]
    assert o.backlog(o.placed(), c.bank_asks(o.MONDAY)) == [ASKED]


def test_who_hears_how_to_pay_need_not_hear_that_it_failed_before() -> None:
    events = [o.placed(), o.pay_in_vain(NOON), c.asks_for_money(NOON + o.HOUR)]

    assert o.backlog(*events) == [HOW]


def test_that_it_was_received_is_taken_back_when_how_to_pay_follows_at_once() -> None:
    order = o.Order()
    order.hears(o.placed())

    decision = order.hears(c.asks_for_money(o.MONDAY + c.minutes(1)))

    assert [w.request_id for w in decision.withdraw] == [order.id_of(RECEIVED)]
    assert o.kinds(decision) == [HOW]


def test_how_to_pay_is_taken_back_when_it_was_paid() -> None:
    order = o.Order()
    order.hears(o.placed(), c.asks_for_money(o.MONDAY))

    decision = order.hears(o.pay(NOON))

    assert [w.request_id for w in decision.withdraw] == [order.id_of(HOW)]
    assert o.kinds(decision) == [CONFIRMED]


def test_a_payment_that_fails_and_is_retried_at_once_is_no_news() -> None:
    order = c.told_of(o.placed())

    assert c.news(order, o.pay_in_vain(NOON), o.pay(NOON + c.minutes(1))) == [CONFIRMED]


def test_how_to_pay_says_how_much_to_whom_what_to_quote_and_until_when() -> None:
    url = "https://shop.example/pay"
    event = c.asks_for_money(
        o.MONDAY, amount=o.uah("40.00"), pay_by=o.THURSDAY, pay_url=url, reference="A1-7"
    )

    content = o.only(o.Order().hears(o.placed(), event))

    assert (content.due, content.pay_method) == (o.uah("40.00"), PaymentMethod.BANK_TRANSFER)
    assert (content.pay_details, content.pay_reference) == (c.BANK, "A1-7")
    assert (content.pay_by, content.pay_url) == (o.THURSDAY, url)


def test_what_the_bank_wants_says_how_much_where_and_until_when() -> None:
    event = c.bank_asks(o.MONDAY, amount=o.uah("40.00"), by=NOON)

    decision = o.Order().hears(o.placed(), event)

    content = o.only(decision)
    assert (content.due, content.pay_url) == (o.uah("40.00"), "https://bank.example/1")
    assert content.pay_by == decision.next_look_at == NOON


def test_no_version_shows_an_account() -> None:
    order = o.Order()
    order.hears(o.placed(), c.asks_for_money(o.MONDAY))

    assert all("IBAN" not in said.version for said in order.told.statements.values())


def reminded(*events: Event[Any], until: datetime, policy: Policy = DEFAULT) -> list[datetime]:
    """When a customer who hears everything at once is reminded to pay."""
    order = c.told_of(*events, policy=policy)
    at, found = max(event.time for event in events) + c.SETTLED, []
    while (at := order.looks(at).next_look_at or until) < until:
        if REMINDER in o.kinds(order.looks(at)):
            found.append(at)
        c.hear_all(order)
    return found


DAY_BEFORE, TWO_HOURS = o.WEDNESDAY, o.THURSDAY - 2 * o.HOUR


@pytest.mark.parametrize(
    ("events", "told"),
    [
        pytest.param([o.placed(pay_by=o.THURSDAY)], [DAY_BEFORE, TWO_HOURS], id="twice"),
        pytest.param([o.placed()], [], id="not where nobody named a time"),
        pytest.param(
            [o.placed(pay_by=o.MONDAY + 20 * o.HOUR)],
            [o.MONDAY + 18 * o.HOUR],
            id="once where there is less than a day",
        ),
        pytest.param(
            [o.placed(pay_by=o.MONDAY + 2 * o.HOUR)], [], id="not where there are two hours in all"
        ),
        pytest.param(
            [o.placed(), c.asks_for_money(NOON, pay_by=o.THURSDAY)],
            [DAY_BEFORE, TWO_HOURS],
            id="of a bank transfer",
        ),
        pytest.param(
            [o.placed(pay_by=o.THURSDAY), o.pay_in_vain(NOON)],
            [DAY_BEFORE, TWO_HOURS],
            id="of a payment that failed",
        ),
        pytest.param(
            [o.placed(pay_by=o.THURSDAY), o.pay_in_vain(DAY_BEFORE - o.HOUR)],
            [TWO_HOURS],
            id="not an hour after we wrote that it failed",
        ),
        pytest.param(
            [o.placed(pay_by=o.THURSDAY), o.pay_in_vain(NOON, pay_by=o.FRIDAY)],
            [o.THURSDAY, o.FRIDAY - 2 * o.HOUR],
            id="the time to pay was moved",
        ),
        pytest.param([o.placed(pay_by=o.THURSDAY), o.pay(NOON)], [], id="it was paid"),
        pytest.param(
            [o.placed(pay_by=o.THURSDAY), o.pay(NOON, amount=o.uah("50.00"))],
            [DAY_BEFORE, TWO_HOURS],
            id="a part was paid",
        ),
        pytest.param([o.placed(pay_by=o.THURSDAY), o.cancelled(NOON)], [], id="it was cancelled"),
        pytest.param(
            [o.placed(pay_by=o.THURSDAY), o.confirmed(NOON)], [], id="the shop does not wait for it"
        ),
        pytest.param(
            [o.placed(payment=PaymentState.ON_DELIVERY, pay_by=o.THURSDAY)],
            [],
            id="the courier collects it",
        ),
    ],
)
def test_a_customer_is_reminded_to_pay(events: list[Event[Any]], told: list[datetime]) -> None:
    assert reminded(*events, until=NEXT_MONDAY) == told


def test_the_shop_says_how_long_before() -> None:
    policy = Policy(payment_reminder_hours=(6,))

    told = reminded(o.placed(pay_by=o.THURSDAY), until=NEXT_MONDAY, policy=policy)

    assert told == [o.THURSDAY - 6 * o.HOUR]


def test_a_reminder_says_how_much_how_until_when_and_which_time_it_is() -> None:
    order = c.told_of(o.placed(), c.asks_for_money(NOON, amount=o.uah("40"), pay_by=o.THURSDAY))

    first = c.said_at(order, REMINDER, DAY_BEFORE)
    second = c.said_at(order, REMINDER, TWO_HOURS)

    assert (first.due, first.pay_by, first.pay_details) == (o.uah("40"), o.THURSDAY, c.BANK)
    assert (first.occurrence, second.occurrence) == (1, 2)
    assert first.next_update_by == o.THURSDAY + timedelta(hours=7)  # 18:00 in Kyiv


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(o.pay(o.WEDNESDAY + o.HOUR), id="paid"),
        pytest.param(o.cancelled(o.WEDNESDAY + o.HOUR), id="cancelled"),
        pytest.param(
            o.pay_in_vain(o.WEDNESDAY + o.HOUR, pay_by=NEXT_MONDAY), id="there is more time"
        ),
    ],
)
def test_a_reminder_that_waits_is_taken_back_when(event: Event[Any]) -> None:
    order = c.told_of(o.placed(pay_by=o.THURSDAY))
    order.looks(DAY_BEFORE)

    decision = order.hears(event)

    assert order.id_of(REMINDER) in {w.request_id for w in decision.withdraw}


def test_a_reminder_that_waits_is_taken_back_when_the_time_is_over() -> None:
    order = c.told_of(o.placed(pay_by=o.THURSDAY))
    assert order.looks(TWO_HOURS).next_look_at == o.THURSDAY

    assert order.id_of(REMINDER) in {w.request_id for w in order.looks(o.THURSDAY).withdraw}


def test_nobody_is_reminded_in_the_breath_in_which_they_are_asked() -> None:
    order = o.Order()
    order.hears(o.placed(pay_by=o.THURSDAY), at=DAY_BEFORE)

    assert order.said == [RECEIVED]
    c.hear_all(order)
    assert o.kinds(order.looks(DAY_BEFORE + o.HOUR)) == []
    assert o.kinds(order.looks(TWO_HOURS)) == [REMINDER]


def test_an_authorised_order_whose_money_failed_owes_it_again() -> None:
    order = c.told_of(o.placed(payment=PaymentState.AUTHORISED))
    order.hears(o.pay_in_vain(o.TUESDAY, pay_by=o.FRIDAY))

    content = c.said_at(order, FAILED, o.TUESDAY + c.SETTLED)

    assert content.payment is PaymentState.PENDING
    assert order.told.unsaid == []


def test_why_nothing_was_said_of_a_failure_is_kept() -> None:
    order = c.told_of(o.placed())
    c.news(order, o.pay_in_vain(NOON), o.pay(NOON + c.minutes(1)))
    order.learns(CONFIRMED, OutcomeStatus.SENT)

    assert (FAILED, Reason.SUPERSEDED) in {(u.kind, u.reason) for u in order.told.unsaid}


def test_an_order_that_becomes_known_when_it_is_too_late_to_confirm_is_received() -> None:
    asked = c.bank_asks(o.MONDAY + o.HOUR)

    assert o.backlog(asked, o.placed(o.MONDAY), at=o.TUESDAY) == [RECEIVED]


@pytest.mark.parametrize("kind", [REMINDER, Kind.PAYMENT_FAILED])
def test_what_was_read_in_a_mail_is_not_sent_as_a_text_after_the_money_came(kind: Kind) -> None:
    order = o.Order()
    order.hears(o.placed(pay_by=o.THURSDAY), o.pay_in_vain(NOON), at=NOON + 2 * o.HOUR)
    order.learns(Kind.PAYMENT_FAILED)
    if kind is REMINDER:
        order.looks(DAY_BEFORE)
        order.learns(REMINDER)
    at = order.told.statements[order.id_of(kind)].said_at

    decision = order.hears(o.pay(at + timedelta(minutes=20), "P2"))

    assert order.id_of(kind) in {each.request_id for each in decision.withdraw}
    assert order.looks(at + o.HOUR).withdraw == ()


def test_what_went_out_on_both_ways_is_not_taken_back() -> None:
    order = c.told_of(o.placed(pay_by=o.THURSDAY))
    order.looks(DAY_BEFORE)
    for way in ("0", "1"):
        said = o.outcome(order.id_of(REMINDER), REMINDER, notification_id=way)
        apply_outcome(order.told, said)

    decision = order.hears(o.pay(DAY_BEFORE + timedelta(minutes=20)))

    assert order.id_of(REMINDER) not in {each.request_id for each in decision.withdraw}


def test_who_was_reminded_to_pay_after_the_confirmation_hears_that_the_money_came() -> None:
    order = c.told_of(
        o.placed(pay_by=o.THURSDAY), c.asks_for_money(NOON), o.confirmed(NOON + o.DAY)
    )
    c.said_at(order, REMINDER, TWO_HOURS)
    c.hear_all(order)

    assert o.kinds(order.hears(o.pay(TWO_HOURS + o.HOUR))) == [CONFIRMED]
    c.hear_all(order)
    assert order.looks(o.THURSDAY).announce == ()
