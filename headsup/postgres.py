"""The connection pool to PostgreSQL."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from headsup.postgres_tls import tls_options
from headsup.settings import SettingsError

PATIENCE: Final = 8.0
"""Seconds for which a command, or a service that starts, waits for a database to let it in, or to
answer what takes no time."""
_GOODBYE: Final = 1.0
"""Seconds."""
_SILENT: Final = (
    f"The database at DATABASE_URL lets us in, and says nothing for {PATIENCE:.0f} seconds: "
    "somebody has locked our tables (pg_stat_activity says who is at what), or what we ask does "
    "not come through to it."
)
MOST_CONNECTIONS: Final = 8
"""Of a replica's pool; docs/operating/sizing.md counts with it."""
DATABASE_AWAY: Final = (
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.ReadOnlySQLTransactionError,  # 25006: the other one was promoted
    asyncpg.TransactionRollbackError,  # 40: a deadlock, a conflict
    asyncpg.InsufficientResourcesError,  # 53
    asyncpg.OperatorInterventionError,  # 57: shutting down, starting up
    asyncpg.PostgresSystemError,  # 58: its disk
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # from the pool, when a server that crashes said so in mid-query
    OSError,
    TimeoutError,
)
"""What is raised while there is no database, or none that answers as it should. Trying again later
helps. Others are our own fault (a table that is missing, a wrong value) and end the service."""

_NO_CONNECTION: Final = (asyncpg.PostgresError, *DATABASE_AWAY, ValueError, OverflowError)
"""What is raised where there is none. The last two: an address that asyncpg cannot read, a port
that there is not."""
_WHY: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (
        asyncpg.InvalidAuthorizationSpecificationError,  # class 28; a wrong password is one
        "the server refuses the user, the password, or whoever comes without TLS",
    ),
    (asyncpg.InvalidCatalogNameError, "the server has no database of that name"),
    (
        asyncpg.InsufficientPrivilegeError,
        "the server does not let this user into that database",
    ),
    (
        asyncpg.TooManyConnectionsError,
        "the server takes no more connections; docs/operating/sizing.md says how many we need",
    ),
    (asyncpg.CannotConnectNowError, "the server is starting, or stopping"),
    (socket.gaierror, "there is no host of that name"),
    (ConnectionRefusedError, "nobody answers at that host and port"),
    (TimeoutError, "nobody answers in time"),
    (
        ValueError,
        "it cannot be read; write %40 for @, %2F for /, %23 for #, %3A for : and %25 for % in "
        "user and password",
    ),
    (OverflowError, "it names a port that there is not"),
)


def is_about_a_value(error: BaseException) -> bool:
    """Whether the database, or asyncpg before it, refuses what was to be written. No other try
    helps. One of them is an InterfaceError: asyncpg's own DataError, such as for half of a pair."""
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)
    return isinstance(
        error,
        asyncpg.DataError  # class 22
        | asyncpg.IntegrityConstraintViolationError  # class 23
        | asyncpg.ProgramLimitExceededError,  # 54000: too large for an index
    )


@contextlib.asynccontextmanager
async def rehearsal(pool: "asyncpg.Pool[asyncpg.Record]") -> AsyncIterator[Any]:
    """A connection through which nothing is written: it is only seen whether it could be."""
    async with pool.acquire() as connection:
        rehearsed = connection.transaction()
        await rehearsed.start()
        try:
            yield connection
        finally:
            await rehearsed.rollback()


