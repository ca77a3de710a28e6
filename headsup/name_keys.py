"""The key of names (`address_names`), and whether names stand for addresses. Both lie in the schema
that has the names; the key sealed with those that an operator keeps, and it never changes.

Some rows in clear and some named would not find each other: a STOP would not be found from a
message. So all addresses of a schema lie one way or the other, and no service works on a schema in
which they lie otherwise than its keys have it (`admit`, `Fence`). `renaming` changes them while
none runs; in a schema without rows whoever comes first decides (`begin`).
"""

import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Any, Final

import asyncpg

from headsup import postgres, sealed_tables
from headsup.address_keys import CLEAR, SETTING
from headsup.address_names import Names
from headsup.sealed import BrokenSealError, MissingKeyError, Seals
from headsup.settings import SettingsError

_BYTES: Final = 32
_RUNNING: Final = """
    SELECT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database()
          AND (application_name = $1 OR application_name LIKE $1 || ' %'))
"""
"""Whoever may write there has a connection, or gets none any more."""
_ALONE: Final = "LOCK TABLE {schema}.address_names IN ACCESS EXCLUSIVE MODE"
"""Also before whoever looks: they were there before, and are seen, or learn what was decided."""
_WHOLE: Final = "hashtextextended('headsup addresses', 0)"
_TURN: Final = f"SELECT pg_try_advisory_xact_lock({_WHOLE})"
_NOBODYS: Final = f"SELECT pg_try_advisory_xact_lock_shared({_WHOLE})"
_HOLDS: Final = (
    "SET LOCAL application_name = 'headsup addresses'",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
BUSY: Final = (
    "Somebody changes addresses, or reminds the database, at this moment: wait until they are "
    "through. In pg_stat_activity they are called 'headsup addresses'."
)


class State(StrEnum):
    """How addresses lie in a schema."""

    CLEAR = "clear"
    CHANGING = "changing"  # some one way, some the other
    NAMED = "named"


class OtherwiseError(ConnectionError):
    """Addresses lie otherwise by now than when this service started. To whoever asks, the database
    is away, until the service is started again."""


async def look(database: Any, schema: str) -> tuple[State, str | None]:
    """How addresses lie there, and the key of names, sealed, where there is one."""
    row = await database.fetchrow(f"SELECT state, sealed FROM {schema}.address_names")  # noqa: S608
    return (State.CLEAR, None) if row is None else (State(row["state"]), row["sealed"])


def wanted(by: Seals | None) -> State:
    """How they lie where somebody has these keys."""
    return State.CLEAR if by is None or by.writes is None else State.NAMED


async def admit(database: Any, schema: str, by: Seals | None) -> None:
    """Gives the seals their names. Raises SettingsError with what to do where addresses lie
    otherwise than these keys have it."""
    state, sealed = await look(database, schema)
    problem = _problem(state, wanted(by), schema)
    if problem is not None:
        raise SettingsError([problem])
    if by is not None:
        is_named = state is State.NAMED
        by.names = opened(by, schema, sealed) if sealed is not None and is_named else None


def _problem(state: State, want: State, schema: str) -> str | None:
    if state is want:
        return None
    rotate = "run `headsup addresses rotate` while none of its replicas runs"
    if state is State.CHANGING:
        return f"Addresses of {schema} are being changed: {rotate}, to its end."
    if state is State.CLEAR:
        return f"Addresses of {schema} lie in clear, which {SETTING} has encrypted: {rotate}."
    return (
        f"Addresses of {schema} are encrypted, which {SETTING} has in clear: take "
        f"`{CLEAR}` away there, or {rotate}."
    )


class Fence:
    """Lets no connection in where addresses lie otherwise than it was when the service started:
    somebody who was cut off while they were changed must not write as before."""

    def __init__(self, schema: str, by: Seals | None) -> None:
        self._schema = schema
        self.by = by
        """What the service seals with."""
        self._stands = False

    def stand(self) -> None:
        """From now on."""
        self._stands = True

    async def __call__(self, connection: Any) -> None:
        """Looks at the schema over a new connection. Raises OtherwiseError."""
        if not self._stands:
            return
        state, sealed = await look(connection, self._schema)
        if state is not wanted(self.by) or not self._is_as_known(sealed):
            raise OtherwiseError(f"addresses of {self._schema} lie otherwise by now: start again")

    def _is_as_known(self, sealed: str | None) -> bool:
        """Whether the names are still made with the same key: it is another one after a loss, or
        where they were turned off and on again meanwhile."""
        if self.by is None or self.by.names is None or sealed is None:
            return True
        try:
            now = opened(self.by, self._schema, sealed)
        except (SettingsError, BrokenSealError):
            return False
        return now.of(self._schema) == self.by.names.of(self._schema)


@asynccontextmanager
async def undisturbed(url: str, *, is_changing: bool) -> AsyncIterator[None]:
    """While this lasts, nobody else changes how addresses lie: two who do would each draw a key of
    names, and what one of them named would open for nobody. And nobody who goes by how they lie,
    for long and without a `Fence`, does so while they are changed. Raises SettingsError."""
    connection = await postgres.connect_once(url)
    transaction = connection.transaction()
    try:
        await transaction.start()
        for statement in _HOLDS:
            await connection.execute(statement)
        if not await connection.fetchval(_TURN if is_changing else _NOBODYS):
            raise SettingsError([BUSY])
        yield
    finally:
        with suppress(*postgres.DATABASE_AWAY):
            await transaction.rollback()
        with suppress(*postgres.DATABASE_AWAY):
            await connection.close()


async def begin(url: str, schema: str, by: Seals | None, tables: Collection[str]) -> None:
    """Where no row is in these tables, and nobody works on them, names stand for addresses from
    now on, if that is what these keys have. Raises SettingsError where no database answers in time,
    or not with these keys; what else is wrong is left to be said by who comes next."""
    if by is None or wanted(by) is State.CLEAR:
        return
    async with postgres.asking(url) as connection:
        with suppress(asyncpg.SyntaxOrAccessError):  # no such tables, or not for us
            await sealed_tables.expect(connection, schema, by)
            if not await _is_new(connection, schema, tables):
                return  # and nobody had to wait
            async with connection.transaction():
                await connection.execute(_ALONE.format(schema=schema))
                is_ours = await connection.fetchval(_TURN)
                if is_ours and await _is_new(connection, schema, tables):
                    await sealed_tables.note(connection, schema, by)
                    await write(connection, schema, State.NAMED, drawn(by, schema))


async def _is_new(connection: Any, schema: str, tables: Collection[str]) -> bool:
    state, _ = await look(connection, schema)
    if state is not State.CLEAR or await is_running(connection, schema):
        return False
    for table in tables:
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):  # noqa: S608
            return False
    return True


