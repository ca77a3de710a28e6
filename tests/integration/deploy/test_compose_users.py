"""The users that compose makes are those of docs/operating/install.md, and may be made again."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from sandbox.parts.postgres import EmbeddedPostgres
from tests.fixtures.parts import started
from tests.support.database_users import statements

pytestmark = pytest.mark.timeout(180)  # a server of its own starts first

FILE = Path("deploy/compose/users.sql")
NAMES = ("ORDER_EVENTS_PASSWORD", "NOTIFIER_PASSWORD", "TOOLS_PASSWORD")
_USERS = """
    SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolinherit, rolbypassrls,
           rolpassword IS NOT NULL
    FROM pg_authid WHERE rolname LIKE 'headsup%' AND rolname <> 'headsup' ORDER BY rolname
"""
_WHO_COMES_IN = "SELECT datacl::text FROM pg_database WHERE datname = 'headsup'"
_PASSWORDS = "SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'headsup_%'"


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """As the image of PostgreSQL has it at its first start."""
    server = started(EmbeddedPostgres(durable=False))
    yield server
    server.stop()


def makes_users(server: EmbeddedPostgres, word: str) -> None:
    """What the service `users` of compose.yaml does."""
    words = [str(server.programs / "psql"), "--no-psqlrc", "--quiet", "--file", str(FILE)]
    passwords = {name: f"{word} {name}" for name in NAMES}
    where = {"PGHOST": server.url.partition("host=")[2], "PGUSER": "headsup"}
    environment = {**os.environ, **passwords, **where, "PGDATABASE": "headsup"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


async def said(server: EmbeddedPostgres, query: str) -> list[Any]:
    connection = await asyncpg.connect(server.url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_they_are_those_of_the_page_and_their_passwords_those_of_the_last_start(
    server: EmbeddedPostgres,
) -> None:
    connection = await asyncpg.connect(server.url)
    for statement in statements():
        await connection.execute(statement)
    by_the_page = [await said(server, query) for query in (_USERS, _WHO_COMES_IN)]
    await connection.execute("DROP DATABASE headsup")
    for name, *_ in by_the_page[0]:
        await connection.execute(f"DROP ROLE {name}")
    await connection.execute("ALTER ROLE headsup SUPERUSER")
    await connection.execute("CREATE DATABASE headsup OWNER headsup")
    await connection.close()

    makes_users(server, "first")
    assert [await said(server, query) for query in (_USERS, _WHO_COMES_IN)] == by_the_page
    assert len(by_the_page[0]) == len(NAMES)
    first = dict(await said(server, _PASSWORDS))
    makes_users(server, "second")
    second = dict(await said(server, _PASSWORDS))
    assert first.keys() == second.keys()
    assert len({*first.values(), *second.values()}) == 2 * len(NAMES)
