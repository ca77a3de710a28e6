"""Reminders lie on a topic of their own: no news stands behind a campaign, and what makes a
reminder needless comes in its order."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from headsup.clock import ManualClock, SystemClock
from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerForgotten, Forgetter
from headsup.contracts.registry import Topic
from headsup.contracts.shop import CustomerErased
from headsup.kafka.consumer import Partition, Record
from headsup.streak import Streak
from services.notifier.batch import REMINDERS_AT_ONCE, REMINDERS_FROM
from services.notifier.consumer import Reading
from services.notifier.holding import Holding
from tests.integration.services.notifier.test_intake import (
    HELD,
    LONG_AGO,
    NOW,
    REQUESTED_0,
    produce,
    reading,
    record,
    watching,
    way_in,
)
from tests.support.cart_requests import agrees, purchased, reminder
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import Rig, requested, withdrawn

REMINDERS_0 = Partition("notifications.reminders", 0)
CAMPAIGN = 2_000
TAKEN_IN = "SELECT count(*) FROM notifier.requests WHERE cart_id IS NOT NULL"
NEWS = "SELECT count(*) FROM notifier.requests WHERE id = 'news'"


async def test_news_does_not_stand_behind_a_campaign(rig: Rig) -> None:
    entrance, now = way_in(rig, rig.prefix), SystemClock().now()
    campaign = [
        reminder(f"r{n}", f"f-{n}", customer=Customer(id=f"c-{n}")) for n in range(CAMPAIGN)
    ]
    await produce(rig, now, *campaign, topic=Topic.REMINDERS)
    await produce(rig, now, requested("news"))

    async def is_news_taken_in() -> bool:
        return bool(await rig.pool.fetchval(NEWS))

    async def is_all_taken_in() -> bool:
        return bool(await rig.pool.fetchval(TAKEN_IN) == CAMPAIGN)

    async with reading(rig, entrance):
        await eventually(is_news_taken_in)
        assert await rig.pool.fetchval(TAKEN_IN) <= CAMPAIGN // 2
        await eventually(is_all_taken_in)
    portions = entrance.registry.get_sample_value("headsup_notifier_batch_seconds_count")
    assert portions is not None
    assert portions >= CAMPAIGN / REMINDERS_AT_ONCE


async def test_a_backlog_of_reminders_ends_in_its_newest_state_and_holds_no_news(rig: Rig) -> None:
    entrance = way_in(rig, rig.prefix)
    now = SystemClock().now()
    await entrance.take(record(agrees()))
    backlog = reminder("r1", "f-1"), withdrawn("r1"), reminder("r2", "f-2")
    await produce(rig, now - timedelta(hours=2), *backlog, topic=Topic.REMINDERS)
    await produce(rig, now, requested("news"))

    async def is_over() -> bool:
        states = {"r1.0": "withdrawn", "r2.0": "planned", "news.0": "planned"}
        return await rig.states() == states and not await rig.pool.fetchval(HELD)

    async with watching(rig) as seen, reading(rig, entrance, batch_size=1):
        await eventually(is_over)
    assert seen.claimable == {"r2.0", "news.0"}


async def test_what_is_behind_of_reminders_holds_reminders_alone(rig: Rig) -> None:
    entrance = way_in(rig)
    intake = entrance.intake
    await entrance.take(record(agrees()))
    holding = Holding(intake.ledger, intake.wakes, ManualClock(NOW))
    holding.look({REQUESTED_0: NOW}, {REMINDERS_0: NOW - LONG_AGO})
    assert holding.behind == {REMINDERS_FROM}
    asked = record(reminder("r1"), 1)
    asked.topic = Topic.REMINDERS
    await intake.take([record(requested("news"), 1), asked], Streak(), holding.behind)
    held = await rig.pool.fetch("SELECT id FROM notifier.notifications WHERE held IS NOT NULL")
    assert [row["id"] for row in held] == ["r1.0"]
    await holding.settle()
    assert await rig.pool.fetchval(HELD) == 1
    holding.look({REQUESTED_0: NOW}, {REMINDERS_0: NOW})
    await holding.settle()
    assert await rig.pool.fetchval(HELD) == 0


async def test_who_bought_according_to_the_topic_of_reminders_is_not_reminded(rig: Rig) -> None:
    """cart_recovery says so there before it asks for any reminder."""
    entrance, now = way_in(rig, rig.prefix), SystemClock().now()
    await entrance.take(record(agrees()))
    said = purchased(), reminder("r1"), reminder("r2", "f-2", cart_id="another")
    await produce(rig, now, *said, topic=Topic.REMINDERS)

    async def are_decided() -> bool:
        return bool(await rig.pool.fetchval(TAKEN_IN) == 2)

    async with reading(rig, entrance, batch_size=1):
        await eventually(are_decided)
    rows = await rig.pool.fetch("SELECT DISTINCT reason FROM notifier.requests")
    assert [row["reason"] for row in rows] == ["bought"]
    assert entrance.streak.bad == frozenset()


async def test_reminders_that_nobody_understands_stop_reminders_and_no_news(rig: Rig) -> None:
    entrance, now = way_in(rig, rig.prefix), SystemClock().now()
    entrance.streak = Streak(3)
    await produce(rig, now, b"{", b"{", b"{", reminder("r1"), topic=Topic.REMINDERS)

    async def have_stopped() -> bool:
        return entrance.registry.get_sample_value("headsup_notifier_line_stopped") == 1

    async def is_news_taken_in() -> bool:
        return bool(await rig.pool.fetchval(NEWS))

    async with reading(rig, entrance):
        await eventually(have_stopped)
        await produce(rig, now, requested("news"))
        await produce(rig, now, reminder("r2"), topic=Topic.REMINDERS)
        await eventually(is_news_taken_in)
        await produce(rig, now, b"{", b"{", requested("more"))

        async def is_more_taken_in() -> bool:
            return await entrance.requests() == ["more", "news"]

        await eventually(is_more_taken_in)


async def test_what_waits_for_the_end_of_a_backlog_of_reminders_waits_when_they_stop(
    rig: Rig,
) -> None:
    """What takes one of them back may be in what nobody understood, or behind it."""
    entrance, now = way_in(rig, rig.prefix), SystemClock().now()
    entrance.streak = Streak(3)
    await entrance.take(record(agrees()))
    others = [reminder(f"r{n}", f"f-{n}", customer=Customer(id=f"c-{n}")) for n in (2, 3, 4)]
    bad = b"{", b"{", b"{", withdrawn("r1")
    long_ago = now - timedelta(hours=2)
    await produce(rig, long_ago, reminder("r1"), *others, *bad, topic=Topic.REMINDERS)

    async def have_stopped() -> bool:
        return entrance.registry.get_sample_value("headsup_notifier_line_stopped") == 1

    async def is_news_taken_in() -> bool:
        return bool(await rig.pool.fetchval(NEWS))

    async with reading(rig, entrance, batch_size=4):
        await eventually(have_stopped)
        await produce(rig, now, requested("news"))
        await eventually(is_news_taken_in)
        await asyncio.sleep(1)  # some turns
        assert await rig.pool.fetchval(HELD) == 1


async def test_who_is_forgotten_on_both_topics_at_once_is_locked_in_one_order(rig: Rig) -> None:
    """Many are erased together, and two services say of each that they forgot them."""
    entrance = way_in(rig)
    people = [f"c-{n:02}" for n in range(40)]
    for day in range(1, 5):
        at = NOW - timedelta(days=9 - day)
        news = [record(_forgot(who, Forgetter.ORDER_EVENTS, day)) for who in people[:20]]
        news += [record(_erased(who, at)) for who in people[20:]]
        carts = [record(_forgot(who, Forgetter.CART_RECOVERY, day)) for who in people]
        for each in carts:
            each.topic = Topic.REMINDERS
        await entrance.take(*(record(_erased(who, at - timedelta(hours=1))) for who in people))
        await asyncio.gather(
            entrance.intake.take(list(news), Streak()),
            entrance.intake.take(carts, Streak()),
        )
    rows = await rig.pool.fetch("SELECT DISTINCT confirmed FROM notifier.erasures LIMIT 5")
    confirmed = {name for row in rows for name in row["confirmed"]}
    assert confirmed == {"order_events", "cart_recovery/1"}


def _erased(who: str, at: datetime) -> Event[CustomerErased]:
    return envelope.make(SHOP, f"erased-{who}-{at}", at, CustomerErased(customer_id=who))


def _forgot(who: str, by: Forgetter, day: int) -> Event[CustomerForgotten]:
    partition = 1 if by is Forgetter.CART_RECOVERY else None
    said = CustomerForgotten(customer_id=who, by=by, partition=partition, is_all=True)
    return envelope.make(SHOP, f"forgot-{who}-{by}-{day}", NOW, said)


class _OneTurn:
    """A consumer that has read these records, together, and nothing after them."""

    def __init__(self, *records: Record) -> None:
        self._records = list(records)
        self.committed: set[str] = set()

    async def batch(self, **_: Any) -> list[Record]:
        records, self._records = self._records, []
        await asyncio.sleep(0 if records else 0.01)
        return records

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        self.committed |= {partition.topic for partition in offsets}

    def lag(self) -> dict[str, int]:
        return {}

    def reached(self, *_topics: str) -> dict[Partition, datetime | None]:
        return {}

    def assignment(self) -> set[Partition]:
        return {REMINDERS_0}

    def is_answered(self) -> bool:
        return True


async def test_what_is_read_beside_a_reminder_is_known_before_it(rig: Rig) -> None:
    """Who is erased and forgotten in one turn is confirmed, for nobody says it again."""
    entrance, stop = way_in(rig), asyncio.Event()
    said = CustomerForgotten(
        customer_id="c-1", by=Forgetter.CART_RECOVERY, partition=1, is_all=True
    )
    forgotten = record(envelope.make(SHOP, "forgotten-1", NOW, said))
    forgotten.topic = Topic.REMINDERS
    erased = record(envelope.make(SHOP, "erased-1", NOW, CustomerErased(customer_id="c-1")))
    consumer = _OneTurn(forgotten, erased)
    holding = Holding(entrance.intake.ledger, entrance.intake.wakes, ManualClock(NOW))
    loop = Reading(cast("Any", consumer), entrance.intake, holding, rig.health, Streak())
    running = asyncio.create_task(loop.run(stop, batch_size=10))

    async def is_all_taken_in() -> bool:
        return consumer.committed == {Topic.CUSTOMERS, Topic.REMINDERS}

    await eventually(is_all_taken_in)
    stop.set()
    await running
    confirmed = await rig.pool.fetchval("SELECT confirmed FROM notifier.erasures")
    assert confirmed == ["cart_recovery/1"]
