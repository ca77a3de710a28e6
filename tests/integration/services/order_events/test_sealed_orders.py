"""Who ordered is encrypted in the database, and everything goes on as it does without."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from headsup import sealed_tables
from headsup.announcer import Announcer
from headsup.contracts.base import Customer
from headsup.contracts.notifications import CustomerForgotten
from headsup.contracts.shop import CustomerErased
from headsup.sealed import MissingKeyError, Seals
from headsup.settings import SettingsError
from services.order_events.eraser import Eraser
from services.order_events.order_book import RowsOrderBook
from services.order_events.sealed_orders import FACTS
from services.order_events.store import ERASURES, SCHEMA
from services.order_events.trace import trace
from tests.support.events import SHOP, event, placed, scanned
from tests.support.eventually import eventually
from tests.support.order_events import MONDAY, Parts
from tests.support.reading import TopicReader
from tests.support.sealing import sealing
from tests.support.traces import columns_with

NAME, MAIL, PHONE = "Zemfira-Q7", "zemfira@mark.example", "+380671230077"
MARKS = (NAME, MAIL, PHONE, "Zemfira", "zemfira", "671230077")
ZEMFIRA = Customer(id="c-7", name=NAME, email=MAIL, phone=PHONE)
OKSANA = Customer(id="c-8", name="Zemfira's aunt", phone="+380671230077")
LATER = MONDAY + timedelta(hours=1)


async def _renewed(parts: Parts, by: Seals) -> Counter[str]:
    async with parts.pool.acquire() as connection:
        change = partial(FACTS.renewed, by=by)
        return await sealed_tables.renew(connection, FACTS, change, lambda _: None)


async def _ordered(parts: Parts, *orders: str) -> None:
    """So many orders of hers, each a gift for somebody."""
    await parts.emit(*(placed(o, MONDAY, customer=ZEMFIRA, recipient=OKSANA) for o in orders))
    await parts.handle(len(orders))


@pytest.mark.parametrize(("keys", "found"), [(("k1",), set()), ((), {"orders.facts"})])
async def test_no_column_says_who_ordered_and_they_are_told_all_the_same(
    parts: Parts, keys: tuple[str, ...], found: set[str]
) -> None:
    parts.seals = sealing(*keys) if keys else None
    await _ordered(parts, "A-1")
    [asked] = [e for e in await parts.requested(1) if e.data.customer.id == "c-7"]
    assert (asked.data.customer.email, asked.data.customer.phone) == (MAIL, PHONE)
    parts.clock.move(timedelta(days=1))
    await parts.emit(scanned("A-1", parts.clock.now()))
    await parts.handle(1)
    assert {e.data.customer.email for e in await parts.requested(2)} >= {MAIL}
    assert await columns_with(parts.pool, "order_events", *MARKS) == found


async def test_the_sweep_reads_and_writes_it_too(parts: Parts) -> None:
    parts.seals = sealing("k1")
    await _ordered(parts, "A-1")
    parts.clock.move(timedelta(days=3))
    assert await parts.sweep() == 1
    assert await columns_with(parts.pool, "order_events", *MARKS) == set()


async def test_rows_come_to_a_new_key_while_the_service_writes(parts: Parts) -> None:
    parts.seals = sealing("k1")
    orders = [f"A-{n}" for n in range(30)]
    await _ordered(parts, *orders)
    parts.seals = sealing("k2", "k1")
    await parts.emit(*(scanned(order, LATER) for order in orders[:20]))
    parts.clock.move(timedelta(hours=2))
    found, _ = await asyncio.gather(_renewed(parts, parts.seals), parts.handle(20))
    assert found == {"k2": 30}

    parts.seals = sealing("k2")
    await parts.emit(*(scanned(order, LATER) for order in orders[20:]))
    await parts.handle(10)
    assert await _renewed(parts, parts.seals) == {"k2": 30}
    topic = parts.prefix + "shop.shipments.dlq"
    async with TopicReader(parts.bootstrap_servers, topic) as reader:
        assert await reader.all_now() == []


async def test_it_is_turned_on_for_old_rows_and_off_again(parts: Parts) -> None:
    await _ordered(parts, "A-1")
    before = await parts.pool.fetchval("SELECT facts::text FROM order_events.orders")
    assert await _renewed(parts, sealing("k1")) == {"k1": 1}
    assert await columns_with(parts.pool, "order_events", *MARKS) == set()
    assert await _renewed(parts, sealing("clear", "k1")) == {"clear": 1}
    after = await parts.pool.fetchval("SELECT facts::text FROM order_events.orders")
    assert after == before


async def test_what_a_service_writes_meanwhile_is_not_lost(parts: Parts) -> None:
    await _ordered(parts, "A-1")
    async with parts.pool.acquire() as service, asyncio.timeout(20):
        writing = service.transaction()
        await writing.start()
        await service.execute(
            'UPDATE order_events.orders SET facts = facts || \'{"total": {"amount": "7.00"}}\''
        )
        renewing = asyncio.create_task(_renewed(parts, sealing("k1")))
        await eventually(lambda: _waits_for_a_lock(parts))
        await writing.commit()
        assert await renewing == {"k1": 1}
    facts = json.loads(await parts.pool.fetchval("SELECT facts::text FROM order_events.orders"))
    assert facts["total"] == {"amount": "7.00"}


async def _waits_for_a_lock(parts: Parts) -> bool:
    """Whether somebody waits for a row that somebody else writes."""
    return bool(
        await parts.pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    )


async def test_renewing_rows_makes_no_order_look_newer(parts: Parts) -> None:
    await _ordered(parts, "A-1")
    columns = "source, order_id, told, next_look_at, updated_at, partition, promised_until"
    before = await parts.pool.fetchrow(f"SELECT {columns} FROM order_events.orders")  # noqa: S608
    await _renewed(parts, sealing("k1"))
    after = await parts.pool.fetchrow(f"SELECT {columns} FROM order_events.orders")  # noqa: S608
    assert before == after


@pytest.mark.parametrize("keys", [("k2",), ()])
async def test_without_the_key_nothing_is_set_aside_and_with_it_all_is_told(
    parts: Parts, keys: tuple[str, ...]
) -> None:
    parts.seals = sealing("k1")
    await _ordered(parts, "A-1")
    await parts.emit(scanned("A-1", LATER))
    parts.clock.move(timedelta(days=3))
    without = replace(parts, seals=sealing(*keys) if keys else None)
    sentence = pytest.RaisesExc(MissingKeyError, match="HEADSUP_ADDRESS_KEYS has no key 'k1'")
    with pytest.RaisesGroup(sentence):
        await without.handle(1)
    with pytest.RaisesGroup(sentence):
        await without.sweep()
    await parts.handle(1)
    assert {e.data.customer.email for e in await parts.requested(2)} >= {MAIL}
    topic = parts.prefix + "shop.shipments.dlq"
    async with TopicReader(parts.bootstrap_servers, topic) as reader:
        assert await reader.all_now() == []


async def test_an_address_that_was_brought_to_another_order_is_nobodys(parts: Parts) -> None:
    parts.seals = sealing("k1")
    await _ordered(parts, "A-1", "A-2")
    await parts.pool.execute(
        "UPDATE order_events.orders SET facts = jsonb_set(facts, '{placed,2,customer,email}',"
        " (SELECT facts #> '{placed,2,customer,email}' FROM order_events.orders"
        "  WHERE order_id = 'A-1')) WHERE order_id = 'A-2'"
    )
    parts.clock.move(timedelta(days=3))
    assert await parts.sweep() == 1
    await parts.emit(scanned("A-2", LATER))
    await parts.handle(1)
    topic = parts.prefix + "shop.shipments.dlq"
    async with TopicReader(parts.bootstrap_servers, topic) as reader:
        assert len(await reader.at_least(1)) == 1


async def test_somebody_is_erased_whose_orders_are_sealed(parts: Parts) -> None:
    parts.seals = sealing("k1")
    await _ordered(parts, "A-1")
    parts.clock.move(timedelta(hours=1))
    await parts.emit(event(CustomerErased(customer_id="c-7"), LATER))
    await parts.handle(1)
    announcer = Announcer(parts.outbox())
    async with announcer.running():
        eraser = Eraser(parts.pool, parts.store(), announcer, parts.clock, parts.prefix)
        while one := await ERASURES.take(parts.pool):
            assert await eraser.forget(one)
    facts = json.loads(await parts.pool.fetchval("SELECT facts::text FROM order_events.orders"))
    assert facts["placed"][2]["customer"] == {"id": "erased"}
    assert "enc:" not in json.dumps(facts)
    said = [e.data for e in await parts.said(3) if isinstance(e.data, CustomerForgotten)]
    assert [one.order_ids for one in said] == [("A-1",), ()]


async def test_pages_and_traces_need_no_key(parts: Parts) -> None:
    parts.seals = sealing("k1")
    await _ordered(parts, "A-1")
    [view] = await RowsOrderBook(parts.pool, {}).orders([(SHOP, "A-1")], parts.clock.now())
    assert (view.customer.id, view.customer.name, view.customer.email) == ("c-7", None, None)
    async with parts.pool.acquire() as connection:
        assert {"Facts", "Told"} <= {e.section for e in await trace(connection, "A-1")}


@pytest.mark.parametrize(
    ("started", "problem"),
    [
        (None, "HEADSUP_ADDRESS_KEYS is missing: rows of order_events are encrypted"),
        (sealing("k2"), "HEADSUP_ADDRESS_KEYS has no key 'k1'"),
    ],
)
async def test_a_service_without_the_key_says_so_when_it_starts(
    parts: Parts, started: Seals | None, problem: str
) -> None:
    await sealed_tables.check(parts.pool, SCHEMA, sealing("k1"))
    with pytest.raises(SettingsError, match=problem):
        await sealed_tables.check(parts.pool, SCHEMA, started)
    await sealed_tables.check(parts.pool, SCHEMA, sealing("k2", "k1"))


async def test_another_key_under_the_same_name_is_no_key(parts: Parts) -> None:
    await sealed_tables.check(parts.pool, SCHEMA, sealing("k1"))
    await parts.pool.execute(
        "UPDATE order_events.address_keys SET proof = $1", sealing("k1").seal(b"x", "elsewhere")
    )
    with pytest.raises(SettingsError, match="its key 'k1' is another one"):
        await sealed_tables.check(parts.pool, SCHEMA, sealing("k1"))
