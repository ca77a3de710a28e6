"""Reading a batch of records: customers, requests, withdrawals, troubles, purchases, and what is
set aside. Pure."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from headsup.blame import NOBODY, expect_blameless
from headsup.contracts.envelope import (
    Event,
    EventRefusedError,
    RefusalCode,
    decode,
    expect_topic,
)
from headsup.contracts.notifications import (
    CustomerForgotten,
    CustomerPurchased,
    NotificationRequested,
    NotificationWithdrawn,
    OrderTrouble,
)
from headsup.contracts.registry import READ, Topic
from headsup.contracts.shop import (
    AgentWrote,
    ConversationHandedBack,
    CustomerErased,
    CustomerUpdated,
)
from headsup.dead_letters import dead_letter
from headsup.kafka.consumer import Partition, Record, next_offsets
from headsup.kafka.producer import Outgoing
from headsup.kafka.rights import Needs
from headsup.streak import Place, place

SERVICE: Final = "notifier"
TOPICS: Final = (Topic.REQUESTED, Topic.CUSTOMERS, Topic.CONVERSATIONS, Topic.REMINDERS)
NEEDED: Final = (
    *(*TOPICS, Topic.OUTCOMES, Topic.REPLIED),
    *(topic.dead_letters for topic in TOPICS),
)
"""Topics without which there is nothing to be done."""
_LETTERS: Final = tuple([topic.dead_letters for topic in READ])
NEEDS: Final = Needs(
    reads=(*TOPICS, *_LETTERS),
    writes=(Topic.OUTCOMES, Topic.REPLIED, Topic.REQUESTED, *_LETTERS),
    cuts_off=_LETTERS,
)
"""Whoever is forgotten is removed from the dead letters of all services."""
REMINDERS_AT_ONCE: Final = 200
"""So many records of reminders are taken in at once at most, so that planning them holds up nobody
else's loop for long."""
REMINDERS_FROM: Final = 1 << 14
"""The number of the first partition of reminders among all that something may wait for."""
LONGEST_REQUEST_ID: Final = 90
"""Characters. The ids of notifications and outcomes are made from it, and end at 100."""


@dataclass(slots=True)
class Batch:
    """Records, sorted out. Of each customer and each order's trouble the newest word, each request
    and withdrawal once."""

    customers: dict[tuple[str, str], Event[CustomerUpdated]] = field(default_factory=dict)
    requests: dict[str, Event[NotificationRequested]] = field(default_factory=dict)
    withdrawals: dict[str, NotificationWithdrawn] = field(default_factory=dict)
    troubles: dict[tuple[str, str], Event[OrderTrouble]] = field(default_factory=dict)
    """By shop and order."""
    conversations: list[Event[Any]] = field(default_factory=list)
    """What people of the shops say to customers, in the order in which it was read."""
    purchases: list[Event[CustomerPurchased]] = field(default_factory=list)
    erased: dict[tuple[str, str], Event[CustomerErased]] = field(default_factory=dict)
    """By shop and customer, the newest."""
    forgotten: list[Event[CustomerForgotten]] = field(default_factory=list)
    """What other services say that they forgot."""
    dead_letters: list[Outgoing] = field(default_factory=list)
    refusals: list[tuple[str, RefusalCode]] = field(default_factory=list)
    """Topic and reason of each dead letter, for the metrics."""
    types: list[str] = field(default_factory=list)
    positions: dict[Partition, int] = field(default_factory=dict)
    all_records: Sequence[Record] = ()
    """In the order in which they were read."""
    records: dict[str, Record] = field(default_factory=dict)
    """The record of each request."""
    bad: set[Place] = field(default_factory=set)
    """Where the records lie that were set aside."""

    def set_aside(self, record: Record, error: EventRefusedError, topic: str, at: datetime) -> None:
        """Makes the record a dead letter."""
        self.dead_letters.append(dead_letter(record, error, service=SERVICE, at=at))
        self.refusals.append((topic, error.code))
        self.bad.add(place(record))

    def ends(self) -> Iterator[tuple[Record, bool]]:
        """Every record, and whether it was good."""
        return ((record, place(record) not in self.bad) for record in self.all_records)

    def held(self, behind: AbstractSet[int]) -> dict[str, int]:
        """The requests that wait for one of these partitions (`number_of`), by their ids: their
        own, where it is among them. What is about a cart waits for any, one after the other: its
        owner may have bought under another name, and what says so lies elsewhere."""
        if not behind:
            return {}
        numbers = {request: number_of(record) for request, record in self.records.items()}
        held = {
            request: min(behind)
            for request in numbers
            if self.requests[request].data.cart is not None
        }
        return held | {request: own for request, own in numbers.items() if own in behind}

    def put(self, event: Event[Any], record: Record) -> None:
        """Takes an event in."""
        self.types.append(event.type)
        match event.data:
            case CustomerUpdated(customer_id=customer_id):
                _keep_newest(self.customers, (event.source, customer_id), event)
            case NotificationRequested():
                self.requests.setdefault(event.id, event)
                self.records.setdefault(event.id, record)
            case NotificationWithdrawn(request_id=request_id):
                self.withdrawals.setdefault(request_id, event.data)
            case OrderTrouble(order_id=order_id):
                _keep_newest(self.troubles, (event.source, order_id), event)
            case AgentWrote() | ConversationHandedBack():
                self.conversations.append(event)
            case CustomerPurchased():
                self.purchases.append(event)
            case CustomerErased(customer_id=customer_id):
                _keep_newest(self.erased, (event.source, customer_id), event)
            case CustomerForgotten():
                self.forgotten.append(event)


def number_of(record: Record) -> int:
    """The number of the partition that it lies on; those of reminders are counted for themselves:
    what is behind there holds up no news."""
    is_reminder = record.topic.endswith(Topic.REMINDERS)
    return record.partition + (REMINDERS_FROM if is_reminder else 0)


def _keep_newest(
    kept: dict[tuple[str, str], Event[Any]], key: tuple[str, str], event: Event[Any]
) -> None:
    """Of two of the same moment the one that was read last."""
    known = kept.get(key)
    if known is None or known.time <= event.time:
        kept[key] = event


def read(
    records: Sequence[Record], prefix: str, now: datetime, blamed: AbstractSet[Place] = NOBODY
) -> Batch:
    """Decodes the records of our topics, whose names begin with `prefix`. The `blamed` ones are set
    aside."""
    batch = Batch(positions=next_offsets(records), all_records=records)
    for record in records:
        topic = record.topic.removeprefix(prefix)
        try:
            expect_blameless(record, blamed)
            event = decode(record.value, record.headers, now)
            expect_topic(event, topic)
            _expect_short_id(event)
        except EventRefusedError as error:
            batch.set_aside(record, error, topic, now)
        else:
            batch.put(event, record)
    return batch


def _expect_short_id(event: Event[Any]) -> None:
    if isinstance(event.data, NotificationRequested) and len(event.id) > LONGEST_REQUEST_ID:
        raise EventRefusedError(
            RefusalCode.BAD_ENVELOPE, "id", f"expected at most {LONGEST_REQUEST_ID} characters"
        )
