"""Steps of a migration beside which others go on."""

import asyncpg
import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from headsup.migrations import online

# Twenty rows fill a block and more. The first block is emptied, so that there is room in front.
_FILLED = (
    "CREATE TABLE moving (id int, moves int DEFAULT 0, filling text DEFAULT repeat('x', 1000))",
    "CREATE TABLE found (id int PRIMARY KEY)",
    "INSERT INTO moving (id) SELECT generate_series(1, 40)",
    "DELETE FROM moving WHERE ctid < '(1,0)'",
    "VACUUM moving",
)
# A row from the middle moves to the front when that was gone through already.
_FINDS = """
    WITH moved AS (
        UPDATE moving SET moves = moves + 1
        WHERE id = 30 AND moves = 0 AND CAST(:first AS text) = '(1,0)'
    )
    INSERT INTO found SELECT id FROM moving
    WHERE ctid >= CAST(:first AS text)::tid AND ctid < CAST(:last AS text)::tid
    ON CONFLICT DO NOTHING
"""
# Something is found in every pass: others go on writing.
_NEVER_ENDS = """
    INSERT INTO found SELECT (SELECT count(*) FROM found)
    WHERE CAST(:first AS text) = '(1,0)' AND CAST(:last AS text) <> ''
"""


async def _goes_through(url: str, change: str) -> list[int]:
    """What was found, in order."""
    connection = await asyncpg.connect(url)
    try:
        for statement in _FILLED:
            await connection.execute(statement)
        engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
        )

        def go(bind: Connection) -> None:
            context = MigrationContext.configure(bind)
            with Operations.context(context), context.begin_transaction():
                online.block_by_block("moving", change)

        async with engine.connect() as bind:
            await bind.run_sync(go)
        await engine.dispose()
        return [row["id"] for row in await connection.fetch("SELECT id FROM found ORDER BY id")]
    finally:
        await connection.close()


async def test_a_row_that_moves_behind_whoever_goes_through_is_found(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "BLOCKS", 1)
    found = await _goes_through(empty_database_url, _FINDS)
    assert found == list(range(found[0], 41))
    assert found[0] <= 30


async def test_where_others_write_all_the_time_it_comes_to_an_end(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "BLOCKS", 1)
    monkeypatch.setattr(online, "PASSES", 4, raising=False)
    assert await _goes_through(empty_database_url, _NEVER_ENDS) == [0, 1, 2, 3]
