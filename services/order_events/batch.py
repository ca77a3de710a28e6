"""Reading a batch of records: events of orders, outcomes, and what must be set aside. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from headsup.blame import NOBODY, expect_blameless
from headsup.contracts.envelope import (
    Event,
    EventRefusedError,
    RefusalCode,
    decode,
    expect_topic,
)
from headsup.contracts.notifications import NotificationOutcome
from headsup.contracts.registry import Topic
from headsup.contracts.replies import CustomerReplied
from headsup.contracts.shop import CustomerErased, IncidentEvent, OrderEvent
from headsup.dead_letters import dead_letter
from headsup.kafka.consumer import Partition, Record, next_offsets
from headsup.kafka.producer import Outgoing
from headsup.kafka.rights import Needs
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
    Topic.CUSTOMERS,
)
NEEDS: Final = Needs(
    reads=TOPICS, writes=(Topic.REQUESTED, *(topic.dead_letters for topic in TOPICS))
)
NEEDED: Final = (*NEEDS.reads, *NEEDS.writes)
"""All that is read and written."""
_ERASED: Final = b"customer.erased"
Who = tuple[str, str]
"""A shop, and the number of one of its customers."""


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
    erased: dict[Who, datetime] = field(default_factory=dict)
    """By shop and customer, up to when what is said of them is to be forgotten."""
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

    def note_erased(self, record: Record, now: datetime) -> None:
        """Notes who is erased. What else a shop says of its customers, or cannot be read, is the
        notifier's."""
        if not _may_erase(record):
            return
        try:
            event = decode(record.value, record.headers, now)
        except EventRefusedError:
            return
        if isinstance(event.data, CustomerErased):
            who = (event.source, event.data.customer_id)
            at = min(event.time, now)
            self.erased[who] = max(at, self.erased.get(who, at))


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
            if topic == Topic.CUSTOMERS:
                batch.note_erased(record, now)
                continue
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
            case OrderEvent() | IncidentEvent() | CustomerReplied():
                batch.events.append(event)
                batch.records[event.source, event.id].append(record)
            case _:
                pass  # of a cart, or of a person: no order has to know
    return batch


def _may_erase(record: Record) -> bool:
    """Cheaper than to decode all that a shop knows of its customers. JSON may write any letter as
    an escape."""
    is_in_headers = any(text and _ERASED in text for _, text in record.headers)
    return is_in_headers or any(mark in (record.value or b"") for mark in (_ERASED, b"\\u00"))
