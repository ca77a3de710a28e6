"""Support events: a customer asked something about an order."""

from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import Id, Instant, Url
from headsup.contracts.shop.orders import OrderEvent


class TicketEvent(OrderEvent, frozen=True, kw_only=True):
    """Every event about a ticket names it."""

    ticket_id: Id
    number: Annotated[str, Meta(min_length=1, max_length=30)] | None = None
    """The number that the customer is told, where it is not the id."""
    url: Url | None = None


class TicketOpened(TicketEvent, frozen=True, kw_only=True):
    """The shop has the customer's question."""

    is_complaint: bool = False
    """While a complaint is open, nobody is asked for a review."""
    answer_by: Instant | None = None


class TicketAnswered(TicketEvent, frozen=True, kw_only=True):
    """Somebody answered; the answer itself travels by the shop's own way."""


class TicketClosed(TicketEvent, frozen=True, kw_only=True):
    """It is settled."""
