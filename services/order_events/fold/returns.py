"""Folds the events of returns and repairs."""

from typing import Any

from headsup.contracts import shop
from headsup.contracts.envelope import Event
from services.order_events.facts import Facts, Repair, Return
from services.order_events.fold.base import Changes, given, later, widen


def _return(facts: Facts, event: Event[Any]) -> Return:
    return_id = event.data.return_id
    found = facts.returns.get(return_id)
    if found is None:
        found = facts.returns[return_id] = Return()
    return found


def _return_requested(facts: Facts, event: Event[shop.ReturnRequested]) -> None:
    found = _return(facts, event)
    found.items = given(found.items, event, event.data.items or None)
    found.requested = widen(found.requested, event.time)


def _return_approved(facts: Facts, event: Event[shop.ReturnApproved]) -> None:
    found = _return(facts, event)
    found.items = given(found.items, event, event.data.items or None)
    found.approved = later(found.approved, event, event.data)


def _rejected(facts: Facts, event: Event[shop.ReturnRejected]) -> None:
    found = _return(facts, event)
    found.rejected = later(found.rejected, event, event.data)


def _info_needed(facts: Facts, event: Event[shop.ReturnInfoNeeded]) -> None:
    found = _return(facts, event)
    found.info_needed = later(found.info_needed, event, event.data)


def _label_ready(facts: Facts, event: Event[shop.ReturnLabelReady]) -> None:
    found = _return(facts, event)
    found.label_ready = later(found.label_ready, event, event.data)


def _label_failed(facts: Facts, event: Event[shop.ReturnLabelFailed]) -> None:
    found = _return(facts, event)
    found.label_failed = widen(found.label_failed, event.time)


def _in_transit(facts: Facts, event: Event[shop.ReturnInTransit]) -> None:
    found = _return(facts, event)
    found.in_transit = later(found.in_transit, event, event.data)


def _received(facts: Facts, event: Event[shop.ReturnReceived]) -> None:
    found = _return(facts, event)
    found.received = later(found.received, event, event.data)


def _inspected(facts: Facts, event: Event[shop.ReturnInspected]) -> None:
    found = _return(facts, event)
    found.inspected = later(found.inspected, event, event.data)


def _exchange_sent(facts: Facts, event: Event[shop.ExchangeSent]) -> None:
    found = _return(facts, event)
    found.exchange_sent = later(found.exchange_sent, event, event.data)


def _return_cancelled(facts: Facts, event: Event[shop.ReturnCancelled]) -> None:
    found = _return(facts, event)
    found.cancelled = later(found.cancelled, event, event.data)


def _repair(facts: Facts, event: Event[Any]) -> Repair:
    repair_id = event.data.repair_id
    found = facts.repairs.get(repair_id)
    if found is None:
        found = facts.repairs[repair_id] = Repair()
    return found


def _repair_accepted(facts: Facts, event: Event[shop.RepairAccepted]) -> None:
    found = _repair(facts, event)
    found.accepted = later(found.accepted, event, event.data)


def _expertise_started(facts: Facts, event: Event[shop.ExpertiseStarted]) -> None:
    found = _repair(facts, event)
    found.expertise = later(found.expertise, event, event.data)


def _repair_ready(facts: Facts, event: Event[shop.RepairReady]) -> None:
    found = _repair(facts, event)
    found.ready = later(found.ready, event, event.data)


CHANGES: Changes = {
    shop.ReturnRequested: _return_requested,
    shop.ReturnApproved: _return_approved,
    shop.ReturnRejected: _rejected,
    shop.ReturnInfoNeeded: _info_needed,
    shop.ReturnLabelReady: _label_ready,
    shop.ReturnLabelFailed: _label_failed,
    shop.ReturnInTransit: _in_transit,
    shop.ReturnReceived: _received,
    shop.ReturnInspected: _inspected,
    shop.ExchangeSent: _exchange_sent,
    shop.ReturnCancelled: _return_cancelled,
    shop.RepairAccepted: _repair_accepted,
    shop.ExpertiseStarted: _expertise_started,
    shop.RepairReady: _repair_ready,
}
"""Events of returns and repairs."""
