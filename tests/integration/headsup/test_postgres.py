"""The pool, on a server that crashes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from headsup import postgres
from headsup.settings import SettingsError
from sandbox.parts.postgres import EmbeddedPostgres

CRASH = b"SFATAL\0C57P02\0Mterminating connection because of crash of another server process\0\0"
CRASHING = b"E" + (len(CRASH) + 4).to_bytes(4, "big") + CRASH


class Relay:
    """Passes everything on to a server and back, and can have it say that it crashes."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self.crashes = False

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_unix_connection(self._socket)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._pass(reader, server))
            both.create_task(self._pass(answers, writer, may_crash=True))

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, may_crash: bool = False
    ) -> None:
        while data := await reader.read(65_536):
            writer.write(data + (CRASHING if may_crash and self.crashes else b""))
        writer.close()


@asynccontextmanager
async def relayed(url: str) -> AsyncIterator[tuple[Relay, str]]:
    parts = urlsplit(url)
    relay = Relay(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432")
    server = await asyncio.start_server(relay.connected, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield relay, f"postgresql://postgres@{host}:{port}{parts.path}?sslmode=disable"
    finally:
        server.close()


@pytest.fixture
async def watchful() -> AsyncIterator[EmbeddedPostgres]:
    """A server of its own that asks for passwords."""
    server = EmbeddedPostgres(durable=False)
    server.start()
    try:
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE ROLE knows LOGIN PASSWORD 'sesame'")
        await connection.execute("CREATE ROLE busy LOGIN CONNECTION LIMIT 0")
        data = await connection.fetchval("SHOW data_directory")
        rules = "local all knows scram-sha-256\nlocal all busy trust\nlocal all postgres trust\n"
        Path(data, "pg_hba.conf").write_text(rules)  # noqa: ASYNC240 - nobody waits for it
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("user", "database", "sentence"),
    [
        (
            "knows:guess",
            "postgres",
            "the server refuses the user, the password, or whoever comes without TLS",
        ),
        (
            "stranger:guess",
            "postgres",
            "the server refuses the user, the password, or whoever comes without TLS",
        ),
        ("knows:sesame", "guess", "the server has no database of that name"),
        (
            "busy:guess",
            "postgres",
            "the server takes no more connections; docs/operating/sizing.md says how many we need",
        ),
        (
            "knows:guess#",
            "postgres",
            "it cannot be read; write %40 for @, %2F for /, %23 for #, %3A for : and %25 for % in "
            "user and password",
        ),
    ],
)
async def test_a_server_that_does_not_let_us_in_is_a_sentence(
    watchful: EmbeddedPostgres, user: str, database: str, sentence: str
) -> None:
    url = watchful.url_of(database).replace("postgres:@", f"{user}@")
    for way in (postgres.connect(url, name="test"), postgres.connect_once(url)):
        with pytest.raises(SettingsError) as caught:
            await way
        assert caught.value.problems == [f"DATABASE_URL leads to no database: {sentence}."]


async def asks_twice(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    await pool.fetchval("SELECT 1")
    await pool.fetchval("SELECT 1")


async def test_a_server_that_crashes_right_after_an_answer_counts_as_away(
    empty_database_url: str,
) -> None:
    async with relayed(empty_database_url) as (relay, url):
        pool = await postgres.connect(url, name="test", size=1)
        assert await pool.fetchval("SELECT 1") == 1
        relay.crashes = True
        with pytest.raises(postgres.DATABASE_AWAY):
            await asks_twice(pool)  # what it answered before it crashed is an answer
        pool.terminate()


async def test_a_connection_is_given_back_with_nothing_left_open(empty_database_url: str) -> None:
    pool = await postgres.connect(empty_database_url, name="test", size=1)
    async with pool.acquire() as connection:
        await connection.execute("CREATE TABLE kept (number integer)")
        await connection.execute("BEGIN")
        await connection.execute("INSERT INTO kept VALUES (1)")
    assert await pool.fetchval("SELECT count(*) FROM kept") == 0
    await pool.close()


async def test_nothing_is_said_when_a_connection_is_given_back_after_what_ended_well(
    empty_database_url: str,
) -> None:
    pool = await postgres.connect(empty_database_url, name="test", size=1)
    said: list[str] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda asked: said.append(asked.query))
    await pool.fetchval("SELECT 1")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await pool.fetch("SELECT 1 / 0")
    await pool.fetchrow("SELECT 2")
    assert said == ["SELECT 1", "SELECT 1 / 0", "SELECT", "SELECT 2"]
    await pool.close()


async def test_whenever_a_statement_is_cancelled_it_locks_nothing_afterwards(
    empty_database_url: str,
) -> None:
    pool = await postgres.connect(empty_database_url, name="test", size=1)
    beside = await postgres.connect_once(empty_database_url)
    await pool.execute("CREATE TABLE kept (number integer)")
    locks = "SELECT count(*) FROM pg_locks WHERE relation = 'kept'::regclass"
    statement = "UPDATE kept SET number = $1"  # each time another one, so that it is prepared
    for moment in range(100):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(moment * 20e-6):
                await pool.fetch(statement.ljust(100 + moment), moment)
        assert await beside.fetchval(locks) == 0
    await beside.close()
    await pool.close()
