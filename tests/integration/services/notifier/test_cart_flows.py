"""Nobody hears of two carts within the shop's pause, whoever decides it, however many at once."""

import asyncio
import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from services.notifier import flow_rows
from services.notifier.attempts import State
from services.notifier.decide import Flow
from services.notifier.ledger import Ledger
from tests.integration.services.notifier.test_intake import record, way_in
from tests.support.cart_requests import agrees, purchased, reminder
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, told, withdrawn
from tests.support.sealing import BOTH_WAYS

pytestmark = BOTH_WAYS

HOUR = timedelta(hours=1)
MAIL = "oksana@mail.example"
ANOTHER = (None, "suppressed", "another_cart")


async def _decisions(rig: Rig) -> dict[str, str]:
    rows = await rig.pool.fetch("SELECT id, decision, reason FROM notifier.requests ORDER BY id")
    return {row["id"]: row["reason"] or row["decision"] for row in rows}


async def _flows(rig: Rig) -> dict[str, Flow]:
    rows = await rig.pool.fetch("SELECT who, flow, began_at FROM notifier.cart_flows")
    return {row["who"]: Flow(row["flow"], row["began_at"]) for row in rows}


def _flow(flow: str, began_at: datetime) -> Flow:
    return Flow(f"cart-of-{flow} {flow}", began_at)


async def test_a_second_cart_is_not_spoken_of_before_a_day_has_passed_since_the_first(
    rig: Rig,
) -> None:
    async with rig.running():
        await rig.emit(agrees(), reminder("r1", "f-1"))
        await rig.until({"r1.0": State.SENT})
        rig.clock.move(23 * HOUR)
        await rig.emit(reminder("r2", "f-2"))
        [_, second] = await rig.outcomes(2)
        assert told([second]) == [ANOTHER]
        assert second.cart == reminder("r2", "f-2").data.cart
        rig.clock.move(HOUR)
        await rig.emit(reminder("r3", "f-3"))
        await rig.until({"r1.0": State.SENT, "r3.0": State.SENT})
    began = await _flows(rig)
    assert set(began) == {
        "cart:cart-of-f-1",
        "cart:cart-of-f-3",
        "customer:c-1",
        f"email:{MAIL}",
        "sms:+380501234567",
    }
    assert began["customer:c-1"] == _flow("f-3", MONDAY + 24 * HOUR)


async def test_further_reminders_of_a_visit_are_sent_and_its_day_is_counted_from_the_first(
    rig: Rig,
) -> None:
    async with rig.running():
        await rig.emit(agrees(), reminder("r1", "f-1"))
        await rig.until({"r1.0": State.SENT})
        rig.clock.move(2 * HOUR)
        await rig.emit(reminder("r2", "f-1", step=2))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
    assert set((await _flows(rig)).values()) == {_flow("f-1", MONDAY)}


async def test_of_two_carts_in_one_batch_the_first_is_spoken_of_also_of_two_customers(
    rig: Rig,
) -> None:
    entrance = way_in(rig)
    other = Customer(id="c-2", email="Oksana@mail.example")
    await entrance.take(
        *(record(event) for event in (agrees(), agrees("c-2"), reminder("r2", "f-2"))),
        record(reminder("r1", "f-1", customer=other)),
    )
    assert await _decisions(rig) == {"r1": "another_cart", "r2": "planned"}
    assert set((await _flows(rig)).values()) == {_flow("f-2", MONDAY)}
    assert "customer:c-2" not in await _flows(rig)


async def test_what_is_not_sent_begins_no_flow_and_leaves_nothing_behind(rig: Rig) -> None:
    entrance = way_in(rig)
    late = reminder("r4", "f-4", expires_at=MONDAY)
    await entrance.take(record(reminder("r1", "f-1")), record(late))
    await entrance.take(record(agrees()), record(purchased(MONDAY - timedelta(minutes=30))))
    await entrance.take(record(withdrawn("r3")), record(reminder("r3", "f-3")))
    await entrance.take(record(reminder("r2", "f-2")))
    assert await _decisions(rig) == {
        "r1": "no_consent",
        "r2": "bought",
        "r3": "superseded",
        "r4": "stale",
    }
    assert await _flows(rig) == {}
    later = reminder("r5", "f-5", touched_at=MONDAY)
    await entrance.take(record(later))
    assert (await _decisions(rig))["r5"] == "planned"


