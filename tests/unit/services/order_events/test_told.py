"""What became of what was said."""

from itertools import permutations

import pytest

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import OutcomeStatus, Reason
from services.order_events.told import (
    ORDER,
    Statement,
    Told,
    apply_outcome,
    decode,
    encode,
    estimate_told,
)
from tests.unit.services.order_events import orders as o

TUESDAY_TOLD = o.by(o.TUESDAY)
FRIDAY_TOLD = o.by(o.FRIDAY)


def told(**statements: Statement) -> Told:
    return Told(statements=statements)


def said(
    estimate: Estimate | None = None,
    subject: str = ORDER,
    *outcomes: OutcomeStatus,
    hours: int = 0,
) -> Statement:
    at = o.MONDAY + hours * o.HOUR
    statement = Statement(
        kind=Kind.ORDER_CONFIRMED, subject=subject, said_at=at, happened_at=at, estimate=estimate
    )
    for number, status in enumerate(outcomes):
        named = o.outcome("Q1", status=status, notification_id=f"Q1.{number}")
        apply_outcome(told(Q1=statement), named)
    return statement


def test_an_outcome_is_noted_with_its_channel_and_reason() -> None:
    ours = told(Q1=said())
    outcome = o.outcome(
        "Q1", status=OutcomeStatus.FAILED, channel=Channel.SMS, reason=Reason.REFUSED
    )

    apply_outcome(ours, outcome)

    noted = ours.statements["Q1"].outcomes["Q1.0"]
    assert (noted.status, noted.channel, noted.reason, noted.at) == (
        OutcomeStatus.FAILED,
        Channel.SMS,
        Reason.REFUSED,
        o.MONDAY,
    )


def test_an_outcome_of_a_request_that_is_not_ours_changes_nothing() -> None:
    assert apply_outcome(Told(), o.outcome("Q1")) == Told()


def test_outcomes_in_any_order_and_repeated_end_the_same() -> None:
    outcomes = [
        o.outcome("Q1", status=status)
        for status in (OutcomeStatus.UNKNOWN, OutcomeStatus.SENT, OutcomeStatus.DELIVERED)
    ]
    ends = []
    for order in permutations([*outcomes, outcomes[0]]):
        ours = told(Q1=said())
        for outcome in order:
            apply_outcome(ours, outcome)
        ends.append(ours.statements["Q1"].outcomes["Q1.0"].status)

    assert set(ends) == {OutcomeStatus.DELIVERED}


@pytest.mark.parametrize(
    ("statuses", "waiting", "heard"),
    [
        pytest.param([], True, False, id="no outcome: it waits"),
        pytest.param([OutcomeStatus.SENT], False, True, id="sent: it was heard"),
        pytest.param([OutcomeStatus.UNKNOWN], False, True, id="unknown: it may have been heard"),
        pytest.param([OutcomeStatus.FAILED], False, False, id="failed: it was not heard"),
        pytest.param([OutcomeStatus.SUPPRESSED], False, False, id="suppressed: nor then"),
        pytest.param(
            [OutcomeStatus.FAILED, OutcomeStatus.SENT], False, True, id="one of two is enough"
        ),
    ],
)
def test_a_statement_waits_until_its_first_outcome_and_is_heard_when_one_went_out(
    statuses: list[OutcomeStatus], waiting: bool, heard: bool
) -> None:
    statement = said(None, ORDER, *statuses)

    assert (statement.waiting, statement.heard) == (waiting, heard)


SENT = OutcomeStatus.SENT
FAILED = OutcomeStatus.FAILED


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param({}, None, id="nothing was said"),
        pytest.param({"A": said(None, ORDER, SENT)}, None, id="no date was said"),
        pytest.param({"A": said(TUESDAY_TOLD)}, TUESDAY_TOLD, id="the order counts, waiting"),
        pytest.param({"A": said(TUESDAY_TOLD, ORDER, FAILED)}, None, id="not when it failed"),
        pytest.param({"A": said(TUESDAY_TOLD, "shipment:S1")}, None, id="a parcel must be heard"),
        pytest.param(
            {"A": said(FRIDAY_TOLD, "shipment:S1", SENT), "B": said(TUESDAY_TOLD, ORDER, SENT)},
            FRIDAY_TOLD,
            id="the parcel's goes before the order's",
        ),
        pytest.param(
            {
                "B": said(FRIDAY_TOLD, "shipment:S1", SENT, hours=1),
                "A": said(TUESDAY_TOLD, "shipment:S1", SENT),
            },
            FRIDAY_TOLD,
            id="the last one said, however the rows are sorted",
        ),
        pytest.param({"A": said(TUESDAY_TOLD, "shipment:S2", SENT)}, None, id="another parcel's"),
    ],
)
def test_the_estimate_told_is_the_last_that_the_customer_has(
    statements: dict[str, Statement], expected: Estimate | None
) -> None:
    found = estimate_told(told(**statements), "shipment:S1")

    assert (found.estimate if found else None) == expected


def test_told_comes_back_from_json_as_it_was() -> None:
    order = o.Order()
    order.hears(o.placed(dispatch_by=o.FRIDAY))
    order.learns(Kind.ORDER_RECEIVED, OutcomeStatus.DELIVERED)
    order.hears(o.pay(o.TUESDAY), o.on_the_van(o.WEDNESDAY))

    assert decode(encode(order.told)) == order.told


@pytest.mark.parametrize(
    ("outcomes", "may"),
    [
        pytest.param([], True, id="it waits"),
        pytest.param([OutcomeStatus.FAILED], True, id="the next channel may be trying"),
        pytest.param([OutcomeStatus.FAILED, OutcomeStatus.SENT], False, id="it came that way"),
        pytest.param([OutcomeStatus.SUPPRESSED], False, id="nobody sends it"),
        pytest.param([OutcomeStatus.EXPIRED], False, id="it was old"),
    ],
)
def test_what_nobody_has_may_still_come(outcomes: list[OutcomeStatus], may: bool) -> None:
    assert said(None, ORDER, *outcomes).may_still_come is may
