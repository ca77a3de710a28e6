"""Killed, stopped, overtaken, or without Kafka: nothing is lost and nothing is said twice."""

import asyncio
from functools import partial

from headsup.contracts.catalogue import Kind
from headsup.kafka.producer import MemoryPublisher
from services.notifier.attempts import State
from tests.support.eventually import eventually
from tests.support.full_disk import no_room_in
from tests.support.health import Turns
from tests.support.notifier import Rig, requested, told


async def test_whoever_comes_after_a_killed_one_takes_over_what_it_held(rig: Rig) -> None:
    rig.senders.email.hold()
    rig.senders.sms.hold()
    async with rig.killed():
        await rig.emit(requested("r1", kind=Kind.ORDER_CANCELLED))
        await rig.until_called(rig.senders.email, rig.senders.sms)
    rig.senders.email.release()
    rig.senders.sms.release()
    await rig.lease_runs_out()
    async with rig.running():
        await rig.until({"r1.0": State.SENT, "r1.1": State.SENT})
    assert len(rig.senders.email.sent) == 1
    assert len(rig.senders.sms.sent) == 1


async def test_a_result_under_an_older_number_changes_nothing(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until_called(rig.senders.email)
        await rig.pool.execute(
            "UPDATE notifier.notifications SET attempt = attempt + 1, due_at = now() + '1 hour'"
        )
        rig.senders.email.release()
        await eventually(partial(rig.shows, "late_results_total", 1))
    assert await rig.states() == {"r1.0": State.SENDING}


async def test_what_is_known_to_be_sent_is_not_sent_again_though_its_lease_ran_out_unwritten(
    rig: Rig,
) -> None:
    rig.health = turns = Turns()
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until_called(rig.senders.email)
        # Claims can be written, results cannot: as when a database is back, and the claim is first.
        async with no_room_in(rig.pool, "outbox"):
            rig.senders.email.release()
            await eventually(partial(rig.shows, "writes_failed_total", 1))
            await rig.pool.execute("UPDATE notifier.notifications SET due_at = now()")
            await turns.more("email lane", 3)
        await rig.until({"r1.0": State.SENT})
    assert await rig.pool.fetchval("SELECT attempt FROM notifier.notifications") == 1
    assert len(rig.senders.email.sent) == 1


async def test_the_end_waits_for_what_is_under_way(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until_called(rig.senders.email)
        asyncio.get_running_loop().call_later(0.2, rig.senders.email.release)
    assert await rig.states() == {"r1.0": State.SENT}
    assert told(await rig.outcomes(1)) == [("r1.0", "sent", None)]


async def test_a_mail_that_is_still_under_way_at_the_end_is_sent_by_the_next(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until_called(rig.senders.email)
    assert await rig.states() == {"r1.0": State.PLANNED}


async def test_outcomes_that_kafka_did_not_take_are_published_by_the_sweep(rig: Rig) -> None:
    publisher = MemoryPublisher()
    publisher.is_away = True
    async with rig.running(publisher):
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENT})
    assert publisher.published == []
    await rig.pool.execute("UPDATE notifier.outbox SET created_at = now() - interval '1 minute'")
    async with rig.running():
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "sent", None)]
