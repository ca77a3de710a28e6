"""A consumer that reads in batches and never moves its position by itself."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError

from headsup import logs


class Record(Protocol):
    """A record as aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A partition of a topic."""

    topic: str
    number: int


Positions = Mapping[Partition, int]
"""For each partition the offset to read next."""
OnAssigned = Callable[[Sequence[Partition]], Awaitable[Positions]]

REBALANCE_TIMEOUT_MS = 60_000
SESSION_TIMEOUT_MS = 30_000


class Consumer:
    """Reads topics as one of a group.

    Where `on_assigned` is given it says where to read on when partitions are handed to us, so that
    the position can live in a database; otherwise the group's committed offsets do. New groups
    begin at the beginning. Partitions are assigned by range, so that all events of one order, which
    have the same partition number on every topic, are read by the same replica.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        topics: Sequence[str],
        *,
        group: str,
        instance: str | None = None,
        on_assigned: OnAssigned | None = None,
    ) -> None:
        self._topics = topics
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            group_id=group,
            group_instance_id=instance and f"{group}-{instance}",
            client_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=SESSION_TIMEOUT_MS,
            rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
            partition_assignment_strategy=(RangePartitionAssignor,),
            max_partition_fetch_bytes=1024 * 1024,
            isolation_level="read_committed",
        )
        self._listener = _Listener(self._consumer, on_assigned)

    async def start(self) -> None:
        """Connects and joins the group."""
        self._consumer.subscribe(self._topics, listener=self._listener)
        await self._consumer.start()

    async def stop(self, timeout: float = 3.0) -> None:  # noqa: ASYNC109 - aiokafka's stop can hang
        """Leaves the group. Gives up after `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._consumer.stop()

    async def batch(self, *, max_records: int, wait: float, lanes: int = 1) -> list[Record]:
        """The next records, in order within each partition; empty after `wait` seconds.

        A lane is all partitions whose numbers are equal modulo `lanes`; each gives up to
        `max_records`. Raises what `on_assigned` raised: then nobody knows where to read on.
        """
        found = await self._consumer.getmany(timeout_ms=int(wait * 1000), max_records=max_records)
        if found:
            await self._fill(found, max_records, lanes)
        if self._listener.failure is not None:
            raise self._listener.failure
        for partition, records in found.items():
            self._listener.positions[partition] = records[-1].offset + 1
        return [record for records in found.values() for record in records]

    async def _fill(
        self, found: dict[TopicPartition, list[Record]], max_records: int, lanes: int
    ) -> None:
        """Adds what waits for the other lanes. aiokafka empties one partition after the other, so
        what it gives at once is often of one lane."""
        filled = {partition.partition % lanes for partition in found}
        for lane in set(range(lanes)) - filled:
            others = [p for p in self._consumer.assignment() if p.partition % lanes == lane]
            if others:
                found.update(await self._consumer.getmany(*others, max_records=max_records))

    async def commit(self, positions: Positions) -> None:
        """Commits to the group. A partition that was lost meanwhile is somebody else's to read."""
        offsets = {TopicPartition(p.topic, p.number): offset for p, offset in positions.items()}
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            logs.logger().info("commit came too late", partitions=len(offsets))

    def seek(self, positions: Positions) -> None:
        """Reads on from there, for the partitions that are ours."""
        ours = self._consumer.assignment()
        for partition, offset in positions.items():
            target = TopicPartition(partition.topic, partition.number)
            if target in ours:
                self._consumer.seek(target, offset)

    def assignment(self) -> frozenset[Partition]:
        """The partitions that are ours now."""
        return frozenset(Partition(p.topic, p.partition) for p in self._consumer.assignment())

    def lag(self) -> dict[str, int]:
        """Records that wait on our partitions, by topic, as far as the last answer told."""
        behind: Counter[str] = Counter()
        for target in self._consumer.assignment():
            end = self._consumer.highwater(target)
            if end is not None:
                behind[target.topic] += max(0, end - self._listener.positions.get(target, 0))
        return dict(behind)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Seeks to where the database says, before the first record of a new partition is read."""

    def __init__(self, consumer: AIOKafkaConsumer, on_assigned: OnAssigned | None) -> None:
        self._consumer = consumer
        self._on_assigned = on_assigned
        self.positions: dict[TopicPartition, int] = {}
        self.failure: Exception | None = None

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Nothing to do: what is in flight fails its compare-and-set, or is redone."""

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """aiokafka swallows what this raises, so a failure is kept for `batch` to raise: the
        service ends and is started again, rather than reading from the wrong place."""
        logs.logger().info("partitions assigned", count=len(assigned))
        self.positions = {}
        if self._on_assigned is None:
            return
        partitions = [Partition(p.topic, p.partition) for p in assigned]
        try:
            positions = await self._on_assigned(partitions)
        except Exception as error:
            self.failure = error
            raise
        for partition, offset in positions.items():
            target = TopicPartition(partition.topic, partition.number)
            self._consumer.seek(target, offset)
            self.positions[target] = offset


def next_offsets(records: Sequence[Record]) -> dict[Partition, int]:
    """Where to read on after these records."""
    return {Partition(r.topic, r.partition): r.offset + 1 for r in records}
