"""What was kept for long enough goes, a little at a time, and nothing else does."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from headsup.clock import ManualClock
from headsup.contracts.notifications import NotificationRequested
from headsup.health import Health
from headsup.retention import BLOCKS, Retention, Rule
from services.notifier import keeping
from services.notifier.keeping_settings import KeepingSettings
from services.order_events import keeping as of_orders
from tests.support.events import SHOP
from tests.support.notifier import OKSANA, requested

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(database_url, min_size=1, max_size=3) as made:
        yield made


class _Counts:
    """What was removed."""

    def __init__(self) -> None:
        self.by_name: Counter[str] = Counter()
        self.late: dict[str, float] = {}

    def removed(self, what: str, count: int) -> None:
        self.by_name[what] += count

    def goes_late(self, what: str, seconds: float) -> None:
        self.late[what] = seconds


def _retention(pool: Any, rules: tuple[Rule, ...], counts: _Counts | None = None) -> Retention:
    clock, told = ManualClock(NOW), counts or _Counts()
    return Retention(
        rules, pool, clock, on_removed=told.removed, on_late=told.goes_late, real=clock
    )


async def _request(pool: Any, id_: str, at: datetime, state: str = "sent") -> None:
    data = requested(id_).data
    await pool.execute(
        "INSERT INTO notifier.requests (id, source, order_id, customer_id, kind, request,"
        " expires_at, decided_at, decision, who)"
        " VALUES ($1, $2, 'A-1', 'c-1', 'order.received', $3, $4, $4, 'planned', '{email:x}')",
        *(id_, SHOP, msgspec.json.encode(data), at),
    )
    await pool.execute(
        "INSERT INTO notifier.notifications (id, request_id, route, channel, address, language,"
        " planned_at, state, changed_at, source, order_id, over_at)"
        " VALUES ($1 || '.0', $1, 0, 'email', $2, 'uk', $3, $4, $3, $5, 'A-1', $3)",
        *(id_, OKSANA.email, at, state, SHOP),
    )


async def test_words_go_first_and_that_it_was_sent_later(pool: Any) -> None:
    counts = _Counts()
    retention = _retention(pool, keeping.rules(KeepingSettings()), counts)
    await _request(pool, "young", NOW - 179 * DAY)
    await _request(pool, "old", NOW - 181 * DAY)
    await _request(pool, "waits", NOW - 181 * DAY, "planned")
    await _request(pool, "ancient", NOW - 1096 * DAY)
    for _ in range(3):
        await retention.turn()

    rows = await pool.fetch("SELECT id, address FROM notifier.notifications")
    assert {r["id"]: bool(r["address"]) for r in rows} == {
        "young.0": True,
        "old.0": False,
        "waits.0": True,
    }
    rows = await pool.fetch("SELECT id, request, who FROM notifier.requests")
    kept = {r["id"]: msgspec.json.decode(r["request"], type=NotificationRequested) for r in rows}
    assert kept.keys() == {"young", "old", "waits"}
    assert (kept["old"].customer.email, kept["old"].customer.id) == (None, "c-1")
    assert kept["young"].customer.email == OKSANA.email
    assert kept["waits"].customer.email == OKSANA.email
    assert counts.by_name["words of requests"] == 2  # the ancient one as well, before it went


async def test_a_step_goes_through_so_much_and_the_next_one_goes_on(pool: Any) -> None:
    rows = BLOCKS * 200
    await pool.execute(
        "INSERT INTO order_events.events"
        " SELECT $1, 'event-' || n, 'A-' || n, 't', $2, $2 FROM generate_series(1, $3) AS n",
        *(SHOP, NOW - 61 * DAY, rows),
    )
    rules = of_orders.rules(730 * DAY, 60 * DAY)
    retention = _retention(pool, rules)
    first = await retention.turn()
    assert 0 < first < rows
    left = rows - first
    while left:
        gone = await retention.turn()
        assert gone
        left -= gone
    assert await pool.fetchval("SELECT count(*) FROM order_events.events") == 0


async def test_an_order_that_something_is_awaited_of_stays_however_old(pool: Any) -> None:
    for id_, look, carriers in (("over", None, None), ("due", NOW, None), ("open", None, [])):
        await pool.execute(
            "INSERT INTO order_events.orders (source, order_id, facts, told, next_look_at,"
            " updated_at, carriers) VALUES ($1, $2, '{}', '{}', $3, $4, $5)",
            *(SHOP, id_, look, NOW - 1000 * DAY, carriers),
        )
    await _retention(pool, of_orders.rules(730 * DAY, 60 * DAY)).turn()
    rows = await pool.fetch("SELECT order_id FROM order_events.orders")
    assert {row["order_id"] for row in rows} == {"due", "open"}


async def test_what_somebody_holds_is_left_for_the_next_round(pool: Any) -> None:
    rules = (Rule(table="notifier.texts_taken", is_old="taken_at < $3", keep=DAY),)
    retention = _retention(pool, rules)
    await pool.execute(
        "INSERT INTO notifier.texts_taken VALUES ('a', $1), ('b', $1)", NOW - 2 * DAY
    )
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM notifier.texts_taken WHERE ref = 'a' FOR UPDATE")
        assert await retention.turn() == 1
    assert await retention.turn() == 1


PIECES = 6


async def _events_of(pool: Any, pieces: int, at: datetime) -> int:
    """Events that fill so many pieces, and not one more; how many."""
    for table in ("events", "walks"):
        await pool.execute(f"ALTER TABLE order_events.{table} SET (autovacuum_enabled = false)")
    rows, fits = 0, "SELECT pg_relation_size('order_events.events') / 8192"
    while await pool.fetchval(fits) < (pieces - 1) * BLOCKS + 1:
        await pool.execute(
            "INSERT INTO order_events.events"
            " SELECT $1, 'event-' || n, 'A-' || n, 't', $2, $2"
            " FROM generate_series($3::int, $4::int) AS n",
            *(SHOP, at, rows, rows + 4_999),
        )
        rows += 5_000
    assert await pool.fetchval(fits) <= pieces * BLOCKS
    return rows


def _only_events(pool: Any, counts: _Counts | None = None) -> Retention:
    return _retention(pool, of_orders.rules(730 * DAY, 60 * DAY)[1:], counts)


async def _place(pool: Any) -> int:
    return int(await pool.fetchval("SELECT block FROM order_events.walks")) // BLOCKS


async def _began(pool: Any, before: timedelta) -> None:
    """The round that is under way began so long ago."""
    await pool.execute("UPDATE order_events.walks SET began_at = now() - $1::interval", before)


async def test_a_round_takes_a_twentieth_of_the_term_however_large_the_table_is(pool: Any) -> None:
    """Of sixty days: three. After half of them half of the table is behind us, in one turn."""
    await _events_of(pool, PIECES, NOW)
    retention = _only_events(pool)
    await retention.turn()
    assert await _place(pool) == 1
    await _began(pool, 3 * DAY / 2)
    await retention.turn()
    assert await _place(pool) == PIECES // 2
    await retention.turn()
    assert await _place(pool) == PIECES // 2 + 1, "a piece goes in every turn"
    await _began(pool, 30 * DAY)
    await retention.turn()
    assert await _place(pool) == PIECES
    await retention.turn()
    assert await _place(pool) == 1, "the next round begins, and is behind nothing"


async def test_what_came_due_all_at_once_goes_in_one_turn_where_the_round_is_late(
    pool: Any,
) -> None:
    rows = await _events_of(pool, PIECES, NOW - 61 * DAY)
    retention = _only_events(pool)
    first = await retention.turn()
    await _began(pool, 3 * DAY)
    assert first + await retention.turn() == rows


async def test_whoever_starts_goes_on_where_the_others_are(pool: Any) -> None:
    """A service that is started every day would never come to the end of a large table."""
    await _events_of(pool, PIECES, NOW)
    for place in range(1, PIECES + 1):
        await _only_events(pool).turn()
        assert await _place(pool) == place


async def test_a_piece_that_another_replica_is_at_is_not_waited_for(pool: Any) -> None:
    await _events_of(pool, 1, NOW - 61 * DAY)
    retention = _only_events(pool)
    await pool.execute("INSERT INTO order_events.walks (rule) VALUES ('order_events.events')")
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM order_events.walks FOR UPDATE")
        async with asyncio.timeout(10):
            assert await retention.turn() == 0
    assert await retention.turn() > 0


async def _late(retention: Retention, counts: _Counts) -> timedelta:
    """By how much the walk through the events is, as far as whole hours go."""
    await retention.tell_how_late()
    return timedelta(hours=round(counts.late["order_events.events"] / 3600))


async def test_how_late_a_walk_is_is_told_also_while_somebody_holds_it(pool: Any) -> None:
    """Its round takes three days."""
    counts = _Counts()
    retention = _only_events(pool, counts)
    await retention.tell_how_late()
    assert counts.late == {}, "of what never began nobody knows"
    await _events_of(pool, PIECES, NOW)
    await retention.turn()
    assert await _late(retention, counts) == timedelta(0)
    await _began(pool, 10 * DAY)
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM order_events.walks FOR UPDATE")
        assert await retention.turn() == 0
        assert 9 * DAY < await _late(retention, counts) < 10 * DAY
    await retention.turn()
    assert await _place(pool) == PIECES
    assert await _late(retention, counts) == 7 * DAY, "until the next round begins"
    await retention.turn()
    assert await _late(retention, counts) == timedelta(0)


async def test_an_empty_table_that_nobody_goes_through_is_late_after_its_round(pool: Any) -> None:
    counts = _Counts()
    retention = _only_events(pool, counts)
    await retention.turn()
    await _began(pool, 2 * DAY)
    assert await _late(retention, counts) == timedelta(0)
    await _began(pool, 5 * DAY)
    assert await _late(retention, counts) == 2 * DAY


async def test_the_loop_tells_how_late_it_is(pool: Any) -> None:
    counts, stop, health = _Counts(), asyncio.Event(), Health()
    running = asyncio.create_task(_only_events(pool, counts).run(health, stop))
    while not counts.late:  # noqa: ASYNC110 - nobody else tells
        await asyncio.sleep(0.01)
    stop.set()
    await running
    assert counts.late == {"order_events.events": 0.0}


async def test_how_late_a_walk_is_is_told_where_it_cannot_go_on(
    pool: Any, database_url: str
) -> None:
    """Its pieces take longer than a statement may."""
    counts, stop = _Counts(), asyncio.Event()
    events = of_orders.rules(730 * DAY, 60 * DAY)[1]
    slow = replace(events, is_old=f"{events.is_old} AND pg_sleep(60) IS NOT NULL")
    await _events_of(pool, 1, NOW - 61 * DAY)
    async with asyncpg.create_pool(database_url, max_size=1, min_size=1, command_timeout=1) as one:
        running = asyncio.create_task(_retention(one, (slow,), counts).run(Health(), stop))
        async with asyncio.timeout(30):
            while not counts.late:  # noqa: ASYNC110 - nobody else tells
                await asyncio.sleep(0.01)
        stop.set()
        await running
    assert not counts.by_name


async def test_a_piece_that_failed_comes_again(pool: Any) -> None:
    rows = await _events_of(pool, 1, NOW - 61 * DAY)
    rule = Rule(
        table="order_events.events",
        is_old="received_at < $3 AND 1 / (CASE t.order_id WHEN 'A-9' THEN 0 ELSE 1 END) = 1",
        keep=60 * DAY,
    )
    retention = _retention(pool, (rule,))
    with pytest.raises(asyncpg.DivisionByZeroError):
        await retention.turn()
    assert await _place(pool) == 0
    await pool.execute("DELETE FROM order_events.events WHERE order_id = 'A-9'")
    assert await retention.turn() == rows - 1


RULES = [*keeping.rules(KeepingSettings()), *of_orders.rules(730 * DAY, 60 * DAY)]


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_nothing_of_a_table_but_the_piece_is_read(database_url: str, mode: str) -> None:
    """Whether PostgreSQL knows which piece is meant, or has planned for any."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"SET plan_cache_mode = {mode}")
        for number, rule in enumerate(RULES):
            name = f"walk_{number}"
            await connection.execute(
                f"PREPARE {name} (bigint, bigint, timestamptz) AS {rule.statement}"
            )
            said = await connection.fetch(
                f"EXPLAIN EXECUTE {name} ({BLOCKS}, {2 * BLOCKS}, '{NOW - rule.keep}')"
            )
            plan = "\n".join(row[0] for row in said)
            assert f"Tid Range Scan on {rule.table.partition('.')[2]} t" in plan, plan
    finally:
        await connection.close()


