"""Events as records for Kafka."""

from typing import Any

from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_DATA
from headsup.kafka.producer import Outgoing


def record_of(event: Event[Any], prefix: str) -> Outgoing:
    """The record that carries an event, in the structured mode, on its topic and under its key;
    `prefix` is of the names of topics."""
    return Outgoing(
        prefix + BY_DATA[type(event.data)].topic,
        envelope.key_of(event),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
