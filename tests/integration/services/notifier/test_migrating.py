"""A ledger with much in it is migrated while messages are planned and sent."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from headsup.migrations import configured, migrate, online
from tests.support.eventually import eventually

ROWS: Final = 100_000
FEW: Final = 1000
BEFORE: Final = "notifier_0011"
_REQUESTS: Final = """
    INSERT INTO notifier.requests
           (id, source, order_id, customer_id, kind, request, expires_at, decided_at, decision,
            cart_id)
    SELECT 'r' || n, 'https://shop.example', CASE WHEN n % 10 > 0 THEN 'A-' || n / 2 END, 'c' || n,
           'shipment_shipped', convert_to('{"content": {"audience": "'
           || CASE n % 3 WHEN 0 THEN 'recipient' ELSE 'buyer' END || '"}}', 'UTF8'),
           now() + interval '1 day', now() - n * interval '1 second', 'planned',
           CASE WHEN n % 10 = 0 THEN 'cart' || n END
    FROM generate_series($1::int, $2::int) AS n
"""
_NOTIFICATIONS: Final = """
    INSERT INTO notifier.notifications
           (id, request_id, route, channel, address, language, planned_at, state, changed_at,
            source, order_id, over_at)
    SELECT 'r' || n || '.0', 'r' || n, 0, (ARRAY['sms', 'email', 'telegram'])[1 + n % 3],
           '+38050' || n, 'uk', now(), CASE WHEN n % 100 = 0 THEN 'planned' ELSE 'sent' END, now(),
           'https://shop.example', 'A-' || n / 2, now() + interval '1 day'
    FROM generate_series($1::int, $2::int) AS n
"""
_COLUMNS: Final = """
    SELECT table_name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'notifier'
"""
_INDEXES: Final = """
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'notifier'
"""
_BROKEN: Final = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
_ORDERS: Final = "SELECT count(*), count(DISTINCT (order_id, audience)) FROM notifier.order_keys"


class DiedError(Exception):
    """The migrator did."""


async def moved(url: str, how: Callable[[Config, str], None], to: str, *, stop_at: int = 0) -> int:
    """Moves the notifier's schema; how many statements that took. `stop_at`: the migrator dies
    before this one."""
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
    )
    ran = 0

    def count(*_: Any) -> None:
        nonlocal ran
        ran += 1
        if ran == stop_at:
            raise DiedError

    def go(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS notifier")
        connection.commit()
        event.listen(connection.engine, "before_cursor_execute", count)
        how(configured(connection, "notifier", "services.notifier.migrations"), to)
        connection.commit()

    try:
        async with engine.connect() as connection:
            await connection.run_sync(go)
    finally:
        await engine.dispose()
    return ran


async def shape(pool: Any) -> tuple[set[Any], set[Any]]:
    """Columns and indexes."""
    columns, indexes = await pool.fetch(_COLUMNS), await pool.fetch(_INDEXES)
    return {tuple(row) for row in columns}, {tuple(row) for row in indexes}


@contextlib.asynccontextmanager
async def filled(url: str, rows: int) -> AsyncIterator[Any]:
    """A database of the version before, with so many requests and messages."""
    await moved(url, command.upgrade, BEFORE)
    async with asyncpg.create_pool(url, min_size=1, max_size=8) as found:
        await found.execute(_REQUESTS, 1, rows)
        await found.execute(_NOTIFICATIONS, 1, rows)
        yield found


@pytest.fixture
async def pool(empty_database_url: str) -> AsyncIterator[Any]:
    """Of a ledger with much in it."""
    async with filled(empty_database_url, ROWS) as found:
        yield found


@pytest.fixture
async def small(empty_database_url: str) -> AsyncIterator[Any]:
    """Of one with little."""
    async with filled(empty_database_url, FEW) as found:
        yield found


class Writers:
    """Plan and send as the services do, each in a short transaction, and remember how long the
    slowest took."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.longest = 0.0
        self.written = 0

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """While this is open."""
        tasks = [asyncio.create_task(self._write(n)) for n in range(3)]
        try:
            yield
            for task in tasks:
                assert not task.done()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, writer: int) -> None:
        number = ROWS * (writer + 2)
        while True:
            number, began = number + 1, time.monotonic()
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(_REQUESTS, number, number)
                await connection.execute(_NOTIFICATIONS, number, number)
                await connection.execute(
                    "UPDATE notifier.notifications SET state = 'sent' WHERE id = $1",
                    f"r{number - ROWS}.0",
                )
            self.longest = max(self.longest, time.monotonic() - began)
            self.written += 1


