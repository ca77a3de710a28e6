"""What is true of an order, for the people who ask: its page, the bot, support.

A service that keeps orders offers them by an entry point in the group `headsup.orders`, a function
`order_book(pool, policies) -> OrderBook`; whoever answers people finds it there, as `headsup trace`
finds its parts, and imports no service. Nothing here is written anew for a page: it is read from
the rows at the moment of the question. See docs/decisions/people-ask-the-rows.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from importlib.metadata import entry_points
from typing import Any, Protocol

from headsup.contracts.base import Customer, Estimate, Items, Money, PickupPoint, Window
from headsup.contracts.catalogue import Audience
from headsup.contracts.notifications import Standing
from headsup.contracts.shop import HandedTo, PaymentState, ReturnMethod
from headsup.shops.policy import Policy

GROUP = "headsup.orders"


class StepKind(StrEnum):
    """What happened to an order, for its timeline; each has words in every language."""

    PLACED = "placed"
    ACCEPTED = "accepted"
    HELD = "held"
    RELEASED = "released"
    EDITED = "edited"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    LABELLED = "labelled"
    SHIPPED = "shipped"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    READY_FOR_PICKUP = "ready_for_pickup"
    CUSTOMS_DUE = "customs_due"
    CUSTOMS_CLEARED = "customs_cleared"
    ADDRESS_PROBLEM = "address_problem"
    ADDRESS_FIXED = "address_fixed"
    DAMAGED = "damaged"
    LOST = "lost"
    RETURNING = "returning"
    RETURNED = "returned"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    DOWNLOAD_READY = "download_ready"
    RETURN_REQUESTED = "return_requested"
    RETURN_APPROVED = "return_approved"
    RETURN_REJECTED = "return_rejected"
    RETURN_IN_TRANSIT = "return_in_transit"
    RETURN_RECEIVED = "return_received"
    RETURN_INSPECTED = "return_inspected"
    RETURN_CANCELLED = "return_cancelled"
    EXCHANGE_SENT = "exchange_sent"
    REPAIR_ACCEPTED = "repair_accepted"
    REPAIR_READY = "repair_ready"
    QUESTION_ASKED = "question_asked"
    QUESTION_ANSWERED = "question_answered"


class Ended(StrEnum):
    """How an order ended of which nobody waits for news."""

    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened."""

    kind: StepKind
    at: datetime
    parcel: str | None = None
    """The shipment's id, where it is about one of several parcels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelView:
    """One parcel."""

    shipment_id: str
    standing: Standing | None
    """Where it is; None when nobody waits for it any more."""
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    estimate: Estimate | None = None
    window: Window | None = None
    pickup: PickupPoint | None = None
    delivered_at: datetime | None = None
    handed_to: HandedTo | None = None
    items: Items = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnView:
    """One return, and what its customer has to do."""

    return_id: str
    standing: Standing | None
    """None when it is over."""
    approved: bool = False
    is_rejected: bool = False
    """The shop does not accept it."""
    method: ReturnMethod | None = None
    address: str | None = None
    code: str | None = None
    label_url: str | None = None
    send_by: date | None = None
    collected_in: Window | None = None
    """When a courier comes for it."""
    note: str | None = None
    """What the shop wrote: what it has to know, or why it does not accept it."""
    url: str | None = None
    """Where the customer sends what the shop has to know."""
    items: Items = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order as one of its people may see it: a recipient who did not buy is told of no price and
    no contents."""

    source: str
    order_id: str
    number: str
    """The number that the customer knows."""
    audience: Audience
    customer: Customer
    """Who ordered."""
    recipient: Customer | None = None
    placed_at: datetime
    order_url: str | None = None
    standing: Standing | None
    """None when it is over: `ended` says how."""
    ended: Ended | None = None
    payment: PaymentState | None = None
    total: Money | None = None
    items: Items = ()
    estimate: Estimate | None = None
    """By when the next of it comes."""
    dispatch_by: datetime | None = None
    parcels: tuple[ParcelView, ...] = ()
    returns: tuple[ReturnView, ...] = ()
    return_until: date | None = None
    """The last day on which something may be sent back; None where nothing arrived yet, or it
    passed."""
    steps: tuple[Step, ...] = ()
    """What happened, the oldest first."""
    next_update_by: datetime | None = None
    """By when this person was promised to hear more."""
    in_trouble: bool = False


OrderKey = tuple[str, str]
"""A shop, and the id of an order."""


class OrderBook(Protocol):
    """Where orders are looked up."""

    async def orders(
        self, keys: Sequence[OrderKey], now: datetime, audience: Audience = Audience.BUYER
    ) -> list[OrderView]:
        """Those of the orders that there are, in the order in which they were asked for. One that
        was not placed yet is not among them. Raises what `DATABASE_AWAY` names."""


@dataclass(frozen=True, slots=True)
class MemoryOrderBook:
    """Orders that somebody put there, by key and audience."""

    views: Mapping[tuple[str, str, Audience], OrderView] = field(default_factory=dict)

    async def orders(
        self,
        keys: Sequence[OrderKey],
        now: datetime,  # noqa: ARG002 - as the other one
        audience: Audience = Audience.BUYER,
    ) -> list[OrderView]:
        """As `OrderBook`."""
        asked = [(source, order_id, audience) for source, order_id in keys]
        return [self.views[key] for key in asked if key in self.views]


class MakeOrderBook(Protocol):
    """What a service offers."""

    def __call__(self, pool: Any, policies: Mapping[str, Policy]) -> OrderBook:
        """A book that reads through this pool, and writes nothing. `policies`: what each shop
        promises, by its source."""


def open_order_book(pool: Any, policies: Mapping[str, Policy]) -> OrderBook:
    """The book of the service that keeps orders; an empty one where none is installed."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    if not points:
        return MemoryOrderBook()
    make: MakeOrderBook = points[0].load()
    return make(pool, policies)
