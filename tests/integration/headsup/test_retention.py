"""What was kept for long enough goes, a little at a time, and nothing else does."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from headsup.clock import ManualClock
from headsup.contracts.notifications import NotificationRequested
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

    def removed(self, what: str, count: int) -> None:
        self.by_name[what] += count


def _retention(pool: Any, rules: tuple[Rule, ...], counts: _Counts | None = None) -> Retention:
    clock = ManualClock(NOW)
    removed = (counts or _Counts()).removed
    return Retention(rules, pool, clock, on_removed=removed, real=clock)


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
