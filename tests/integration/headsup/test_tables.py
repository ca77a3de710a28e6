"""Services and the command line before tables of another version."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from headsup import tables
from headsup.cli.main import app
from headsup.migrations import migrate
from headsup.settings import SettingsError
from services.notifier.ledger import SCHEMA

PACKAGE = "services.notifier.migrations"
NEWEST = tables.versions_of(SCHEMA, PACKAGE)[-1]
_SOON = 30.0
"""Seconds; on a machine that does much else beside. It was a minute, and longer."""


@pytest.fixture
async def database(empty_database_url: str) -> Any:
    connection = await asyncpg.connect(empty_database_url)
    yield connection
    await connection.close()


async def invoke(*arguments: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, arguments)


async def moved_to(database: Any, version: str) -> None:
    await database.execute("UPDATE notifier.alembic_version SET version_num = $1", version)


async def test_nobody_starts_on_an_empty_database(database: Any) -> None:
    with pytest.raises(SettingsError, match="has no tables of notifier: run `headsup db migrate`"):
        await tables.check(database, SCHEMA, PACKAGE)


async def test_nobody_starts_on_tables_that_are_behind(
    database: Any, empty_database_url: str
) -> None:
    await migrate(empty_database_url)
    await tables.check(database, SCHEMA, PACKAGE)
    await moved_to(database, "notifier_0020")
    with pytest.raises(SettingsError, match=f"at notifier_0020 and this version needs {NEWEST}"):
        await tables.check(database, SCHEMA, PACKAGE)


async def test_one_starts_on_tables_that_are_ahead_until_they_say_otherwise(
    database: Any, empty_database_url: str
) -> None:
    await migrate(empty_database_url)
    await moved_to(database, "notifier_9999")
    await tables.check(database, SCHEMA, PACKAGE)
    await database.execute("COMMENT ON TABLE notifier.alembic_version IS 'notifier_9998'")
    with pytest.raises(SettingsError, match="needs notifier_9998 or newer"):
        await tables.check(database, SCHEMA, PACKAGE)


async def test_status_says_of_every_schema_how_it_is(
    clean_environment: pytest.MonkeyPatch, database: Any, empty_database_url: str
) -> None:
    clean_environment.setenv("DATABASE_URL", empty_database_url)
    before = await invoke("db", "status")
    assert before.exit_code == 1
    assert "no tables of notifier" in before.stdout
    assert "no tables of order_events" in before.stdout
    await migrate(empty_database_url)
    after = await invoke("db", "status")
    assert after.exit_code == 0
    assert f"notifier is up to date at {NEWEST}" in after.stdout
    await moved_to(database, "notifier_9999")
    ahead = await invoke("db", "status")
    assert ahead.exit_code == 0
    assert "notifier is ahead of this version, which can use it, at notifier_9999" in ahead.stdout


async def status_of(environment: pytest.MonkeyPatch, url: str) -> tuple[Any, float]:
    """What it says, and after how many seconds."""
    environment.setenv("DATABASE_URL", url)
    began = time.monotonic()
    said = await invoke("db", "status")
    return said, time.monotonic() - began


async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Whoever comes is let in, and hears nothing until they go."""
    await _reader.read()
    writer.close()


@pytest.mark.parametrize("mode", ["disable", "require"])
async def test_a_database_that_says_nothing_is_a_sentence_soon(
    clean_environment: pytest.MonkeyPatch, mode: str
) -> None:
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"postgresql://somebody:secret@127.0.0.1:{port}/headsup?sslmode={mode}"
    said, seconds = await status_of(clean_environment, url)
    server.close()
    assert said.exit_code == 2
    assert said.stderr == "DATABASE_URL leads to no database: nobody answers in time.\n"
    assert seconds < _SOON


async def test_tables_that_somebody_has_locked_are_a_sentence_soon(
    clean_environment: pytest.MonkeyPatch, database: Any, empty_database_url: str
) -> None:
    await migrate(empty_database_url)
    async with database.transaction():
        await database.execute("LOCK TABLE notifier.alembic_version")
        said, seconds = await status_of(clean_environment, empty_database_url)
        # Nobody is left behind who waits for the lock.
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        assert await database.fetchval(waits) == 0
    assert said.exit_code == 2
    assert "lets us in, and says nothing for 8 seconds: somebody has locked our" in said.stderr
    assert seconds < _SOON


async def test_migrating_leaves_alone_what_a_newer_version_left(
    clean_environment: pytest.MonkeyPatch, database: Any, empty_database_url: str
) -> None:
    """As the job of the version before does it after a roll-back."""
    clean_environment.setenv("DATABASE_URL", empty_database_url)
    await migrate(empty_database_url)
    await moved_to(database, "notifier_9999")
    again = await invoke("db", "migrate")
    assert again.exit_code == 0, again.output
    assert "notifier is ahead of this version, which can use it, at notifier_9999" in again.stdout
    assert "order_events is up to date at order_events_" in again.stdout
    assert (await tables.look(database, SCHEMA, PACKAGE)).found == "notifier_9999"
    await database.execute("COMMENT ON TABLE notifier.alembic_version IS 'notifier_9998'")
    refused = await invoke("db", "migrate")
    assert refused.exit_code == 2
    assert "needs notifier_9998 or newer" in refused.output


async def test_wait_ends_when_the_migration_has_been_there(
    clean_environment: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    clean_environment.setenv("DATABASE_URL", empty_database_url)
    waiting = asyncio.create_task(invoke("db", "wait", "--seconds", "60"))
    await migrate(empty_database_url)
    waited = await waiting
    assert waited.exit_code == 0, waited.output
    assert f"notifier is up to date at {NEWEST}" in waited.stdout


async def test_wait_gives_up_with_the_reason(
    clean_environment: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    clean_environment.setenv("DATABASE_URL", empty_database_url)
    waited = await invoke("db", "wait", "--seconds", "0")
    assert waited.exit_code == 1
    assert "run `headsup db migrate` of this version" in waited.stdout
