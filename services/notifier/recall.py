"""What the notifier is reminded of when its database was restored: what was told since the backup,
and what people said to it. Kafka has both for as long as it keeps topics.

Outcomes name what was told. Their requests are entered as told, so that nobody hears them again
when order_events asks anew; what nobody heard is left, and is told. The outcomes are put on their
topic once more: order_events, restored as well, may have read them before it knew what they are
about.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from headsup.contracts.envelope import Event, EventRefusedError, decode
from headsup.contracts.notifications import (
    NotificationOutcome,
    NotificationRequested,
    OutcomeStatus,
    Reason,
)
from headsup.contracts.registry import Topic
from headsup.erasures import Place
from headsup.kafka.consumer import Partition, Record
from headsup.kafka.emitter import write
from headsup.kafka.producer import MemoryPublisher, Outgoing
from headsup.kafka.reaching import REFUSALS, refused
from headsup.kafka.reader import BrokerError, Reader, Span, reading
from headsup.kafka.security import Servers, reached
from headsup.outbox import Outbox
from services.notifier import recall_counts
from services.notifier.attempts import STATUS
from services.notifier.decide import Decided
from services.notifier.ledger import SCHEMA, Transaction
from services.notifier.people import Address
from services.notifier.plan import Planned, Suppressed
from services.notifier.priorities import priority_of
from services.notifier.recall_words import Words, contacts_in, sentences

_READ_AGAIN: Final = (Topic.REQUESTED, Topic.REMINDERS, Topic.CUSTOMERS)
"""What people of the shop say in chats is not: it would be said again."""
FURTHER: Final = 1_000_000_000
"""Numbers of messages that are left out. A link holds the number of its message: those given since
the backup are in links that are out, and must never be another message's."""
_FURTHER: Final = f"""
    SELECT setval(pg_get_serial_sequence('notifier.notifications', 'seq'),
                  nextval(pg_get_serial_sequence('notifier.notifications', 'seq')) + {FURTHER})
"""
_KNOWN: Final = "SELECT id FROM notifier.requests WHERE id = ANY($1::text[])"
_ENTER: Final = """
    INSERT INTO notifier.notifications (id, request_id, route, channel, address, language, source,
                                        order_id, over_at, changed_at, planned_at, state, attempt,
                                        provider_ref, reason, question, priority)
    SELECT id, $1, route, channel, '', language, $2, $3, $4, at, at, state, 1, ref, reason, $5, $6
    FROM unnest($7::text[], $8::smallint[], $9::text[], $10::text[], $11::timestamptz[],
                $12::text[], $13::text[], $14::text[])
         AS n (id, route, channel, language, at, state, ref, reason)
    ON CONFLICT DO NOTHING
"""
_STATES: Final = {status: state for state, status in STATUS.items()}
_NO_LANGUAGE: Final = "und"
_DIGITS: Final = 4
"""Of a route's number at most, which is a smallint."""


@dataclass(slots=True)
class Ended:
    """What became of a request, as far as Kafka knows: of each of its messages the last word."""

    words: dict[str, NotificationOutcome] = field(default_factory=dict)
    """By the message; the empty name stands for the request."""
    records: list[Record] = field(default_factory=list)

    def add(self, outcome: NotificationOutcome, record: Record) -> None:
        """Takes a word in."""
        name = outcome.notification_id or ""
        known = self.words.get(name)
        if known is None or known.at <= outcome.at:
            self.words[name] = outcome
        self.records.append(record)

    @property
    def is_over(self) -> bool:
        """False where all that is known is that it failed: another channel may have been next."""
        return any(word.status is not OutcomeStatus.FAILED for word in self.words.values())


async def recall(connection: Any, brokers: Servers, prefix: str, now: datetime) -> Sequence[str]:
    """Reminds the database; says in sentences what of. Raises BrokerError while a notifier
    runs."""
    async with reading(brokers, name="headsup-recall") as reader:
        await _rewind(brokers, prefix, await reader.spans([prefix + t for t in _READ_AGAIN]))
        await connection.execute(_FURTHER)
        ended = await _ended(connection, reader, prefix, now)
        told = await _enter(connection, reader, prefix, ended, now)
        words = await _words(connection, reader, prefix, now)
    again = [_again(record) for id_ in sorted(told) for record in ended[id_].records]
    await write(brokers, again, lambda _written: None)
    return (
        f"notifier: {len(told)} requests that were dealt with since are known again",
        *sentences(words.heard, words.odd),
        "notifier: reads what it is asked for, and what shops say of people, from the beginning",
    )


