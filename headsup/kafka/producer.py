"""A producer that loses nothing: acknowledged by all replicas, and idempotent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from headsup.kafka.topics import MAX_RECORD_BYTES
from headsup.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record on its way out."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class PublishError(Exception):
    """Kafka did not take a record, or did not say in time that it did."""


class Publisher(Protocol):
    """Puts records on Kafka."""

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Returns when every record is acknowledged; raises PublishError when one is not."""
        ...


class Producer:
    """The real publisher. Records of one key keep their order."""

    def __init__(self, bootstrap_servers: str, *, name: str) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers,
            client_id=name,
            acks="all",
            enable_idempotence=True,
            max_request_size=MAX_RECORD_BYTES,
            max_batch_size=256 * 1024,
        )

    async def start(self) -> None:
        """Connects. Raises SettingsError when no broker answers."""
        try:
            await self._producer.start()
        except KafkaConnectionError as error:
            await self._producer.stop()
            raise SettingsError(["KAFKA_BOOTSTRAP_SERVERS leads to no broker."]) from error

    async def stop(self) -> None:
        """Sends what waits and disconnects."""
        await self._producer.stop()

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Returns when every record is acknowledged; raises PublishError when one is not."""
        try:
            waiting = [
                await self._producer.send(r.topic, r.value, key=r.key, headers=list(r.headers))
                for r in records
            ]
            await asyncio.gather(*waiting)
        except KafkaError as error:
            raise PublishError from error


class MemoryPublisher:
    """The stand-in: keeps what was published, and can be told to fail."""

    def __init__(self) -> None:
        self.published: list[Outgoing] = []
        self.failure: Exception | None = None

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Keeps the records, or raises `failure` and keeps none."""
        if self.failure is not None:
            raise self.failure
        self.published.extend(records)
