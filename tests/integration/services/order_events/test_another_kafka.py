"""Kafka was lost and made anew: what was read of the one before says nothing of it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from headsup.kafka.cluster import cluster_id
from headsup.kafka.consumer import Partition
from headsup.kafka.producer import Producer
from headsup.kafka.topics import apply_topics
from sandbox.parts.broker import Broker
from sandbox.parts.kafka_real import RealKafka
from sandbox.parts.process import PartUnavailableError
from services.order_events.store import LostRaceError, Store
from tests.fixtures.missing import missing
from tests.support.events import placed
from tests.support.order_events import MONDAY, Parts, Replica

ORDERS = [Partition("shop.orders", number) for number in range(2)]


@pytest.fixture
def store(parts: Parts) -> Store:
    return parts.store()


async def _read(store: Store, which: str | None) -> tuple[list[int], int]:
    """Where to read on on this Kafka, and of how many partitions anew."""
    anew: list[Any] = []

    async def known() -> str | None:
        return which

    store.which_kafka, store.on_anew = known, anew.extend
    found = await store.positions(ORDERS)
    return [found[each] for each in ORDERS], len(anew)


async def _moved(store: Store, to: int) -> None:
    positions = dict.fromkeys(ORDERS, to)
    async with store.transaction() as transaction:
        await transaction.move(positions, store.held(dict.fromkeys(ORDERS, to)))
    store.moved(positions)


async def test_another_kafka_is_read_from_its_beginning_and_the_same_one_is_read_on(
    store: Store,
) -> None:
    assert await _read(store, "one") == ([0, 0], 0)
    await _moved(store, 7)
    assert await _read(store, "one") == ([7, 7], 0)
    assert await _read(store, "two") == ([0, 0], 2)
    await _moved(store, 3)
    assert await _read(store, "two") == ([3, 3], 0)


async def test_where_nobody_knows_which_kafka_it_is_it_is_read_on(store: Store) -> None:
    """As when it does not answer for a moment; the next time it is asked again."""
    await _read(store, "one")
    await _moved(store, 7)
    assert await _read(store, None) == ([7, 7], 0)
    assert await _read(store, "two") == ([0, 0], 2)


async def test_positions_of_before_they_knew_it_are_those_of_the_kafka_that_is_there(
    store: Store,
) -> None:
    await _read(store, None)
    await _moved(store, 7)
    assert await _read(store, "one") == ([7, 7], 0)
    assert await _read(store, "two") == ([0, 0], 2)


async def test_whoever_still_reads_the_old_one_writes_nothing(parts: Parts, store: Store) -> None:
    await _read(store, "one")
    await _moved(store, 7)
    await _read(parts.store(), "two")
    with pytest.raises(LostRaceError):
        await _moved(store, 8)


@pytest.fixture
def kafkas() -> Iterator[list[Broker]]:
    """Two of Apache's, the second one of which is yet to be started."""
    made: list[Broker] = [RealKafka(), RealKafka()]
    try:
        made[0].start()
    except PartUnavailableError as error:
        missing(str(error))
    yield made
    for each in made:
        each.stop()


@dataclass
class Asking(Parts):
    """A replica that asks which Kafka it is on."""

    anew: list[Partition] = field(default_factory=list)

    def store(self) -> Store:
        store = super().store()
        store.which_kafka = partial(cluster_id, self.bootstrap_servers)
        store.on_anew = self.anew.extend
        return store


@asynccontextmanager
async def _shop(parts: Parts, servers: str) -> AsyncIterator[Asking]:
    producer = Producer(servers, name="shop", patience=60)  # a new topic has no leader yet
    await producer.start()
    try:
        yield Asking(parts.pool, producer, parts.clock, parts.prefix, servers)
    finally:
        await producer.stop()


async def _until_known(replica: Replica, parts: Parts, orders: list[str]) -> None:
    known = "SELECT count(*) FROM order_events.orders WHERE order_id = ANY($1::text[])"
    while await parts.pool.fetchval(known, orders) < len(orders):
        await replica.turn()


async def _on(parts: Parts, kafka: Broker, orders: list[str]) -> int:
    """Some orders are placed, and read there; of how many partitions anew."""
    servers = kafka.bootstrap_servers
    await apply_topics(servers, parts.prefix, partitions=3)
    async with _shop(parts, servers) as here:
        await here.emit(*(placed(each, MONDAY) for each in orders))
        async with here.replica() as replica:
            await _until_known(replica, parts, orders)
        return len({each.number for each in here.anew})


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_no_event_of_a_new_kafka_is_passed_over(parts: Parts, kafkas: list[Broker]) -> None:
    """Where the old one had as many, they lie before the position that was read to there."""
    old, new = kafkas
    first = [f"A-{number}" for number in range(12)]
    assert await _on(parts, old, first) == 0
    before = await cluster_id(old.bootstrap_servers)
    old.restart()
    assert await cluster_id(old.bootstrap_servers) == before
    assert await _on(parts, old, ["A-again"]) == 0
    old.stop()

    new.start()
    assert await cluster_id(new.bootstrap_servers) != before
    assert await _on(parts, new, [f"B-{number}" for number in range(18)]) == 3
    assert await _on(parts, new, ["B-again"]) == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_replica_that_lives_on_is_told_by_the_group_that_kafka_is_new(
    parts: Parts, kafkas: list[Broker]
) -> None:
    """At the same address, as behind a name in a cluster: nobody starts anything."""
    old, new = kafkas
    servers = old.bootstrap_servers
    await apply_topics(servers, parts.prefix, partitions=3)
    first, second = ([f"{name}-{number}" for number in range(12)] for name in "AB")
    async with _shop(parts, servers) as here, here.replica() as replica:
        await here.emit(*(placed(each, MONDAY) for each in first))
        await _until_known(replica, parts, first)
        old.stop()
        new._port = old._port
        new.start()
        await apply_topics(servers, parts.prefix, partitions=3)
        async with _shop(parts, servers) as there:
            await there.emit(*(placed(each, MONDAY) for each in second))
        await _until_known(replica, parts, second)
        while {each.number for each in here.anew} != {0, 1, 2}:  # what is read may be told before
            await replica.turn()
