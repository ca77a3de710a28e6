"""The worker and the sweeper on a real broker and a real database."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from headsup.contracts import envelope, shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import CustomerPurchased
from headsup.kafka.consumer import next_offsets
from headsup.kafka.producer import MemoryPublisher, Outgoing
from services.order_events.consumer import in_lanes
from services.order_events.store import LostRaceError
from services.order_events.trace import trace
from tests.support.events import SHOP, delivered, event, outgoing, placed, scanned
from tests.support.eventually import eventually
from tests.support.order_events import MONDAY, Parts
from tests.support.reading import TopicReader


async def test_a_paid_order_becomes_one_request_under_the_customers_key(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    [event] = await parts.requested(1)
    assert event.data.kind is Kind.ORDER_CONFIRMED
    assert event.source == "https://shop.example"
    assert envelope.key_of(event) == b"customer-of-A-1"


async def test_a_record_that_is_read_twice_is_told_once(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    await parts.read_again()
    await parts.handle(1)
    assert len(await parts.requested(1)) == 1


async def test_an_event_that_the_shop_sends_twice_is_told_once(parts: Parts) -> None:
    event = placed("A-1", MONDAY)
    await parts.emit(event, event)
    await parts.handle(2)
    assert len(await parts.requested(1)) == 1


async def test_who_bought_is_told_once_before_all_else_under_the_customers_key(
    parts: Parts,
) -> None:
    order = placed("A-1", MONDAY, cart_id="K-1")
    await parts.emit(scanned("A-1", MONDAY + timedelta(hours=1)), order, order)
    parts.clock.move(timedelta(hours=2))
    await parts.handle(3)
    await parts.read_again()
    await parts.handle(3)
    bought, shipped = await parts.all_published(2)
    assert shipped.data.kind is Kind.SHIPMENT_SHIPPED
    assert bought.data == CustomerPurchased(
        order_id="A-1", customer=order.data.customer, at=MONDAY, cart_id="K-1"
    )
    assert (bought.source, envelope.key_of(bought)) == (order.source, b"customer-of-A-1")


async def test_a_backlog_of_an_order_ends_in_its_newest_state(parts: Parts) -> None:
    await parts.emit(
        delivered("A-1", MONDAY + timedelta(days=2)),
        scanned("A-1", MONDAY + timedelta(days=1)),
        placed("A-1", MONDAY),
    )
    parts.clock.move(timedelta(days=2, hours=1))
    await parts.handle(3)
    assert [event.data.kind for event in await parts.requested(1)] == [Kind.SHIPMENT_DELIVERED]


async def test_a_bad_record_is_set_aside_with_its_reason_and_the_next_is_told(
    parts: Parts,
) -> None:
    topic = parts.prefix + "shop.orders"
    await parts.producer.publish([Outgoing(topic, b"A-1", b"\xffno json")])
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(2)
    assert len(await parts.requested(1)) == 1
    async with TopicReader(parts.bootstrap_servers, topic + ".dlq") as reader:
        [dead] = await reader.at_least(1)
    headers = dict(dead.headers)
    assert dead.value == b"\xffno json"
    assert dead.key == b"A-1"
    assert headers["dlq-reason"] == b"not_json"
    assert headers["dlq-service"] == b"order_events"
    assert headers["dlq-origin"].startswith(topic.encode())


async def test_an_event_on_the_wrong_topic_is_set_aside(parts: Parts) -> None:
    record = outgoing(parts.prefix, placed("A-1", MONDAY))
    wrong = parts.prefix + "shop.returns"
    await parts.producer.publish([Outgoing(wrong, record.key, record.value, record.headers)])
    await parts.handle(1)
    async with TopicReader(parts.bootstrap_servers, wrong + ".dlq") as reader:
        [dead] = await reader.at_least(1)
    assert dict(dead.headers)["dlq-reason"] == b"wrong_topic"


async def test_a_deadline_that_passes_without_any_event_is_told(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    assert await parts.sweep() == 0
    parts.clock.move(timedelta(days=2, minutes=1))
    assert await parts.sweep() == 1
    confirmed, withdrawn, late, trouble = await parts.said(4)
    assert confirmed.data.kind is Kind.ORDER_CONFIRMED
    assert withdrawn.data.request_id == confirmed.id
    assert withdrawn.data.superseded_by == late.id
    assert late.data.kind is Kind.DISPATCH_LATE
    assert trouble.data.in_trouble
    assert await parts.sweep() == 0


async def test_what_was_committed_and_not_published_is_swept(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    broken = MemoryPublisher()
    broken.is_away = True
    store = parts.store()
    records = await parts.read(store)
    async with parts.worker(store, parts.outbox(broken)) as worker:
        await worker.apply(records)
    assert await parts.outbox(broken).sweep(older_than=0) == 0
    assert await parts.outbox().sweep(older_than=60) == 0
    assert await parts.outbox().sweep(older_than=0) == 2
    assert len(await parts.requested(1)) == 1
    assert await parts.outbox().sweep(older_than=0) == 0


async def test_a_replica_that_lost_its_partition_writes_nothing(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    store = parts.store()
    records = await parts.read(store)
    await parts.pool.execute("UPDATE order_events.positions SET next_offset = 7")
    async with parts.worker(store) as worker:
        with pytest.raises(LostRaceError):
            await worker.apply(records)
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.orders") == 0
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.events") == 0
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.outbox") == 0


async def test_a_new_replica_reads_on_where_the_database_says(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    await parts.emit(placed("A-2", MONDAY))
    await parts.handle(1)
    orders = [event.data.order_id for event in await parts.requested(2)]
    assert sorted(orders) == ["A-1", "A-2"]
    received = await parts.pool.fetchval("SELECT sum(next_offset) FROM order_events.positions")
    assert received == 2


async def test_a_trace_says_what_is_true_what_was_told_and_what_waits(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    async with parts.pool.acquire() as connection:
        entries = await trace(connection, "A-1")
        assert await trace(connection, "A-2") == []
        assert await trace(connection, "A-1", SHOP) == entries
        assert await trace(connection, "A-1", "https://other.example") == []
    sections = {entry.section for entry in entries}
    assert sections == {
        *("Order", "Events received", "Facts", "Told", "Pending", "Not said, and why"),
    }
    written = msgspec.json.encode([(e.heading, e.detail) for e in entries]).decode()
    assert "order.confirmed" in written
    assert "oksana" not in written
    assert "+380501234567" not in written


async def test_a_trace_explains_what_does_not_fit_together(parts: Parts) -> None:
    await parts.emit(
        placed("A-1", MONDAY),
        delivered("A-1", MONDAY + timedelta(hours=1)),
        scanned("A-1", MONDAY + timedelta(hours=3)),
        event(
            shop.IncidentOpened(incident_id="I1", scope=shop.IncidentScope.CARRIER, carrier="nova"),
            MONDAY,
        ),
    )
    await parts.handle(4)
    async with parts.pool.acquire() as connection:
        entries = await trace(connection, "A-1")
    said = {(entry.section, entry.heading) for entry in entries}
    assert (
        "Does not fit together",
        "shipment S1 delivered 2026-11-23 10:00, then scanned 2026-11-23 12:00: kept as delivered",
    ) in said
    assert ("Incidents", "trouble of nova") in said


async def test_a_batch_that_was_read_before_somebody_moved_the_position_is_given_up(
    parts: Parts,
) -> None:
    await parts.emit(placed("A-1", MONDAY))
    old = await parts.read(parts.store())
    await parts.handle(1)
    store = parts.store()
    await parts.read(store, 0)
    async with parts.worker(store) as worker:
        with pytest.raises(LostRaceError):
            await worker.apply(old)


async def test_where_one_lane_loses_its_race_the_other_is_written_and_told(parts: Parts) -> None:
    await parts.emit(*(placed(f"A-{number}", MONDAY) for number in range(8)))
    store = parts.store()
    lanes = dict(in_lanes(await parts.read(store, 8)))
    assert set(lanes) == {0, 1}
    await parts.pool.execute(
        "UPDATE order_events.positions SET next_offset = 7 WHERE partition % 2 = 1"
    )
    async with parts.worker(store) as worker:
        with pytest.raises(LostRaceError):
            await worker.apply([*lanes[0], *lanes[1]])
    told = {event.data.order_id for event in await parts.requested(len(lanes[0]))}
    assert told == {(record.key or b"").decode() for record in lanes[0]}
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.orders") == len(told)


async def test_who_is_given_partitions_amid_a_batch_reads_on_behind_it(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    store = parts.store()
    records = await parts.read(store)
    behind = next_offsets(records)
    waits = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"
    async with parts.worker(store) as worker:
        async with parts.pool.acquire() as beside, beside.transaction():
            await beside.execute("LOCK TABLE order_events.orders IN SHARE MODE")
            applying = asyncio.create_task(worker.apply(records))
            await eventually(lambda: parts.pool.fetchval(waits))
            asking = asyncio.create_task(store.positions(behind))
            done, _ = await asyncio.wait({asking}, timeout=0.2)
            assert not done
        await applying
    assert await asking == behind
