"""Folds events into facts: a table from the type of an event's data to what it changes.

Folding is commutative, associative and idempotent; see `facts`. It runs once for every event that
we ever receive, so it changes the facts in place and allocates little.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from headsup.contracts import shop
from headsup.contracts.base import Contract
from headsup.contracts.envelope import Event
from services.order_events.facts import Expected, Facts, Latest, Payment, Return, Shipment, Span

T = TypeVar("T")


def fold(facts: Facts | None, event: Event[Any]) -> Facts:
    """The facts with this event in them, changed in place; new ones when there were none.

    Raises KeyError for an event that is not about an order: those travel on other topics.
    """
    change = _CHANGES[type(event.data)]
    if facts is None:
        facts = Facts(source=event.source, order_id=event.data.order_id)
    change(facts, event)
    return facts


def _later(current: Latest[T] | None, event: Event[Any], value: T) -> Latest[T]:
    if current is not None and (current.at, current.by) >= (event.time, event.id):
        return current
    return Latest(event.time, event.id, value)


def _given(current: Latest[T] | None, event: Event[Any], value: T | None) -> Latest[T] | None:
    """As `_later`, but an event that does not mention it says nothing about it."""
    return _later(current, event, value) if value is not None else current


def _widen(current: Span | None, at: datetime) -> Span:
    if current is None:
        return Span(at, at)
    if at < current.first:
        return Span(at, current.last)
    return Span(current.first, at) if at > current.last else current


def _placed(facts: Facts, event: Event[shop.OrderPlaced]) -> None:
    data = event.data
    facts.placed = _later(facts.placed, event, data)
    facts.dispatch_by = _given(facts.dispatch_by, event, data.dispatch_by)
    facts.estimate = _given(facts.estimate, event, data.estimate)
    facts.pay_by = _given(facts.pay_by, event, data.pay_by)
    facts.pay_url = _given(facts.pay_url, event, data.pay_url)


def _confirmed(facts: Facts, event: Event[shop.OrderConfirmed]) -> None:
    facts.confirmed = _widen(facts.confirmed, event.time)
    facts.dispatch_by = _given(facts.dispatch_by, event, event.data.dispatch_by)
    facts.estimate = _given(facts.estimate, event, event.data.estimate)


def _cancelled(facts: Facts, event: Event[shop.OrderCancelled]) -> None:
    facts.cancelled = _later(facts.cancelled, event, event.data)


def _payment(facts: Facts, payment_id: str) -> Payment:
    payment = facts.payments.get(payment_id)
    if payment is None:
        payment = facts.payments[payment_id] = Payment()
    return payment


def _payment_succeeded(facts: Facts, event: Event[shop.PaymentSucceeded]) -> None:
    payment = _payment(facts, event.data.payment_id)
    payment.succeeded = _widen(payment.succeeded, event.time)
    payment.amount = _later(payment.amount, event, event.data.amount)


def _payment_failed(facts: Facts, event: Event[shop.PaymentFailed]) -> None:
    payment = _payment(facts, event.data.payment_id)
    payment.failed = _later(payment.failed, event, event.data)
    facts.pay_by = _given(facts.pay_by, event, event.data.pay_by)
    facts.pay_url = _given(facts.pay_url, event, event.data.retry_url)


def _payment_refunded(facts: Facts, event: Event[shop.PaymentRefunded]) -> None:
    refund_id = event.data.refund_id
    facts.refunds[refund_id] = _later(facts.refunds.get(refund_id), event, event.data)


def _shipment(facts: Facts, event: Event[Any], reason: shop.DelayReason | None = None) -> Shipment:
    """The shipment of an event, with what every shipment event may say already folded in."""
    data = event.data
    shipment = facts.shipments.get(data.shipment_id)
    if shipment is None:
        shipment = facts.shipments[data.shipment_id] = Shipment()
    if data.carrier is not None:
        shipment.carrier = _later(shipment.carrier, event, data.carrier)
    if data.tracking_number is not None:
        shipment.tracking_number = _later(shipment.tracking_number, event, data.tracking_number)
    if data.tracking_url is not None:
        shipment.tracking_url = _later(shipment.tracking_url, event, data.tracking_url)
    if data.estimate is not None:
        expected = Expected(data.estimate, reason)
        shipment.expected = _later(shipment.expected, event, expected)
    return shipment


def _label_created(facts: Facts, event: Event[shop.LabelCreated]) -> None:
    shipment = _shipment(facts, event)
    shipment.labelled = _widen(shipment.labelled, event.time)
    shipment.items = _given(shipment.items, event, event.data.items or None)


def _in_transit(facts: Facts, event: Event[shop.InTransit]) -> None:
    shipment = _shipment(facts, event)
    shipment.scans = _widen(shipment.scans, event.time)


def _estimate_changed(facts: Facts, event: Event[shop.EstimateChanged]) -> None:
    _shipment(facts, event, event.data.reason)


def _out_for_delivery(facts: Facts, event: Event[shop.OutForDelivery]) -> None:
    shipment = _shipment(facts, event)
    shipment.out_for_delivery = _later(shipment.out_for_delivery, event, event.data)


def _attempt_failed(facts: Facts, event: Event[shop.AttemptFailed]) -> None:
    shipment = _shipment(facts, event)
    shipment.attempt_failed = _later(shipment.attempt_failed, event, event.data)


def _ready_for_pickup(facts: Facts, event: Event[shop.ReadyForPickup]) -> None:
    shipment = _shipment(facts, event)
    shipment.ready_for_pickup = _later(shipment.ready_for_pickup, event, event.data)


def _delivered(facts: Facts, event: Event[shop.Delivered]) -> None:
    shipment = _shipment(facts, event)
    shipment.delivered = _later(shipment.delivered, event, event.data)


def _return(facts: Facts, event: Event[Any]) -> Return:
    return_id = event.data.return_id
    found = facts.returns.get(return_id)
    if found is None:
        found = facts.returns[return_id] = Return()
    found.items = _given(found.items, event, event.data.items or None)
    return found


def _return_requested(facts: Facts, event: Event[shop.ReturnRequested]) -> None:
    found = _return(facts, event)
    found.requested = _widen(found.requested, event.time)


def _return_approved(facts: Facts, event: Event[shop.ReturnApproved]) -> None:
    found = _return(facts, event)
    found.approved = _later(found.approved, event, event.data)


_CHANGES: dict[type[Contract], Callable[[Facts, Event[Any]], None]] = {
    shop.OrderPlaced: _placed,
    shop.OrderConfirmed: _confirmed,
    shop.OrderCancelled: _cancelled,
    shop.PaymentSucceeded: _payment_succeeded,
    shop.PaymentFailed: _payment_failed,
    shop.PaymentRefunded: _payment_refunded,
    shop.LabelCreated: _label_created,
    shop.InTransit: _in_transit,
    shop.EstimateChanged: _estimate_changed,
    shop.OutForDelivery: _out_for_delivery,
    shop.AttemptFailed: _attempt_failed,
    shop.ReadyForPickup: _ready_for_pickup,
    shop.Delivered: _delivered,
    shop.ReturnRequested: _return_requested,
    shop.ReturnApproved: _return_approved,
}
