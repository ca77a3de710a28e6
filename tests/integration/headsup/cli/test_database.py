"""`headsup db migrate` and `headsup trace` with addresses that are odd, or lead nowhere."""

import asyncio
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from headsup.cli.main import app
from tests.support.sealing import keys

COMMANDS = [["db", "migrate"], ["trace", "A-1001"]]


async def invoke(*arguments: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, arguments)


@pytest.mark.parametrize("command", COMMANDS)
async def test_an_address_means_what_it_means_to_the_services(
    command: list[str], clean_environment: pytest.MonkeyPatch, database_url: str
) -> None:
    clean_environment.setenv("DATABASE_URL", f"{database_url}&sslmode=prefer")
    result = await invoke(*command)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "DATABASE_URL" not in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "address",
    [
        "postgresql://somebody:secret/word@127.0.0.1:1/x",
        "postgresql://somebody:word@secret:secret@127.0.0.1:1/x",
        "postgresql://somebody:secret@127.0.0.1:99999/x",
        "postgresql://somebody:secret@127.0.0.1:1/x?sslmode=secret",
        "postgresql://somebody:secret@127.0.0.1:1/x",
    ],
)
async def test_an_address_that_leads_nowhere_is_said_without_the_password(
    command: list[str], address: str, clean_environment: pytest.MonkeyPatch
) -> None:
    clean_environment.setenv("DATABASE_URL", address)
    result = await invoke(*command)
    assert result.exit_code == 2
    assert result.stderr.startswith("DATABASE_URL leads to no database: ")
    assert "secret" not in result.output


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_user_whom_the_server_does_not_know_is_a_sentence(
    command: list[str], clean_environment: pytest.MonkeyPatch, database_url: str
) -> None:
    address = database_url.replace("postgres:@", "nobody:secret@", 1)
    clean_environment.setenv("DATABASE_URL", address)
    result = await invoke(*command)
    assert result.exit_code == 2
    assert result.stderr.startswith("DATABASE_URL leads to no database: ")
    assert "secret" not in result.output


@pytest.mark.parametrize("command", [("db", "migrate"), ("addresses", "rotate")])
async def test_a_database_that_can_only_be_read_is_a_sentence(
    database_url: str, clean_environment: pytest.MonkeyPatch, command: tuple[str, str]
) -> None:
    connection = await asyncpg.connect(database_url)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    await connection.close()
    clean_environment.setenv("DATABASE_URL", database_url)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    said = await invoke(*command)
    assert said.exit_code == 2
    assert said.stderr.startswith("DATABASE_URL leads to a database that can only be read: name ")
