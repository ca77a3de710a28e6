"""What is true of an order."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import TypeVar

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

Answer = TypeVar("Answer")


class Action(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """Something that only the customer can do."""

    needed: Latest[ActionNeeded] | None = None
    resolved: Span | None = None


def kept(find: Callable[["Facts"], Answer]) -> Callable[["Facts"], Answer]:
    """What many rules ask of facts. The answer is kept beside them until they change."""
    name = f"{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def found(facts: "Facts") -> Answer:
        known = facts.__dict__
        if name not in known:
            known[name] = find(facts)
        return known[name]  # type: ignore[no-any-return]

    return found


class Facts(msgspec.Struct, omit_defaults=True, kw_only=True, dict=True):
    """All that is known of one order. Events of an order may arrive before the order itself: then
    there is no `customer` yet, and nobody to talk to. Only `fold` changes them, and says so."""

    source: str
    """The shop, as events name it."""
    order_id: str
    forgotten_at: datetime | None = None
    """Up to when whoever placed it is forgotten; None while they are not. It is nobody's order
    then, whatever else is heard of it."""
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

    def changed(self) -> None:
        """Forgets what was found out about them as they were."""
        self.__dict__.clear()

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
    def hold(self) -> Latest[OrderHeld] | None:
        """The hold that stands: the order was not released since, nor brought back after it was
        cancelled, which says that it goes on."""
        ends = [span.last for span in (self.released, self.reinstated) if span]
        if self.held and any(end >= self.held.at for end in ends):
            return None
        return self.held

    @property
    def recipient(self) -> Customer | None:
        """Who gets the parcels, where it is not who ordered; a shop may name the buyer here."""
        recipient = self.placed.value.recipient if self.placed else None
        is_buyer = recipient and self.customer and recipient.id == self.customer.id
        return None if is_buyer else recipient

    @property
    def zone_there(self) -> str | None:
        """The name of the time zone where the parcels go, as the order has it."""
        there = self.recipient
        return (there and there.time_zone) or (self.customer.time_zone if self.customer else None)

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
        """Where the money stands. What was reserved or paid with the order and failed since is
        awaited again."""
        if self.paid_since:
            return PaymentState.PAID
        if self.placed is None:
            return PaymentState.PENDING
        state, failure = self.placed.value.payment, self.last_failure
        if state is PaymentState.ON_DELIVERY or failure is None or failure.at <= self.placed.at:
            return state
        return PaymentState.PENDING

    @property
    def paid_since(self) -> datetime | None:
        """Since when the payments make the price, in the order's currency; None while they do not:
        a part of the money is no payment for the order. What costs nothing is paid for at once. A
        price that is raised when all was there asks for the difference, and does not take the
        payment back."""
        if self.placed is None:
            return None
        at_first = self._reached(self.placed.value.total)
        if self.total is None or (at_first and at_first <= self.total.at):
            return at_first
        since = self._reached(self.total.value)
        return since and max(since, self.total.at)

    @property
    def has_money(self) -> bool:
        """The shop has money for the order that may have to go back."""
        came = [payment.amount.value for payment in self.payments.values() if payment.amount]
        prices = [self.placed.value.total] if self.placed else []
        is_some = any(not amount.is_zero for amount in came + prices)
        return is_some and self.payment is PaymentState.PAID

    def _reached(self, total: Money) -> datetime | None:
        """When the payments that stand made this much."""
        if total.is_zero and self.placed:
            return self.placed.at
        if not self.payments:
            return None
        came = [(p.came_at, p.amount.value) for p in self.payments.values() if p.amount]
        paid = Decimal()
        for at, amount in sorted(((a, m) for a, m in came if a), key=lambda each: each[0]):
            paid += amount.decimal if amount.currency == total.currency else 0
            if paid >= total.decimal:
                return at
        return None

    def _successes(self) -> Iterator[Span]:
        """When payments succeeded while all the money was there."""
        since = self.paid_since
        if since is None:
            return
        for payment in self.payments.values():
            if span := payment.succeeded:
                yield Span(max(span.first, since), max(span.last, since))
        if self.price and self.price.is_zero:
            yield Span(since, since)

    @property
    def _undoing_failure(self) -> Latest[PaymentFailed] | None:
        """The failure that leaves the order without its money: not one of a second payment while
        the first stands, nor one of an order that is paid for on delivery."""
        failure = self.last_failure
        if failure is None or self.placed is None:
            return failure
        if self.placed.value.payment is PaymentState.ON_DELIVERY:
            return None
        since = self.paid_since
        return None if since and since <= failure.at else failure

    @property
    def last_failure(self) -> Latest[PaymentFailed] | None:
        """The payment that failed last."""
        if not self.payments:
            return None
        failures = [payment.failed for payment in self.payments.values() if payment.failed]
        return max(failures, key=lambda failed: (failed.at, failed.by), default=None)

    @property
    @kept
    def accepted_at(self) -> datetime | None:
        """Since when the shop has all it needs to prepare the order: it confirmed it, or the money
        is all there, reserved, or comes on delivery. Money that failed later undoes that."""
        is_free = self.price is not None and self.price.is_zero
        spans = list(self._successes()) if self.payments or is_free else []
        if self.confirmed:
            spans.append(self.confirmed)
        if self.placed and self.placed.value.payment is not PaymentState.PENDING:
            spans.append(Span(self.placed.at, self.placed.at))
        failure = self._undoing_failure if self.payments else None
        if failure is None:
            return min([span.first for span in spans], default=None)
        return min(
            (
                span.first if span.first >= failure.at else span.last
                for span in spans
                if span.last >= failure.at
            ),
            default=None,
        )

    @property
    @kept
    def is_all_digital(self) -> bool:
        """Nothing of it is sent: every line says so; or none does, there are as many downloads as
        lines, and nobody spoke of a parcel or of a day to hand one over: a book of recipes that
        comes with a kettle is no kettle."""
        if any(line.digital for line in self.lines):
            return not self.shipped_lines
        if self.shipments or self.dispatch_by:
            return False
        return 0 < len(self.lines) <= len(self.downloads)

    @property
    def is_all_downloaded(self) -> bool:
        """Nothing of it is sent, and all of it can be downloaded: nobody waits for more."""
        return self.is_all_digital and not self.missing_downloads

    @property
    @kept
    def shipped_lines(self) -> Items:
        """What comes in parcels."""
        return tuple(line for line in self.lines if not line.digital)

    @property
    @kept
    def missing_downloads(self) -> int:
        """How many lines are still to become ready. A download brings the line of its name, and
        else one of those that are left: shops call a file by other names."""
        named = {line.name for line in self.lines if line.digital}
        if not named:
            return 0
        got = [found.value.item.name for found in self.downloads.values()]
        lines = sum(line.digital and line.name not in got for line in self.lines)
        return max(0, lines - sum(name not in named for name in got))

    @property
    @kept
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