async def test_what_is_read_once_more_takes_the_place_of_no_later_visit(rig: Rig) -> None:
    entrance = way_in(rig)
    first, later = reminder("r1", "f-1", expires_at=MONDAY + 99 * HOUR), MONDAY + 25 * HOUR
    await entrance.take(record(agrees()), record(first))
    rig.clock.move(25 * HOUR)
    await entrance.take(record(reminder("r2", "f-2", at=later)))
    rig.clock.move(25 * HOUR)
    third = reminder("r3", "f-3", at=rig.clock.now(), customer=Customer(id="c-2", email=MAIL))
    await entrance.take(record(agrees("c-2")), record(first), record(third))
    assert await _decisions(rig) == dict.fromkeys(("r1", "r2", "r3"), "planned")
    assert (await _flows(rig))["customer:c-1"] == _flow("f-2", later)


async def test_what_was_taken_back_before_anybody_heard_of_it_is_in_the_way_of_no_other_cart(
    rig: Rig,
) -> None:
    entrance = way_in(rig)
    await entrance.take(record(agrees()), record(reminder("r1", "f-1")))
    await entrance.take(record(withdrawn("r1")))
    rig.clock.move(2 * HOUR)
    await entrance.take(record(reminder("r2", "f-2")))
    rig.clock.move(2 * HOUR)
    await entrance.take(record(reminder("r3", "f-3")))
    assert await _decisions(rig) == {"r1": "planned", "r2": "planned", "r3": "another_cart"}
    assert (await _flows(rig))["customer:c-1"] == _flow("f-2", MONDAY + 2 * HOUR)


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        (State.WITHDRAWN, "planned"),
        (State.SUPPRESSED, "planned"),
        (State.EXPIRED, "planned"),
        (State.FAILED, "planned"),
        (State.PLANNED, "another_cart"),
        (State.SENDING, "another_cart"),
        (State.SENT, "another_cart"),
        (State.DELIVERED, "another_cart"),
        (State.UNKNOWN, "another_cart"),
    ],
)
async def test_a_flow_of_which_somebody_heard_or_may_have_is_in_the_way_and_no_other(
    rig: Rig, state: State, becomes: str
) -> None:
    entrance = way_in(rig)
    await entrance.take(record(agrees()), record(reminder("r1", "f-1")))
    await rig.pool.execute("UPDATE notifier.notifications SET state = $1 WHERE id = 'r1.0'", state)
    await entrance.take(record(reminder("r2", "f-2")))
    assert (await _decisions(rig))["r2"] == becomes


async def test_a_flow_is_in_the_way_though_only_one_of_its_reminders_was_heard(rig: Rig) -> None:
    entrance = way_in(rig)
    first, second = reminder("r1", "f-1"), reminder("r2", "f-1", step=2)
    await entrance.take(record(agrees()), record(first), record(second))
    await entrance.take(record(withdrawn("r2")), record(reminder("r3", "f-3")))
    assert (await _decisions(rig))["r3"] == "another_cart"


ROUNDS, REPLICAS = 25, 4
BETWEEN = 40 * HOUR
"""More than the pause, and as rare as a shop may remind of carts in a week."""
ADDRESSES = tuple(f"{name}@mail.example" for name in "abc")


