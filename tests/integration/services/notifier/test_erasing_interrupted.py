"""An erasure that is interrupted is begun anew, and ends."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from headsup import erasures
from headsup.announcer import Announcer
from headsup.contracts import envelope
from headsup.contracts.notifications import CustomerForgotten, Forgetter
from headsup.erased_letters import Named
from headsup.erasures import LEASE, SOON, Erasure
from headsup.outbox import Outbox
from services.notifier.decide import Policy
from services.notifier.erased_words import ErasedWords
from services.notifier.eraser import Eraser, Telling
from services.notifier.erasing import ERASURES, Sorted, take
from services.notifier.ledger import SCHEMA, Ledger
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, requested
from tests.support.traces import columns_with

ERASED = Erasure(SHOP, "c-1", MONDAY)


class _Letters:
    """Cleans none, and fails as often as it is told."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.named: list[Named] = []

    async def __call__(self, named: Named) -> None:
        self.named.append(named)
        if self.failures:
            raise self.failures.pop()


@pytest.fixture
async def noted(rig: Rig) -> Rig:
    """A message was sent to somebody who is to be forgotten since."""
    async with rig.running():
        await rig.emit(requested("r-1"))
        await rig.until({"r-1.0": "sent"})
    await ERASURES.note(rig.pool, {(SHOP, "c-1"): MONDAY})
    return rig


def _eraser(rig: Rig, letters: Callable[[Named], Any]) -> Eraser:
    outbox = Outbox(SCHEMA, rig.pool, rig.producer)
    telling = Telling(
        ledger=Ledger(rig.pool, outbox),
        announcer=Announcer(outbox),
        policy=Policy(rig.settings.shops, frozenset({"en"})),
        clock=rig.clock,
        prefix=rig.prefix,
    )
    return Eraser(rig.pool, telling, ErasedWords(), letters)


async def test_who_dies_before_it_is_written_leaves_all_that_is_needed_to_do_it_again(
    noted: Rig,
) -> None:
    letters = _Letters(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await _eraser(noted, letters).forget(ERASED)
    assert await columns_with(noted.pool, "notifier", "oksana")

    assert await _eraser(noted, letters).forget(ERASED)

    assert await columns_with(noted.pool, "notifier", "oksana") == set()
    first, again = letters.named
    assert first == again
    assert first.ids == {"A-1"}
    assert "oksana@mail.example" in first.words


async def test_a_kafka_that_is_away_is_tried_again_and_ends_nothing_else(noted: Rig) -> None:
    letters, stop = _Letters(KafkaConnectionError()), asyncio.Event()
    watching = asyncio.create_task(
        erasures.watch(_eraser(noted, letters), ERASURES, noted.pool, noted.health, stop)
    )

    async def is_put_off() -> bool:
        query = "SELECT look_at > now() AND look_at <= now() + make_interval(secs => $1)"
        return bool(await noted.pool.fetchval(f"{query} FROM notifier.erasures", SOON))

    await eventually(is_put_off)
    await noted.pool.execute("UPDATE notifier.erasures SET look_at = now()")

    async def is_done() -> bool:
        query = "SELECT done_at IS NOT NULL FROM notifier.erasures"
        return bool(await noted.pool.fetchval(query))

    await eventually(is_done)
    stop.set()
    await watching


async def test_one_replica_at_a_time_takes_an_erasure(noted: Rig) -> None:
    assert await ERASURES.take(noted.pool) == ERASED
    assert await ERASURES.take(noted.pool) is None


async def test_the_same_erasure_once_more_changes_nothing(noted: Rig) -> None:
    assert await ERASURES.take(noted.pool) == ERASED
    assert await _eraser(noted, _Letters()).forget(ERASED)
    assert await ERASURES.note(noted.pool, {(SHOP, "c-1"): MONDAY}) == []
    assert await noted.pool.fetchval("SELECT passes FROM notifier.erasures") == 1


async def test_what_another_service_says_meanwhile_is_seen_to_at_once(noted: Rig) -> None:
    said = CustomerForgotten(
        customer_id="c-1", by=Forgetter.ORDER_EVENTS, order_ids=("A-1",), is_all=True
    )

    async def say(_: Named) -> None:
        forgotten = [envelope.make(SHOP, "forgotten-1", MONDAY, said)]
        async with noted.pool.acquire() as connection, connection.transaction():
            await take(connection, {}, forgotten, Sorted({}, {}, [], {}), MONDAY)

    assert await ERASURES.take(noted.pool) == ERASED
    assert await _eraser(noted, say).forget(ERASED)
    assert await ERASURES.take(noted.pool) == ERASED


async def test_what_lasts_is_looked_at_ever_less_often(noted: Rig) -> None:
    waits = []
    for age in (0, 60, 86_400):
        query = "UPDATE notifier.erasures SET heard_at = now() - make_interval(secs => $1)"
        await noted.pool.execute(query, age)
        await ERASURES.again(noted.pool, ERASED)
        query = "SELECT extract(epoch FROM look_at - now())::float8 FROM notifier.erasures"
        waits.append(round(await noted.pool.fetchval(query), -1))

    assert waits == [0.0, 30.0, LEASE]


async def test_two_who_have_it_at_once_count_as_one(noted: Rig) -> None:
    first = await ERASURES.take(noted.pool)
    await noted.pool.execute("UPDATE notifier.erasures SET look_at = now()")
    second = await ERASURES.take(noted.pool)
    assert first is not None
    assert second is not None
    for one in (first, second):
        await _eraser(noted, _Letters()).forget(one)

    assert await noted.pool.fetchval("SELECT passes FROM notifier.erasures") == 1


async def test_whoever_is_at_it_for_long_keeps_it(noted: Rig) -> None:
    begun, stop = asyncio.Event(), asyncio.Event()

    async def letters(named: Named) -> None:
        del named
        begun.set()
        await stop.wait()

    watching = asyncio.create_task(
        erasures.watch(_eraser(noted, letters), ERASURES, noted.pool, noted.health, stop)
    )
    await begun.wait()
    await noted.pool.execute("UPDATE notifier.erasures SET look_at = now() + interval '60 s'")

    async def is_renewed() -> bool:
        query = "SELECT look_at > now() + interval '300 s' FROM notifier.erasures"
        return bool(await noted.pool.fetchval(query))

    try:
        await eventually(is_renewed)
    finally:
        stop.set()
        await watching


async def test_who_orders_since_under_the_same_number_has_not_their_language(noted: Rig) -> None:
    query = """INSERT INTO notifier.learned (source, customer_id, language, time_zone, seen_at)
               VALUES ($1, 'c-1', 'uk', 'Europe/Kyiv', $2)"""
    await noted.pool.execute(query, SHOP, MONDAY + timedelta(hours=1))
    await _eraser(noted, _Letters()).forget(ERASED)

    [row] = await noted.pool.fetch("SELECT language, time_zone FROM notifier.learned")
    assert tuple(row) == (None, None)
