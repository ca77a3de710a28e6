"""What the page shows, as JSON: events that were seen, messages that arrived, and what was not
said."""

from datetime import datetime
from typing import Any

import msgspec

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel


class SeenEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the shop's, as Kafka holds it."""

    id: str
    source: str
    type: str
    time: datetime
    """When it happened, in business time."""
    title: str
    detail: str
    order: str | None
    cart: str | None
    customer: str | None
    data: msgspec.Raw
    topic: str
    partition: int
    offset: int
    published_at: datetime
    """When Kafka got it, in real time."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A button under a message."""

    label: str
    url: str
    press: str | None = None
    """What it carries back, where it is pressed and leads nowhere."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message on a customer's phone. What the provider does not see (kind, language, order) is
    added when the notifier reports the message as sent, a moment later."""

    id: str
    channel: Channel
    to: str
    kind: Kind | None = None
    language: str | None = None
    subject: str | None
    text: str
    html: str | None
    at: datetime
    """When it arrived, in business time."""
    received_at: datetime
    """When it arrived, in real time."""
    order: str | None = None
    cart: str | None = None
    """Where it is about no order."""
    reminder: int | None = None
    """Which one of a cart it is; the first is 1."""
    provider_ref: str
    buttons: tuple[tuple[Link, ...], ...] = ()
    request: str | None = None
    cause: str | None = None
    """The event that it tells about; None while unknown, and when a deadline passed instead."""
    of_time: bool = False
    """No event leads to such a message: its moment came."""
    instead_of: Channel | None = None
    """The channel that it takes over from, because nothing said that it arrived there."""
    latency_ms: int | None = None
    """From Kafka having the event to the provider having the message, in real time; None where
    the message is meant to wait for its moment."""


class Unsaid(msgspec.Struct, frozen=True, kw_only=True):
    """What was not said, and why."""

    id: str
    request: str
    kind: Kind
    channel: Channel | None
    """None: by none at all."""
    because: str
    order: str | None
    cart: str | None
    at: datetime
    """When that was decided, in business time."""
    told_at: datetime
    """When Kafka was told, in real time."""
    cause: str | None
    """The event that it would have told about."""
    of_time: bool


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits for the morning of whoever gets it."""

    id: str
    request: str
    kind: Kind
    channel: Channel
    order: str | None
    cart: str | None = None
    customer: str
    at: datetime
    """Since when, in business time."""
    until: datetime
    """In business time."""
    cause: str | None = None
    of_time: bool = False


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer wrote to us, or what was answered to that at once."""

    id: str
    channel: Channel
    to: str
    """Whose phone it is on."""
    text: str
    at: datetime
    """In business time."""
    mine: bool
    """Whether the customer wrote it."""


def as_json(value: Any) -> bytes:
    """The value as the API writes it."""
    return msgspec.json.encode(value)