async def is_running(connection: Any, service: str) -> bool:
    """Whether anybody works on the database under the name of a service, or under one that begins
    with it (`postgres.connect`)."""
    return bool(await connection.fetchval(_RUNNING, service))


async def write(connection: Any, schema: str, state: State, sealed: str) -> None:
    """Keeps how addresses lie, and the key of names."""
    await connection.execute(
        f"INSERT INTO {schema}.address_names (state, sealed) VALUES ($1, $2)"  # noqa: S608
        " ON CONFLICT (is_one) DO UPDATE SET state = excluded.state, sealed = excluded.sealed",
        state,
        sealed,
    )


async def forget(connection: Any, schema: str) -> None:
    """Addresses lie in clear."""
    await connection.execute(f"DELETE FROM {schema}.address_names")  # noqa: S608 - our own words


def drawn(by: Seals, schema: str) -> str:
    """A new key of names, sealed. There has to be a key that is written with."""
    return by.seal(os.urandom(_BYTES), _place(schema))


def sealed_anew(by: Seals, schema: str, sealed: str) -> str:
    """The same key of names, sealed with the key that is written with, where there is one."""
    return sealed if by.writes is None else by.seal(_key(by, schema, sealed), _place(schema))


def opened(by: Seals, schema: str, sealed: str) -> Names:
    """The names. Raises SettingsError where their key does not open."""
    return by.names_with(_key(by, schema, sealed), schema)


def _key(by: Seals, schema: str, sealed: str) -> bytes:
    try:
        return by.open(sealed, _place(schema))
    except MissingKeyError as error:
        raise SettingsError([f"{error} (of {schema})."]) from error


def _place(schema: str) -> str:
    return f"{schema}.address_names"
