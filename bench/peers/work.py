"""What every peer of order_events does for one event, by our own pure functions, so that only the
frame around them differs: read it, fold it, compare with what was told, say what to publish."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.registry import Topic
from headsup.kafka.producer import Outgoing
from services.order_events.decide import News, Order, decide, publications
from services.order_events.facts import Facts
from services.order_events.told import Told

MOST_SEEN = 100
"""Ids of an order's latest events that a peer without a database remembers, to know one that comes
again."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a peer finds its parts, as the environment says."""

    servers: str
    prefix: str
    database_url: str

    @classmethod
    def of_this_process(cls) -> "Surroundings":
        """Those that the measurement gave us."""
        found = os.environ
        return cls(
            found["KAFKA_BOOTSTRAP_SERVERS"], found["HEADSUP_TOPIC_PREFIX"], found["DATABASE_URL"]
        )

    @property
    def sources(self) -> tuple[str, str]:
        """The topics that the load is on."""
        return self.prefix + Topic.ORDERS, self.prefix + Topic.SHIPMENTS

    @property
    def requested(self) -> str:
        """The topic of what is said."""
        return self.prefix + Topic.REQUESTED


def read(value: bytes, headers: Iterable[tuple[str, bytes | None]]) -> Event[Any]:
    """The event of a record."""
    return envelope.decode(value, headers, datetime.now(UTC))


def handle(order: Order | None, event: Event[Any], prefix: str) -> tuple[Order, list[Outgoing]]:
    """The order after this event, and the records that are to be published. Raises ValueError for
    an event that is of no order."""
    now = datetime.now(UTC)
    decided = decide(order, News((event,), partition=0), now)
    if decided is None:
        raise ValueError(f"{event.type} is of no order")
    return decided.order, publications(event.source, decided, prefix, now)


class Kept(msgspec.Struct, omit_defaults=True):
    """An order as a peer without a database keeps it."""

    facts: Facts
    told: Told
    seen: list[str] = []


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Kept)


def handle_kept(
    kept: bytes | None, event: Event[Any], prefix: str
) -> tuple[bytes | None, list[Outgoing]]:
    """`handle` for who keeps an order as one value with the events that it had: the new value, or
    None for an event that comes again."""
    before = _decoder.decode(kept) if kept else None
    seen = before.seen if before else []
    if event.id in seen:
        return None, []
    order = Order(before.facts, before.told) if before else None
    after, said = handle(order, event, prefix)
    return _encode(Kept(after.facts, after.told, [*seen, event.id][-MOST_SEEN:])), said


def say(line: bytes) -> None:
    """Tells the measurement something."""
    print(line.decode(), flush=True)


READY = b"ready"
"""Said by a peer that is about to read."""
