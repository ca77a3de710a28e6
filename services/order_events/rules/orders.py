"""What becomes of an order: received, confirmed, cancelled."""

from datetime import datetime
from functools import partial
from typing import Final

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import OrderCancelled, PaymentState
from services.order_events.facts import Facts
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
    if_ahead,
    the_order,
)
from services.order_events.rules.dispatch import promised_dispatch
from services.order_events.told import version_of

_UNSETTLES: Final = frozenset({Kind.PAYMENT_FAILED})


def received(case: Case, subject: str) -> Verdict:
    """We have your order, and wait for the money.

    Promises no next update: it comes with the money, and nobody can say when that is.
    """
    del subject
    placed = case.facts.placed
    if placed is None or placed.value.payment is not PaymentState.PENDING:
        return None
    if (
        case.facts.cancellation
        or case.facts.last_failure
        or case.facts.accepted_at
        or case.facts.has_moved
    ):
        return Overtaken()
    return Announce(placed.at, partial(_received, case.facts, case.now))


def _received(facts: Facts, now: datetime) -> Content:
    return content(
        facts,
        items=facts.placed.value.items if facts.placed else (),
        total=facts.placed.value.total if facts.placed else None,
        payment=PaymentState.PENDING,
        pay_by=if_ahead(facts.pay_by.value if facts.pay_by else None, now),
        pay_url=facts.pay_url and facts.pay_url.value,
        estimate=_estimate(facts),
    )


def confirmed(case: Case, subject: str) -> Verdict:
    """Your order is being prepared. The next update is due when it should leave the shop.

    Said again to a customer who heard in between that a payment failed.
    """
    accepted_at = case.facts.accepted_at
    if accepted_at is None:
        return Overtaken("" if case.facts.confirmed else None)
    due = promised_dispatch(case.facts)
    if case.facts.cancellation or case.facts.has_moved or (due and due <= case.now):
        return Overtaken()
    version = version_of(case.told, subject, Kind.ORDER_CONFIRMED, _UNSETTLES)
    return Announce(accepted_at, partial(_confirmed, case.facts, case.now), version)


def _confirmed(facts: Facts, now: datetime) -> Content:
    due = promised_dispatch(facts)
    return content(
        facts,
        items=facts.placed.value.items if facts.placed else (),
        total=facts.placed.value.total if facts.placed else None,
        payment=facts.payment,
        dispatch_by=due,
        estimate=_estimate(facts),
        next_update_by=if_ahead(due, now),
    )


def cancelled(case: Case, subject: str) -> Verdict:
    """Your order will not come, and this becomes of your money."""
    del subject
    if case.facts.cancellation is None:
        return None
    return Announce(
        case.facts.cancellation.at, partial(_cancelled, case.facts, case.facts.cancellation.value)
    )


def _cancelled(facts: Facts, data: OrderCancelled) -> Content:
    return content(
        facts,
        items=facts.placed.value.items if facts.placed else (),
        total=facts.placed.value.total if facts.placed else None,
        payment=facts.payment,
        cancelled_by=data.by,
        cancel_reason=data.reason,
        note=data.note,
        refund=data.refund,
        refund_by=data.refund_by,
    )


def _estimate(facts: Facts) -> Estimate | None:
    """When the whole order is expected: what its parcels' carriers say, where they do, is newer
    than what the shop said. Of several parcels the last one counts."""
    known = [
        parcel.expected.value.estimate for parcel in facts.shipments.values() if parcel.expected
    ]
    if facts.estimate and not (known and len(facts.shipments) == 1):
        known.append(facts.estimate.value)
    return max(known, key=lambda estimate: estimate.latest, default=None)


RULES: Final = (
    Rule(Kind.ORDER_RECEIVED, the_order, received),
    Rule(Kind.ORDER_CONFIRMED, the_order, confirmed),
    Rule(Kind.ORDER_CANCELLED, the_order, cancelled),
)
