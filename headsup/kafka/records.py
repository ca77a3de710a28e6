"""Events as records for Kafka."""

from collections.abc import Sequence
from typing import Any, Protocol

from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_DATA, Topic
from headsup.kafka.producer import Outgoing


class Carrier(Protocol):
    """A record with headers: one that was read, or one on its way out."""

    @property
    def topic(self) -> str:
        """Where it lies, or will."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Its headers."""
        ...


def record_of(event: Event[Any], prefix: str, topic: Topic | None = None) -> Outgoing:
    """The record that carries an event, in the structured mode, on its topic (or on this one, where
    it travels on several) and under its key; `prefix` is of the names of topics."""
    return Outgoing(
        prefix + (topic or BY_DATA[type(event.data)].topic),
        envelope.key_of(event),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
