"""A notifier whose operator has keys, and the turning on and off of them."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg

from headsup import postgres, renaming
from headsup.sealed_rows import rows_with
from services.notifier.ledger import SCHEMA
from services.notifier.sealed_rows import COLUMNS
from tests.support.notifier import Rig
from tests.support.sealing import let_name, sealing


@asynccontextmanager
async def keyed(rig: Rig, *names: str) -> AsyncIterator[Rig]:
    """The same notifier with these keys."""
    url = rig.settings.common.database_url
    by = sealing(*names) if names else None
    pool = await postgres.connect(url, name="keyed", rows=rows_with(by, COLUMNS))
    try:
        if by is not None:
            await let_name(pool, SCHEMA, by)
        yield replace(rig, pool=pool)
    finally:
        await pool.close()


async def renamed(rig: Rig, *names: str, lost: str | None = None) -> dict[str, dict[str, int]]:
    """Brings addresses to names, or back, as these keys have it; of each column, how many lie how
    then."""
    told: dict[str, Counter[str]] = {}
    connection = await asyncpg.connect(rig.settings.common.database_url)
    try:
        await renaming.rename(
            connection,
            SCHEMA,
            sealing(*names),
            lost,
            lambda column, lies: told.update({f"{column.table}.{column.column}": Counter(lies)}),
            lambda _: lambda _: None,
        )
    finally:
        await connection.close()
    return {name.removeprefix(f"{SCHEMA}."): dict(lies) for name, lies in told.items() if lies}
