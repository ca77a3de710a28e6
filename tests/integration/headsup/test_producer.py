"""The producer on a real broker: one that is away, one that refuses, one without the topic."""

import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from headsup.kafka.producer import LAST_WORDS, Outgoing, Producer, PublishError
from sandbox.parts.broker import Broker
from tests.fixtures.topics import NewTopicFixture
from tests.support.eventually import eventually
from tests.support.reading import TopicReader

SOON = 2.0
on_kafka = pytest.mark.skipif(
    os.environ.get("BROKER") != "kafka",
    reason="the embedded broker takes records of any size, and forgets young topics when killed",
)


@asynccontextmanager
async def producing(bootstrap_servers: str) -> AsyncIterator[Producer]:
    producer = Producer(bootstrap_servers, name="test", patience=SOON)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def create(broker: Broker, config: dict[str, str] | None = None) -> None:
    """Creates the topic of orders."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic("orders", 1, 1, topic_configs=config)])
    await admin.close()


async def left(producer: Producer, *records: Outgoing) -> tuple[Sequence[int], Sequence[int]]:
    """The places of what was not acknowledged, and of what never will be."""
    try:
        await producer.publish(records)
    except PublishError as error:
        return error.left, error.refused
    return [], []


@on_kafka
async def test_while_kafka_is_away_it_gives_up_soon_and_once_it_is_back_it_goes_on(
    own_broker: Broker,
) -> None:
    await create(own_broker)
    record = Outgoing("orders", b"key", b"value")
    async with producing(own_broker.bootstrap_servers) as producer:
        assert await left(producer, record) == ([], [])
        own_broker.kill()
        begun = time.monotonic()
        assert await left(producer, record, record) == ([0, 1], [])
        assert time.monotonic() - begun < 2 * SOON
        assert await left(producer, record) == ([0], [])
        assert time.monotonic() - begun < 2 * SOON  # nothing more is given to it meanwhile
        own_broker.restart()

        async def is_taken() -> bool:
            return await left(producer, record) == ([], [])

        await eventually(is_taken)


@on_kafka
async def test_it_stops_soon_though_kafka_is_away(own_broker: Broker) -> None:
    await create(own_broker)
    record = Outgoing("orders", b"key", b"value")
    async with producing(own_broker.bootstrap_servers) as producer:
        assert await left(producer, record) == ([], [])
        own_broker.kill()
        assert await left(producer, record) == ([0], [])
        begun = time.monotonic()
    assert time.monotonic() - begun < LAST_WORDS + SOON


async def test_a_topic_that_is_missing_keeps_no_other_waiting(
    bootstrap_servers: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    there, nowhere = Outgoing(topic, b"key", b"value"), Outgoing(f"{topic}!", b"key", b"value")
    async with producing(bootstrap_servers) as producer:
        assert await left(producer, nowhere, there, nowhere) == ([0, 2], [])
    async with TopicReader(bootstrap_servers, topic) as reader:
        assert len(await reader.at_least(1)) == 1


@on_kafka
async def test_what_is_too_large_is_refused_alone_and_stops_nothing(own_broker: Broker) -> None:
    await create(own_broker, {"max.message.bytes": "5000"})
    small, large = (Outgoing("orders", b"key", b"x" * size) for size in (10, 20_000))
    async with producing(own_broker.bootstrap_servers) as producer:
        assert await left(producer, small) == ([], [])
        assert await left(producer, large) == ([0], [0])
        assert await left(producer, small) == ([], [])
        assert await left(producer, small, large, small) == ([1], [1])
        assert await left(producer, *[Outgoing("orders", b"key", b"x" * 900)] * 10) == ([], [])
    async with TopicReader(own_broker.bootstrap_servers, "orders") as reader:
        values = [record.value for record in await reader.at_least(14)]
    assert values == [small.value] * 4 + [b"x" * 900] * 10
