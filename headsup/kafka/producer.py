"""A producer that loses nothing: acknowledged by all replicas, and idempotent."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from headsup import logs
from headsup.kafka.reaching import reaching
from headsup.kafka.security import Servers, reached
from headsup.kafka.topics import MAX_RECORD_BYTES
from headsup.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record on its way out."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    partition: int | None = None
    """None: the one that the key says. An outbox does not keep it."""


class PublishError(Exception):
    """Kafka did not take some of the records, or did not say in time that it did.

    `left` are their places in what was to be published; the others are acknowledged. `refused` are
    those of them that Kafka will never take: they are too large, each by itself.
    """

    def __init__(self, left: Sequence[int], refused: Sequence[int] = ()) -> None:
        super().__init__(f"{len(left)} records are not acknowledged")
        self.left = left
        self.refused = refused


class Publisher(Protocol):
    """Puts records on Kafka."""

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Returns when every record is acknowledged; raises PublishError when one is not."""
        ...


PATIENCE: Final = 5.0
"""Seconds for which Kafka's acknowledgements are waited for."""
LAST_WORDS: Final = 3.0
"""Seconds for what is on its way when the producer is stopped."""

_Ack: TypeAlias = asyncio.Future[Any] | KafkaError | None
"""What became of a record: Kafka's answer, which may be yet to come; refused before it was sent;
or not even given to Kafka."""


class Producer:
    """The real publisher. Records of one key keep their order.

    aiokafka's idempotent producer (0.14) knows no end: it tries for as long as Kafka is away, so we
    stop waiting, and give it no more for a topic of which something is still on its way. And after
    Kafka refused anything of a partition it takes nothing more of that partition from the same
    producer, because numbers are missing; so then there is a new one.
    """

    def __init__(self, brokers: Servers, *, name: str, patience: float = PATIENCE) -> None:
        self._brokers = brokers
        self._name = name
        self._patience = patience
        self._producer = self._made()
        self._renewing = asyncio.Lock()
        self._late: dict[str, list[asyncio.Future[Any]]] = {}
        """What is on its way though nobody waits for it any more, by topic."""

    def _made(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **reached(self._brokers),
            client_id=self._name,
            acks="all",
            enable_idempotence=True,
            max_request_size=MAX_RECORD_BYTES,
            max_batch_size=256 * 1024,
        )

    async def start(self) -> None:
        """Connects. Raises SettingsError when no broker answers, or none lets us in."""
        try:
            async with reaching(self._brokers, otherwise=self._producer.stop):
                await self._producer.start()
        except KafkaConnectionError as error:
            raise SettingsError(["KAFKA_BOOTSTRAP_SERVERS leads to no broker."]) from error

    async def stop(self) -> None:
        """Sends what waits, for LAST_WORDS, and disconnects."""
        await _stop(self._producer)

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Returns when every record is acknowledged; raises PublishError when one is not, at the
        latest after `patience` seconds, or where it has to be found out which ones are too large,
        after as much for each of them."""
        acks = await self._send_all(records)
        left = [place for place, ack in enumerate(acks) if not _is_taken(ack)]
        if not left:
            return
        refused = []
        for place in [place for place in left if _is_too_large(acks[place])]:
            [ack] = await self._send_all([records[place]])  # it may have been its neighbours' size
            if _is_taken(ack):
                left.remove(place)
            elif _is_too_large(ack):
                refused.append(place)
        if left:
            why = next(filter(None, (_error(acks[place]) for place in left)), None)
            raise PublishError(left, refused) from why

    async def _send_all(self, records: Sequence[Outgoing]) -> list[_Ack]:
        """Gives the records to Kafka and waits for its answers, as long as there is patience."""
        producer, acks = self._producer, list[_Ack]([None] * len(records))
        by_topic: dict[str, list[int]] = defaultdict(list)
        for place, record in enumerate(records):
            by_topic[record.topic].append(place)
        try:
            async with asyncio.timeout(self._patience):
                ready = [places for topic, places in by_topic.items() if self._is_free(topic)]
                await asyncio.gather(*(_send(producer, records, each, acks) for each in ready))
                if waiting := [ack for ack in acks if isinstance(ack, asyncio.Future)]:
                    await asyncio.wait(waiting)
        except TimeoutError:
            for place, ack in enumerate(acks):
                if isinstance(ack, asyncio.Future) and not ack.done():
                    ack.add_done_callback(_is_taken)  # or its error would count as overlooked
                    self._late.setdefault(records[place].topic, []).append(ack)
        if any(_is_refusal(ack) for ack in acks):
            await self._renew(producer)
        return acks

    def _is_free(self, topic: str) -> bool:
        """Whether nothing of this topic is still on its way."""
        late = [ack for ack in self._late.get(topic, ()) if not ack.done()]
        self._late[topic] = late
        return not late

    async def _renew(self, broken: AIOKafkaProducer) -> None:
        """Puts a new producer in the place of one that Kafka refused something. Whatever is still
        on its way by the old one may come behind what the new one sends."""
        async with self._renewing:
            if self._producer is not broken:
                return
            fresh = self._made()
            try:
                await fresh.start()
            except KafkaError as error:
                logs.logger().error("no new producer", error=error)
                await fresh.stop()
                return
            self._producer, self._late = fresh, {}
            await _stop(broken)


async def _send(
    producer: AIOKafkaProducer, records: Sequence[Outgoing], places: list[int], acks: list[_Ack]
) -> None:
    """Gives the records of one topic to the producer. A topic that does not exist is waited for,
    and keeps nobody else waiting."""
    for place in places:
        record = records[place]
        try:
            acks[place] = await producer.send(
                record.topic,
                record.value,
                key=record.key,
                partition=record.partition,
                headers=list(record.headers),
            )
        except KafkaError as error:
            acks[place] = error


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(LAST_WORDS):
            await producer.stop()
    except (
        TimeoutError
    ):  # aiokafka would wait until Kafka took everything; it can be said no sooner
        await producer._sender.close()  # noqa: SLF001
        producer._message_accumulator.fail_all(KafkaTimeoutError())  # noqa: SLF001
        await producer.client.close()


def _is_taken(ack: _Ack) -> bool:
    return isinstance(ack, asyncio.Future) and ack.done() and _error(ack) is None


def _is_refusal(ack: _Ack) -> bool:
    """Whether Kafka itself said no."""
    return isinstance(ack, asyncio.Future) and ack.done() and _error(ack) is not None


def _is_too_large(ack: _Ack) -> bool:
    return isinstance(_error(ack), MessageSizeTooLargeError | RecordListTooLargeError)


def _error(ack: _Ack) -> KafkaError | None:
    """What Kafka, or its client, said against it. Raises what is no word of theirs."""
    if not isinstance(ack, asyncio.Future):
        return ack
    error = ack.exception() if ack.done() else None
    if error is None or isinstance(error, KafkaError):
        return error
    raise error


class MemoryPublisher:
    """The stand-in: keeps what was published, and can be told to fail."""

    def __init__(self) -> None:
        self.published: list[Outgoing] = []
        self.is_away = False
        self.left: set[bytes | None] = set()
        """Keys of records that it does not take now."""
        self.refused: set[bytes | None] = set()
        """Keys of records that it never takes."""

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Keeps the records, but for those that are refused, and none while it is away."""
        bad = self.left | self.refused
        left = [n for n, r in enumerate(records) if self.is_away or r.key in bad]
        self.published.extend(r for n, r in enumerate(records) if n not in left)
        if left:
            refused = [n for n in left if not self.is_away and records[n].key in self.refused]
            raise PublishError(left, refused)
