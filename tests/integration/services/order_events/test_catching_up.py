"""A backlog: nothing is said of an order before all about it was read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased
from headsup.kafka.producer import MemoryPublisher
from tests.fixtures.topics import PARTITIONS
from tests.support.events import delivered, outgoing, placed, scanned
from tests.support.order_events import MONDAY, Parts
from tests.support.writing import write_as_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def an_hour_ago(parts: Parts, *events: Event[Any]) -> None:
    """Writes records that have waited for an hour, all on one partition."""
    records = [outgoing(parts.prefix, event) for event in events]
    at = datetime.now(UTC) - HOUR
    await write_as_of(parts.bootstrap_servers, at, records, partition=0)


def kinds(said: list[Event[Any]]) -> list[str]:
    return [getattr(event.data, "kind", "withdrawn") for event in said]


async def test_a_backlog_of_many_batches_ends_in_its_newest_state(parts: Parts) -> None:
    parts.clock.set(MONDAY + 2 * DAY + HOUR)
    await an_hour_ago(
        parts,
        placed("A-1", MONDAY),
        scanned("A-1", MONDAY + DAY),
        delivered("A-1", MONDAY + 2 * DAY),
        placed("A-2", MONDAY + 2 * DAY),
    )
    async with parts.replica() as replica:
        await replica.until(PARTITIONS, at_once=1)
        while await parts.pool.fetchval("SELECT sum(next_offset) FROM order_events.positions") < 4:
            await replica.turn(at_once=1)
        assert await replica.sweeper.sweep() >= 1
    said = await parts.said(2)
    assert sorted(kinds(said)) == [Kind.ORDER_CONFIRMED, Kind.SHIPMENT_DELIVERED]


async def test_who_bought_is_told_while_more_of_the_partition_waits(parts: Parts) -> None:
    await an_hour_ago(parts, *(placed(f"A-{number}", MONDAY) for number in range(3)))
    async with parts.replica() as replica:
        while not await parts.pool.fetch("TABLE order_events.orders"):
            assert 0 not in await replica.turn(at_once=1)
    [bought] = await parts.all_published(1)
    assert isinstance(bought.data, CustomerPurchased)
    assert bought.data.order_id == "A-0"


async def test_no_deadline_is_called_missed_while_more_of_the_partition_waits(parts: Parts) -> None:
    await an_hour_ago(parts, placed("A-1", MONDAY))
    async with parts.replica() as replica:
        await replica.until(PARTITIONS)
        await replica.sweeper.sweep()  # it was read before its partition counted as current, or not
    parts.clock.set(MONDAY + 2 * DAY + HOUR)
    await an_hour_ago(
        parts, placed("A-2", MONDAY), placed("A-3", MONDAY), scanned("A-1", MONDAY + DAY)
    )
    async with parts.replica() as replica:
        while len(await parts.pool.fetch("TABLE order_events.orders")) == 1:
            await replica.turn(at_once=1)
            assert await replica.sweeper.sweep() == 0
        await replica.until(PARTITIONS, at_once=1)
        assert await replica.sweeper.sweep() >= 1
    said = await parts.requested(2)
    assert [e.data.kind for e in said if e.data.order_id == "A-1"] == [
        Kind.ORDER_CONFIRMED,
        Kind.SHIPMENT_SHIPPED,
    ]


async def test_under_load_young_records_that_wait_put_nothing_off(parts: Parts) -> None:
    async with parts.replica() as replica:
        await replica.until(PARTITIONS)
        await parts.emit(*(placed(f"A-{n}", MONDAY) for n in range(12)))
        seen = 0
        while seen < 12:
            await replica.turn(at_once=1)
            seen, put_off = await parts.pool.fetchrow(
                "SELECT count(*), count(*) FILTER (WHERE told->'statements' IS NULL)"
                " FROM order_events.orders"
            ) or (0, 0)
            assert put_off == 0
    assert len(await parts.requested(12)) == 12


async def test_orders_of_partitions_that_are_not_ours_are_left_to_others(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    [number] = [r["partition"] for r in await parts.pool.fetch("TABLE order_events.orders")]
    parts.clock.set(MONDAY + 3 * DAY)
    others = [n for n in range(PARTITIONS) if n != number]
    store = parts.store()
    assert await store.next_look_at(others) is None
    assert await store.next_look_at([number]) == MONDAY + 2 * DAY
    async with store.transaction() as transaction:
        assert (await transaction.due(others, parts.clock.now(), 10)).orders == {}
        assert len((await transaction.due([number], parts.clock.now(), 10)).orders) == 1


async def test_orders_of_a_partition_that_does_not_exist_are_looked_at_all_the_same(
    parts: Parts,
) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    await parts.pool.execute("UPDATE order_events.orders SET partition = 11")
    parts.clock.set(MONDAY + 2 * DAY + HOUR)
    assert await parts.sweep() == 1


async def test_every_partition_has_its_share_of_a_sweep(parts: Parts) -> None:
    await parts.emit(*(placed(f"A-{n}", MONDAY) for n in range(12)))
    await parts.handle(12)
    parts.clock.set(MONDAY + 3 * DAY)
    async with parts.store().transaction() as transaction:
        due = await transaction.due([0, 1, 2], parts.clock.now(), 1)
    assert sorted(order.partition for order in due.orders.values()) == [0, 1, 2]


@pytest.mark.parametrize("gone_to", [0, 1000])
async def test_a_position_that_is_gone_is_moved_to_what_there_is(
    parts: Parts, gone_to: int
) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    await parts.pool.execute("UPDATE order_events.positions SET next_offset = $1", gone_to or 7)
    await parts.emit(placed("A-1", MONDAY))
    async with parts.replica() as replica:
        while not await parts.pool.fetchval(
            "SELECT 1 FROM order_events.positions WHERE next_offset = 2"
        ):
            await replica.turn()
    assert len(await parts.requested(1)) == 1


async def test_a_message_that_was_left_behind_goes_out_before_what_overtook_it(
    parts: Parts,
) -> None:
    await parts.emit(placed("A-1", MONDAY))
    store, dead = parts.store(), MemoryPublisher()
    dead.is_away = True
    records = await parts.read(store)
    async with parts.worker(store, parts.outbox(dead)) as worker:
        await worker.apply(records)
    await parts.emit(scanned("A-1", MONDAY + HOUR))
    await parts.handle(1)
    assert await parts.outbox().sweep(older_than=0) == 4
    said = kinds(await parts.said(3))
    assert said == [Kind.ORDER_CONFIRMED, "withdrawn", Kind.SHIPMENT_SHIPPED]
