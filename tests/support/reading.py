"""Reading a topic from its beginning, without a group."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from aiokafka import AIOKafkaConsumer

from headsup.kafka.following import Group
from tests.support.eventually import eventually


class TopicReader:
    """Everything on a topic, as far as it was asked for."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest"
        )
        self._topic = topic
        self.records: list[Any] = []

    async def __aenter__(self) -> "TopicReader":
        await self._consumer.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._consumer.stop()

    async def at_least(self, count: int, *, rounds: int = 100) -> list[Any]:
        """All records so far, once there are `count`."""
        for _ in range(rounds):
            if len(self.records) >= count:
                return self.records
            await self._read(100)
        raise AssertionError(f"expected {count} records on {self._topic}, got {len(self.records)}")

    async def all_now(self) -> list[Any]:
        """All records up to the end of the topic as it is now."""
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        while any([await self._consumer.position(p) < end for p, end in ends.items()]):
            await self._read(100)
        return self.records

    async def _read(self, wait_ms: int) -> None:
        found = await self._consumer.getmany(timeout_ms=wait_ms)
        self.records += [record for records in found.values() for record in records]


async def until_read(servers: str, group: str, topics: Sequence[str]) -> None:
    """Waits until the group has taken in all that lies on these topics now."""
    following = Group(servers, group, topics)
    await following.start()
    ends = await following.ends()

    async def is_read() -> bool:
        return not await following.unread(ends)

    try:
        await eventually(is_read)
    finally:
        await following.stop()
