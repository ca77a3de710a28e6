"""Events of parcels that go wrong, incidents, and calm looks at an order, for the tests of what is
said when."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from headsup.contracts import shop
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.shop import IncidentScope
from services.order_events import incidents
from services.order_events.incidents import Incident, IncidentState
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

FRIEND = Customer(id="C2", email="taras@example.com", time_zone="Europe/Kyiv")
"""Somebody to whom a gift goes."""


def damage(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A parcel is damaged."""
    return o.event(at, shop.Damaged(order_id="A1", shipment_id=parcel, **what))


def unclear_address(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A carrier cannot find an address."""
    return o.event(at, shop.AddressProblem(order_id="A1", shipment_id=parcel, **what))


def clear_address(at: datetime, parcel: str = "S1") -> Event[Any]:
    """The address is corrected."""
    return o.event(at, shop.AddressFixed(order_id="A1", shipment_id=parcel))


def duty(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """Customs wants money."""
    said: dict[str, Any] = {"amount": o.UAH_100, "pay_url": "https://customs.example/pay"}
    return o.event(at, shop.CustomsDue(order_id="A1", shipment_id=parcel, **(said | what)))


def duty_paid(at: datetime, parcel: str = "S1") -> Event[Any]:
    """Customs lets a parcel go."""
    return o.event(at, shop.CustomsCleared(order_id="A1", shipment_id=parcel))


def outage(opened_at: datetime, carrier: str | None = "Nova Poshta", **what: Any) -> Incident:
    """A carrier's trouble; the shop's own, where no carrier is named."""
    scope = IncidentScope.CARRIER if carrier else IncidentScope.SHOP
    return Incident(id="I1", scope=scope, carrier=carrier, opened_at=opened_at, **what)


def over(incident: Incident, at: datetime) -> Incident:
    """The incident, resolved."""
    return msgspec.structs.replace(incident, resolved_at=at)


def opens(
    at: datetime, incident_id: str = "I1", carrier: str | None = "Nova Poshta", **what: Any
) -> Event[Any]:
    """A carrier's trouble begins; the shop's own, where no carrier is named."""
    scope = IncidentScope.CARRIER if carrier else IncidentScope.SHOP
    said: dict[str, Any] = {"incident_id": incident_id, "scope": scope, "carrier": carrier}
    return o.event(at, shop.IncidentOpened(**(said | what)))


def resolves(at: datetime, incident_id: str = "I1") -> Event[Any]:
    """It is over."""
    return o.event(at, shop.IncidentResolved(incident_id=incident_id))


def incidents_at(now: datetime, events: Iterable[Event[Any]]) -> tuple[Incident, ...]:
    """The incidents that are known by then."""
    states: dict[str, IncidentState] = {}
    for each in events:
        if each.time <= now:
            id_ = each.data.incident_id
            states[id_] = incidents.fold(states.get(id_), each)
    found = (incidents.known(id_, state) for id_, state in sorted(states.items()))
    return tuple(filter(None, found))


def shipped(estimate: datetime | None = o.WEDNESDAY, **what: Any) -> o.Order:
    """A paid order of one parcel that left on Monday, whose customer heard so."""
    expected = o.by(estimate) if estimate else None
    left = o.scan(o.MONDAY + o.HOUR, estimate=expected, carrier="Nova Poshta")
    return p.paid_order(left, **what)


def days_of(
    order: o.Order, days: float, since: datetime, every: timedelta = o.HOUR
) -> list[tuple[datetime, Kind]]:
    """What is said, and when, while nothing happens and everything that is said is heard."""
    said = []
    now = since
    while now <= since + days * o.DAY:
        said += [(now, kind) for kind in o.kinds(order.looks(now))]
        p.all_is_heard(order)
        now += every
    return said
