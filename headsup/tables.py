"""Whether the tables are those that this version of a service knows: nobody starts on others."""

import importlib.resources
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import asyncpg

from headsup import logs
from headsup.settings import SettingsError

MIGRATE = "run `headsup db migrate` of this version"


class Age(StrEnum):
    """How the tables are, beside what is known of them here."""

    MISSING = "missing"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"
    """A newer version was here. Its changes are made so that the one before goes on beside it."""
    TOO_FAR = "too far ahead"
    """A newer version took away what this one needs."""
    CLOSED = "closed"
    """The user in DATABASE_URL may not even look."""


class Asked(Protocol):
    """A connection, or a pool of them."""

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """The first row, or None."""


@dataclass(frozen=True, slots=True)
class Tables:
    """One schema's."""

    schema: str
    known: tuple[str, ...]
    """The versions that were written when this was, the newest last."""
    found: str | None
    """The version that is there; None where there are no tables."""
    least: str | None = None
    """The oldest version whose code may use them, where one is named."""
    is_closed: bool = False
    """We may not look."""

    @property
    def age(self) -> Age:
        """How they are."""
        if self.is_closed:
            return Age.CLOSED
        if self.found is None:
            return Age.MISSING
        if self.found in self.known:
            return Age.CURRENT if self.found == self.known[-1] else Age.BEHIND
        return Age.TOO_FAR if self.least and self.least > self.known[-1] else Age.AHEAD

    @property
    def problem(self) -> str | None:
        """Why nobody starts on them, and what to do; None where one may."""
        match self.age:
            case Age.MISSING:
                return f"The database at DATABASE_URL has no tables of {self.schema}: {MIGRATE}."
            case Age.BEHIND:
                return (
                    f"The tables are at {self.found} and this version needs {self.known[-1]}: "
                    f"{MIGRATE}."
                )
            case Age.TOO_FAR:
                return (
                    f"The tables are at {self.found}, which needs {self.least} or newer, and this "
                    f"version is {self.known[-1]}: run the newer version, or restore the backup."
                )
            case Age.CLOSED:
                return (
                    f"The user in DATABASE_URL may not use the tables of {self.schema}: give the "
                    f"address of the user that is made for it; if it is, {MIGRATE}, as the owner."
                )
        return None


def versions_of(schema: str, package: str) -> tuple[str, ...]:
    """The versions of a schema, by the files in which they are written, the newest last."""
    files = (file.name for file in importlib.resources.files(package).iterdir())
    return tuple(sorted(f"{schema}_{name[:4]}" for name in files if name[:4].isdecimal()))


async def look(database: Asked, schema: str, package: str) -> Tables:
    """What is there."""
    known = versions_of(schema, package)
    table = f"{schema}.alembic_version"
    try:
        there = await database.fetchrow(
            "SELECT to_regclass($1)::oid, obj_description(to_regclass($1), 'pg_class')", table
        )
        if there[0] is None:
            return Tables(schema, known, None)
        row = await database.fetchrow(f"SELECT version_num FROM {table}")  # noqa: S608
    except asyncpg.InsufficientPrivilegeError:
        return Tables(schema, known, None, is_closed=True)
    return Tables(schema, known, row and row[0], there[1])


async def check(database: Asked, schema: str, package: str) -> None:
    """Raises SettingsError with what to do, unless this version can work on what is there."""
    tables = await look(database, schema, package)
    if tables.problem is not None:
        raise SettingsError([tables.problem])
    if tables.age is Age.AHEAD:
        logs.logger().warning(
            "a newer version migrated the tables; this one goes on beside it",
            tables=tables.found,
            known=tables.known[-1],
        )
