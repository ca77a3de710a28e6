"""No record on the shop's topics stops order_events, and none is lost."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.contracts import shop
from headsup.contracts.base import Estimate, Item, Money, PickupPoint, Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus
from headsup.contracts.registry import BY_DATA
from headsup.kafka.consumer import Partition
from headsup.kafka.producer import Outgoing
from headsup.kafka.unpacking import UNPACKED
from headsup.streak import LineStoppedError, Streak
from services.order_events.consumer import Worker
from services.order_events.metrics import Metrics
from services.order_events.sweeper import _sweep
from tests.fixtures.topics import PARTITIONS
from tests.support.events import event, outgoing, placed, scanned
from tests.support.order_events import MONDAY, Parts
from tests.support.poison import Poison, poisons
from tests.support.reading import TopicReader

EVENTS = {
    "placed": placed(
        "A-1",
        MONDAY,
        estimate=Estimate(latest=(MONDAY + timedelta(days=3)).date()),
        pay_by=MONDAY,
        pay_url="https://shop.example/pay",
    ),
    "out for delivery": event(
        shop.OutForDelivery(
            order_id="A-1",
            shipment_id="S1",
            window=Window(start=MONDAY, end=MONDAY + timedelta(hours=2)),
            courier_phone="+380501234567",
        ),
        MONDAY,
    ),
    "ready for pickup": event(
        shop.ReadyForPickup(
            order_id="A-1",
            shipment_id="S1",
            pickup=PickupPoint(name="Locker", address="Kyiv", hold_until=MONDAY.date()),
        ),
        MONDAY,
    ),
    "return approved": event(
        shop.ReturnApproved(
            order_id="A-1",
            return_id="R1",
            method=shop.ReturnMethod.DROP_OFF,
            send_by=MONDAY.date(),
            items=(Item(name="Kettle", price=Money(amount="1.00", currency="UAH")),),
            refund_days=14,
        ),
        MONDAY,
    ),
    "outcome": event(
        NotificationOutcome(
            request_id="r1",
            order_id="A-1",
            customer_id="c-1",
            kind=Kind.ORDER_CONFIRMED,
            status=OutcomeStatus.SENT,
            at=MONDAY,
        ),
        MONDAY,
    ),
}


@pytest.mark.parametrize("good", EVENTS.values(), ids=list(EVENTS))
async def test_every_odd_record_is_taken_or_refused_with_its_reason(
    parts: Parts, good: Event[Any]
) -> None:
    topic = parts.prefix + BY_DATA[type(good.data)].topic
    odd, store = poisons(topic, good), parts.store()
    await store.positions([Partition(topic, 0)])
    metrics = Metrics(CollectorRegistry())
    outbox = parts.outbox()
    worker = Worker(
        store,
        Announcer(outbox),
        parts.clock,
        metrics,
        prefix=parts.prefix,
        streak=Streak(10**9),
    )
    for start in range(0, len(odd), 200):
        await worker.apply(list(odd[start : start + 200]))
    rows = await parts.pool.fetch(
        "SELECT headers FROM order_events.outbox WHERE topic LIKE '%.dlq'"
    )
    assert [row for row in rows if b"could not be understood" in bytes(row["headers"])] == []
    assert len(rows) > len(odd) / 2
    while await outbox.sweep(older_than=0):
        pass
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.outbox") == 0


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
async def test_a_record_that_unpacks_to_more_than_there_is_room_for_is_set_aside(
    parts: Parts, compression: str
) -> None:
    before, behind = (outgoing(parts.prefix, placed(f"A-{n}", MONDAY)) for n in (1, 2))
    producer = AIOKafkaProducer(
        bootstrap_servers=parts.bootstrap_servers,
        compression_type=compression,
        max_request_size=4 * UNPACKED,
        linger_ms=200,
    )
    await producer.start()
    first = await producer.send(before.topic, before.value, before.key, partition=0)
    huge = await producer.send(before.topic, bytes(2 * UNPACKED), before.key, partition=0)
    await asyncio.gather(first, huge)
    await producer.stop()
    dead = await _set_aside(parts, replace(behind, partition=0))
    headers = dict(dead.headers)
    assert headers["dlq-cut-from"] == str(UNPACKED).encode()
    assert headers["dlq-origin"] == f"{before.topic}/0/1".encode()
    assert len(dead.value) < 512 * 1024


@pytest.mark.parametrize("compression", [None, "zstd"])
async def test_a_record_of_very_many_headers_is_set_aside(
    parts: Parts, compression: str | None
) -> None:
    before, behind = (outgoing(parts.prefix, placed(f"A-{n}", MONDAY)) for n in (1, 2))
    producer = AIOKafkaProducer(
        bootstrap_servers=parts.bootstrap_servers, compression_type=compression, linger_ms=200
    )
    await producer.start()
    first = await producer.send(before.topic, before.value, before.key, partition=0)
    crowd = [("", None)] * 100_000
    many = await producer.send(before.topic, b"{", before.key, partition=0, headers=crowd)
    await asyncio.gather(first, many)
    await producer.stop()
    dead = await _set_aside(parts, replace(behind, partition=0))
    headers = dict(dead.headers)
    assert int(headers["dlq-cut-from"]) > 200_000
    assert len(dead.headers) == len(headers) < 10


async def refuse(parts: Parts, order_id: str) -> None:
    """Has PostgreSQL refuse what is written about an order, as if a value of it did not fit."""
    await parts.pool.execute(
        "ALTER TABLE order_events.orders ADD CONSTRAINT odd "
        f"CHECK (order_id <> '{order_id}' OR partition IS NULL) NOT VALID"
    )


async def orders(parts: Parts) -> list[str]:
    found = await parts.pool.fetch("SELECT order_id FROM order_events.orders ORDER BY order_id")
    return [row["order_id"] for row in found]


async def test_a_record_that_the_database_refuses_is_set_aside_and_the_rest_is_written(
    parts: Parts,
) -> None:
    await refuse(parts, "A-3")
    await parts.emit(*(placed(f"A-{n}", MONDAY) for n in range(7)))
    await parts.handle(7)
    assert await orders(parts) == ["A-0", "A-1", "A-2", "A-4", "A-5", "A-6"]
    assert len(await parts.requested(6)) == 6
    async with TopicReader(parts.bootstrap_servers, parts.prefix + "shop.orders.dlq") as reader:
        [dead] = await reader.at_least(1)
    assert dict(dead.headers)["dlq-problem"] == b"could not be taken in"
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.events") == 6
    assert await parts.pool.fetchval("SELECT sum(next_offset) FROM order_events.positions") == 7


async def test_a_value_that_asyncpg_refuses_is_no_database_that_is_away(parts: Parts) -> None:
    """No record is known to bring such a value, so the partition's number stands in for one."""
    topic, store = parts.prefix + "shop.orders", parts.store()
    await store.positions([Partition(topic, 0), Partition(topic, 2**15 * 2)])
    good, odd = (outgoing(parts.prefix, placed(f"A-{n}", MONDAY)) for n in (1, 2))
    async with parts.worker(store) as worker:
        await worker.apply(
            [
                Poison(topic, good.value, 0),
                Poison(topic, odd.value, 0, partition=2**15 * 2),
            ]
        )
    assert await orders(parts) == ["A-1"]


