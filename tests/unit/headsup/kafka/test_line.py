"""What a loop over batches says of itself, and how it stands still."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from headsup.health import Health
from headsup.kafka.consumer import Partition
from headsup.kafka.line import Line
from headsup.streak import LineStoppedError


class Memory:
    """A consumer that says what it is told to say."""

    def __init__(self) -> None:
        self.waiting: dict[str, int] = {}
        self.ours: frozenset[Partition] = frozenset()
        self.answers = True
        self.turns_held = 0
        self.last_turn = asyncio.Event()

    def lag(self) -> Mapping[str, int]:
        return self.waiting

    def assignment(self) -> frozenset[Partition]:
        return self.ours

    def is_answered(self) -> bool:
        return self.answers

    async def hold(self, *, wait: float) -> None:
        assert wait > 0
        self.turns_held += 1
        if self.turns_held == 3:
            self.last_turn.set()


@dataclass
class Watched:
    """A line, and what it told."""

    consumer: Memory = field(default_factory=Memory)
    moment: float = 0.0
    lags: list[Mapping[str, int]] = field(default_factory=list)
    reads: int = 0
    stops: int = 0

    def __post_init__(self) -> None:
        self.health = Health(stalled_after=60.0, monotonic=lambda: self.moment)
        self.health.ready()
        self.line = Line(
            self.consumer,
            self.health,
            on_turn=self.lags.append,
            on_read=self._read,
            on_stop=self._stopped,
        )

    def _read(self) -> None:
        self.reads += 1

    def _stopped(self) -> None:
        self.stops += 1


async def test_it_reads_until_it_is_told_to_stop() -> None:
    watched, stop = Watched(), asyncio.Event()
    read = 0

    async def reading() -> None:
        nonlocal read
        read += 1
        if read == 3:
            stop.set()

    await watched.line.run(stop, reading)
    assert read == 3
    assert watched.stops == watched.consumer.turns_held == 0


async def test_it_is_not_ready_before_partitions_were_assigned_to_it() -> None:
    watched, stop = Watched(), asyncio.Event()
    said = []

    async def reading() -> None:
        watched.line.turned()
        said.append(watched.health.not_ready())
        if watched.consumer.ours:
            stop.set()
        watched.consumer.ours = frozenset({Partition("shop.orders", 0)})

    await watched.line.run(stop, reading)
    assert said == [["partitions: none were assigned yet"], []]


def test_it_stays_ready_when_its_partitions_went_to_others() -> None:
    watched = Watched()
    watched.health.lacks("partitions", "none were assigned yet")
    watched.consumer.ours = frozenset({Partition("shop.orders", 0)})
    watched.line.turned()
    watched.consumer.ours = frozenset()
    watched.line.turned()
    assert watched.health.not_ready() == []


def test_it_is_not_ready_while_kafka_does_not_answer() -> None:
    watched = Watched()
    watched.consumer.answers = False
    watched.line.turned()
    assert watched.health.not_ready() == ["kafka: does not answer"]
    watched.consumer.answers = True
    watched.line.turned()
    assert watched.health.not_ready() == []


def test_it_reads_while_kafka_answers_from_when_partitions_were_its_own() -> None:
    watched, read = Watched(), list[int]()
    none, ours = frozenset[Partition](), frozenset({Partition("shop.orders", 0)})
    for assigned, answers in ((none, True), (ours, True), (ours, False), (none, True)):
        watched.consumer.ours, watched.consumer.answers = assigned, answers
        watched.line.turned()
        read.append(watched.reads)
    assert read == [0, 1, 1, 2]
    assert len(watched.lags) == len(read)


def test_it_lives_as_long_as_it_turns_and_tells_its_lag_each_time() -> None:
    watched = Watched()
    for count in (7, 0):
        watched.moment += 50
        watched.consumer.waiting = {"shop.orders": count}
        watched.line.turned()
        assert watched.health.not_live() == []
    watched.moment += 61
    assert watched.health.not_live() == ["consumer"]
    assert watched.lags == [{"shop.orders": 7}, {"shop.orders": 0}]


async def test_a_stopped_line_reads_no_more_says_why_and_turns_until_it_is_told_to_stop() -> None:
    watched = Watched()
    read = 0

    async def reading() -> None:
        nonlocal read
        read += 1
        raise LineStoppedError("50 records in a row could not be understood")

    watched.consumer.ours = frozenset({Partition("shop.orders", 0)})
    await watched.line.run(watched.consumer.last_turn, reading)
    assert (read, watched.stops, watched.consumer.turns_held) == (1, 1, 3)
    assert len(watched.lags) == 3
    assert watched.health.not_ready() == [
        "consumer: the line stopped: 50 records in a row could not be understood"
    ]


async def test_what_else_goes_wrong_ends_it() -> None:
    watched = Watched()

    async def reading() -> None:
        raise RuntimeError("nobody foresaw this")

    with pytest.raises(RuntimeError, match="nobody foresaw this"):
        await watched.line.run(watched.consumer.last_turn, reading)
    assert watched.stops == 0
