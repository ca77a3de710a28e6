"""Records, messages and outcomes for the tests of the page."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from headsup.contracts import envelope
from headsup.contracts.base import Contract, Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import (
    CartFlow,
    CartRecovered,
    NotificationOutcome,
    OutcomeStatus,
    Reason,
)
from headsup.contracts.shop import CartItem, CartUpdated, Delivered
from sandbox.web.shown import Message

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DELIVERED = Delivered(order_id="1001", shipment_id="1001-1")
CART = CartUpdated(cart_id="C1001", items=(CartItem(name="Kettle"),))
FLOW = CartFlow(cart_id="C1001", flow="f1", step=1, touched_at=NOON)


@dataclass
class StoredRecord:
    """A record as a consumer gives it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes | None
    headers: Any


def record(
    data: Contract,
    *,
    event_id: str = "e1",
    after: timedelta = timedelta(),
    happened: datetime = NOON,
) -> StoredRecord:
    """A record that Kafka got `after` noon."""
    event = envelope.make("https://shop.example", event_id, happened, data)
    timestamp = int((NOON + after).timestamp() * 1000)
    value, headers = envelope.encode(event), envelope.headers(event)
    return StoredRecord("any", 3, 17, timestamp, value, headers)


def outcome(provider_ref: str | None, kind: Kind = Kind.SHIPMENT_DELIVERED) -> NotificationOutcome:
    """The notifier says that it sent something about order 1001."""
    return NotificationOutcome(
        request_id="r1",
        order_id="1001",
        customer_id="c1",
        kind=kind,
        status=OutcomeStatus.SENT,
        at=NOON,
        notification_id="r1.0",
        channel=Channel.SMS,
        language="en",
        provider_ref=provider_ref,
    )


def reminded(provider_ref: str, *, step: int = 1) -> NotificationOutcome:
    """The notifier says that it reminded somebody of cart C1001."""
    sent = outcome(provider_ref, Kind.CART_ABANDONED)
    flow = msgspec.structs.replace(FLOW, step=step)
    return msgspec.structs.replace(sent, order_id=None, cart=flow)


def unsaid(kind: Kind, reason: Reason, **changes: Any) -> NotificationOutcome:
    """The notifier says that it said nothing, of order 1001 where nothing else is said."""
    sent = outcome(None, kind)
    return msgspec.structs.replace(
        sent,
        status=OutcomeStatus.SUPPRESSED,
        reason=reason,
        notification_id=None,
        channel=None,
        language=None,
        **changes,
    )


def recovered(order: str) -> CartRecovered:
    """A reminder of cart C1001 led to an order."""
    return CartRecovered(
        cart_id="C1001",
        order_id=order,
        customer_id="c1",
        flow="f1",
        step=1,
        value=Money(amount="1199.00", currency="UAH"),
        reminded_at=NOON,
        ordered_at=NOON,
    )


def message(message_id: str = "m1", *, ref: str = "SM1", after: timedelta = timedelta()) -> Message:
    """An SMS that arrived `after` noon, of which only the provider's view is known."""
    return Message(
        id=message_id,
        channel=Channel.SMS,
        to="+447911123456",
        subject=None,
        text="Your order was delivered.",
        html=None,
        at=NOON,
        received_at=NOON + after,
        provider_ref=ref,
    )
