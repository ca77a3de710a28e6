"""Writing records as our own producer does not: with a time of our choice, or in a transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from headsup.kafka.producer import Outgoing


async def write_as_of(
    bootstrap_servers: str,
    at: datetime,
    records: Sequence[Outgoing],
    *,
    partition: int | None = None,
) -> None:
    """Writes records that bear this time."""
    milliseconds = int(at.timestamp() * 1000)
    await write_with_timestamp(bootstrap_servers, milliseconds, records, partition=partition)


async def write_with_timestamp(
    bootstrap_servers: str,
    milliseconds: int,
    records: Sequence[Outgoing],
    *,
    partition: int | None = None,
) -> None:
    """Writes records with a timestamp that need not be one."""
    async with _producer(bootstrap_servers) as producer:
        for record in records:
            await producer.send_and_wait(
                record.topic,
                record.value,
                key=record.key,
                headers=list(record.headers),
                partition=partition,
                timestamp_ms=milliseconds,
            )


async def write_often(
    bootstrap_servers: str, record: Outgoing, times: int, at: datetime | None = None
) -> None:
    """Writes the same so often, faster than our producer: nobody waits for each. It bears this
    time, or that of now."""
    moment = None if at is None else int(at.timestamp() * 1000)
    async with _producer(bootstrap_servers) as producer:
        for _ in range(times):
            await producer.send(
                record.topic,
                record.value,
                key=record.key,
                headers=list(record.headers),
                timestamp_ms=moment,
            )
        await producer.flush()


async def write_in_turns(servers: Sequence[str], record: Outgoing, times: int) -> None:
    """Writes the same so often to each of these brokers, to one after the other: whoever reads gets
    one at a time."""
    async with AsyncExitStack() as stack:
        producers = [await stack.enter_async_context(_producer(each)) for each in servers]
        for _ in range(times):
            for producer in producers:
                await producer.send_and_wait(record.topic, record.value, key=record.key)


async def write_in_a_transaction(bootstrap_servers: str, name: str, record: Outgoing) -> None:
    """Writes one record and commits: the topic ends in a marker that nobody is given."""
    async with _producer(bootstrap_servers, name) as producer, producer.transaction():
        await producer.send_and_wait(record.topic, record.value, key=record.key, partition=0)


async def delete_up_to(bootstrap_servers: str, topic: str, offset: int) -> None:
    """Deletes the records of partition 0 before an offset, as a topic's retention does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_records(
            {TopicPartition(topic, 0): RecordsToDelete(before_offset=offset)}
        )
    finally:
        await admin.close()


@asynccontextmanager
async def _producer(
    bootstrap_servers: str, transaction: str | None = None
) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, transactional_id=transaction)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
