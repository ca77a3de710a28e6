"""What was promised, and whether it was kept."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.notifications import OutcomeStatus, Reason
from services.order_events.promises import Promise, open_promises, outstanding, unanswered
from services.order_events.told import Outcome, Statement, Told
from tests.unit.services.order_events import orders as o

PARCEL = "shipment:S1"


def told(*statements: Statement) -> Told:
    return Told(statements={str(number): each for number, each in enumerate(statements)})


def said(
    kind: Kind,
    at: datetime,
    promise: datetime | None = None,
    became: OutcomeStatus | None = OutcomeStatus.SENT,
    **what: Any,
) -> Statement:
    """Something that was said, and arrived unless said otherwise."""
    reason = what.pop("reason", None)
    outcomes = {"0": Outcome(status=became, at=at, reason=reason)} if became else {}
    return Statement(
        kind=kind,
        said_at=at,
        happened_at=at,
        next_update_by=promise,
        outcomes=outcomes,
        **({"subject": "order"} | what),
    )


CONFIRMED = said(Kind.ORDER_CONFIRMED, o.MONDAY, o.FRIDAY)
SHIPPED = said(Kind.SHIPMENT_SHIPPED, o.TUESDAY, o.THURSDAY, subject=PARCEL)


def test_nothing_was_promised_before_anything_was_said() -> None:
    assert outstanding(Told()) is None


def test_a_message_that_was_heard_is_a_promise() -> None:
    assert outstanding(told(CONFIRMED)) == o.FRIDAY


@pytest.mark.parametrize(
    "became", [None, OutcomeStatus.FAILED, OutcomeStatus.SUPPRESSED, OutcomeStatus.WITHDRAWN]
)
def test_a_message_that_nobody_heard_promised_nothing_and_keeps_nothing(
    became: OutcomeStatus | None,
) -> None:
    unheard = said(Kind.SHIPMENT_SHIPPED, o.TUESDAY, o.THURSDAY, became, subject=PARCEL)

    assert outstanding(told(unheard)) is None
    assert outstanding(told(CONFIRMED, unheard)) == o.FRIDAY


def test_news_that_promises_anew_keeps_the_promise_and_the_new_one_counts() -> None:
    assert outstanding(told(CONFIRMED, SHIPPED)) == o.THURSDAY


def test_what_was_said_before_keeps_no_promise() -> None:
    assert outstanding(told(SHIPPED, said(Kind.ORDER_NOTE, o.MONDAY))) == o.THURSDAY
    assert outstanding(told(CONFIRMED, said(Kind.ORDER_CONFIRMED, o.MONDAY))) == o.FRIDAY


@pytest.mark.parametrize("kind", [Kind.ORDER_INVOICE, Kind.ORDER_NOTE, Kind.RETURN_WINDOW_CLOSING])
def test_a_message_that_is_no_news_of_the_order_keeps_nothing(kind: Kind) -> None:
    assert outstanding(told(CONFIRMED, said(kind, o.TUESDAY))) == o.FRIDAY


def test_the_end_of_a_parcel_keeps_what_was_promised_about_it() -> None:
    assert outstanding(
        told(SHIPPED, said(Kind.SHIPMENT_DELIVERED, o.WEDNESDAY, subject=PARCEL))
    ) is (None)


def test_news_of_one_parcel_is_none_of_another() -> None:
    other = said(Kind.SHIPMENT_SHIPPED, o.WEDNESDAY, o.FRIDAY, subject="shipment:S2")

    assert outstanding(told(SHIPPED, other)) == o.THURSDAY


@pytest.mark.parametrize("kind", [Kind.ORDER_CANCELLED, Kind.ORDER_EXPIRED])
def test_the_end_of_the_order_keeps_what_was_promised_about_it_and_its_parcels(kind: Kind) -> None:
    assert outstanding(told(CONFIRMED, said(kind, o.TUESDAY))) is None
    assert outstanding(told(SHIPPED, said(kind, o.WEDNESDAY))) is None


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (Kind.RETURN_RECEIVED, "return:B1"),
        (Kind.REPAIR_ACCEPTED, "repair:W1"),
        (Kind.SUPPORT_OPENED, "ticket:T1"),
    ],
)
def test_a_promise_about_something_else_is_not_kept_by_news_of_the_order(
    kind: Kind, subject: str
) -> None:
    promise = said(kind, o.MONDAY, o.THURSDAY, subject=subject)

    assert outstanding(told(promise, SHIPPED, said(Kind.ORDER_CANCELLED, o.WEDNESDAY))) == (
        o.THURSDAY
    )


def test_an_answer_does_not_keep_the_promise_of_a_return() -> None:
    received = said(Kind.RETURN_RECEIVED, o.MONDAY, o.FRIDAY, subject="return:B1")
    opened = said(Kind.SUPPORT_OPENED, o.TUESDAY, o.WEDNESDAY, subject="ticket:T1")
    answered = said(Kind.SUPPORT_ANSWERED, o.WEDNESDAY, subject="ticket:T1")

    assert outstanding(told(received, opened)) == o.WEDNESDAY
    assert outstanding(told(received, opened, answered)) == o.FRIDAY


def test_the_money_keeps_what_was_promised_about_the_return() -> None:
    inspected = said(Kind.RETURN_INSPECTED, o.MONDAY, o.FRIDAY, subject="return:B1")

    assert outstanding(
        told(inspected, said(Kind.PAYMENT_REFUNDED, o.TUESDAY, subject="refund:R"))
    ) is (None)


def test_that_there_is_no_news_keeps_every_promise_and_makes_one() -> None:
    received = said(Kind.RETURN_RECEIVED, o.TUESDAY, o.THURSDAY, subject="return:B1")
    no_news = said(Kind.ORDER_NO_NEWS, o.WEDNESDAY, o.FRIDAY)

    assert outstanding(told(CONFIRMED, SHIPPED, received, no_news)) == o.FRIDAY


def test_two_promises_of_one_moment_both_stand() -> None:
    split = said(Kind.ORDER_SPLIT, o.MONDAY, o.THURSDAY)

    assert [promise.by for promise in open_promises(told(CONFIRMED, split), Audience.BUYER)] == [
        o.THURSDAY,
        o.FRIDAY,
    ]


def test_what_the_recipient_hears_keeps_no_promise_to_the_buyer() -> None:
    there = said(
        Kind.SHIPMENT_SHIPPED, o.WEDNESDAY, o.FRIDAY, subject=PARCEL, audience=Audience.RECIPIENT
    )

    assert outstanding(told(SHIPPED, there)) == o.THURSDAY
    assert open_promises(told(SHIPPED, there), Audience.RECIPIENT) == [Promise(o.FRIDAY, "1")]


@pytest.mark.parametrize(
    ("reason", "is_open"),
    [(Reason.BLOCKED, False), (Reason.NO_ADDRESS, False), (Reason.GAVE_UP, True)],
)
def test_somebody_whom_nobody_can_reach_has_no_open_promise(reason: Reason, is_open: bool) -> None:
    lost = said(Kind.ORDER_NO_NEWS, o.THURSDAY, None, OutcomeStatus.FAILED, reason=reason)

    assert (outstanding(told(CONFIRMED, lost)) is not None) is is_open


def test_news_on_its_way_will_keep_the_promise_though_it_has_not_yet() -> None:
    waiting = said(Kind.SHIPMENT_SHIPPED, o.TUESDAY, o.THURSDAY, None, subject=PARCEL)

    assert outstanding(told(CONFIRMED, waiting)) == o.FRIDAY
    assert unanswered(told(CONFIRMED, waiting), Audience.BUYER) == []


def test_that_there_is_no_news_does_not_answer_while_it_waits() -> None:
    waiting = said(Kind.ORDER_NO_NEWS, o.FRIDAY - timedelta(hours=1), None, None)

    assert unanswered(told(CONFIRMED, waiting), Audience.BUYER) == [Promise(o.FRIDAY, "0")]
