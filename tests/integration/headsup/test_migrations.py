"""`headsup db migrate` on a real server."""

import asyncio

import asyncpg

from headsup.migrations import migrate


async def test_every_schema_comes_to_its_newest_version_and_stays_there(
    empty_database_url: str,
) -> None:
    first = await migrate(empty_database_url)
    assert [(done.schema, done.before) for done in first] == [
        ("notifier", None),
        ("order_events", None),
    ]
    again = await migrate(empty_database_url)
    assert [done.before for done in again] == [done.after for done in first]


async def test_two_migrators_at_once_do_not_meet(empty_database_url: str) -> None:
    both = await asyncio.gather(migrate(empty_database_url), migrate(empty_database_url))
    assert sorted(done.before is None for run in both for done in run) == [
        False,
        False,
        True,
        True,
    ]


async def test_the_connection_leaves_no_lock_behind(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    connection = await asyncpg.connect(empty_database_url)
    try:
        locks = await connection.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        )
    finally:
        await connection.close()
    assert locks == 0