_MANY = 100_000
_LARGE = ("requests", "notifications", "people", "preferences", "order_keys")
_FILL = (
    """INSERT INTO notifier.requests (id, source, order_id, customer_id, kind, request, expires_at,
                                      decided_at, decision)
       SELECT 'r' || n, 's', 'A-' || n, 'c' || n, 'k',
              convert_to('{"customer": {"id": "c"}, "content": {}}', 'UTF8'),
              $2, $2, 'planned' FROM generate_series(1, $1) AS n""",
    """INSERT INTO notifier.notifications (id, request_id, route, channel, address, language,
                                           planned_at, state, changed_at, source, order_id, over_at)
       SELECT 'r' || n || '.0', 'r' || n, 0, 'email', 'a', 'uk', $2, 'sent', $2, 's', 'A-' || n, $2
       FROM generate_series(1, $1) AS n""",
    """INSERT INTO notifier.people (source, customer_id, entry, told_at)
       SELECT 's', 'c' || n, convert_to('{"customer_id": "c' || n || '", "name": "A"}', 'UTF8'), $2
       FROM generate_series(1, $1) AS n""",
    """INSERT INTO notifier.preferences (source, customer_id, chosen, at)
       SELECT 's', 'c' || n, convert_to('{"customer_id": "c' || n || '"}', 'UTF8'), $2
       FROM generate_series(1, $1) AS n""",
    """INSERT INTO notifier.order_keys (source, order_id, audience, customer_id, keys, at)
       SELECT 's', 'A-' || n, 'buyer', 'c' || n, ARRAY['customer:c' || n], $2
       FROM generate_series(1, $1) AS n""",
)


@pytest.mark.parametrize("is_known", [False, True], ids=["not analyzed", "analyzed"])
async def test_a_step_reads_as_much_however_large_the_tables_are(pool: Any, is_known: bool) -> None:
    for table in _LARGE:
        await pool.execute(f"ALTER TABLE notifier.{table} SET (autovacuum_enabled = false)")
    for statement in _FILL:
        await pool.execute(statement, _MANY, NOW - 2000 * DAY)
    if is_known:
        await pool.execute("ANALYZE")
    for rule in keeping.rules(KeepingSettings()):
        arguments = (0, BLOCKS, NOW - rule.keep)
        rows = await pool.fetch(f"EXPLAIN {rule.statement}", *arguments)
        plan = "\n".join(row[0] for row in rows)
        # Neither a join, nor all that waits in place of what waits of one request.
        assert not [one for one in ("Hash", "BitmapAnd", "by_priority") if one in plan], plan
        assert not [one for one in _LARGE if f"Seq Scan on {one}" in plan], plan
