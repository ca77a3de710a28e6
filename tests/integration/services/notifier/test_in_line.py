"""The messages of one order keep their order on each channel, and hold up nobody else's."""

import asyncio
from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.outbox import Outbox
from services.notifier import attempts
from services.notifier.attempts import State
from services.notifier.channels import TransientError
from services.notifier.claims import CLAIM_DUE, Claims, Terms
from services.notifier.ledger import SCHEMA, Ledger
from services.notifier.quiet import HeldFor
from services.notifier.settling import SETTLE, settle
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, requested, told, withdrawn

HOUR = timedelta(hours=1)


async def test_a_message_waits_for_the_retry_of_an_earlier_one_of_its_order(rig: Rig) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=3600.0))
    async with rig.running():
        await rig.emit(requested("r1"), requested("r2"), requested("r3", order_id="A-2"))
        await rig.until({"r1.0": State.PLANNED, "r2.0": State.PLANNED, "r3.0": State.SENT})
        await rig.is_due_now()
        outcomes = await rig.outcomes(3)
    assert told(outcomes) == [(f"{name}.0", "sent", None) for name in ("r3", "r1", "r2")]


async def test_what_was_held_and_failed_once_keeps_its_place_in_the_line(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.killed():
        await rig.emit(requested("r1", kind=Kind.ORDER_RECEIVED), requested("r2"))
        await eventually(partial(_has_planned, rig, 2))
    await rig.pool.execute("UPDATE notifier.requests SET about = id")
    await rig.pool.execute(
        "UPDATE notifier.notifications SET state = 'planned', attempt = 0, tried_at = NULL,"
        " due_at = now(), held_for = CASE WHEN id = 'r1.0' THEN 'night' END"
    )
    rig.senders.email.release()
    rig.senders.email.fail(TransientError("451", retry_after=3600.0))
    async with rig.running():
        await eventually(rig.has_retried)
        assert await rig.pool.fetchval(_HELD) == HeldFor.NIGHT
        await rig.emit(requested("r3", order_id="A-2"))
        await rig.until({"r1.0": State.PLANNED, "r2.0": State.PLANNED, "r3.0": State.SENT})
        await rig.is_due_now()
        outcomes = await rig.outcomes(3)
    assert told(outcomes) == [(f"{name}.0", "sent", None) for name in ("r3", "r1", "r2")]


async def _has_planned(rig: Rig, count: int) -> bool:
    return bool(await rig.pool.fetchval("SELECT count(*) FROM notifier.notifications") == count)


_HELD = "SELECT held_for FROM notifier.notifications WHERE id = 'r1.0'"


async def test_messages_of_one_order_on_different_channels_do_not_wait_for_each_other(
    rig: Rig,
) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=3600.0))
    async with rig.running():
        await rig.emit(requested("r1"), requested("r2", kind=Kind.SHIPMENT_SHIPPED))
        await rig.until({"r1.0": State.PLANNED, "r2.0": State.SENT})


async def test_old_news_frees_the_line_though_its_next_attempt_is_not_due(rig: Rig) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=1800.0))
    async with rig.running():
        await rig.emit(requested("r1", expires_at=MONDAY + HOUR), requested("r2"))
        await eventually(rig.has_retried)
        rig.clock.move(2 * HOUR)
        await rig.until({"r1.0": State.FAILED, "r2.0": State.SENT})


async def test_news_that_is_withdrawn_while_it_is_sent_frees_the_line_when_that_fails(
    rig: Rig,
) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=1800.0))
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"), requested("r2"))
        await rig.until({"r1.0": State.SENDING, "r2.0": State.PLANNED})
        await rig.emit(withdrawn("r1"))
        await eventually(rig.remembers_a_withdrawal)
        rig.senders.email.release()
        await rig.until({"r1.0": State.WITHDRAWN, "r2.0": State.SENT})


ORDERS, LENGTH, CLAIMERS = 12, 5, 4


