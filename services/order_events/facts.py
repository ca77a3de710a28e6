"""What is true of an order, as far as the shop told us.

Facts are a function of the *set* of events: any order and any repetition of the same events gives
equal facts. Three shapes make that so, and every field is one of them: the latest word wins
(`Latest`), the first and the last time that something happened (`Span`), or a dict of such by id.

Facts are mutable because folding is on the hot path: the shell loads them, folds, reconciles and
stores them, and shares them with nobody. They are kept as JSON with `encode` and `decode`.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from headsup.contracts.base import Customer, Estimate, Items, Money
from headsup.contracts.shop import (
    AttemptFailed,
    DelayReason,
    Delivered,
    OrderCancelled,
    OrderPlaced,
    OutForDelivery,
    PaymentFailed,
    PaymentRefunded,
    PaymentState,
    ReadyForPickup,
    ReturnApproved,
)

T = TypeVar("T")


class Latest(msgspec.Struct, Generic[T], frozen=True, array_like=True):
    """The latest word on something: when it was said, by which event, and what.

    Of two words of the same moment the one with the greater event id wins, so that everybody who
    knows both events agrees.
    """

    at: datetime
    by: str
    value: T


class Span(msgspec.Struct, frozen=True, array_like=True):
    """The first and the last time that something happened."""

    first: datetime
    last: datetime


class Expected(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """When a parcel is expected, and why it is not when we thought."""

    estimate: Estimate
    reason: DelayReason | None = None


class Milestone(StrEnum):
    """Where a parcel is. The order is the rank: of two of the same moment the later counts."""

    LABELLED = "labelled"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"


class Payment(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One payment of an order: it may fail, and succeed later."""

    succeeded: Span | None = None
    amount: Latest[Money] | None = None
    """What came when it succeeded."""
    failed: Latest[PaymentFailed] | None = None

    @property
    def stands(self) -> bool:
        """It succeeded, and did not fail since."""
        if self.succeeded is None:
            return False
        return self.failed is None or self.failed.at <= self.succeeded.last


class Shipment(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One parcel."""

    carrier: Latest[str] | None = None
    tracking_number: Latest[str] | None = None
    tracking_url: Latest[str] | None = None
    expected: Latest[Expected] | None = None
    items: Latest[Items] | None = None
    labelled: Span | None = None
    scans: Span | None = None
    out_for_delivery: Latest[OutForDelivery] | None = None
    attempt_failed: Latest[AttemptFailed] | None = None
    ready_for_pickup: Latest[ReadyForPickup] | None = None
    delivered: Latest[Delivered] | None = None

    @property
    def now_at(self) -> tuple[Milestone, datetime] | None:
        """The milestone with the latest event time, and that time; None when there is none yet."""
        found: Milestone | None = None
        at: datetime | None = None
        for milestone, moment in (
            (Milestone.LABELLED, self.labelled and self.labelled.last),
            (Milestone.IN_TRANSIT, self.scans and self.scans.last),
            (Milestone.OUT_FOR_DELIVERY, self.out_for_delivery and self.out_for_delivery.at),
            (Milestone.ATTEMPT_FAILED, self.attempt_failed and self.attempt_failed.at),
            (Milestone.READY_FOR_PICKUP, self.ready_for_pickup and self.ready_for_pickup.at),
            (Milestone.DELIVERED, self.delivered and self.delivered.at),
        ):
            if moment and (at is None or moment >= at):
                found, at = milestone, moment
        return (found, at) if found and at else None

    @property
    def has_moved(self) -> bool:
        """A carrier has the parcel, or had it: it was scanned, or something that implies a scan."""
        return bool(
            self.scans
            or self.out_for_delivery
            or self.attempt_failed
            or self.ready_for_pickup
            or self.delivered
        )


class Return(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One return."""

    items: Latest[Items] | None = None
    requested: Span | None = None
    approved: Latest[ReturnApproved] | None = None


class Facts(msgspec.Struct, omit_defaults=True, kw_only=True):
    """All that is known of one order. Events of an order may arrive before the order itself: then
    there is no `customer` yet, and nobody to talk to."""

    source: str
    """The shop, as events name it."""
    order_id: str
    placed: Latest[OrderPlaced] | None = None
    confirmed: Span | None = None
    cancelled: Latest[OrderCancelled] | None = None
    dispatch_by: Latest[datetime] | None = None
    estimate: Latest[Estimate] | None = None
    pay_by: Latest[datetime] | None = None
    pay_url: Latest[str] | None = None
    payments: dict[str, Payment] = {}
    refunds: dict[str, Latest[PaymentRefunded]] = {}
    shipments: dict[str, Shipment] = {}
    returns: dict[str, Return] = {}

    @property
    def customer(self) -> Customer | None:
        """Who ordered; None until the order itself arrived."""
        return self.placed.value.customer if self.placed else None

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
