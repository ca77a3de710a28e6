"""What is left of an order whose customer was erased: what the shop's books need, and nobody's
name. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.shop import OrderPlaced
from services.order_events.batch import Who
from services.order_events.facts import Facts, Latest
from services.order_events.facts.money import Payment, Refund

NOBODY: Final = Customer(id="erased")
"""Stands for whoever ordered."""


def forgotten(facts: Facts, at: datetime) -> Facts:
    """The order without its people: when it was placed, confirmed, cancelled and split, what it
    cost, and what was paid and given back. Nothing is said of it any more."""
    return Facts(
        source=facts.source,
        order_id=facts.order_id,
        forgotten_at=at,
        placed=_changed(facts.placed, _placed),
        confirmed=facts.confirmed,
        cancelled=_changed(facts.cancelled, lambda said: msgspec.structs.replace(said, note=None)),
        reinstated=facts.reinstated,
        split=facts.split,
        total=facts.total,
        payments={
            id_: Payment(succeeded=paid.succeeded, amount=paid.amount)
            for id_, paid in facts.payments.items()
        },
        refunds={id_: Refund(sent=refund.sent) for id_, refund in facts.refunds.items()},
    )


def _changed(latest: "Latest[Any] | None", change: Any) -> "Latest[Any] | None":
    return latest and Latest(latest.at, latest.by, change(latest.value))


def _placed(said: OrderPlaced) -> OrderPlaced:
    return OrderPlaced(
        order_id=said.order_id,
        customer=NOBODY,
        number=said.number,
        total=said.total,
        payment=said.payment,
    )


def without_recipient(facts: Facts) -> Facts:
    """The order without whoever it was a gift for: from now on all of it is told to the buyer."""
    placed = _changed(facts.placed, lambda said: msgspec.structs.replace(said, recipient=None))
    return msgspec.structs.replace(facts, placed=placed)


def is_buyers(facts: Facts, customer_id: str, at: datetime) -> bool:
    """Whether an order was placed by somebody before they were erased."""
    return facts.customer is not None and _is(facts, facts.customer, customer_id, at)


def is_recipients(facts: Facts, customer_id: str, at: datetime) -> bool:
    """Whether it was a gift for them."""
    recipient = facts.placed.value.recipient if facts.placed else None
    return recipient is not None and _is(facts, recipient, customer_id, at)


def _is(facts: Facts, person: Customer, customer_id: str, at: datetime) -> bool:
    return person.id == customer_id and facts.placed is not None and facts.placed.at <= at


def people_of(event: Event[Any]) -> list[Who]:
    """The customers whom an event names, with their shop."""
    placed = event.data
    if not isinstance(placed, OrderPlaced):
        return []
    people = (placed.customer, placed.recipient)
    return [(event.source, person.id) for person in people if person is not None]


def without_erased(
    event: Event[Any], erased: Mapping[Who, datetime]
) -> tuple[Event[Any], datetime | None]:
    """An event that was read after its customer was erased, without them; and when that was, where
    the order is nobody's now."""
    placed = event.data
    if not isinstance(placed, OrderPlaced):
        return event, None
    buyer = erased.get((event.source, placed.customer.id))
    if buyer is not None and event.time <= buyer:
        return msgspec.structs.replace(event, data=_placed(placed)), buyer
    there = placed.recipient and erased.get((event.source, placed.recipient.id))
    if there and event.time <= there:
        data = msgspec.structs.replace(placed, recipient=None)
        return msgspec.structs.replace(event, data=data), None
    return event, None