@pytest.mark.parametrize("held_for", [None, HeldFor.NIGHT])
async def test_however_many_claim_at_once_no_two_messages_of_an_order_are_under_way(
    rig: Rig, held_for: HeldFor | None
) -> None:
    await _fill(rig)
    await rig.pool.execute("UPDATE notifier.notifications SET held_for = $1", held_for)
    under_way: dict[str, str] = {}
    sent: dict[str, list[str]] = defaultdict(list)
    claims, ledger = Claims(rig.pool), Ledger(rig.pool, Outbox(SCHEMA, rig.pool, rig.producer))

    async def work(seed: int) -> None:
        terms = Terms(
            channel=Channel.EMAIL, senders=("primary",), can_be_asked=False, now=MONDAY, lease=60.0
        )
        while sum(map(len, sent.values())) < ORDERS * LENGTH:
            claimed = (await claims.claim(terms, 3 + seed)).claimed
            for one in claimed:
                order = one.request.order_id or ""
                assert order not in under_way, "two messages of one order are under way"
                under_way[order] = one.id
            await asyncio.sleep(0)
            for one in claimed:
                order = one.request.order_id or ""
                sent[order].append(one.id)
                del under_way[order]
            async with ledger.transaction() as transaction:
                await settle(transaction, [attempts.sent(one, one.id, MONDAY) for one in claimed])

    await asyncio.gather(*(work(seed) for seed in range(CLAIMERS)))
    for order, ids in sent.items():
        assert ids == [f"{order}-{n}.0" for n in range(LENGTH)]


async def _fill(rig: Rig) -> None:
    """Some orders with some messages each, all due, in an order that is nobody's."""
    names = [(f"A-{order}", n) for n in range(LENGTH) for order in range(ORDERS)]
    async with rig.killed():
        rig.senders.email.hold()
        await rig.emit(*(requested(f"{order}-{n}", order_id=order) for order, n in names))

        async def all_there() -> bool:
            count = await rig.pool.fetchval("SELECT count(*) FROM notifier.notifications")
            return bool(count == len(names))

        await eventually(all_there)
    await rig.pool.execute(
        "UPDATE notifier.notifications SET state = 'planned', tried_at = NULL, sender = NULL,"
        " due_at = now() - random() * interval '1 hour'"
    )


MANY = """
    INSERT INTO notifier.notifications
           (id, request_id, route, channel, address, language, planned_at, state, changed_at,
            source, order_id, over_at, due_at)
    SELECT 'r' || n, 'r' || n, 0, 'email', 'a', 'uk', now(), 'planned', now(),
           's', 'A-' || n % 2000, 'infinity', now() - interval '1 hour'
    FROM generate_series(1, 6000) AS n
"""


async def test_the_line_is_looked_up_in_its_index_though_the_planner_knows_nothing_of_the_table(
    rig: Rig,
) -> None:
    await rig.pool.execute("ALTER TABLE notifier.notifications SET (autovacuum_enabled = false)")
    await rig.pool.execute(MANY)
    await line_is_looked_up(rig)


SENT = """
    INSERT INTO notifier.notifications
           (id, request_id, route, channel, address, language, planned_at, state, changed_at,
            source, order_id, over_at)
    SELECT 's' || n, 's' || n, 0, 'email', 'a', 'uk', now(), 'sent', now(), 's', 'S-' || n,
           'infinity'
    FROM generate_series(1, 20000) AS n
"""


async def test_the_line_is_looked_up_in_its_index_though_the_planner_knows_that_nothing_waits(
    rig: Rig,
) -> None:
    await rig.pool.execute("ALTER TABLE notifier.notifications SET (autovacuum_enabled = false)")
    await rig.pool.execute(SENT)
    await rig.pool.execute("VACUUM (ANALYZE) notifier.notifications")
    await rig.pool.execute(MANY)
    await line_is_looked_up(rig)


async def line_is_looked_up(rig: Rig) -> None:
    async with rig.pool.acquire() as connection:
        terms = "'email', 200, 60, now(), true, false, '{}', false, 1"
        claiming = await plan_of(connection, CLAIM_DUE, terms)
        arrays = ", ".join(["'{}'"] * 13)
        settling = await plan_of(connection, SETTLE, arrays)
    for plan in (claiming, settling):
        assert "using notifications_lined_up" in plan
        assert "Rows Removed by Filter: 6000" not in plan


async def plan_of(connection: Any, query: str, values: str) -> str:
    """How a statement was done, in PostgreSQL's words."""
    await connection.execute(f"PREPARE looked_at AS {query}")
    rows = await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) EXECUTE looked_at ({values})")
    await connection.execute("DEALLOCATE looked_at")
    return "\n".join(row[0] for row in rows)
