"""Writes a few records for a person who watches: where each came to lie, or why it did not."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError

from headsup.kafka.producer import Outgoing
from headsup.kafka.reaching import reaching
from headsup.kafka.security import Servers, reached
from headsup.kafka.topics import MAX_RECORD_BYTES

PATIENCE: Final = 10.0
"""Seconds that one step may take."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where a record lies now."""

    topic: str
    partition: int
    offset: int


class NotWrittenError(Exception):
    """A record could not be written; those before it are. The sentence says why."""


async def write(
    brokers: Servers,
    records: Sequence[Outgoing],
    tell: Callable[[Written], None],
    *,
    patience: float = PATIENCE,
) -> None:
    """Writes the records in their order and tells of each one that is acknowledged by all replicas.

    Nothing is written when a topic is missing: a producer's look-up would create it, with one
    partition. Raises NotWrittenError, SettingsError when none lets us in, or
    KafkaConnectionError when no broker answers.
    """
    try:
        await _expect_topics(brokers, {record.topic for record in records}, patience)
        await _write(brokers, records, tell, patience)
    except TimeoutError as error:
        raise NotWrittenError(f"The broker took longer than {patience:g} seconds.") from error
    except KafkaConnectionError:
        raise
    except KafkaError as error:
        raise NotWrittenError(f"The broker refused: {type(error).__name__}.") from error


async def _expect_topics(brokers: Servers, topics: set[str], patience: float) -> None:
    admin = AIOKafkaAdminClient(**reached(brokers), request_timeout_ms=int(patience * 1000))
    async with reaching(brokers), asyncio.timeout(patience):
        await admin.start()
        try:
            missing = sorted(topics - set(await admin.list_topics()))
        finally:
            await admin.close()
    if missing:
        raise NotWrittenError(
            f"No topic {', '.join(missing)} on the broker: run `headsup topics apply` first."
        )


async def _write(
    brokers: Servers,
    records: Sequence[Outgoing],
    tell: Callable[[Written], None],
    patience: float,
) -> None:
    producer = AIOKafkaProducer(
        **reached(brokers),
        client_id="headsup-emit",
        acks="all",
        enable_idempotence=True,
        max_request_size=MAX_RECORD_BYTES,
        request_timeout_ms=int(patience * 1000),
    )
    async with reaching(brokers), asyncio.timeout(patience):
        await producer.start()
    try:
        for record in records:
            async with asyncio.timeout(patience):
                done = await producer.send_and_wait(
                    record.topic, record.value, key=record.key, headers=list(record.headers)
                )
            tell(Written(done.topic, done.partition, done.offset))
    finally:
        await producer.stop()
