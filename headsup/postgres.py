"""The connection pool to PostgreSQL."""

from typing import Final

import asyncpg

DATABASE_AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What is raised while there is no database, or none that answers as it should."""


async def connect(url: str, *, name: str, size: int = 8) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool of at most `size` connections, named `name` in `pg_stat_activity`.

    Statements end after 30 seconds, so that a stuck one shows.
    """
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=30,
        server_settings={"application_name": name, "jit": "off"},
    )
    assert pool is not None  # noqa: S101 - asyncpg's annotation allows None, its code does not
    return pool
