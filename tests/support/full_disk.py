"""A database that can be read and not written, as with a full disk.

A renamed table would end a service: whatever reads it meanwhile finds that the schema is wrong.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

_FULL = """
    CREATE FUNCTION notifier.disk_is_full() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE disk_full; END $$;
    CREATE TRIGGER disk_is_full BEFORE INSERT ON notifier.{table}
    EXECUTE FUNCTION notifier.disk_is_full();
"""


@asynccontextmanager
async def no_room_in(pool: "asyncpg.Pool[asyncpg.Record]", table: str) -> AsyncIterator[None]:
    """No row can be added to a table of the notifier meanwhile."""
    await pool.execute(_FULL.format(table=table))
    yield
    await pool.execute("DROP FUNCTION notifier.disk_is_full CASCADE")
