"""More events of a parcel, for the tests of what is said when."""

from datetime import datetime
from typing import Any

from headsup.contracts import shop
from headsup.contracts.base import Item, Window
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from tests.unit.services.order_events import orders as o


def hours(start: datetime, length: int = 2) -> Window:
    """So many hours from a moment on."""
    return Window(start=start, end=start + length * o.HOUR)


def courier_comes(at: datetime, window: Window, parcel: str = "S1", **what: Any) -> Event[Any]:
    """The hours are named in which a courier comes."""
    data = shop.WindowSet(order_id="A1", shipment_id=parcel, window=window, **what)
    return o.event(at, data)


def not_delivered(at: datetime, parcel: str = "S1") -> Event[Any]:
    """A delivery is taken back."""
    return o.event(at, shop.DeliveryRevoked(order_id="A1", shipment_id=parcel))


def lose(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A carrier cannot find a parcel."""
    return o.event(at, shop.Lost(order_id="A1", shipment_id=parcel, **what))


def send_back(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A parcel goes back to the shop."""
    return o.event(at, shop.Returning(order_id="A1", shipment_id=parcel, **what))


def arrive_back(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A parcel is back at the shop."""
    return o.event(at, shop.Returned(order_id="A1", shipment_id=parcel, **what))


def split(at: datetime, parcels: int) -> Event[Any]:
    """The order comes in so many parcels."""
    return o.event(at, shop.OrderSplit(order_id="A1", parcels=parcels))


def sold_out(at: datetime, item: Item) -> Event[Any]:
    """A line of the order will not come."""
    change = shop.ItemChange.UNAVAILABLE
    return o.event(
        at, shop.ItemChanged(order_id="A1", change_id=item.name, change=change, item=item)
    )


def paid_order(*events: Event[Any], **what: Any) -> o.Order:
    """A paid order whose confirmation was sent, and what happened to it since, each as it
    happened, and heard."""
    order = o.Order()
    heard(order, o.placed_and_paid(**what), *events)
    return order


def heard(order: o.Order, *events: Event[Any]) -> None:
    """Each event is read as it happens, and everything said of it arrives."""
    for event in events:
        order.hears(event)
        all_is_heard(order)


def all_is_heard(order: o.Order) -> None:
    """Everything that was said arrives."""
    for id_, said in list(order.told.statements.items()):
        if said.waiting:
            order.learns_of(id_, said.kind, OutcomeStatus.SENT)
