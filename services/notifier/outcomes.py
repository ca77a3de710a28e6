"""What became of a request, as the event that says so. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import (
    CartFlow,
    NotificationOutcome,
    OutcomeStatus,
    Reason,
)
from headsup.contracts.registry import Topic
from headsup.kafka.producer import Outgoing
from services.notifier.languages import language_in

_carts: Final = msgspec.json.Decoder(CartFlow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The request that an outcome is about."""

    source: str
    request_id: str
    order_id: str | None
    customer_id: str
    kind: Kind
    cart: CartFlow | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """The one message of it that an outcome is about."""

    id: str
    channel: Channel
    language: str


def named_in(row: Any) -> tuple[Subject | None, Message]:
    """Whom a row of the ledger is about; no subject when its kind is none that we know (a newer
    version wrote it)."""
    message = Message(row["id"], Channel(row["channel"]), row["language"])
    if row["kind"] not in set(Kind):
        return None, message
    subject = Subject(
        source=row["source"],
        request_id=row["request_id"],
        order_id=row["order_id"],
        customer_id=row["customer_id"],
        kind=Kind(row["kind"]),
        cart=_carts.decode(row["cart"]) if row["cart"] else None,
    )
    return subject, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How it ended."""

    status: OutcomeStatus
    at: datetime
    reason: Reason | None = None
    provider_ref: str | None = None


def outcome(subject: Subject, message: Message | None, ending: Ending, prefix: str) -> Outgoing:
    """The record for `notifications.outcomes`. Its id says what it says, so that publishing it
    twice is publishing it once."""
    data = NotificationOutcome(
        request_id=subject.request_id,
        order_id=subject.order_id,
        cart=subject.cart,
        customer_id=subject.customer_id,
        kind=subject.kind,
        status=ending.status,
        at=ending.at,
        notification_id=message.id if message else None,
        channel=message.channel if message else None,
        language=language_in(message.language) if message else None,
        provider_ref=ending.provider_ref,
        reason=ending.reason,
    )
    about = message.id if message else subject.request_id
    event = envelope.make(subject.source, f"{about}.{ending.status}", ending.at, data)
    return Outgoing(
        prefix + Topic.OUTCOMES,
        subject.customer_id.encode(),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
