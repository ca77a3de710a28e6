"""What happened to an order, the oldest first, as its people may see it. Pure.

A timeline says what is known to have happened, once each: what came again, such as a scan, is told
where it began, and what was taken back stands where it was taken back.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.orders import Step, StepKind
from services.order_events.facts import Facts, Latest, Milestone, Return, Shipment, Span
from services.order_events.rules.base import Case

_Said = Iterable[tuple[StepKind, datetime | None]]

_HEARD_BY_BUYERS: Final = {
    StepKind.CUSTOMS_DUE: Kind.SHIPMENT_DUTY_DUE,
    StepKind.CUSTOMS_CLEARED: Kind.SHIPMENT_DUTY_DUE,
    StepKind.RETURNED: Kind.SHIPMENT_RETURNED,
}
"""Steps of a parcel that speak of money, by the kind that tells them."""
_NOT_FOR_RECIPIENTS: Final = frozenset(
    step for step, kind in _HEARD_BY_BUYERS.items() if CATALOGUE[kind].audience is Audience.BUYER
)


def steps(case: Case) -> tuple[Step, ...]:
    """The steps, as buyer or recipient may see them: of a gift only its way."""
    found = [*_parcels(case)]
    if case.audience is Audience.BUYER:
        found += [*_order(case.facts), *_money(case.facts), *_afterwards(case.facts)]
    ranks = list(StepKind)
    return tuple(sorted(found, key=lambda step: (step.at, ranks.index(step.kind))))


def _order(facts: Facts) -> Iterator[Step]:
    placed_at = facts.placed.at if facts.placed else None
    accepted_at = facts.accepted_at
    yield from _made(
        (
            (StepKind.PLACED, placed_at),
            # Paid as it was placed is one moment, and one line.
            (StepKind.ACCEPTED, accepted_at if accepted_at != placed_at else None),
            (StepKind.HELD, _at(facts.held)),
            (StepKind.RELEASED, _at(facts.released)),
            (StepKind.EDITED, _at(facts.edited)),
            (StepKind.CANCELLED, _at(facts.cancelled)),
            (StepKind.REINSTATED, _at(facts.reinstated)),
        )
    )
    downloads = facts.downloads.values()
    yield from _made((StepKind.DOWNLOAD_READY, each.at) for each in downloads)


def _money(facts: Facts) -> Iterator[Step]:
    for payment in facts.payments.values():
        yield from _made(
            (
                (StepKind.PAID, payment.came_at),
                (StepKind.PAYMENT_FAILED, _at(payment.failed)),
            )
        )
    for refund in facts.refunds.values():
        yield from _made(
            ((StepKind.REFUNDED, _at(refund.sent)), (StepKind.REFUND_FAILED, _at(refund.failed)))
        )


def _parcels(case: Case) -> Iterator[Step]:
    shipments = case.facts.shipments
    for shipment_id, shipment in shipments.items():
        for step in _made(_parcel(shipment), shipment_id if len(shipments) > 1 else None):
            if case.audience is Audience.BUYER or step.kind not in _NOT_FOR_RECIPIENTS:
                yield step


def _parcel(shipment: Shipment) -> _Said:
    is_revoked = shipment.now_at is not None and shipment.now_at[0] is Milestone.NOT_DELIVERED
    return (
        (StepKind.LABELLED, shipment.labelled.first if shipment.labelled else None),
        (StepKind.SHIPPED, shipment.scans.first if shipment.scans else None),
        (StepKind.OUT_FOR_DELIVERY, _at(shipment.out_for_delivery)),
        (StepKind.ATTEMPT_FAILED, _at(shipment.attempt_failed)),
        (StepKind.READY_FOR_PICKUP, _at(shipment.ready_for_pickup)),
        (StepKind.CUSTOMS_DUE, _at(shipment.customs_due)),
        (StepKind.CUSTOMS_CLEARED, _at(shipment.customs_cleared)),
        (StepKind.ADDRESS_PROBLEM, _at(shipment.address_problem)),
        (StepKind.ADDRESS_FIXED, _at(shipment.address_fixed)),
        (StepKind.DAMAGED, _at(shipment.damaged)),
        (StepKind.LOST, _at(shipment.lost)),
        (StepKind.RETURNING, _at(shipment.returning)),
        (StepKind.RETURNED, _at(shipment.returned)),
        (StepKind.DELIVERED, _at(shipment.delivered)),
        (StepKind.NOT_DELIVERED, _at(shipment.revoked) if is_revoked else None),
    )


def _afterwards(facts: Facts) -> Iterator[Step]:
    for found in facts.returns.values():
        yield from _made(_return(found))
    for repair in facts.repairs.values():
        yield from _made(
            (
                (StepKind.REPAIR_ACCEPTED, _at(repair.accepted)),
                (StepKind.REPAIR_READY, _at(repair.ready)),
            )
        )
    for ticket in facts.tickets.values():
        answered = ticket.answered if ticket.opened else None
        yield from _made(
            (
                (StepKind.QUESTION_ASKED, _at(ticket.opened)),
                (StepKind.QUESTION_ANSWERED, _at(answered)),
            )
        )


def _return(found: Return) -> _Said:
    return (
        (StepKind.RETURN_REQUESTED, found.requested.first if found.requested else None),
        (StepKind.RETURN_APPROVED, _at(found.approved)),
        (StepKind.RETURN_REJECTED, _at(found.rejected)),
        (StepKind.RETURN_IN_TRANSIT, _at(found.in_transit)),
        (StepKind.RETURN_RECEIVED, _at(found.received)),
        (StepKind.RETURN_INSPECTED, _at(found.inspected)),
        (StepKind.EXCHANGE_SENT, _at(found.exchange_sent)),
        (StepKind.RETURN_CANCELLED, _at(found.cancelled)),
    )


def _made(said: _Said, parcel: str | None = None) -> Iterator[Step]:
    """The steps of what happened; nothing of what did not."""
    for kind, at in said:
        if at is not None:
            yield Step(kind=kind, at=at, parcel=parcel)


def _at(word: Latest[Any] | Span | None) -> datetime | None:
    """When something was said or happened, for the last time."""
    if word is None:
        return None
    return word.last if isinstance(word, Span) else word.at
