"""What the oldest versions that may run beside this one need of the tables is still there."""

import importlib
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from headsup.migrations import configured
from tests.faults.versions import Oldest, oldest

_COLUMNS = """
    SELECT table_name || '.' || column_name AS name, data_type, is_nullable = 'YES' AS may_be_null,
           column_default IS NOT NULL OR is_identity = 'YES' AS has_default
    FROM information_schema.columns
    WHERE table_schema = $1 AND table_name <> 'alembic_version'
"""
_LIMITS = """
    SELECT c.conrelid::regclass || ': ' || pg_get_constraintdef(c.oid) AS name
    FROM pg_constraint AS c JOIN pg_namespace AS n ON n.oid = c.connamespace
    WHERE n.nspname = $1 AND c.contype <> 'n'
    UNION ALL
    SELECT indrelid::regclass || ': unique ' || pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indisunique AND indrelid::regclass::text LIKE $1 || '.%'
"""
VERSIONS = [
    pytest.param(each, schema, id=f"{each.name}-{schema}")
    for each in oldest().values()
    for schema in each.tables
]


async def _moved(url: str, schema: str, to: str) -> None:
    package = f"services.{schema}.migrations"
    importlib.import_module(package)

    def move(connection: Connection) -> None:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        connection.commit()
        command.upgrade(configured(connection, schema, package), to)
        connection.commit()

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
    )
    async with engine.connect() as connection:
        await connection.run_sync(move)
    await engine.dispose()


async def _found(url: str, schema: str) -> tuple[dict[str, Any], set[str]]:
    connection = await asyncpg.connect(url)
    try:
        columns = {row["name"]: row for row in await connection.fetch(_COLUMNS, schema)}
        return columns, {row["name"] for row in await connection.fetch(_LIMITS, schema)}
    finally:
        await connection.close()


def taken_away(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What code that knows the columns of before cannot do any more."""
    tables = {name.partition(".")[0] for name in before}
    found = [f"{name} is gone" for name in before if name not in after]
    for name, column in after.items():
        is_filled = column["may_be_null"] or column["has_default"]
        if name in before:
            if column["data_type"] != before[name]["data_type"]:
                found.append(f"{name} has another type")
            if before[name]["may_be_null"] and not column["may_be_null"]:
                found.append(f"{name} must be said now")
            if before[name]["has_default"] and not is_filled:
                found.append(f"{name} has no default any more")
        elif name.partition(".")[0] in tables and not is_filled:
            found.append(f"{name} must be said, and older code does not know it")
    return found


@pytest.mark.parametrize(("version", "schema"), VERSIONS)
async def test_migrations_since_the_oldest_version_only_add(
    empty_database_url: str, version: Oldest, schema: str
) -> None:
    await _moved(empty_database_url, schema, version.tables[schema])
    before, limits_before = await _found(empty_database_url, schema)
    await _moved(empty_database_url, schema, "head")
    after, limits = await _found(empty_database_url, schema)
    assert before
    assert taken_away(before, after) == []
    tables = {f"{schema}.{name.partition('.')[0]}" for name in before}
    assert {each for each in limits - limits_before if each.partition(":")[0] in tables} == set()
    assert limits_before - limits == set()  # what `ON CONFLICT` of older code names


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("ALTER TABLE notifier.requests RENAME COLUMN about TO of", "requests.about is gone"),
        ("DROP TABLE notifier.opt_outs", "opt_outs.at is gone"),
        (
            "ALTER TABLE notifier.requests ALTER COLUMN about TYPE bytea USING about::bytea",
            "requests.about has another type",
        ),
        ("ALTER TABLE notifier.requests ALTER COLUMN about SET NOT NULL", "about must be said now"),
        (
            "ALTER TABLE notifier.notifications ALTER COLUMN priority DROP DEFAULT",
            "priority has no default any more",
        ),
        (
            "ALTER TABLE notifier.requests ADD COLUMN mood text NOT NULL",
            "requests.mood must be said, and older code does not know it",
        ),
    ],
)
async def test_what_is_taken_away_is_seen(
    empty_database_url: str, statement: str, problem: str
) -> None:
    await _moved(empty_database_url, "notifier", "head")
    before, _ = await _found(empty_database_url, "notifier")
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(statement)
    await connection.close()
    after, _ = await _found(empty_database_url, "notifier")
    assert any(problem in each for each in taken_away(before, after))
