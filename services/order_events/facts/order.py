"""What is true of an order."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from headsup.contracts.base import Customer, Estimate, Items, Money
from headsup.contracts.replies import CustomerReplied
from headsup.contracts.shop import (
    ActionNeeded,
    DownloadReady,
    InvoiceReady,
    ItemChanged,
    OrderCancelled,
    OrderHeld,
    OrderPlaced,
    OrderRecalled,
    PaymentFailed,
    PaymentState,
)
from services.order_events.facts.money import Payment, Refund
from services.order_events.facts.parcels import Shipment
from services.order_events.facts.returns import Repair, Return
from services.order_events.facts.shapes import Latest, Span
from services.order_events.facts.support import Ticket


class Action(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Something that only the customer can do."""

    needed: Latest[ActionNeeded] | None = None
    resolved: Span | None = None


class Facts(msgspec.Struct, omit_defaults=True, kw_only=True):
    """All that is known of one order. Events of an order may arrive before the order itself: then
    there is no `customer` yet, and nobody to talk to."""

    source: str
    """The shop, as events name it."""
    order_id: str
    placed: Latest[OrderPlaced] | None = None
    confirmed: Span | None = None
    cancelled: Latest[OrderCancelled] | None = None
    reinstated: Span | None = None
    held: Latest[OrderHeld] | None = None
    released: Span | None = None
    edited: Span | None = None
    """Lines, address or price changed."""
    items: Latest[Items] | None = None
    """The lines as they are now, where they were edited."""
    total: Latest[Money] | None = None
    address_changed: Span | None = None
    split: Latest[int] | None = None
    """In how many parcels it comes."""
    actions: dict[str, Action] = {}
    """What only the customer can do."""
    item_changes: dict[str, Latest[ItemChanged]] = {}
    notes: dict[str, Latest[str]] = {}
    invoices: dict[str, Latest[InvoiceReady]] = {}
    downloads: dict[str, Latest[DownloadReady]] = {}
    recalls: dict[str, Latest[OrderRecalled]] = {}
    dispatch_by: Latest[datetime] | None = None
    estimate: Latest[Estimate] | None = None
    pay_by: Latest[datetime] | None = None
    pay_url: Latest[str] | None = None
    payments: dict[str, Payment] = {}
    refunds: dict[str, Refund] = {}
    shipments: dict[str, Shipment] = {}
    returns: dict[str, Return] = {}
    repairs: dict[str, Repair] = {}
    tickets: dict[str, Ticket] = {}
    replies: dict[str, Latest[CustomerReplied]] = {}
    """What the customer answered, by the request that asked."""

    @property
    def customer(self) -> Customer | None:
        """Who ordered; None until the order itself arrived."""
        return self.placed.value.customer if self.placed else None

    @property
    def cancellation(self) -> Latest[OrderCancelled] | None:
        """The cancellation that stands: none was taken back since."""
        if self.cancelled and self.reinstated and self.reinstated.last >= self.cancelled.at:
            return None
        return self.cancelled

    @property
    def recipient(self) -> Customer | None:
        """Who gets the parcels, where it is not who ordered."""
        return self.placed.value.recipient if self.placed else None

    @property
    def lines(self) -> Items:
        """What was ordered, as it is now."""
        if self.items:
            return self.items.value
        return self.placed.value.items if self.placed else ()

    @property
    def price(self) -> Money | None:
        """What the order costs, as it is now."""
        if self.total:
            return self.total.value
        return self.placed.value.total if self.placed else None

    @property
    def number(self) -> str:
        """The number that the customer knows."""
        return (self.placed and self.placed.value.number) or self.order_id

    @property
    def payment(self) -> PaymentState:
        """Where the money stands."""
        if self._paid_since:
            return PaymentState.PAID
        return self.placed.value.payment if self.placed else PaymentState.PENDING

    @property
    def _paid_since(self) -> datetime | None:
        """Since when the payments make the total, in the order's currency; None while they do not:
        a part of the money is no payment for the order."""
        if self.placed is None:
            return None
        total, paid = self.placed.value.total, Decimal()
        standing = (payment for payment in self.payments.values() if payment.stands)
        came = [(p.succeeded.first, p.amount.value) for p in standing if p.succeeded and p.amount]
        for at, amount in sorted(came, key=lambda each: each[0]):
            paid += amount.decimal if amount.currency == total.currency else 0
            if paid >= total.decimal:
                return at
        return None

    def _successes(self) -> Iterator[Span]:
        """When payments succeeded while all the money was there."""
        since = self._paid_since
        if since is None:
            return
        for payment in self.payments.values():
            if span := payment.succeeded:
                yield Span(max(span.first, since), max(span.last, since))

    @property
    def last_failure(self) -> Latest[PaymentFailed] | None:
        """The payment that failed last."""
        failures = [payment.failed for payment in self.payments.values() if payment.failed]
        return max(failures, key=lambda failed: (failed.at, failed.by), default=None)

    @property
    def accepted_at(self) -> datetime | None:
        """Since when the shop has all it needs to prepare the order: it confirmed it, or the money
        is all there, reserved, or comes on delivery. A payment that failed later undoes that."""
        spans = list(self._successes())
        if self.confirmed:
            spans.append(self.confirmed)
        if self.placed and self.placed.value.payment is not PaymentState.PENDING:
            spans.append(Span(self.placed.at, self.placed.at))
        failure = self.last_failure
        if failure is None:
            return min((span.first for span in spans), default=None)
        return min(
            (
                span.first if span.first >= failure.at else span.last
                for span in spans
                if span.last >= failure.at
            ),
            default=None,
        )

    @property
    def has_moved(self) -> bool:
        """A carrier has at least one parcel of the order, or had it."""
        return any(shipment.has_moved for shipment in self.shipments.values())


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Facts)


def encode(facts: Facts) -> bytes:
    """The facts as JSON."""
    return _encoder.encode(facts)


def decode(stored: bytes | str) -> Facts:
    """The facts that `encode` wrote. Raises msgspec.ValidationError for anything else."""
    return _decoder.decode(stored)
