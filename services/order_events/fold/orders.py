"""Folds the events of an order itself."""

from typing import Any

from headsup.contracts import shop
from headsup.contracts.envelope import Event
from services.order_events.facts import Action, Facts
from services.order_events.fold.base import Changes, given, later, widen


def _placed(facts: Facts, event: Event[shop.OrderPlaced]) -> None:
    data = event.data
    facts.placed = later(facts.placed, event, data)
    for shipment in facts.shipments.values():
        shipment.zone = facts.zone_there
    facts.dispatch_by = given(facts.dispatch_by, event, data.dispatch_by)
    facts.estimate = given(facts.estimate, event, data.estimate)
    facts.pay_by = given(facts.pay_by, event, data.pay_by)
    facts.pay_url = given(facts.pay_url, event, data.pay_url)


def _confirmed(facts: Facts, event: Event[shop.OrderConfirmed]) -> None:
    facts.confirmed = widen(facts.confirmed, event.time)
    facts.dispatch_by = given(facts.dispatch_by, event, event.data.dispatch_by)
    facts.estimate = given(facts.estimate, event, event.data.estimate)


def _cancelled(facts: Facts, event: Event[shop.OrderCancelled]) -> None:
    facts.cancelled = later(facts.cancelled, event, event.data)


def _reinstated(facts: Facts, event: Event[shop.OrderReinstated]) -> None:
    facts.reinstated = widen(facts.reinstated, event.time)
    _dates(facts, event)


def _dates(facts: Facts, event: Event[Any]) -> None:
    facts.dispatch_by = given(facts.dispatch_by, event, event.data.dispatch_by)
    facts.estimate = given(facts.estimate, event, event.data.estimate)


def _held(facts: Facts, event: Event[shop.OrderHeld]) -> None:
    facts.held = later(facts.held, event, event.data)


def _released(facts: Facts, event: Event[shop.OrderReleased]) -> None:
    facts.released = widen(facts.released, event.time)
    _dates(facts, event)


def _edited(facts: Facts, event: Event[shop.OrderEdited]) -> None:
    facts.edited = widen(facts.edited, event.time)
    facts.items = given(facts.items, event, event.data.items or None)
    facts.total = given(facts.total, event, event.data.total)
    if event.data.address_changed:
        facts.address_changed = widen(facts.address_changed, event.time)
    _dates(facts, event)


def _action(facts: Facts, action_id: str) -> Action:
    action = facts.actions.get(action_id)
    if action is None:
        action = facts.actions[action_id] = Action()
    return action


def _action_needed(facts: Facts, event: Event[shop.ActionNeeded]) -> None:
    action = _action(facts, event.data.action_id)
    action.needed = later(action.needed, event, event.data)


def _action_resolved(facts: Facts, event: Event[shop.ActionResolved]) -> None:
    action = _action(facts, event.data.action_id)
    action.resolved = widen(action.resolved, event.time)


def _item_changed(facts: Facts, event: Event[shop.ItemChanged]) -> None:
    id_ = event.data.change_id
    facts.item_changes[id_] = later(facts.item_changes.get(id_), event, event.data)


def _split(facts: Facts, event: Event[shop.OrderSplit]) -> None:
    facts.split = later(facts.split, event, event.data.parcels)


def _noted(facts: Facts, event: Event[shop.NoteAdded]) -> None:
    id_ = event.data.note_id
    facts.notes[id_] = later(facts.notes.get(id_), event, event.data.note)


def _invoiced(facts: Facts, event: Event[shop.InvoiceReady]) -> None:
    id_ = event.data.invoice_id
    facts.invoices[id_] = later(facts.invoices.get(id_), event, event.data)


def _download_ready(facts: Facts, event: Event[shop.DownloadReady]) -> None:
    id_ = event.data.download_id
    facts.downloads[id_] = later(facts.downloads.get(id_), event, event.data)


def _recalled(facts: Facts, event: Event[shop.OrderRecalled]) -> None:
    id_ = event.data.recall_id
    facts.recalls[id_] = later(facts.recalls.get(id_), event, event.data)


CHANGES: Changes = {
    shop.OrderPlaced: _placed,
    shop.OrderConfirmed: _confirmed,
    shop.OrderHeld: _held,
    shop.OrderReleased: _released,
    shop.OrderEdited: _edited,
    shop.ActionNeeded: _action_needed,
    shop.ActionResolved: _action_resolved,
    shop.ItemChanged: _item_changed,
    shop.OrderSplit: _split,
    shop.OrderCancelled: _cancelled,
    shop.OrderReinstated: _reinstated,
    shop.NoteAdded: _noted,
    shop.InvoiceReady: _invoiced,
    shop.DownloadReady: _download_ready,
    shop.OrderRecalled: _recalled,
}
"""Events of the order itself."""
