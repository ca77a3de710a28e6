"""Reading a batch of records: events of orders, outcomes, and what must be set aside. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from headsup.blame import NOBODY, expect_blameless
from headsup.contracts.envelope import (
    Event,
    EventRefusedError,
    RefusalCode,
    decode,
    expect_topic,
)
from headsup.contracts.notifications import CartRecovered, NotificationOutcome
from headsup.contracts.registry import Topic
from headsup.contracts.replies import CustomerOptedOut
from headsup.contracts.shop import IncidentEvent
from headsup.dead_letters import dead_letter
from headsup.kafka.consumer import Partition, Record, next_offsets
from headsup.kafka.producer import Outgoing
from headsup.streak import Place, place

SERVICE = "order_events"
TOPICS = (
    Topic.ORDERS,
    Topic.PAYMENTS,
    Topic.SHIPMENTS,
    Topic.RETURNS,
    Topic.SUPPORT,
    Topic.INCIDENTS,
    Topic.REPLIED,
    Topic.OUTCOMES,
)


def order_of(event: Event[Any]) -> str | None:
    """The order that an event is about; None for an incident, which is about many."""
    return None if isinstance(event.data, IncidentEvent) else event.data.order_id


class OrderKey(NamedTuple):
    """An order: the shop that says so, and its id there."""

    source: str
    order_id: str


@dataclass(slots=True)
class Batch:
    """Records, sorted out."""

    events: list[Event[Any]] = field(default_factory=list)
    outcomes: dict[OrderKey, list[NotificationOutcome]] = field(
        default_factory=lambda: defaultdict(list)
    )
    dead_letters: list[Outgoing] = field(default_factory=list)
    refusals: list[tuple[str, RefusalCode]] = field(default_factory=list)
    """Topic and reason of each dead letter, for the metrics."""
    positions: dict[Partition, int] = field(default_factory=dict)
    begins: dict[Partition, int] = field(default_factory=dict)
    """The offset of the first record of each partition."""
    records: dict[tuple[str, str], list[Record]] = field(default_factory=lambda: defaultdict(list))
    """The records of each event, by source and id: it may have been sent more than once."""
    about: dict[OrderKey, list[Record]] = field(default_factory=lambda: defaultdict(list))
    """The records of the outcomes."""
    bad: set[Place] = field(default_factory=set)
    """The records that were set aside, or are the same as one that was."""

    def set_aside(self, record: Record, topic: str, error: EventRefusedError, at: datetime) -> None:
        """Makes a dead letter of a record of this topic (named without prefix)."""
        self.bad.add(place(record))
        self.dead_letters.append(dead_letter(record, error, service=SERVICE, at=at))
        self.refusals.append((topic, error.code))


def read(
    records: Sequence[Record], prefix: str, now: datetime, blamed: AbstractSet[Place] = NOBODY
) -> Batch:
    """Decodes the records of our topics, whose names begin with `prefix`. The `blamed` ones are set
    aside."""
    batch = Batch(positions=next_offsets(records))
    for record in records:
        batch.begins.setdefault(Partition(record.topic, record.partition), record.offset)
        topic = record.topic.removeprefix(prefix)
        try:
            expect_blameless(record, blamed)
            event = decode(record.value, record.headers, now)
            expect_topic(event, topic)
        except EventRefusedError as error:
            batch.set_aside(record, topic, error, now)
            continue
        match event.data:
            case NotificationOutcome(order_id=str(order_id)):
                key = OrderKey(event.source, order_id)
                batch.outcomes[key].append(event.data)
                batch.about[key].append(record)
            case NotificationOutcome() | CartRecovered() | CustomerOptedOut():
                pass  # of a cart, or of a person: no order has to know
            case _:
                batch.events.append(event)
                batch.records[event.source, event.id].append(record)
    return batch