class PooledConnection(asyncpg.Connection):
    """One that is given back to its pool as it is: no statement of ours leaves anything in a
    session (a test of the architecture looks for such), so nothing has to be reset.

    But a statement that was cancelled after it was prepared holds its locks until the server hears
    the next word. So where one did not end well, one more word is said; otherwise whoever gives the
    connection back waits for nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ended_well = True

    def get_reset_query(self) -> str:
        """Nothing, or nothing but a word. What was begun is rolled back before this."""
        return "" if self._ended_well else "SELECT"

    @contextlib.contextmanager
    def _statement(self) -> Iterator[None]:
        self._ended_well = False
        yield
        self._ended_well = True

    async def execute(self, *args: Any, **kwargs: Any) -> str:
        """As asyncpg has it; so are the others."""
        with self._statement():
            return await super().execute(*args, **kwargs)

    async def fetch(self, *args: Any, **kwargs: Any) -> Any:
        """All rows."""
        with self._statement():
            return await super().fetch(*args, **kwargs)

    async def fetchrow(self, *args: Any, **kwargs: Any) -> Any:
        """The first row, or None."""
        with self._statement():
            return await super().fetchrow(*args, **kwargs)

    async def fetchval(self, *args: Any, **kwargs: Any) -> Any:
        """The first row's first value, or None."""
        with self._statement():
            return await super().fetchval(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Rows:
    """What connections and rows are made of."""

    connection: type[PooledConnection]
    row: type[asyncpg.Record]


PLAIN: Final = Rows(PooledConnection, asyncpg.Record)
"""As ever: rows as they are kept (`sealed_rows` has others)."""


Look = Callable[[Any], Coroutine[Any, Any, None]]


async def connect(
    url: str,
    *,
    name: str,
    size: int = MOST_CONNECTIONS,
    least: int = 1,
    rows: Rows = PLAIN,
    look: Look | None = None,
) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool of at most `size` connections, named `name` in `pg_stat_activity`. Where it needs to
    have none (`least` is 0), none is made before somebody asks for it. `rows`: what it is made of.
    `look` is given each new connection first; what it raises is raised to whoever asked for one.

    Statements end after 30 seconds, so that a stuck one shows. Raises SettingsError when no
    database answers.
    """
    tls = _tls(url)
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=least,
            max_size=size,
            command_timeout=30,
            connection_class=rows.connection,
            record_class=rows.row,
            init=look,
            server_settings={"application_name": name, "jit": "off"},
            **tls,
        )
    except _NO_CONNECTION as error:
        raise SettingsError([_problem(error)]) from error
    assert pool is not None  # noqa: S101 - asyncpg's annotation allows None, its code does not
    return pool


async def connect_once(url: str, rows: Rows | None = None) -> asyncpg.Connection:
    """A single connection, for a command, made of `rows` if they are given. Raises SettingsError
    when no database answers within `PATIENCE`, without the error's words: they may hold a part of
    the password."""
    options = _tls(url) | {"timeout": PATIENCE}
    if rows is not None:
        options |= {"connection_class": rows.connection, "record_class": rows.row}
    try:
        return await asyncpg.connect(url, **options)
    except _NO_CONNECTION as error:
        raise SettingsError([_problem(error)]) from error


@contextlib.asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """What is asked in here takes a database no time. Raises SettingsError where it has said
    nothing for `PATIENCE`."""
    try:
        async with asyncio.timeout(PATIENCE) as patience:
            yield
    except TimeoutError as error:
        if not patience.expired():  # the network has said so: there was no silence
            raise
        raise SettingsError([_SILENT]) from error


@contextlib.asynccontextmanager
async def asking(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A single connection, for what takes no time. Raises SettingsError as `connect_once` and
    `answering` do."""
    connection = await connect_once(url)
    try:
        async with answering():
            yield connection
    finally:
        # Of who does not answer, nobody waits for a goodbye: the connection ends without.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await connection.close()


def _tls(url: str) -> dict[str, Any]:
    try:
        return tls_options(url)
    except OSError as error:
        problem = "DATABASE_URL: sslrootcert, sslcert or sslkey names no file that can be used."
        raise SettingsError([problem]) from error
    except ValueError as error:
        raise SettingsError([_problem(error)]) from error


def _problem(error: BaseException) -> str:
    """What to do, in a sentence without the error's own words: they may hold a part of the
    password."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"DATABASE_URL: the database's certificate is not trusted: {error.verify_message}. "
            "Name who vouches for it with sslrootcert=FILE."
        )
    if isinstance(error, ConnectionError) and "rejected SSL upgrade" in str(error):
        return (
            "DATABASE_URL: the database offers no TLS. Give it a certificate; or, where nobody "
            "can listen on the way, write sslmode=disable into the address."
        )
    known = (sentence for kind, sentence in _WHY if isinstance(error, kind))
    return f"DATABASE_URL leads to no database: {next(known, type(error).__name__)}."
