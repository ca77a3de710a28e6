"""The key of names (`address_names`). It never changes, and lies in the schema that has the names,
sealed with the keys that do. So an operator keeps those, and nothing else.
"""

import os
from typing import Any, Final

from headsup.address_names import Names
from headsup.sealed import Seals, key_of

_BYTES: Final = 32


async def load(database: Any, schema: str, by: Seals) -> Names | None:
    """The names of a schema; None where nobody made their key yet. Raises MissingKeyError."""
    sealed = await database.fetchval(f"SELECT sealed FROM {schema}.address_names")  # noqa: S608
    return None if sealed is None else Names(by.open(sealed, _place(schema)))


async def ready(database: Any, schema: str, by: Seals) -> Names | None:
    """The names of a schema. Where there is no key yet, who writes with a key makes one. Raises
    MissingKeyError."""
    if by.writes is not None:
        await database.execute(
            f"INSERT INTO {schema}.address_names (sealed) VALUES ($1)"  # noqa: S608 - our own words
            " ON CONFLICT DO NOTHING",
            by.seal(os.urandom(_BYTES), _place(schema)),
        )
    return await load(database, schema, by)


async def renew(connection: Any, schema: str, by: Seals, lost: str | None) -> Names | None:
    """Brings the key of names to the key that is written with. One that was lost is another one
    then: what was named with it is found no more by its address."""
    if by.writes is None:
        return await load(connection, schema, by)
    async with connection.transaction():
        sealed = await connection.fetchval(
            f"SELECT sealed FROM {schema}.address_names FOR UPDATE"  # noqa: S608 - our own words
        )
        if sealed is None:
            return await ready(connection, schema, by)
        key = os.urandom(_BYTES)
        if lost is None or key_of(sealed) != lost:
            key = by.open(sealed, _place(schema))
        await connection.execute(
            f"UPDATE {schema}.address_names SET sealed = $1",  # noqa: S608 - our own words
            by.seal(key, _place(schema)),
        )
    return Names(key)


async def forget(connection: Any, schema: str) -> None:
    """Nothing is named any more."""
    await connection.execute(f"DELETE FROM {schema}.address_names")  # noqa: S608 - our own words


def _place(schema: str) -> str:
    return f"{schema}.address_names"