async def test_many_records_that_the_database_refuses_stop_the_line(parts: Parts) -> None:
    await parts.pool.execute(
        "ALTER TABLE order_events.orders ADD CONSTRAINT odd CHECK (order_id < 'B') NOT VALID"
    )
    store = parts.store()
    await parts.emit(*(placed(f"{'AB'[n % 2]}-{n}", MONDAY) for n in range(80)))
    records = await parts.read(store, 80)
    async with parts.worker(store) as worker:
        with pytest.raises(LineStoppedError, match="could not be taken in"):
            await worker.apply(records)


async def test_an_order_whose_row_is_unreadable_stops_neither_reading_nor_the_sweep(
    parts: Parts,
) -> None:
    await parts.emit(placed("A-1", MONDAY), placed("A-2", MONDAY))
    await parts.handle(2)
    await parts.pool.execute("UPDATE order_events.orders SET facts = '[]' WHERE order_id = 'A-1'")
    parts.clock.move(timedelta(days=3))
    assert await parts.sweep() == 1
    assert await parts.sweep() == 0
    await parts.emit(scanned("A-1", MONDAY), scanned("A-2", MONDAY))
    await parts.handle(2)
    async with TopicReader(parts.bootstrap_servers, parts.prefix + "shop.shipments.dlq") as reader:
        assert len(await reader.at_least(1)) == 1


async def test_an_order_that_cannot_be_written_stops_the_sweep_and_not_the_service(
    parts: Parts,
) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    await refuse(parts, "A-1")
    parts.clock.move(timedelta(days=3))
    async with parts.replica() as replica:
        await replica.until(PARTITIONS)
        with pytest.raises(LineStoppedError):
            await _sweep(replica.sweeper)


async def _set_aside(parts: Parts, behind: Outgoing) -> Any:
    """The letter of what is too large, with the orders before and behind it taken in."""
    await parts.producer.publish([behind])
    await parts.handle(3)
    assert await orders(parts) == ["A-1", "A-2"]
    async with TopicReader(parts.bootstrap_servers, behind.topic + ".dlq") as reader:
        [dead] = await reader.at_least(1)
    assert dict(dead.headers)["dlq-reason"] == b"too_large"
    return dead
