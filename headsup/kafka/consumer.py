"""A consumer that reads in batches and never moves its position by itself."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from headsup import logs
from headsup.kafka.leniency import tolerate_header_names
from headsup.kafka.reaching import REFUSALS, reaching, refused
from headsup.kafka.security import Servers, reached
from headsup.kafka.taking import AT_ONCE, forget_fetch, take


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
OnGone = Callable[[Partition, int], None]
"""Told of a partition whose position no longer exists, and where reading goes on instead."""

NO_PORTIONS: Mapping[str, int] = {}
REBALANCE_TIMEOUT_MS = 60_000
SESSION_TIMEOUT_MS = 30_000
FETCH_BYTES = 1024 * 1024
"""Of one partition at once. An eighth of it was tried with 15,000 events, three times in turn:
order_events held no less in memory, and took up to a third more of a core for each event."""
METADATA_MAX_AGE_MS = 30_000
"""So soon a topic's new partitions are seen; what is written to them waits meanwhile."""
LONGEST_SILENCE = 30.0
"""Seconds of waiting without an answer, after which Kafka counts as away."""
COMMIT_PATIENCE = 15.0
"""Seconds for a commit. aiokafka (0.14) tries for ever; the next commit says the same, and more."""
POSITION_PATIENCE = 1.0
"""Seconds for a position that is being set: what sets it may wait for us to ask for records."""


