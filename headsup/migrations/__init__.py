"""Applies the services' versioned migrations with Alembic, each service in a schema of its own.

A service names its migrations by an entry point in the group `headsup.migrations`: the name is the
schema, the value the package that holds the versions.
"""

import asyncio
import importlib.resources
from dataclasses import dataclass
from importlib.metadata import entry_points

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from headsup.postgres import connect_once

GROUP = "headsup.migrations"
_LOCK = 0x48454144  # "HEAD": one migrator at a time


@dataclass(frozen=True, slots=True)
class Migrated:
    """What migrating one schema did: the revision before (None when new) and after."""

    schema: str
    before: str | None
    after: str | None


async def migrate(database_url: str) -> list[Migrated]:
    """Brings every schema to its newest version. Safe to run from several places at once.

    Raises SettingsError when no database answers.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://",
        # The address is read as the services read it: SQLAlchemy knows no sslmode, for one.
        async_creator=lambda: connect_once(database_url),
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            return [
                await connection.run_sync(_upgrade, point.name, point.value)
                for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)
            ]
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, schema: str, package: str) -> Migrated:
    config = Config()
    config.set_main_option("script_location", str(importlib.resources.files(__name__)))
    versions = str(importlib.resources.files(package))
    config.set_main_option("version_locations", versions)
    config.set_main_option("path_separator", "newline")
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    connection.commit()
    before = _revision(connection, schema)
    config.attributes.update(connection=connection, schema=schema)
    command.upgrade(config, "head")
    connection.commit()
    return Migrated(schema, before, ScriptDirectory.from_config(config).get_current_head())


def _revision(connection: Connection, schema: str) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": schema})
    revision = context.get_current_revision()
    connection.commit()
    return revision


def migrate_now(database_url: str) -> list[Migrated]:
    """`migrate`, for a caller without an event loop."""
    return asyncio.run(migrate(database_url))
