"""What is on a topic, read from its beginning."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.ground import Ground
from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.kafka.topics import PARTITIONS


async def events_on(here: Ground, topic: str) -> AsyncIterator[Event[Any]]:
    """All events that are on it now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=here.bootstrap_servers, enable_auto_commit=False)
    await consumer.start()
    try:
        name = here.prefix + topic
        partitions = [TopicPartition(name, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        left = sum((await consumer.end_offsets(partitions)).values())
        while left > 0:
            found = await consumer.getmany(timeout_ms=1000)
            for records in found.values():
                left -= len(records)
                for record in records:
                    yield envelope.decode(record.value, record.headers, datetime.now(UTC))
    finally:
        await consumer.stop()