async def _rewind(brokers: Servers, prefix: str, spans: Mapping[Partition, Span]) -> None:
    """Lets the notifier's group begin at the beginning. Nobody may be in it."""
    group = prefix + "notifier"
    consumer = AIOKafkaConsumer(**reached(brokers), group_id=group, enable_auto_commit=False)
    beginnings = {TopicPartition(p.topic, p.number): span.start for p, span in spans.items()}
    if not beginnings:
        raise BrokerError(
            f"There is no topic {prefix}{Topic.REQUESTED}, or this user may not read it:"
            " docs/operating/tls.md."
        )
    await consumer.start()
    try:
        consumer.assign(list(beginnings))
        await consumer.commit(beginnings)
    except REFUSALS as error:
        raise refused(error) from error
    except KafkaError as error:
        raise BrokerError(
            f"The group {group} could not be set back ({type(error).__name__}): does a notifier"
            " still run? One that was killed is gone after 30 seconds."
        ) from error
    finally:
        await consumer.stop()


async def _events(
    reader: Reader, topics: Collection[str], now: datetime
) -> AsyncIterator[list[tuple[Event[Any], Record]]]:
    """What lies there and can be understood, some at a time."""
    async for records in reader.read(await reader.spans(topics)):
        found = []
        for record in records:
            try:
                found.append((decode(record.value, record.headers, now), record))
            except EventRefusedError:  # it is a dead letter by now, or will be
                continue
        yield found


async def _ended(connection: Any, reader: Reader, prefix: str, now: datetime) -> dict[str, Ended]:
    """What became of requests that the ledger does not know."""
    ended: dict[str, Ended] = defaultdict(Ended)
    async for events in _events(reader, [prefix + Topic.OUTCOMES], now):
        outcomes = [(e.data, r) for e, r in events if isinstance(e.data, NotificationOutcome)]
        ids = {outcome.request_id for outcome, _ in outcomes}
        known = {row["id"] for row in await connection.fetch(_KNOWN, list(ids))}
        for outcome, record in outcomes:
            if outcome.request_id not in known:
                ended[outcome.request_id].add(outcome, record)
    return {id_: one for id_, one in ended.items() if one.is_over}


async def _enter(
    connection: Any, reader: Reader, prefix: str, ended: Mapping[str, Ended], now: datetime
) -> set[str]:
    """Enters them; their ids."""
    told = set[str]()
    topics = [prefix + Topic.REQUESTED, prefix + Topic.REMINDERS]
    async for events in _events(reader, topics, now):
        asked = {
            event.id: event
            for event, _ in events
            if isinstance(event.data, NotificationRequested) and event.id in ended
        }
        async with connection.transaction():
            decided = [_decided(event, ended[id_]) for id_, event in asked.items()]
            silent = Outbox(SCHEMA, connection, MemoryPublisher())  # nothing is published here
            for one in await Transaction(connection, silent).enter(decided):
                words = ended[one.event.id].words
                await _enter_messages(connection, one.event, words)
                await recall_counts.count(connection, one.event, words.values(), now)
                told.add(one.event.id)
    return told


def _decided(event: Event[NotificationRequested], ended: Ended) -> Decided:
    last = max(ended.words.values(), key=lambda word: word.at)
    silent = ended.words.get("")
    if silent is not None:
        return Decided(event, Suppressed(reason=silent.reason or Reason.SUPERSEDED), silent.at)
    return Decided(event, Planned(notifications=(), language=last.language or ""), last.at)


async def _enter_messages(
    connection: Any, event: Event[NotificationRequested], ended: Mapping[str, NotificationOutcome]
) -> None:
    """Its messages, without their words and addresses."""
    words = [word for name, word in ended.items() if name and word.channel]
    if not words:
        return
    await connection.execute(
        _ENTER,
        event.id,
        event.source,
        event.data.order_id,
        event.data.expires_at,
        event.data.content.question,
        priority_of(event.data.kind),
        [word.notification_id for word in words],
        [_route(word) for word in words],
        [word.channel for word in words],
        [word.language or _NO_LANGUAGE for word in words],
        [word.at for word in words],
        [_STATES[word.status] for word in words],
        [word.provider_ref for word in words],
        [word.reason for word in words],
    )


def _route(word: NotificationOutcome) -> int:
    """Of the kind, which stands behind the request's id. What took over has a number more."""
    named = (word.notification_id or "").removeprefix(f"{word.request_id}.")
    route = named.partition(".")[0]
    is_one = route.isdecimal() and len(route) <= _DIGITS
    return int(route) if is_one else 0


async def _words(connection: Any, reader: Reader, prefix: str, now: datetime) -> Words:
    """Keeps again what people said."""
    words = Words(connection)
    async for events in _events(reader, [prefix + Topic.REPLIED], now):
        await words.take(events)
    if words.unplaced:
        wanted = {(each.source, each.data.customer_id) for each in words.unplaced}
        found: dict[Place, set[Address]] = defaultdict(set)
        async for events in _events(reader, [prefix + topic for topic in _READ_AGAIN], now):
            for place, theirs in contacts_in((event for event, _ in events), wanted).items():
                found[place] |= theirs
        await words.place(found)
    return words


def _again(record: Record) -> Outgoing:
    return Outgoing(record.topic, record.key, record.value, tuple(record.headers))
