"""When the clock of the carts ticks, and when it does not."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from headsup.clock import ManualClock
from headsup.health import Health
from headsup.kafka.consumer import Partition
from headsup.kafka.following import Ends, MemoryGroup
from headsup.kafka.producer import MemoryPublisher, Outgoing, PublishError
from services.cart_recovery import tick
from services.cart_recovery.metrics import Metrics
from services.cart_recovery.ticker import LOST, RETURN, Ticker, UnderWay
from tests.support.eventually import eventually
from tests.support.health import Turns
from tests.unit.services.cart_recovery.carts import MINUTE, MONDAY

DUE = MONDAY.timestamp()


class Time:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Ours:
    """What is read here."""

    def __init__(self, *partitions: int) -> None:
        self.ours = frozenset(partitions)
        self.is_idle = False
        self.places_lost = 2

    def lag(self) -> Mapping[str, int]:
        return {"shop.carts": 7}


class Moments:
    """What is to be looked at."""

    def __init__(self) -> None:
        self.first: dict[int, float] = {}

    def put(self, partition: int, moment: float) -> None:
        self.first[partition] = min(moment, self.first.get(partition, moment))

    def is_due(self, partition: int, moment: float) -> bool:
        return partition in self.first and self.first[partition] <= moment


class Tower:
    """A clock with all that it works with, in memory. Partitions 0 and 1 are ours."""

    def __init__(self) -> None:
        self.time, self.clock, self.due = Time(), ManualClock(MONDAY), Moments()
        self.group, self.publisher = MemoryGroup(), MemoryPublisher()
        self.group.partitions = (Partition("shop.carts", 0), Partition("shop.orders", 0))
        self.registry = CollectorRegistry()
        self.reading, self.health = Ours(0, 1), Health(monotonic=self.time)
        metrics = Metrics(self.registry)
        self.ticker = Ticker(self.due, self.group, self.publisher, self.clock, metrics, prefix="x.")
        self.ticker.under_way = UnderWay(self.time)

    async def turns(self, times: int = 1) -> list[tuple[int | None, bytes | None]]:
        """Turns so often; the ticks that went out, as their partitions and values."""
        before = len(self.publisher.published)
        for _ in range(times):
            await self.ticker.turn(self.reading)
        return [(each.partition, each.value) for each in self.publisher.published[before:]]

    def reports(self) -> None:
        self.ticker.report(self.reading, self.health)

    def sample(self, name: str) -> float | None:
        return self.registry.get_sample_value(f"headsup_cart_recovery_{name}")


@pytest.fixture
def tower() -> Tower:
    return Tower()


def a_tick(partition: int, minutes: int = 0) -> tuple[int | None, bytes | None]:
    record = tick.record(partition, MONDAY + minutes * MINUTE, "x.")
    return record.partition, record.value


async def test_nothing_goes_out_where_nothing_is_due(tower: Tower) -> None:
    tower.due.put(0, DUE + 1)
    assert await tower.turns(3) == []


async def test_a_tick_goes_to_the_partitions_with_something_due_and_to_no_other(
    tower: Tower,
) -> None:
    tower.due.put(1, DUE)
    tower.due.put(2, DUE)
    assert await tower.turns() == [a_tick(1)]
    assert tower.publisher.published[0].topic == "x.cart_recovery.joined"


async def test_no_tick_before_all_that_lay_there_is_read(tower: Tower) -> None:
    tower.due.put(0, DUE)
    tower.group.end, tower.group.read = 5, 4
    assert await tower.turns(3) == []
    assert tower.sample("waits") == 1
    tower.group.read = 5
    assert await tower.turns() == [a_tick(0)]
    assert tower.sample("waits") == 0


async def test_what_comes_in_meanwhile_is_not_waited_for_and_not_spoken_of(tower: Tower) -> None:
    tower.due.put(0, DUE)
    tower.group.end, tower.group.read = 5, 4
    await tower.turns()
    tower.clock.move(timedelta(minutes=10))
    tower.due.put(1, DUE + 300)
    tower.group.end, tower.group.read = 9, 5
    assert await tower.turns() == [a_tick(0)]


async def test_whoever_loses_or_gains_partitions_meanwhile_looks_anew(tower: Tower) -> None:
    tower.due.put(0, DUE)
    tower.group.end, tower.group.read = 5, 4
    await tower.turns()
    tower.reading = Ours(0)
    tower.group.end, tower.group.read = 9, 5
    assert await tower.turns() == []
    tower.group.read = 9
    assert await tower.turns() == [a_tick(0)]


async def test_whoever_loses_all_while_looking_sends_nothing(tower: Tower) -> None:
    class Losing(MemoryGroup):
        async def unread(self, ends: Ends) -> frozenset[Partition]:
            tower.reading.ours = frozenset()
            return await super().unread(ends)

    tower.due.put(0, DUE)
    tower.ticker._followed = Losing()
    assert await tower.turns() == []


async def test_no_second_tick_while_one_is_under_way(tower: Tower) -> None:
    tower.due.put(0, DUE)
    assert await tower.turns() == [a_tick(0)]
    assert await tower.turns(2) == []
    tower.ticker.under_way.back(0)
    assert await tower.turns() == [a_tick(0)]


async def test_another_goes_out_where_one_does_not_come_back(tower: Tower) -> None:
    tower.due.put(0, DUE)
    await tower.turns()
    tower.time.now += RETURN
    assert await tower.turns() == [a_tick(0)]


async def test_a_tick_may_be_read_before_kafka_says_that_it_has_it(tower: Tower) -> None:
    class Quick(MemoryPublisher):
        async def publish(self, records: Sequence[Outgoing]) -> None:
            await super().publish(records)
            tower.ticker.under_way.back(0)

    tower.due.put(0, DUE)
    tower.ticker._publisher = Quick()
    await tower.turns()
    tower.time.now += 2 * LOST
    assert tower.ticker.under_way.silence() == 0


async def test_a_pulse_goes_to_all_that_is_ours_and_looks_at_nothing(tower: Tower) -> None:
    tower.due.put(0, DUE)
    await tower.ticker.pulse(tower.reading)
    assert [each.partition for each in tower.publisher.published] == [0, 1]
    moments = [tick.moment_of(each.value) for each in tower.publisher.published]
    assert all(at is not None and not tower.due.is_due(0, at.timestamp()) for at in moments)


async def test_a_tick_that_is_lost_while_nothing_else_is_done_says_that_we_do_not_live(
    tower: Tower,
) -> None:
    tower.reports()
    await tower.ticker.pulse(tower.reading)
    for _ in range(4):
        tower.time.now += LOST / 2
        tower.reports()
    assert tower.health.not_live() == ["carts"]
    tower.ticker.under_way.back(0)
    tower.ticker.under_way.back(1)
    tower.reports()
    assert tower.health.not_live() == []


async def test_a_tick_behind_much_work_is_not_lost(tower: Tower) -> None:
    await tower.ticker.pulse(tower.reading)
    for _ in range(20):
        tower.time.now += LOST / 2
        tower.ticker.under_way.done()
        tower.reports()
    assert tower.health.not_live() == []


async def test_a_tick_of_a_partition_that_somebody_else_has_is_not_waited_for(
    tower: Tower,
) -> None:
    await tower.ticker.pulse(tower.reading)
    tower.reading = Ours(1)
    tower.reports()
    tower.ticker.under_way.back(1)
    tower.time.now += 2 * LOST
    assert tower.ticker.under_way.silence() == 0


async def test_waiting_for_others_to_read_is_a_life_as_well(tower: Tower) -> None:
    tower.due.put(0, DUE)
    tower.group.end = 5
    for _ in range(5):
        assert await tower.turns() == []
        tower.time.now += LOST / 2
        tower.reports()
    assert tower.health.not_live() == []


async def test_nothing_is_under_way_that_kafka_did_not_take(tower: Tower) -> None:
    tower.due.put(0, DUE)
    tower.publisher.is_away = True
    with pytest.raises(PublishError):
        await tower.turns()
    tower.publisher.is_away = False
    assert await tower.turns() == [a_tick(0)]


async def test_without_a_partition_it_is_not_ready_but_lives(tower: Tower) -> None:
    tower.health.ready()
    tower.reading = Ours()
    tower.reports()
    assert len(tower.health.not_ready()) == 1
    assert tower.health.not_live() == []
    tower.reading = Ours(0)
    tower.reports()
    assert tower.health.not_ready() == []
    lag = tower.registry.get_sample_value(
        "headsup_cart_recovery_lag_records", {"topic": "shop.carts"}
    )
    assert lag == 7
    assert tower.registry.get_sample_value("headsup_cart_recovery_places_lost") == 2


async def test_whoever_has_nothing_to_read_is_not_taken_for_one_that_stands(tower: Tower) -> None:
    tower.reading = Ours()
    tower.reports()
    assert tower.sample("last_poll_timestamp_seconds") == 0
    tower.reading.is_idle = True
    tower.reports()
    assert tower.sample("last_poll_timestamp_seconds")


async def test_whoever_waits_for_its_own_pulse_in_vain_is_seen_to_stand(tower: Tower) -> None:
    def poll() -> float | None:
        tower.reports()
        return tower.sample("last_poll_timestamp_seconds")

    before = poll()
    await tower.ticker.pulse(tower.reading)
    while_it_is_out = poll()
    tower.ticker.under_way.back(0)
    assert poll() == while_it_is_out
    tower.ticker.under_way.back(1)
    assert before == while_it_is_out != poll()


async def test_it_ticks_until_it_is_stopped_and_outlives_a_kafka_that_is_away(
    tower: Tower,
) -> None:
    stop, turns = asyncio.Event(), Turns()
    turns.ready()
    tower.publisher.is_away = True
    tower.due.put(0, DUE)
    running = asyncio.create_task(tower.ticker.run(stop, tower.reading, turns))

    async def says_that_kafka_is_away() -> bool:
        return turns.not_ready() == ["kafka: does not answer"]

    async def says_that_kafka_is_back() -> bool:
        return turns.not_ready() == []

    await eventually(says_that_kafka_is_away)
    stood = tower.sample("last_poll_timestamp_seconds")
    await turns.more("carts", 2)
    assert tower.sample("last_poll_timestamp_seconds") == stood
    tower.publisher.is_away = False
    await eventually(says_that_kafka_is_back)
    tower.ticker.under_way.back(0)
    await turns.more("carts", 2)
    assert a_tick(0) in [(each.partition, each.value) for each in tower.publisher.published]
    stop.set()
    await asyncio.wait_for(running, 5)
