"""Whether a consumer group has read what lay on its topics at a moment, seen from outside of it.

One member knows only its own partitions. Whoever must not act before all of the group have read
something asks Kafka for the group's positions.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from headsup.kafka.consumer import Partition
from headsup.kafka.leniency import tolerate_header_names
from headsup.kafka.security import Servers, reached

Ends = Mapping[Partition, int]
"""For each partition the offset behind its last record."""

_LOOK_MS = 500
"""Milliseconds for which what lies behind a position is asked for."""
_TIMEOUT_MS = 10_000


class Followed(Protocol):
    """The positions of a group."""

    async def ends(self) -> Ends:
        """What lies on the topics now. Raises KafkaError or OSError when Kafka does not answer."""
        ...

    async def unread(self, ends: Ends) -> frozenset[Partition]:
        """Of what lay there, the partitions that the group has not read through. Raises as `ends`
        does."""
        ...


class Group:
    """The real one. It is a member of no group, and moves nobody's position."""

    def __init__(self, brokers: Servers, group: str, topics: Sequence[str]) -> None:
        self._group = group
        self._topics = topics
        self._admin = AIOKafkaAdminClient(**reached(brokers), request_timeout_ms=_TIMEOUT_MS)
        self._consumer = AIOKafkaConsumer(
            **reached(brokers),
            client_id=f"{group}-following",
            enable_auto_commit=False,
            request_timeout_ms=_TIMEOUT_MS,
            isolation_level="read_committed",
        )
        self._stood: dict[Partition, int] = {}
        """Positions that were behind when they were looked at last."""

    async def start(self) -> None:
        """Connects."""
        tolerate_header_names()
        await self._admin.start()
        await self._consumer.start()
        found = await self._admin.describe_topics(list(self._topics))
        partitions = [
            TopicPartition(topic["topic"], each["partition"])
            for topic in found
            for each in topic["partitions"]
        ]
        self._consumer.assign(partitions)
        self._consumer.pause(*partitions)

    async def stop(self) -> None:
        """Disconnects."""
        await self._consumer.stop()
        await self._admin.close()

    async def ends(self) -> Ends:
        """What lies on the topics now."""
        found = await self._consumer.end_offsets(list(self._consumer.assignment()))
        return {Partition(p.topic, p.partition): end for p, end in found.items()}

    async def unread(self, ends: Ends) -> frozenset[Partition]:
        """Of what lay there, the partitions that the group has not read through."""
        positions = await self._positions(list(ends))
        behind = {p: at for p, at in positions.items() if at < ends[p]}
        unread = set()
        for partition, position in behind.items():
            stands = self._stood.get(partition) == position
            if not stands or await self._holds_records(partition, position, ends[partition]):
                unread.add(partition)
        self._stood = behind
        return frozenset(unread)

    async def _positions(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """What the group reads next; the beginning, where it has read nothing yet."""
        asked = [TopicPartition(p.topic, p.number) for p in partitions]
        committed = await self._admin.list_consumer_group_offsets(self._group, partitions=asked)
        begins = await self._consumer.beginning_offsets(asked)
        return {
            Partition(p.topic, p.partition): max(begins[p], committed[p].offset)
            if p in committed
            else begins[p]
            for p in asked
        }

    async def _holds_records(self, partition: Partition, position: int, end: int) -> bool:
        """Whether a record lies between them, and not only the marks of transactions, which no
        reader ever gets and no position moves over by itself."""
        asked = TopicPartition(partition.topic, partition.number)
        self._consumer.seek(asked, position)
        self._consumer.resume(asked)
        try:
            found = await self._consumer.getmany(asked, timeout_ms=_LOOK_MS, max_records=1)
            return bool(found.get(asked)) or await self._consumer.position(asked) < end
        finally:
            self._consumer.pause(asked)


class MemoryGroup:
    """The stand-in: has read what it is told."""

    def __init__(self) -> None:
        self.end = 0
        """Of every partition."""
        self.read = 0
        self.partitions: tuple[Partition, ...] = ()

    async def ends(self) -> Ends:
        """What lies there."""
        return dict.fromkeys(self.partitions, self.end)

    async def unread(self, ends: Ends) -> frozenset[Partition]:
        """All, or none."""
        return frozenset(p for p, end in ends.items() if self.read < end)
