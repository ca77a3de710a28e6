"""Puts records on Kafka as a shop does that wants them to arrive: again and again until they do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from headsup.clock import SystemClock
from headsup.contracts.envelope import Event
from headsup.kafka.producer import Outgoing
from tests.support.events import outgoing

_PATIENCE: Final = 180.0
_PAUSE: Final = 0.5


class Load:
    """A shop's producer, for the topics under one prefix."""

    def __init__(self, servers: str, prefix: str) -> None:
        self._servers = servers
        self._prefix = prefix
        self._producer: AIOKafkaProducer | None = None
        self.published = 0
        """Records that Kafka acknowledged."""
        self.acknowledged: dict[str, datetime] = {}
        """The ids of the events among them, and when that was first."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Load"]:
        """Connected while the block runs."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._servers,
            acks="all",
            enable_idempotence=True,
            max_request_size=8 * 1024 * 1024,
        )
        await self._producer.start()
        try:
            yield self
        finally:
            # It waits without end for a Kafka that did not come back, and nobody would hear of it.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._producer.stop(), _PATIENCE)

    async def connect_anew(self) -> None:
        """Learns of partitions that were added."""
        assert self._producer is not None
        await self._producer.client.force_metadata_update()

    async def events(
        self, events: Sequence[Event[Any]], *, over: float = 0.0, age: timedelta | None = None
    ) -> None:
        """Publishes events, spread over so many seconds. `age` is how old the records look."""
        named = [(outgoing(self._prefix, event), event.id) for event in events]
        await self._all(named, over, age)

    async def records(self, records: Sequence[Outgoing], *, over: float = 0.0) -> None:
        """Publishes records as they are."""
        await self._all([(record, "") for record in records], over, None)

    async def _all(
        self, records: Sequence[tuple[Outgoing, str]], over: float, age: timedelta | None
    ) -> None:
        """Returns when all are acknowledged. Raises TimeoutError."""
        pause = over / len(records) if records else 0.0
        at = SystemClock().now() - age if age else None
        async with asyncio.timeout(_PATIENCE + over), asyncio.TaskGroup() as group:
            for record, name in records:
                group.create_task(self._publish(record, name, at))
                await asyncio.sleep(pause)

    async def _publish(self, record: Outgoing, name: str, at: datetime | None) -> None:
        await self._until_acknowledged(record, at)
        self.published += 1
        self.acknowledged.setdefault(name, SystemClock().now())

    async def _until_acknowledged(self, record: Outgoing, at: datetime | None) -> None:
        assert self._producer is not None
        while True:
            try:
                await self._producer.send_and_wait(
                    record.topic,
                    record.value,
                    key=record.key,
                    headers=list(record.headers),
                    timestamp_ms=int(at.timestamp() * 1000) if at else None,
                )
            except KafkaError:
                await asyncio.sleep(_PAUSE)
            else:
                return