async def test_however_many_replicas_decide_at_once_nobody_hears_of_two_carts(rig: Rig) -> None:
    """Each replica has customers of its own, who share their addresses with those of the others;
    each is given its reminders in an order of its own."""
    chance = random.Random(5)  # noqa: S311 - an order, no secret
    entrances = [way_in(rig) for _ in range(REPLICAS)]
    people = [f"c-{replica}-{n}" for replica in range(REPLICAS) for n in range(3)]
    await entrances[0].take(*(record(agrees(name)) for name in people))
    for number in range(ROUNDS):
        given = [_reminders(number, replica, chance) for replica in range(REPLICAS)]
        await asyncio.gather(
            *(
                entrance.take(*(record(event) for event in events))
                for entrance, events in zip(entrances, given, strict=True)
            )
        )
        planned = await _planned(rig, number)
        reached = {event.id: event.data.customer.email for events in given for event in events}
        by_address: dict[str | None, set[str]] = defaultdict(set)
        for request, flow in planned.items():
            by_address[reached[request]].add(flow)
        assert {address: len(found) for address, found in by_address.items()} == dict.fromkeys(
            ADDRESSES, 1
        )
        rig.clock.move(BETWEEN)
    left = await rig.pool.fetchval(
        "SELECT count(*) FROM notifier.cart_flows WHERE began_at = '-infinity'"
    )
    assert left == 0


def _reminders(number: int, replica: int, chance: random.Random) -> list[Event[Any]]:
    at = MONDAY + number * BETWEEN
    events = [
        reminder(
            f"r-{number}-{replica}-{n}",
            f"f-{number}-{replica}-{n}",
            customer=Customer(id=f"c-{replica}-{n}", email=address),
            at=at,
            touched_at=at - HOUR,
        )
        for n, address in enumerate(ADDRESSES)
    ]
    return chance.sample(events, len(events))


async def _planned(rig: Rig, number: int) -> dict[str, str]:
    rows = await rig.pool.fetch(
        "SELECT id, replace(cart_id, 'cart-of-', '') AS flow FROM notifier.requests"
        " WHERE decision = 'planned' AND id LIKE $1",
        f"r-{number}-%",
    )
    return {row["id"]: row["flow"] for row in rows}


async def test_who_decides_about_an_address_waits_for_whoever_decides_about_it_already(
    rig: Rig,
) -> None:
    ledger, place = Ledger(rig.pool, way_in(rig).outbox), (SHOP, f"email:{MAIL}")

    async def waits() -> bool:
        query = (
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database())"
        )
        return bool(await rig.pool.fetchval(query))

    for flow in ("f-1", "f-2"):
        async with ledger.transaction() as first:
            await flow_rows.lock(first.connection, [place])
            entrance = way_in(rig)
            taking = asyncio.create_task(
                entrance.take(record(agrees()), record(reminder(f"r-{flow}", flow)))
            )
            await eventually(waits)
            assert f"r-{flow}" not in await _decisions(rig)
            await first.connection.execute(
                "UPDATE notifier.cart_flows SET flow = 'theirs', began_at = $1", MONDAY
            )
        await taking
    assert await _decisions(rig) == {"r-f-1": "another_cart", "r-f-2": "another_cart"}


async def test_a_reminder_that_is_read_by_two_replicas_at_once_is_planned_once(rig: Rig) -> None:
    entrances = [way_in(rig) for _ in range(REPLICAS)]
    await entrances[0].take(record(agrees()))
    await asyncio.gather(*(e.take(record(reminder("r1", "f-1"))) for e in entrances))
    assert await _decisions(rig) == {"r1": "planned"}
    assert set((await _flows(rig)).values()) == {_flow("f-1", MONDAY)}
    assert await rig.states() == {"r1.0": State.PLANNED}


async def test_what_no_consent_keeps_from_one_channel_is_sent_by_another_as_the_same_flow(
    rig: Rig,
) -> None:
    by_chat = agrees("c-1", (Channel.TELEGRAM, "4242"), by=(Channel.TELEGRAM,))
    async with rig.running():
        await rig.emit(by_chat, reminder("r1", "f-1"))
        await rig.until({"r1.0": State.SENT})
    assert "telegram:4242" in await _flows(rig)
    assert rig.senders.email.sent == []
