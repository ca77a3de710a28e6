"""Folds the events of parcels."""

from typing import Any

from headsup.contracts import shop
from headsup.contracts.envelope import Event
from services.order_events.facts import Expected, Facts, Shipment
from services.order_events.fold.base import Changes, given, later, widen


def _shipment(facts: Facts, event: Event[Any], reason: shop.DelayReason | None = None) -> Shipment:
    """The shipment of an event, with what every shipment event may say already folded in."""
    data = event.data
    shipment = facts.shipments.get(data.shipment_id)
    if shipment is None:
        shipment = facts.shipments[data.shipment_id] = Shipment(zone=facts.zone_there)
    if data.carrier is not None:
        shipment.carrier = later(shipment.carrier, event, data.carrier)
    if data.tracking_number is not None:
        shipment.tracking_number = later(shipment.tracking_number, event, data.tracking_number)
    if data.tracking_url is not None:
        shipment.tracking_url = later(shipment.tracking_url, event, data.tracking_url)
    if data.estimate is not None:
        expected = Expected(data.estimate, reason)
        shipment.expected = later(shipment.expected, event, expected)
    return shipment


def _label_created(facts: Facts, event: Event[shop.LabelCreated]) -> None:
    shipment = _shipment(facts, event)
    shipment.labelled = widen(shipment.labelled, event.time)
    shipment.items = given(shipment.items, event, event.data.items or None)


def _in_transit(facts: Facts, event: Event[shop.InTransit]) -> None:
    shipment = _shipment(facts, event)
    shipment.scans = widen(shipment.scans, event.time)
    shipment.place = given(shipment.place, event, event.data.place)


def _estimate_changed(facts: Facts, event: Event[shop.EstimateChanged]) -> None:
    _shipment(facts, event, event.data.reason)


def _out_for_delivery(facts: Facts, event: Event[shop.OutForDelivery]) -> None:
    shipment = _shipment(facts, event)
    shipment.out_for_delivery = later(shipment.out_for_delivery, event, event.data)


def _attempt_failed(facts: Facts, event: Event[shop.AttemptFailed]) -> None:
    shipment = _shipment(facts, event)
    shipment.attempt_failed = later(shipment.attempt_failed, event, event.data)


def _ready_for_pickup(facts: Facts, event: Event[shop.ReadyForPickup]) -> None:
    shipment = _shipment(facts, event)
    shipment.ready_for_pickup = later(shipment.ready_for_pickup, event, event.data)


def _delivered(facts: Facts, event: Event[shop.Delivered]) -> None:
    shipment = _shipment(facts, event)
    shipment.delivered = later(shipment.delivered, event, event.data)


def _window_set(facts: Facts, event: Event[shop.WindowSet]) -> None:
    shipment = _shipment(facts, event)
    shipment.window = later(shipment.window, event, event.data.window)


def _customs_due(facts: Facts, event: Event[shop.CustomsDue]) -> None:
    shipment = _shipment(facts, event)
    shipment.customs_due = later(shipment.customs_due, event, event.data)


def _customs_cleared(facts: Facts, event: Event[shop.CustomsCleared]) -> None:
    shipment = _shipment(facts, event)
    shipment.customs_cleared = widen(shipment.customs_cleared, event.time)


def _address_problem(facts: Facts, event: Event[shop.AddressProblem]) -> None:
    shipment = _shipment(facts, event)
    shipment.address_problem = later(shipment.address_problem, event, event.data)


def _address_fixed(facts: Facts, event: Event[shop.AddressFixed]) -> None:
    shipment = _shipment(facts, event)
    shipment.address_fixed = widen(shipment.address_fixed, event.time)


def _damaged(facts: Facts, event: Event[shop.Damaged]) -> None:
    shipment = _shipment(facts, event)
    shipment.damaged = later(shipment.damaged, event, event.data)


def _lost(facts: Facts, event: Event[shop.Lost]) -> None:
    shipment = _shipment(facts, event)
    shipment.lost = later(shipment.lost, event, event.data)


def _returning(facts: Facts, event: Event[shop.Returning]) -> None:
    shipment = _shipment(facts, event)
    shipment.returning = later(shipment.returning, event, event.data)


def _returned(facts: Facts, event: Event[shop.Returned]) -> None:
    shipment = _shipment(facts, event)
    shipment.returned = later(shipment.returned, event, event.data)


def _revoked(facts: Facts, event: Event[shop.DeliveryRevoked]) -> None:
    shipment = _shipment(facts, event)
    shipment.revoked = widen(shipment.revoked, event.time)


CHANGES: Changes = {
    shop.LabelCreated: _label_created,
    shop.InTransit: _in_transit,
    shop.EstimateChanged: _estimate_changed,
    shop.OutForDelivery: _out_for_delivery,
    shop.AttemptFailed: _attempt_failed,
    shop.ReadyForPickup: _ready_for_pickup,
    shop.WindowSet: _window_set,
    shop.CustomsDue: _customs_due,
    shop.CustomsCleared: _customs_cleared,
    shop.AddressProblem: _address_problem,
    shop.AddressFixed: _address_fixed,
    shop.Damaged: _damaged,
    shop.Lost: _lost,
    shop.Returning: _returning,
    shop.Returned: _returned,
    shop.DeliveryRevoked: _revoked,
    shop.Delivered: _delivered,
}
"""Events of the parcels."""
