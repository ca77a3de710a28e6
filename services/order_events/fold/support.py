"""Folds the events of a customer's questions, and their answers to ours."""

from typing import Any

from headsup.contracts import shop
from headsup.contracts.envelope import Event
from headsup.contracts.replies import CustomerReplied
from services.order_events.facts import Facts, Ticket
from services.order_events.fold.base import Changes, given, later, widen


def _ticket(facts: Facts, event: Event[Any]) -> Ticket:
    ticket_id = event.data.ticket_id
    found = facts.tickets.get(ticket_id)
    if found is None:
        found = facts.tickets[ticket_id] = Ticket()
    found.number = given(found.number, event, event.data.number)
    found.url = given(found.url, event, event.data.url)
    return found


def _opened(facts: Facts, event: Event[shop.TicketOpened]) -> None:
    ticket = _ticket(facts, event)
    ticket.opened = later(ticket.opened, event, event.data)


def _answered(facts: Facts, event: Event[shop.TicketAnswered]) -> None:
    ticket = _ticket(facts, event)
    ticket.answered = widen(ticket.answered, event.time)


def _closed(facts: Facts, event: Event[shop.TicketClosed]) -> None:
    ticket = _ticket(facts, event)
    ticket.closed = widen(ticket.closed, event.time)


def _replied(facts: Facts, event: Event[CustomerReplied]) -> None:
    id_ = event.data.request_id
    facts.replies[id_] = later(facts.replies.get(id_), event, event.data)


CHANGES: Changes = {
    shop.TicketOpened: _opened,
    shop.TicketAnswered: _answered,
    shop.TicketClosed: _closed,
    CustomerReplied: _replied,
}
"""Events of questions and answers."""