class Consumer:
    """Reads topics as one of a group.

    Where `on_assigned` is given it says where to read on when partitions are handed to us, so that
    the position can live in a database; otherwise the group's committed offsets do. New groups
    begin at the beginning. Partitions are assigned by range, so that all events of one order, which
    have the same partition number on every topic, are read by the same replica.

    A position that no longer exists (the topic's retention overtook us, or the topic was made anew)
    is told with `on_gone` and in the log, and reading goes on at the earliest record there is.
    """

    def __init__(
        self,
        brokers: Servers,
        topics: Sequence[str],
        *,
        group: str,
        instance: str | None = None,
        on_assigned: OnAssigned | None = None,
        on_gone: OnGone | None = None,
    ) -> None:
        tolerate_header_names()
        self._brokers = brokers
        self._topics = topics
        self._on_assigned = on_assigned
        self._on_gone = on_gone
        self._standings: dict[TopicPartition, _Standing] = {}
        self._answered = 0
        self.silence = 0.0
        """Seconds for which we waited, in vain, for any answer of Kafka's."""
        self._consumer = AIOKafkaConsumer(
            **reached(brokers),
            group_id=group,
            group_instance_id=instance and f"{group}-{instance}",
            client_id=group,
            auto_offset_reset="none",  # aiokafka would move without a word; see `_read_on`
            enable_auto_commit=False,
            session_timeout_ms=SESSION_TIMEOUT_MS,
            rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
            partition_assignment_strategy=(RangePartitionAssignor,),
            max_partition_fetch_bytes=FETCH_BYTES,
            isolation_level="read_committed",
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
        )
        self._listener = _Listener(self._consumer, on_assigned)

    async def start(self) -> None:
        """Connects and joins the group. Raises SettingsError where the broker does not let us."""
        self._consumer.subscribe(self._topics, listener=self._listener)
        async with reaching(self._brokers, otherwise=self.stop):
            await self._consumer.start()

    async def stop(self, timeout: float = 3.0) -> None:  # noqa: ASYNC109 - aiokafka's stop can hang
        """Leaves the group. Gives up after `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._consumer.stop()

    async def batch(
        self,
        *,
        max_records: int,
        wait: float,
        lanes: int = 1,
        portions: Mapping[str, int] = NO_PORTIONS,
    ) -> list[Record]:
        """The next records, in order within each partition; empty after `wait` seconds. Of a topic
        that `portions` names there are so many at most, perhaps none, beside those of the others.

        A lane is all partitions whose numbers are equal modulo `lanes`; each gives up to
        `max_records`, or fewer where those are enough (`taking`). Raises what `on_assigned` raised,
        for then nobody knows where to read on, and SettingsError where the broker does not let us.
        """
        began = time.monotonic()
        found = await self._next(wait, max_records, portions)
        waited = time.monotonic() - began
        if sum(map(len, found.values())) >= min(max_records, AT_ONCE):  # else nothing else waits
            await self._fill(found, max_records, lanes)
        if self._listener.failure is not None:
            raise self._listener.failure
        for partition, records in found.items():
            self._listener.newest[partition] = records[-1].timestamp
        self._standings = await self._look()
        self._listen(waited)
        return [record for records in found.values() for record in records]

    def _listen(self, waited: float) -> None:
        """Counts for how long we waited without an answer. While somebody works on a batch nothing
        is asked, so that time does not count; nor does it while no partition is ours."""
        answered = max((standing.answered for standing in self._standings.values()), default=0)
        if answered > self._answered or not self._consumer.assignment():
            self.silence = 0.0
        else:
            self.silence += waited
        self._answered = answered

    def is_answered(self) -> bool:
        """Whether Kafka answers, as far as we ask it. It is asked for records all the time, and
        says soon that there are none."""
        return self.silence < LONGEST_SILENCE

    async def hold(self, *, wait: float) -> None:
        """A turn of `wait` seconds without reading: what is ours stays ours, and unread."""
        self._consumer.pause(*self._consumer.assignment())
        await self._get(wait, 1)
        self._standings = await self._look()

    async def _next(
        self, wait: float, max_records: int, portions: Mapping[str, int]
    ) -> dict[TopicPartition, list[Record]]:
        """What is at hand of each, or what comes first: of that as little as of any."""
        found: dict[TopicPartition, list[Record]] = {}
        readable: list[TopicPartition] = []
        least, assigned = max_records, self._consumer.assignment()
        for topic in ("", *portions) if portions else ():
            most = min(max_records, portions.get(topic, max_records))
            ours = [p for p in assigned if (p.topic if p.topic in portions else "") == topic]
            if ours and most:
                found.update(await self._get(0, most, *ours))
                least, readable = min(least, most), readable + ours
        return found or await self._get(wait, least, *readable)

    async def _get(
        self, wait: float, max_records: int, *only: TopicPartition
    ) -> dict[TopicPartition, list[Record]]:
        try:
            return await take(self._consumer, wait, max_records, only)
        except REFUSALS as error:
            raise refused(error) from error
        except NoOffsetForPartitionError as error:
            forget_fetch(self._consumer)
            await self._begin(error.args[0], wait)
        except OffsetOutOfRangeError as error:
            forget_fetch(self._consumer)
            for target, offset in error.args[0].items():
                await self._read_on(target, offset)
        return {}

    async def _begin(self, target: TopicPartition, wait: float) -> None:
        """Begins a partition that nobody read at its beginning, unless we are soon told where."""
        if self._on_assigned is None:
            await self._to_earliest(target)
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._listener.settled.wait()

    async def _read_on(self, target: TopicPartition, offset: int) -> None:
        """Goes to the earliest record there is: what nobody read may be gone, and what is left is
        read, if need be a second time."""
        earliest = await self._to_earliest(target)
        if earliest is None:
            return
        logs.logger().error(
            "the position no longer exists",
            partition=target.partition,
            offset=offset,
            earliest=earliest,
        )
        if self._on_gone is not None:
            self._on_gone(Partition(target.topic, target.partition), earliest)

    async def _to_earliest(self, target: TopicPartition) -> int | None:
        """The offset that is read next; None when Kafka does not say, or it is no longer ours. Then
        the position still does not exist, and this is asked again."""
        try:
            beginnings = await self._consumer.beginning_offsets([target])
            self._consumer.seek(target, beginnings[target])
        except (KafkaError, IllegalStateError) as error:
            logs.logger().error("the earliest record was not found", error=error)
            return None
        return int(beginnings[target])

    async def _fill(
        self, found: dict[TopicPartition, list[Record]], max_records: int, lanes: int
    ) -> None:
        """Adds what waits for the other lanes. aiokafka empties one partition after the other, so
        what it gives at once is often of one lane."""
        filled = {partition.partition % lanes for partition in found}
        for lane in set(range(lanes)) - filled:
            others = [p for p in self._consumer.assignment() if p.partition % lanes == lane]
            if others:
                found.update(await self._get(0, max_records, *others))

    async def commit(self, positions: Positions) -> None:
        """Commits to the group. A partition that was lost meanwhile is somebody else's to read;
        what Kafka does not take in time is read again by whoever comes next."""
        offsets = {TopicPartition(p.topic, p.number): offset for p, offset in positions.items()}
        try:
            async with asyncio.timeout(COMMIT_PATIENCE):
                await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            logs.logger().info("commit came too late", partitions=len(offsets))
        except TimeoutError:
            logs.logger().error("commit was not taken", partitions=len(offsets))

    def seek(self, positions: Positions) -> None:
        """Reads on from there, for the partitions that are ours."""
        ours = self._consumer.assignment()
        for partition, offset in positions.items():
            target = TopicPartition(partition.topic, partition.number)
            if target in ours:
                self._consumer.seek(target, offset)
                self._listener.newest.pop(target, None)
                self._standings.pop(target, None)

    def assignment(self) -> frozenset[Partition]:
        """The partitions that are ours now."""
        return frozenset(Partition(p.topic, p.partition) for p in self._consumer.assignment())

    def partitions(self) -> int:
        """How many partitions our topics have; the most, should they differ."""
        found = [self._consumer.partitions_for_topic(topic) or () for topic in self._topics]
        return max(map(len, found), default=0)

    def lag(self) -> dict[str, int]:
        """Records that wait on our partitions, by topic, as far as the last answer told."""
        waiting: Counter[str] = Counter()
        for target, standing in self._standings.items():
            waiting[target.topic] += standing.unread
        return dict(waiting)

    def reached(self, *topics: str) -> dict[Partition, datetime | None]:
        """Up to which moment each of our partitions was read, of these topics, or of all: what was
        written to it before that moment was in a batch by now. None where nobody knows yet.

        In real time: of the records where more of them wait, of our machine where none does.
        """
        return {
            Partition(target.topic, target.partition): self._reached(target)
            for target in self._consumer.assignment()
            if not topics or target.topic in topics
        }

    def _reached(self, target: TopicPartition) -> datetime | None:
        standing = self._standings.get(target)
        if standing is None:
            return None
        at = self._listener.newest.get(target, -1) if standing.unread else standing.answered
        return datetime.fromtimestamp(min(at, standing.answered) / 1000, UTC) if at >= 0 else None

    async def _look(self) -> "dict[TopicPartition, _Standing]":
        """How we stand by the last answers. A record that is part of an unfinished transaction does
        not wait: nobody may read it yet."""
        standings = {}
        for target in self._consumer.assignment():
            state = self._state(target)
            end = None if state is None else state.lso
            if end is None or end < 0:  # a broker that knows no transactions
                end = None if state is None else state.highwater
            if end is not None:
                answered, is_known = state.timestamp, state.has_valid_position
                position = state.position if is_known else await self._position(target)
                if position is not None:
                    standings[target] = _Standing(max(0, end - position), answered)
        return standings

    def _state(self, target: TopicPartition) -> Any:
        """What aiokafka (0.14) knows of a partition; None where it is not ours. Each of its own
        questions looks this up anew, and a turn asks four of each of a hundred partitions."""
        subscription = self._consumer._subscription.subscription  # noqa: SLF001
        assignment = subscription and subscription.assignment
        return assignment and assignment.state_value(target)

    async def _position(self, target: TopicPartition) -> int | None:
        """What is read next; None while nobody knows, or where it is no longer ours."""
        try:
            async with asyncio.timeout(POSITION_PATIENCE):
                return int(await self._consumer.position(target))
        except (TimeoutError, IllegalStateError):
            return None


class _Standing(NamedTuple):
    """What Kafka's last answer told about a partition."""

    unread: int
    """Records that wait behind what was read."""
    answered: int
    """When it answered; milliseconds of our machine. No record is newer, whatever it says."""


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Seeks to where the database says, before the first record of a new partition is read."""

    def __init__(self, consumer: AIOKafkaConsumer, on_assigned: OnAssigned | None) -> None:
        self._consumer = consumer
        self._on_assigned = on_assigned
        self.newest: dict[TopicPartition, int] = {}
        """When the newest record that was read was written; milliseconds."""
        self.settled = asyncio.Event()
        """Set while it is known where to read on."""
        self.failure: Exception | None = None

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Nothing to save: what is in flight fails its compare-and-set, or is redone."""
        del revoked
        self.settled.clear()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """aiokafka swallows what this raises, so a failure is kept for `batch` to raise: the
        service ends and is started again, rather than reading from the wrong place."""
        logs.logger().info("partitions assigned", count=len(assigned))
        self.newest = {}
        if self._on_assigned is not None:
            await self._seek(self._on_assigned, assigned)
        self.settled.set()

    async def _seek(self, on_assigned: OnAssigned, assigned: Sequence[TopicPartition]) -> None:
        partitions = [Partition(p.topic, p.partition) for p in assigned]
        try:
            positions = await on_assigned(partitions)
        except Exception as error:
            self.failure = error
            raise
        for partition, offset in positions.items():
            target = TopicPartition(partition.topic, partition.number)
            self._consumer.seek(target, offset)


def next_offsets(records: Sequence[Record]) -> dict[Partition, int]:
    """Where to read on after these records."""
    return {Partition(r.topic, r.partition): r.offset + 1 for r in records}
