"""Events as records for Kafka."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_DATA, Topic
from headsup.kafka.producer import Outgoing

CONTEXT: Final = ("traceparent", "tracestate")
"""The headers of the context of a trace."""


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


def with_context(
    record: Outgoing, context: Iterable[tuple[str, bytes]], made: type[Outgoing] = Outgoing
) -> Outgoing:
    """The record, with the headers of a trace's context in the place of any other."""
    others = [header for header in record.headers if header[0] not in CONTEXT]
    # `dataclasses.replace` takes ten times the calls, and this is done for every record.
    return made(record.topic, record.key, record.value, (*others, *context), record.partition)
