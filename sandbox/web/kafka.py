"""The demo's own ends of Kafka: one that sends what a shop says, one that watches.

The watcher belongs to no consumer group. It assigns itself every partition and reads from the end,
so nobody waits for it and it holds up nobody.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_NAME, Topic
from headsup.kafka.topics import topic_specs
from sandbox.scenarios.player import Placed
from sandbox.web.stage import Record

_LOOK_MS = 1
_NAP_SECONDS = 0.04


class KafkaPublisher:
    """Hands events over to Kafka, each on its topic under its key."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers, client_id="sandbox", acks="all"
        )

    async def start(self) -> None:
        """Connects, or leaves nothing open."""
        try:
            await self._producer.start()
        except KafkaError:
            await self._producer.stop()
            raise

    async def stop(self) -> None:
        """Sends what waits and disconnects."""
        await self._producer.stop()

    async def publish(self, event: Event[Any]) -> Placed:
        """Returns when the event is safe."""
        where = await self._producer.send_and_wait(
            BY_NAME[event.type].topic.value,
            envelope.encode(event),
            key=envelope.key_of(event),
            headers=envelope.headers(event),
        )
        return Placed(where.topic, where.partition, where.offset)


@asynccontextmanager
async def publishing(bootstrap_servers: str) -> AsyncIterator[KafkaPublisher]:
    """A connected publisher."""
    publisher = KafkaPublisher(bootstrap_servers)
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()


@asynccontextmanager
async def watching(
    bootstrap_servers: str, topics: Sequence[Topic]
) -> AsyncIterator[AIOKafkaConsumer]:
    """A connected consumer that stands at the end of every partition of the topics. What a service
    keeps on topics of its own is not to be watched: it says again what was said on these."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        client_id="sandbox",
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        fetch_max_wait_ms=200,
    )
    try:
        await consumer.start()
        consumer.assign(_partitions(topics))
        await consumer.seek_to_end()
        yield consumer
    finally:
        await consumer.stop()


def _partitions(topics: Sequence[Topic]) -> list[TopicPartition]:
    """Every partition, from our own list: a broker names new topics only after a moment."""
    return [
        TopicPartition(spec.name, number)
        for spec in topic_specs()
        if spec.name in topics
        for number in range(spec.partitions)
    ]


async def watch(consumer: AIOKafkaConsumer, show: Callable[[Record], None]) -> None:
    """Shows every record, for ever.

    The embedded broker answers a fetch without news at once instead of waiting, so aiokafka would
    ask it hundreds of times a second. Between two looks the partitions are paused.
    """
    while True:
        consumer.resume(*consumer.assignment())
        found = await consumer.getmany(timeout_ms=_LOOK_MS)
        consumer.pause(*consumer.assignment())
        for records in found.values():
            for record in records:
                show(record)
        await asyncio.sleep(_NAP_SECONDS)
