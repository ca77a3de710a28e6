"""Reminders lie on a topic of their own: no news stands behind a campaign, and what makes a
reminder needless comes in its order."""

from datetime import timedelta

from headsup.clock import ManualClock, SystemClock
from headsup.contracts.base import Customer
from headsup.contracts.registry import Topic
from headsup.kafka.consumer import Partition
from headsup.streak import Streak
from services.notifier.batch import REMINDERS_AT_ONCE, REMINDERS_FROM
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
