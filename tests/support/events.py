"""Events for tests: small, valid, and told apart by what each test cares about."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from headsup.contracts import envelope, shop
from headsup.contracts.base import Contract, Customer, Item, Money
from headsup.contracts.envelope import Event
from headsup.kafka.producer import Outgoing
from headsup.kafka.records import record_of

SHOP = "https://shop.example"
_numbers = itertools.count(1)


def event(data: Contract, at: datetime, *, event_id: str | None = None) -> Event[Any]:
    """An event of the shop; its id is new unless it is given."""
    return envelope.make(SHOP, event_id or f"event-{next(_numbers)}", at, data)


def outgoing(prefix: str, what: Event[Any]) -> Outgoing:
    """The record that carries an event."""
    return record_of(what, prefix)


def placed(order_id: str, at: datetime, **changes: Any) -> Event[Any]:
    """A paid order of one kettle that is to be dispatched within two days."""
    given: dict[str, Any] = {
        "order_id": order_id,
        "customer": Customer(
            id=f"customer-of-{order_id}",
            name="Оксана",
            email="oksana@example.com",
            phone="+380501234567",
            language="uk",
        ),
        "total": Money(amount="1299.00", currency="UAH"),
        "payment": shop.PaymentState.PAID,
        "items": (Item(name="Чайник"),),
        "dispatch_by": at + timedelta(days=2),
    }
    return event(shop.OrderPlaced(**given | changes), at)


def scanned(order_id: str, at: datetime, shipment_id: str = "S1") -> Event[Any]:
    """A carrier's scan."""
    return event(shop.InTransit(order_id=order_id, shipment_id=shipment_id, carrier="Nova"), at)


def delivered(order_id: str, at: datetime, shipment_id: str = "S1") -> Event[Any]:
    """A parcel handed over."""
    return event(shop.Delivered(order_id=order_id, shipment_id=shipment_id), at)
