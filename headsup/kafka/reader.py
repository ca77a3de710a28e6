"""Reads topics from their beginning to where they end now, as a member of no group: for a person
who looks. Nothing is committed, and nobody's partitions move."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError

from headsup.kafka.consumer import Partition, Record
from headsup.kafka.leniency import tolerate_header_names
from headsup.kafka.reaching import reaching
from headsup.kafka.security import Servers, reached

PATIENCE: Final = 10.0
"""Seconds that one step may take."""
AT_ONCE: Final = 500
"""Records."""


class BrokerError(Exception):
    """The broker does not do what it is asked for. The sentence says what."""


class Span(NamedTuple):
    """Offsets of a partition, from `start` to before `end`."""

    start: int
    end: int

    def cut(self, start: int, end: int) -> "Span":
        """What of it lies between two other offsets."""
        return Span(max(self.start, start), min(self.end, end))


class Reader:
    """Reads what lies between two offsets."""

    def __init__(
        self, consumer: AIOKafkaConsumer, topics: Mapping[str, int], patience: float
    ) -> None:
        self._consumer = consumer
        self._topics = topics
        self._patience = patience

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has; 0 when there is no such topic."""
        return self._topics.get(topic, 0)

    async def spans(self, topics: Collection[str]) -> dict[Partition, Span]:
        """What the topics hold now; nothing of those that do not exist."""
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in range(self.partitions(topic))
        ]
        if not partitions:
            return {}
        with _sentences(self._patience):
            async with asyncio.timeout(self._patience):
                starts = await self._consumer.beginning_offsets(partitions)
                ends = await self._consumer.end_offsets(partitions)
        return {Partition(p.topic, p.partition): Span(starts[p], ends[p]) for p in partitions}

    async def read(self, spans: Mapping[Partition, Span]) -> AsyncIterator[list[Record]]:
        """The records of these spans, in order within each partition, a few at a time."""
        ends = {
            TopicPartition(p.topic, p.number): s.end for p, s in spans.items() if s.start < s.end
        }
        self._consumer.assign(list(ends))
        for partition, span in spans.items():
            if span.start < span.end:
                self._consumer.seek(TopicPartition(partition.topic, partition.number), span.start)
        with _sentences(self._patience):
            while ends:
                for partition, records in (await self._more(ends)).items():
                    yield [record for record in records if record.offset < ends[partition]]
                ends = await self._unread(ends)

    async def _more(self, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, list[Record]]:
        """The next records. Raises TimeoutError when none come, and the end does not either: what
        is skipped, such as the end of a transaction, moves the position alone."""
        async with asyncio.timeout(self._patience):
            while True:
                found: dict[TopicPartition, list[Record]] = await self._consumer.getmany(
                    *ends, timeout_ms=250, max_records=AT_ONCE
                )
                if found or len(await self._unread(ends)) < len(ends):
                    return found

    async def _unread(self, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """The partitions with something left; the others are read no further."""
        left = {p: end for p, end in ends.items() if await self._consumer.position(p) < end}
        if done := ends.keys() - left.keys():
            self._consumer.pause(*done)
        return left


@contextlib.asynccontextmanager
async def reading(
    brokers: Servers, *, name: str, patience: float = PATIENCE
) -> AsyncIterator[Reader]:
    """A reader. Raises BrokerError, SettingsError when no broker lets us in, or
    KafkaConnectionError when none answers."""
    tolerate_header_names()
    consumer = AIOKafkaConsumer(
        **reached(brokers),
        client_id=name,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        request_timeout_ms=int(patience * 1000),
        isolation_level="read_committed",
    )
    try:
        with _sentences(patience):
            async with reaching(brokers), asyncio.timeout(patience):
                topics = await _topics(brokers, patience)
                await consumer.start()
                await asyncio.sleep(0)  # a task of it cannot be ended before it began
        yield Reader(consumer, topics, patience)
    finally:
        with contextlib.suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(patience):
                await consumer.stop()


async def _topics(brokers: Servers, patience: float) -> dict[str, int]:
    """Every topic and its number of partitions. To ask for a topic by name might create it."""
    admin = AIOKafkaAdminClient(**reached(brokers), request_timeout_ms=int(patience * 1000))
    try:
        await admin.start()
        return {found["topic"]: len(found["partitions"]) for found in await admin.describe_topics()}
    finally:
        await admin.close()


@contextlib.contextmanager
def _sentences(patience: float) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise BrokerError(f"The broker took longer than {patience:g} seconds.") from error
    except KafkaConnectionError:
        raise
    except KafkaError as error:
        raise BrokerError(f"The broker refused: {type(error).__name__}.") from error
