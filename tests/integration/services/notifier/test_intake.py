"""The way in by itself, on a real database: what one bad record may do, and what many may."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.clock import Clock, ManualClock, SystemClock
from headsup.contracts import envelope
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_DATA, Topic
from headsup.contracts.shop import CustomerUpdated
from headsup.kafka.consumer import Partition, Record
from headsup.kafka.producer import MemoryPublisher
from headsup.outbox import Outbox
from headsup.shops.profile import ShopProfile
from headsup.streak import LineStoppedError, Streak
from services.notifier.consumer import Intake, Reading
from services.notifier.decide import Policy
from services.notifier.holding import Holding
from services.notifier.ledger import SCHEMA, Ledger
from services.notifier.metrics import IntakeMetrics
from services.notifier.wakes import Wakes
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known, requested, withdrawn


@dataclass
class _Record:
    topic: str
    value: bytes | None
    offset: int = 0
    headers: Sequence[tuple[str, bytes | None]] = ()
    partition: int = 0
    timestamp: int = 0
    key: bytes | None = b"key"


def record(event: Event[Any], offset: int = 0) -> _Record:
    topic = BY_DATA[type(event.data)].topic
    return _Record(topic, envelope.encode(event), offset, envelope.headers(event))


def garbage(offset: int = 0) -> _Record:
    return _Record("notifications.requested", b"{", offset)


@dataclass
class _WayIn:
    """The intake of one notifier, without anything that sends."""

    rig: Rig
    outbox: Outbox
    intake: Intake
    registry: CollectorRegistry
    streak: Streak = field(default_factory=Streak)

    async def take(self, *records: Record) -> None:
        self.streak = await self.intake.take(list(records), self.streak)

    async def requests(self) -> list[str]:
        rows = await self.rig.pool.fetch("SELECT id FROM notifier.requests ORDER BY id")
        return [row["id"] for row in rows]

    async def dead_letters(self) -> int:
        query = "SELECT count(*) FROM notifier.outbox WHERE topic LIKE '%.dlq'"
        return int(await self.rig.pool.fetchval(query))


def way_in(rig: Rig, prefix: str = "", real: Clock | None = None) -> _WayIn:
    settings, registry = rig.settings, CollectorRegistry()
    outbox = Outbox(SCHEMA, rig.pool, MemoryPublisher())
    intake = Intake(
        ledger=Ledger(rig.pool, outbox),
        announcer=Announcer(outbox),
        wakes=Wakes(),
        policy=Policy(settings.shops, settings.voices.common.languages, can_be_stopped=True),
        clock=rig.clock,
        real=real or SystemClock(),
        metrics=IntakeMetrics(registry),
        prefix=prefix,
    )
    return _WayIn(rig, outbox, intake, registry)


async def test_one_bad_record_is_set_aside_and_the_rest_is_taken_in(rig: Rig) -> None:
    entrance = way_in(rig)
    await entrance.take(record(requested("r1"), 1), garbage(2), record(requested("r2"), 3))
    assert await entrance.requests() == ["r1", "r2"]
    assert await entrance.dead_letters() == 1


async def test_of_a_batch_with_too_many_in_a_row_nothing_is_written(rig: Rig) -> None:
    entrance = way_in(rig)
    entrance.streak = Streak(3)
    await entrance.take(garbage(1), garbage(2))
    bad = [garbage(3), record(requested("r1"), 4), *map(garbage, (5, 6, 7))]
    with pytest.raises(LineStoppedError):
        await entrance.take(*bad)
    assert await entrance.requests() == []
    assert await entrance.dead_letters() == 2


async def test_a_record_that_is_read_again_counts_once(rig: Rig) -> None:
    entrance = way_in(rig)
    entrance.streak = Streak(3)
    for _ in range(3):
        await entrance.take(garbage(1), garbage(2))
    await entrance.take(record(requested("r1"), 3))
    await entrance.take(garbage(4), garbage(5))
    assert await entrance.requests() == ["r1"]


class _Failing(dict[str, ShopProfile]):
    """Shops of which one cannot even be looked up; it stands for any bug of ours."""

    def get(self, source: str, default: Any = None) -> Any:
        if source == "https://fails.example":
            raise ZeroDivisionError
        return super().get(source, default)


async def test_a_customer_on_whom_our_own_code_breaks_is_set_aside_alone(rig: Rig) -> None:
    rig.settings = replace(rig.settings, shops=_Failing(rig.settings.shops))
    entrance = way_in(rig)
    broken = envelope.make(
        "https://fails.example", "e1", MONDAY, CustomerUpdated(customer_id="c-2")
    )
    await entrance.take(record(known(), 1), record(broken, 2), record(requested("r1"), 3))
    assert await entrance.requests() == ["r1"]
    assert await rig.knows_somebody()
    assert await entrance.dead_letters() == 1


async def test_a_value_that_the_database_refuses_is_set_aside_alone(rig: Rig) -> None:
    entrance = way_in(rig)
    await rig.pool.execute(
        "ALTER TABLE notifier.requests ADD CONSTRAINT odd CHECK (order_id <> 'odd')"
    )
    odd = requested("r2", order_id="odd")
    await entrance.take(record(requested("r1"), 1), record(odd, 2), record(requested("r3"), 3))
    assert await entrance.requests() == ["r1", "r3"]
    assert await entrance.dead_letters() == 1


async def test_when_every_record_breaks_the_line_stops_and_nothing_is_written(rig: Rig) -> None:
    entrance = way_in(rig)
    await rig.pool.execute("ALTER TABLE notifier.requests ADD CONSTRAINT odd CHECK (false)")
    with pytest.raises(LineStoppedError):
        await entrance.take(*[record(requested(f"r{n}"), n) for n in range(60)])
    assert await entrance.dead_letters() == 0


async def test_a_table_that_is_missing_is_no_record_s_fault(rig: Rig) -> None:
    entrance = way_in(rig)
    await rig.pool.execute("ALTER TABLE notifier.requests RENAME TO elsewhere")
    with pytest.raises(Exception, match="does not exist"):
        await entrance.take(record(requested("r1"), 1))
    assert await entrance.dead_letters() == 0


LONG_AGO = timedelta(hours=2)


@asynccontextmanager
async def reading(rig: Rig, entrance: _WayIn, *, batch_size: int = 500) -> AsyncIterator[None]:
    """Reads what is on Kafka while the block runs."""
    consumer, stop = await rig.consumer(), asyncio.Event()
    holding = Holding(entrance.intake.ledger, entrance.intake.wakes, entrance.intake.real)
    loop = Reading(consumer, entrance.intake, holding, rig.health, entrance.streak)
    running = asyncio.create_task(loop.run(stop, batch_size=batch_size))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)
        await consumer.stop()


async def produce(
    rig: Rig, at: datetime, *events: Event[Any] | bytes, topic: Topic = Topic.REQUESTED
) -> None:
    """Puts records on partition 1 of the topic, as if they were written at that moment."""
    servers = rig.settings.common.kafka_bootstrap_servers
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    try:
        for event in events:
            value = event if isinstance(event, bytes) else envelope.encode(event)
            when = int(at.timestamp() * 1000)
            await producer.send(rig.prefix + topic, value, partition=1, timestamp_ms=when)
    finally:
        await producer.stop()


async def test_a_stopped_line_reads_nothing_more_and_says_so_while_the_service_lives(
    rig: Rig,
) -> None:
    entrance = way_in(rig, rig.prefix)
    entrance.streak = Streak(3)
    now = SystemClock().now()
    await produce(rig, now, b"{", b"{", b"{", requested("r1"))

    async def is_said() -> bool:
        return any("the line stopped: 3 records" in each for each in rig.health.not_ready())

    async with reading(rig, entrance):
        await eventually(is_said)
        assert rig.health.not_live() == []
    assert entrance.registry.get_sample_value("headsup_notifier_line_stopped") == 1
    assert await entrance.requests() == []
    assert await entrance.dead_letters() == 0


async def test_a_backlog_ends_in_its_newest_state_alone(rig: Rig) -> None:
    """Read one by one, each would go out before the next takes it back."""
    entrance = way_in(rig, rig.prefix)
    old = SystemClock().now() - LONG_AGO
    await produce(rig, old, requested("r1"), withdrawn("r1"), requested("r2"), withdrawn("r2"))
    await produce(rig, old, requested("r3"))

    async def states() -> bool:
        return await rig.states() == {"r1.0": "withdrawn", "r2.0": "withdrawn", "r3.0": "planned"}

    async def all_is_let_go() -> bool:
        return not await rig.pool.fetchval(HELD)

    async with watching(rig) as seen, reading(rig, entrance, batch_size=1):
        await eventually(states)
        await eventually(all_is_let_go)
    assert seen.claimable == {"r3.0"}


HELD = "SELECT count(*) FROM notifier.notifications WHERE held IS NOT NULL"
DUE = "SELECT id FROM notifier.notifications WHERE state = 'planned' AND due_at <= now()"


@dataclass
class _Seen:
    claimable: set[str] = field(default_factory=set)


@asynccontextmanager
async def watching(rig: Rig) -> AsyncIterator[_Seen]:
    """Looks, again and again, for what somebody could claim."""
    seen = _Seen()

    async def watch() -> None:
        while True:
            seen.claimable |= {row["id"] for row in await rig.pool.fetch(DUE)}

    watcher = asyncio.create_task(watch())
    try:
        yield seen
        seen.claimable |= {row["id"] for row in await rig.pool.fetch(DUE)}
    finally:
        watcher.cancel()


REQUESTED_0 = Partition("notifications.requested", 0)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class _Held:
    """Something planned from partition 0, which was behind."""

    rig: Rig
    entrance: _WayIn
    holding: Holding
    passed: list[float]

    async def seconds_left(self, notification: str) -> float:
        query = """
            SELECT extract(epoch FROM due_at - now())::float8
            FROM notifier.notifications WHERE id = $1
        """
        return float(await self.rig.pool.fetchval(query, notification))

    async def settle(self, reached: datetime) -> None:
        self.holding.look({REQUESTED_0: reached})
        await self.holding.settle()


@pytest.fixture
async def held(rig: Rig) -> _Held:
    entrance, passed = way_in(rig), [0.0]
    intake = entrance.intake
    holding = Holding(intake.ledger, intake.wakes, ManualClock(NOW), monotonic=lambda: sum(passed))
    holding.look({REQUESTED_0: NOW - LONG_AGO})
    events = [record(requested(f"r{n}"), n) for n in (1, 2)]
    await intake.take(events, Streak(), holding.behind)
    return _Held(rig, entrance, holding, passed)


async def test_what_is_planned_while_catching_up_is_held_for_an_hour(held: _Held) -> None:
    assert 3_590 < await held.seconds_left("r1.0") <= 3_600
    assert await held.rig.pool.fetchval(HELD) == 2


async def test_what_is_held_goes_out_as_soon_as_its_partition_is_current(held: _Held) -> None:
    await held.settle(NOW - LONG_AGO)
    assert await held.seconds_left("r1.0") > 3_500
    await held.settle(NOW)
    assert await held.seconds_left("r1.0") <= 0
    assert await held.rig.pool.fetchval(HELD) == 0
    assert held.entrance.intake.wakes.bell(Channel.EMAIL).is_set()


async def test_a_new_owner_lets_go_what_the_last_one_held(held: _Held) -> None:
    intake = held.entrance.intake
    held.holding = Holding(intake.ledger, intake.wakes, ManualClock(NOW))
    await held.settle(NOW)
    assert await held.rig.pool.fetchval(HELD) == 0


async def test_what_a_provider_put_off_is_not_hurried(held: _Held) -> None:
    await held.rig.pool.execute(
        "UPDATE notifier.notifications SET attempt = 1, due_at = now() + interval '1 hour' "
        "WHERE id = 'r1.0'"
    )
    await held.settle(NOW)
    assert await held.seconds_left("r1.0") > 3500
    assert await held.seconds_left("r2.0") <= 0


async def test_who_catches_up_for_long_holds_for_long(held: _Held) -> None:
    await held.rig.pool.execute(
        "UPDATE notifier.notifications SET due_at = now() + interval '1 minute' WHERE id = 'r1.0'"
    )
    held.passed.append(361.0)
    await held.settle(NOW - LONG_AGO)
    assert await held.seconds_left("r1.0") > 3_500


async def test_what_comes_while_all_is_current_is_not_held(rig: Rig) -> None:
    entrance = way_in(rig, rig.prefix)
    async with reading(rig, entrance):
        await eventually(partial(_is_ready, rig))
        await produce(rig, SystemClock().now(), requested("r1"))
        await rig.until({"r1.0": "planned"})
        assert [row["id"] for row in await rig.pool.fetch(DUE)] == ["r1.0"]


async def _is_ready(rig: Rig) -> bool:
    return not any("partitions" in each for each in rig.health.not_ready())
