"""What a request becomes, and what is told at once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus, Reason
from headsup.kafka.producer import Outgoing
from headsup.shops.profile import load_shops
from services.notifier.decide import Decided, Decision, Known, Policy, decide
from services.notifier.people import Person
from tests.support.cart_requests import reminder
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, SHOPS, known, requested

POLICY = Policy(load_shops(SHOPS), frozenset({"en", "uk", "ru"}))
NOTHING = Known({}, frozenset())
NOBODY = Customer(id="c-1")


def _decide(
    customer: Customer | None = None, *, knowing: Known = NOTHING, now: datetime = MONDAY
) -> Decided:
    changes: dict[str, Any] = {"customer": customer} if customer else {}
    return decide(requested("r1", **changes), knowing, POLICY, now)


def _read(record: Outgoing | None) -> envelope.Event[NotificationOutcome]:
    assert record is not None
    return envelope.decode(record.value, record.headers, MONDAY + timedelta(days=9))


def test_a_planned_request_is_told_nothing_about_until_it_is_sent() -> None:
    decided = _decide()
    assert decided.decision is Decision.PLANNED
    assert decided.channels == [Channel.EMAIL]
    assert decided.outcome("t.") is None


@pytest.mark.parametrize(
    ("decided", "decision", "status", "reason"),
    [
        (
            _decide(NOBODY),
            Decision.SUPPRESSED,
            OutcomeStatus.SUPPRESSED,
            Reason.NO_ADDRESS,
        ),
        (
            _decide(now=MONDAY + timedelta(days=3)),
            Decision.EXPIRED,
            OutcomeStatus.EXPIRED,
            Reason.STALE,
        ),
        (
            _decide(knowing=Known({}, {"r1"})),
            Decision.WITHDRAWN,
            OutcomeStatus.WITHDRAWN,
            Reason.SUPERSEDED,
        ),
    ],
    ids=["nobody can be reached", "it is old news", "it was withdrawn before it came"],
)
def test_when_nothing_is_sent_because(
    decided: Decided, decision: Decision, status: OutcomeStatus, reason: Reason
) -> None:
    assert decided.decision is decision
    assert decided.channels == []
    record = decided.outcome("t.")
    event = _read(record)
    assert record is not None
    assert (record.topic, record.key) == ("t.notifications.outcomes", b"c-1")
    assert event.id == f"r1.{status}"
    assert (event.data.status, event.data.reason) == (status, reason)
    assert event.data.notification_id is None


def test_a_reminder_carries_the_keys_of_its_owner_to_the_ledger() -> None:
    knowing = Known({}, frozenset(), who={"r1": ("customer:c-1",)})
    assert decide(reminder("r1"), knowing, POLICY, MONDAY).who == ("customer:c-1",)


def test_whoever_bought_is_reminded_of_nothing_whatever_else_stands_in_the_way() -> None:
    knowing = Known({}, frozenset(), in_trouble={(SHOP, "c-1")}, bought={"r1"})
    decided = decide(reminder("r1"), knowing, POLICY, MONDAY)
    assert decided.reason is Reason.BOUGHT
    told = _read(decided.outcome("t.")).data
    assert (told.cart, told.order_id) == (reminder("r1").data.cart, None)


def test_whoever_wants_no_marketing_gets_none_and_is_said_to_want_none() -> None:
    policy = replace(POLICY, can_be_stopped=True)
    knowing = Known({}, frozenset(), opted_out={"r1": MONDAY})
    decided = decide(reminder("r1"), knowing, policy, MONDAY)
    told = _read(decided.outcome("t.")).data
    assert (told.reason, told.cart) == (Reason.OPTED_OUT, reminder("r1").data.cart)
    assert decide(reminder("r2"), knowing, policy, MONDAY).reason is Reason.NO_CONSENT


def test_a_customer_of_another_shop_with_the_same_id_is_somebody_else() -> None:
    person = Person(entry=known((Channel.EMAIL, "other@mail.example")).data)
    other = Known({("https://other.example", "c-1"): person}, frozenset())
    ours = Known({(SHOP, "c-1"): person}, frozenset())
    assert _decide(NOBODY, knowing=other).decision is Decision.SUPPRESSED
    assert _decide(NOBODY, knowing=ours).decision is Decision.PLANNED
