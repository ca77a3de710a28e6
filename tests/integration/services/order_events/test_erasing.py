"""Orders of somebody who was erased become nobody's, and stay it."""

import asyncio
from datetime import timedelta
from typing import Any

from headsup import erasures
from headsup.announcer import Announcer
from headsup.contracts.base import Customer, PickupPoint
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerForgotten
from headsup.contracts.registry import Topic
from headsup.contracts.shop import CustomerErased, CustomerUpdated, NoteAdded, ReadyForPickup
from headsup.erasures import Erasure
from headsup.health import Health
from headsup.kafka.producer import Outgoing
from services.order_events import facts as facts_module
from services.order_events.eraser import Eraser
from services.order_events.store import ERASURES
from tests.support.events import delivered, event, outgoing, placed, scanned
from tests.support.eventually import eventually
from tests.support.order_events import MONDAY, Parts
from tests.support.reading import TopicReader
from tests.support.traces import columns_with

NAME, MAIL, PHONE, NOTE = "Zemfira-Q7", "zemfira@mark.example", "+380671230077", "the blue gate"
PLACE = "Locker 77 Zemfira street"
MARKS = (NAME, MAIL, PHONE, NOTE, "Zemfira")
ZEMFIRA = Customer(id="c-7", name=NAME, email=MAIL, phone=PHONE)
LATER = MONDAY + timedelta(minutes=5)


def _erased(at: Any = LATER) -> Event[CustomerErased]:
    return event(CustomerErased(customer_id="c-7"), at)


async def _forget(parts: Parts) -> list[Erasure]:
    """Whoever is to be forgotten is, now."""
    outbox = parts.outbox()
    announcer, done = Announcer(outbox), list[Erasure]()
    async with announcer.running():
        eraser = Eraser(parts.pool, parts.store(), announcer, parts.clock, parts.prefix)
        while one := await ERASURES.take(parts.pool):
            assert await eraser.forget(one)
            done.append(one)
    return done


async def _planted(parts: Parts) -> None:
    pickup = PickupPoint(name=PLACE, address=PLACE)
    await parts.emit(
        placed("A-1", MONDAY, customer=ZEMFIRA),
        event(NoteAdded(order_id="A-1", note_id="n-1", note=NOTE), MONDAY),
        event(ReadyForPickup(order_id="A-1", shipment_id="S1", pickup=pickup), MONDAY),
    )
    await parts.handle(3)


async def test_nothing_is_left_of_the_person_and_the_books_are_kept(parts: Parts) -> None:
    await _planted(parts)
    assert await columns_with(parts.pool, "order_events", *MARKS) == {"orders.facts", "orders.told"}
    parts.clock.move(timedelta(hours=1))
    await parts.emit(_erased())
    await parts.handle(1)
    assert await _forget(parts)

    assert await columns_with(parts.pool, "order_events", *MARKS) == set()
    [row] = await parts.pool.fetch("SELECT * FROM order_events.orders")
    facts = facts_module.decode(row["facts"])
    assert facts.placed is not None
    assert (facts.placed.at, facts.placed.value.total.amount) == (MONDAY, "1299.00")
    assert (row["next_look_at"], row["promised_until"], row["carriers"]) == (None, None, None)


async def test_the_notifier_is_told_which_orders_are_nobodys_and_then_that_it_is_all(
    parts: Parts,
) -> None:
    await _planted(parts)
    parts.clock.move(timedelta(hours=1))
    await parts.emit(_erased())
    await parts.handle(1)
    await _forget(parts)

    said = [one.data for one in await parts.said(4) if isinstance(one.data, CustomerForgotten)]
    assert [(one.order_ids, one.is_all) for one in said] == [(("A-1",), False), ((), True)]


async def test_what_is_heard_of_it_later_brings_nobody_back_and_says_nothing(parts: Parts) -> None:
    await _planted(parts)
    parts.clock.move(timedelta(hours=1))
    await parts.emit(_erased())
    await parts.handle(1)
    await _forget(parts)
    before = len(await parts.said(4))
    await parts.emit(
        event(NoteAdded(order_id="A-1", note_id="n-2", note=NOTE), parts.clock.now()),
        delivered("A-1", parts.clock.now()),
    )
    await parts.handle(2)  # nothing in these says whose the order was
    await parts.emit(placed("A-1", MONDAY, customer=ZEMFIRA))
    await parts.handle(1)
    parts.clock.move(timedelta(days=30))

    assert await parts.sweep() == 0
    assert len(await parts.said(before)) == before
    assert await columns_with(parts.pool, "order_events", *MARKS) == set()