@contextlib.asynccontextmanager
async def a_slow_transaction(pool: Any) -> AsyncIterator[Any]:
    """Has written to both tables, and is not over."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("UPDATE notifier.notifications SET code = 'x' WHERE id = 'r1.0'")
        await connection.execute("UPDATE notifier.requests SET reason = 'x' WHERE id = 'r1'")
        try:
            yield transaction
        finally:
            with contextlib.suppress(asyncpg.InterfaceError):
                await transaction.commit()


async def waits_for(pool: Any, what: str) -> None:
    """Returns when a migrator's statement that begins so waits for somebody's lock."""

    async def there() -> bool:
        found = await pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE $1 || '%'"
            " AND wait_event_type = 'Lock'",
            what,
        )
        return bool(found)

    await eventually(there)


async def test_writers_go_on_while_a_large_ledger_is_migrated(
    pool: Any, empty_database_url: str
) -> None:
    writers = Writers(pool)
    # Whoever comes behind the migrator waits as long as it does, and for those before them.
    async with writers.at_work():
        async with a_slow_transaction(pool) as slow:
            migrating = asyncio.create_task(migrate(empty_database_url))
            await waits_for(pool, "ALTER TABLE")
            before = writers.written

            async def others_wrote() -> bool:
                return writers.written > before + 20

            await eventually(others_wrote)
            assert not migrating.done()
            await slow.commit()
        await migrating
    assert writers.longest < 4 * online.LONGEST_WAIT / 1000  # and a slow machine
    assert await pool.fetchval(_BROKEN) == 0
    orders, different = await pool.fetchrow(_ORDERS)
    assert orders == different > ROWS * 0.9 / 2


async def test_an_index_that_was_interrupted_is_built_anew(
    pool: Any, empty_database_url: str
) -> None:
    await moved(empty_database_url, command.upgrade, "notifier_0015")  # 0016 begins with an index
    async with a_slow_transaction(pool):
        migrating = asyncio.create_task(migrate(empty_database_url))
        await waits_for(pool, "CREATE INDEX CONCURRENTLY")

        async def begun() -> bool:  # before, it may wait for PostgreSQL's own upkeep of the table
            return bool(await pool.fetchval(_BROKEN))

        await eventually(begun)
        writers = Writers(pool)
        async with writers.at_work():

            async def wrote() -> bool:
                return writers.written > 20

            await eventually(wrote)
        assert writers.longest < 4 * online.LONGEST_WAIT / 1000  # and a slow machine
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'"
        )
        with pytest.raises(SQLAlchemyError):
            await migrating
    assert await pool.fetchval(_BROKEN) == 1
    await migrate(empty_database_url)
    assert await pool.fetchval(_BROKEN) == 0
    found = await pool.fetchval(
        "SELECT count(*) FROM pg_indexes WHERE indexname = 'notifications_in_chats'"
    )
    assert found == 1


async def died_at_every_statement_of_the_next(url: str, pool: Any) -> bool:
    """Dies before the first statement of the version that comes next, before the second, and so
    on, until that version is there. Whether there was one."""
    version = "SELECT version_num FROM notifier.alembic_version"
    before, number = await pool.fetchval(version), 0
    while before == await pool.fetchval(version):
        number += 1
        try:
            await moved(url, command.upgrade, "head", stop_at=number)
        except DiedError:
            continue
        return False
    return True


async def test_a_migrator_may_die_anywhere(small: Any, empty_database_url: str) -> None:
    while await died_at_every_statement_of_the_next(empty_database_url, small):
        pass
    step_by_step = await shape(small)
    await moved(empty_database_url, command.downgrade, BEFORE)
    await moved(empty_database_url, command.upgrade, "head")
    assert await shape(small) == step_by_step


async def test_a_ledger_goes_up_down_and_up(small: Any, empty_database_url: str) -> None:
    before = await shape(small)
    await moved(empty_database_url, command.upgrade, "head")
    after, orders = await shape(small), await small.fetchrow(_ORDERS)
    await moved(empty_database_url, command.downgrade, BEFORE)
    assert await shape(small) == before
    await moved(empty_database_url, command.upgrade, "head")
    assert await shape(small) == after
    assert await small.fetchrow(_ORDERS) == orders


async def test_reminders_that_wait_go_behind_the_rest(small: Any, empty_database_url: str) -> None:
    await moved(empty_database_url, command.upgrade, "head")
    rows = await small.fetch(
        "SELECT n.state, r.cart_id IS NOT NULL AS is_reminder, n.priority, count(*)"
        " FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id"
        " GROUP BY 1, 2, 3"
    )
    assert {tuple(row) for row in rows} == {
        ("planned", True, 2, FEW // 100),
        ("sent", True, 1, FEW // 10 - FEW // 100),
        ("sent", False, 1, FEW - FEW // 10),
    }


async def test_a_table_that_nobody_lets_go_is_said_and_nothing_is_lost(
    small: Any, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "TRIES", 2)
    monkeypatch.setattr(online, "BETWEEN", 0.0)
    async with a_slow_transaction(small):
        with pytest.raises(online.TableInUseError, match="pg_stat_activity"):
            await migrate(empty_database_url)
    await migrate(empty_database_url)
