"""A producer that loses nothing: acknowledged by all replicas, and idempotent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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
    partition: int | None = None
    """None: the one that the key says. An outbox does not keep it."""


class PublishError(Exception):
    """Kafka did not take some of the records, or did not say in time that it did.

    `left` are their places in what was to be published; the others are acknowledged.
    """

    def __init__(self, left: Sequence[int]) -> None:
        super().__init__(f"{len(left)} records are not acknowledged")
        self.left = left


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
        ends = await asyncio.gather(
            *[await self._send(record) for record in records], return_exceptions=True
        )
        left = [place for place, end in enumerate(ends) if isinstance(end, KafkaError)]
        if left:
            raise PublishError(left)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _send(self, record: Outgoing) -> "asyncio.Future[Any]":
        """The acknowledgement to come. What is refused at once ends the same way."""
        headers = list(record.headers)
        try:
            return await self._producer.send(  # type: ignore[no-any-return]
                record.topic,
                record.value,
                key=record.key,
                partition=record.partition,
                headers=headers,
            )
        except KafkaError as error:
            refused = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused


class MemoryPublisher:
    """The stand-in: keeps what was published, and can be told to fail."""

    def __init__(self) -> None:
        self.published: list[Outgoing] = []
        self.is_away = False
        self.refused: set[bytes | None] = set()
        """Keys of records that it never takes."""

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Keeps the records, but for those that are refused, and none while it is away."""
        left = [n for n, r in enumerate(records) if self.is_away or r.key in self.refused]
        self.published.extend(r for n, r in enumerate(records) if n not in left)
        if left:
            raise PublishError(left)
