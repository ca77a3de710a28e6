"""Puts a load on Kafka at once: it is made ready before, so that who reads it is not kept waiting,
and the broker is busy with it for a moment only."""

import time
from asyncio import Future
from collections.abc import Iterable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import PARTITIONS

_BATCH_BYTES: Final = 128 * 1024
_AT_ONCE: Final = 100
"""Batches that are on their way together."""
_partition = DefaultPartitioner()


class Load:
    """Records in batches, on their partitions."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.count = 0
        self.was_there = 0.0
        """When Kafka had the first of it; by `time.monotonic`."""
        self._producer: Any = AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers,
            acks="all",
            max_batch_size=_BATCH_BYTES,
            request_timeout_ms=60_000,
        )
        self._batches: list[tuple[Any, str, int]] = []

    def prepare(self, records: Iterable[Outgoing], partitions: int = PARTITIONS) -> None:
        """Makes batches of the records; those of one key keep their order."""
        numbers, current = list(range(partitions)), dict[tuple[str, int], Any]()
        for record in records:
            place = record.topic, _partition(record.key, numbers, numbers)
            batch = current.get(place)
            if batch is None or not _has_taken(batch, record):
                batch = current[place] = self._producer.create_batch()
                self._batches.append((batch, *place))
                if not _has_taken(batch, record):
                    raise ValueError(f"larger than {_BATCH_BYTES} bytes: a record of {place[0]}")
            self.count += 1

    async def pour(self) -> int:
        """Returns how many records there are, when all are on Kafka."""
        await self._producer.start()
        try:
            for first in range(0, len(self._batches), _AT_ONCE):
                await self._send(self._batches[first : first + _AT_ONCE])
        finally:
            await self._producer.stop()
        return self.count

    async def _send(self, batches: Sequence[tuple[Any, str, int]]) -> None:
        sent = [
            await self._producer.send_batch(batch, topic, partition=number)
            for batch, topic, number in batches
        ]
        sent[0].add_done_callback(self._note)
        for one in sent:
            await one

    def _note(self, _acknowledged: Future[Any]) -> None:
        self.was_there = self.was_there or time.monotonic()


def _has_taken(batch: Any, record: Outgoing) -> bool:
    added = batch.append(
        key=record.key, value=record.value, timestamp=None, headers=list(record.headers)
    )
    return added is not None