async def test_an_order_from_before_that_is_read_after_is_nobodys(parts: Parts) -> None:
    parts.clock.move(timedelta(hours=1))
    await parts.emit(_erased())
    await parts.handle(1)
    await parts.emit(scanned("A-1", MONDAY), placed("A-1", MONDAY, customer=ZEMFIRA))
    await parts.handle(2)

    assert await columns_with(parts.pool, "order_events", *MARKS) == set()
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.orders") == 1
    async with TopicReader(parts.bootstrap_servers, parts.prefix + Topic.REQUESTED) as reader:
        assert list(await reader.all_now()) == []
    assert await parts.pool.fetchval("SELECT next_look_at FROM order_events.orders") is None


async def test_who_orders_after_it_under_the_same_number_is_somebody_new(parts: Parts) -> None:
    parts.clock.move(timedelta(hours=1))
    await parts.emit(_erased())
    await parts.handle(1)
    await parts.emit(placed("A-2", parts.clock.now(), customer=ZEMFIRA))
    await parts.handle(1)
    await _forget(parts)

    assert len(await parts.requested(1)) == 1
    assert await columns_with(parts.pool, "order_events", NAME) == {"orders.facts"}


async def test_a_gifts_buyer_keeps_the_order_when_its_recipient_is_erased(parts: Parts) -> None:
    await parts.emit(placed("A-3", MONDAY, recipient=ZEMFIRA))
    await parts.handle(1)
    parts.clock.move(timedelta(hours=1))
    await parts.emit(_erased())
    await parts.handle(1)
    await _forget(parts)

    assert await columns_with(parts.pool, "order_events", *MARKS) == set()
    assert await columns_with(parts.pool, "order_events", "Оксана") == {"orders.facts"}
    assert await parts.sweep() == 1


async def test_what_else_a_shop_says_of_its_customers_is_passed_over(parts: Parts) -> None:
    known = outgoing(parts.prefix, event(CustomerUpdated(customer_id="c-7"), MONDAY))
    broken = Outgoing(known.topic, b"c-7", b"\xffcustomer.erased")
    await parts.producer.publish([known, broken])
    await parts.handle(2)

    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.erasures") == 0
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.outbox") == 0


async def test_an_order_that_nobody_can_read_keeps_no_other_and_ends_nothing(parts: Parts) -> None:
    await _planted(parts)
    await parts.emit(*(placed(f"A-{n}", MONDAY, customer=ZEMFIRA) for n in (2, 3)))
    await parts.handle(2)
    break_it = "UPDATE order_events.orders SET told = '{\"statements\": 7}' WHERE order_id = 'A-2'"
    await parts.pool.execute(break_it)
    parts.clock.move(timedelta(hours=1))
    await parts.emit(_erased())
    await parts.handle(1)

    announcer, stop, broken = Announcer(parts.outbox()), asyncio.Event(), list[bool]()
    async with announcer.running():
        eraser = Eraser(parts.pool, parts.store(), announcer, parts.clock, parts.prefix)
        watching = asyncio.create_task(
            erasures.watch(
                eraser, ERASURES, parts.pool, Health(), stop, lambda: broken.append(True)
            )
        )

        async def is_counted() -> bool:
            return bool(broken) or watching.done()

        await eventually(is_counted)
        stop.set()
        await watching

    assert broken == [True]
    query = "SELECT order_id FROM order_events.orders WHERE facts::text LIKE '%Zemfira%'"
    assert [row["order_id"] for row in await parts.pool.fetch(query)] == ["A-2"]
    query = "SELECT passes, look_at > now() AS is_leased FROM order_events.erasures"
    [row] = await parts.pool.fetch(query)
    assert tuple(row) == (0, True)
    said = [one.data for one in await parts.said(4) if isinstance(one.data, CustomerForgotten)]
    assert [(one.order_ids, one.is_all) for one in said if one.is_all] == []
