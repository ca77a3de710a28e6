"""Applies the services' versioned migrations with Alembic, each service in a schema of its own.

A service names its migrations by an entry point in the group `headsup.migrations`: the name is the
schema, the value the package that holds the versions.
"""

import asyncio
import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from headsup.migrations.users import let_in
from headsup.postgres import asking, connect_once
from headsup.settings import READ_ONLY, SettingsError
from headsup.tables import Age, Tables, look, versions_of

GROUP = "headsup.migrations"
_LOCK = 0x48454144  # "HEAD": one migrator at a time
_EVERY = 0.5  # seconds
_OWNER = (
    "The user in DATABASE_URL may not make or change tables here: give the address of the user who "
    "owns the database, or else those who were there first."
)
_WHY_NOT = {
    "42501": _OWNER,  # insufficient_privilege
    "25006": READ_ONLY,  # read_only_sql_transaction
}


@dataclass(frozen=True, slots=True)
class Migrated:
    """What migrating one schema did: the revision before (None when new) and after."""

    schema: str
    before: str | None
    after: str | None
    is_ahead: bool = False
    """A newer version was here, beside which this one can work. Nothing was done."""
    users: tuple[str, ...] = ()
    """Those beside the owner that may use it: `headsup.migrations.users`."""


async def migrate(database_url: str) -> list[Migrated]:
    """Brings every schema to its newest version. Safe to run from several places at once.

    What a newer version left is not touched: this one may come back after it.

    Raises SettingsError when no database answers, where we may not make tables or nobody may, and
    where a newer version took away what this one needs.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://",
        # The address is read as the services read it: SQLAlchemy knows no sslmode, for one.
        async_creator=lambda: connect_once(database_url),
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            await _alone(connection)
            return [await connection.run_sync(_upgrade, point) for point in _points()]
    except DBAPIError as error:
        why = _WHY_NOT.get(str(getattr(error.orig, "sqlstate", None)))
        if why is None:
            raise
        raise SettingsError([why]) from error
    finally:
        await engine.dispose()


async def _alone(connection: AsyncConnection) -> None:
    """Returns when no other migrator is at work. It is asked for again and again: whoever waits
    inside a statement is waited for by an index that is built beside the services, for ever."""
    while True:
        took = await connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK})
        await connection.commit()
        if took.scalar():
            return
        await asyncio.sleep(_EVERY)


async def tables_in(database_url: str, schemas: Sequence[str] | None = None) -> list[Tables]:
    """How every schema is, or these are, beside what is known here. Raises SettingsError when no
    database answers within `postgres.PATIENCE`, or nobody knows such a schema."""
    points = {point.name: point for point in _points()}
    if strangers := set(schemas or ()) - points.keys():
        known = " and ".join(points)
        raise SettingsError([f"There is no schema {', '.join(sorted(strangers))}, but {known}."])
    asked = [points[name] for name in schemas or points]
    async with asking(database_url) as connection:
        return [await look(connection, point.name, point.value) for point in asked]


def _points() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


def configured(connection: Connection, schema: str, package: str) -> Config:
    """What Alembic needs to know to move a schema by the versions in a package."""
    config = Config()
    config.set_main_option("script_location", str(importlib.resources.files(__name__)))
    versions = str(importlib.resources.files(package))
    config.set_main_option("version_locations", versions)
    config.set_main_option("path_separator", "newline")
    config.attributes.update(connection=connection, schema=schema)
    return config


def _upgrade(connection: Connection, point: EntryPoint) -> Migrated:
    schema, package = point.name, point.value
    config = configured(connection, schema, package)
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    connection.commit()
    before = _revision(connection, schema)
    found = Tables(schema, versions_of(schema, package), before, _least(connection, schema))
    if found.age is Age.TOO_FAR and found.problem:
        raise SettingsError([found.problem])
    if found.age is Age.AHEAD:
        return Migrated(schema, before, before, is_ahead=True)
    # Before, too: a pod that waited for a new table may use it from the first moment on.
    _let_in(connection, point)
    command.upgrade(config, "head")
    connection.commit()
    after = ScriptDirectory.from_config(config).get_current_head()
    return Migrated(schema, before, after, users=_let_in(connection, point))


def _let_in(connection: Connection, point: EntryPoint) -> tuple[str, ...]:
    others = [other.name for other in _points() if other.name != point.name]
    users = let_in(connection, point.name, point.value, others)
    connection.commit()
    return tuple(users)


def _revision(connection: Connection, schema: str) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": schema})
    revision = context.get_current_revision()
    connection.commit()
    return revision


def _least(connection: Connection, schema: str) -> str | None:
    """The oldest version whose code may use the tables, where one is named."""
    asked = text("SELECT obj_description(to_regclass(:table), 'pg_class')")
    least: str | None = connection.execute(asked, {"table": f"{schema}.alembic_version"}).scalar()
    connection.commit()
    return least


def migrate_now(database_url: str) -> list[Migrated]:
    """`migrate`, for a caller without an event loop."""
    return asyncio.run(migrate(database_url))
