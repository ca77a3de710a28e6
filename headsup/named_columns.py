"""Columns of addresses by which rows are looked up. Where there are keys, names stand for them
(`address_names`), in all such columns of a schema or in none (`name_keys`).

Here they are gone through block by block, which `renaming` does while nobody else writes to them.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import asyncpg

from headsup.address_names import is_address, is_named
from headsup.sealed_tables import OnPage, Walked, lent

_BLOCKS: Final = 256
"""Of a table, that one transaction goes through: two megabytes."""
_SIZE: Final = "SELECT pg_relation_size($1) / current_setting('block_size')::bigint"
_HERE: Final = "t.ctid >= $1::text::tid AND t.ctid < $2::text::tid"
_FRESH: Final = "unnest($3::text[], $4::text[]) AS fresh (before, entry)"
_BETWEEN: Final = "\x1f"
"""Between the entries of a list, which have no such character."""
_FORMS: Final = {
    # How it is read as a key, or as keys with something between them, and written back.
    "address": ("{kind} || ':' || t.{column}", "substr(fresh.entry, strpos(fresh.entry, ':') + 1)"),
    "key": ("t.{column}", "fresh.entry"),
    "keys": ("array_to_string(t.{column}, E'\\x1f')", "string_to_array(fresh.entry, E'\\x1f')"),
}

Change = Callable[[str], str | None]
"""Another key for a key; None where nobody knows any more what it was."""


class Lies(StrEnum):
    """How an address lies in a row."""

    CLEAR = "clear"
    NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedColumn:
    """A column of addresses."""

    table: str
    """With its schema."""
    column: str
    form: str
    """What it holds: an "address", a "key" (`sms:+380...`), or a list of "keys"."""
    kind: str = ""
    """Of an address, in SQL: where the kind stands."""
    is_emptied: bool = False
    """Whether a row stays without its address. Others go with it."""
    newest: str = ""
    """What says, in SQL, which of two rows counts that come to the same address: they differed in
    capitals only, or one was in clear beside a name. Empty where several may have it."""
    beside: tuple[str, ...] = ()
    """The other columns of the key in which the address is."""
    read_as: tuple[str, ...] = ()
    """The names under which statements read it, where rows open themselves (`sealed_rows`)."""

    async def walk(self, connection: Any, change: Change | None, on_page: OnPage) -> Counter[Lies]:
        """Goes through all rows, and changes them if that is asked for; says how many lie how
        then. Whatever ends it, what is done stays done, and is passed over the next time."""
        found: Counter[Lies] = Counter()
        block, seen, changed = 0, 0, 0
        blocks = await connection.fetchval(_SIZE, self.table)
        while block < blocks:
            here = (f"({block},0)", f"({block + _BLOCKS},0)")
            async with connection.transaction():
                counts = await self._counts(connection, here)
                fresh = {} if change is None else _changed(counts, change)
                await self._write(connection, here, fresh)
            for entry, rows in counts.items():
                seen += rows
                changed += rows if entry in fresh else 0
                lies = _lies(fresh.get(entry, entry))
                if lies is not None:
                    found[lies] += rows
            on_page(Walked(seen, changed))
            block += _BLOCKS
        return found

    @property
    def _read(self) -> str:
        return _FORMS[self.form][0].format(column=self.column, kind=self.kind)

    async def _counts(self, connection: Any, here: tuple[str, str]) -> dict[str, int]:
        rows = await connection.fetch(
            f"SELECT {self._read} AS entry, count(*) AS rows FROM {self.table} AS t"  # noqa: S608
            f" WHERE {_HERE} GROUP BY 1",
            *here,
        )
        return {row["entry"]: row["rows"] for row in rows if row["entry"]}

    async def _write(
        self, connection: Any, here: tuple[str, str], fresh: Mapping[str, str]
    ) -> None:
        new = {entry: then for entry, then in fresh.items() if then}
        gone = [entry for entry, then in fresh.items() if not then]
        if new:
            change = (*here, list(new), list(new.values()))
            try:
                async with connection.transaction():
                    await self._update(connection, change)
            except asyncpg.UniqueViolationError:
                if not self.newest:
                    raise
                await self._unite(connection, change)
                await self._update(connection, change)
        if gone:
            where = f"{_HERE} AND {self._read} = ANY($3::text[])"
            statement = f"DELETE FROM {self.table} AS t WHERE {where}"  # noqa: S608
            if self.is_emptied:
                empty = "'{}'" if self.form == "keys" else "''"
                statement = f"UPDATE {self.table} AS t SET {self.column} = {empty} WHERE {where}"  # noqa: S608
            await connection.execute(statement, *here, gone)

    async def _update(self, connection: Any, change: Sequence[Any]) -> None:
        await connection.execute(
            f"UPDATE {self.table} AS t SET {self.column} = {_FORMS[self.form][1]}"  # noqa: S608
            f" FROM {_FRESH} WHERE {_HERE} AND {self._read} = fresh.before",
            *change,
        )

    async def _unite(self, connection: Any, change: Sequence[Any]) -> None:
        """Leaves one of the rows that would come to the same address: the newest."""
        by = ", ".join(("address", *self.beside))
        beside = "".join(f", t.{name}" for name in self.beside)
        same = "".join(f" AND t.{name} = moving.{name}" for name in self.beside)
        await connection.execute(
            "WITH moving AS ("  # noqa: S608 - our own words
            f"SELECT t.ctid AS place, {_FORMS[self.form][1]} AS address{beside},"
            f" {self.newest} AS newest FROM {self.table} AS t, {_FRESH}"
            f" WHERE {_HERE} AND {self._read} = fresh.before"
            "), rivals AS (SELECT * FROM moving UNION"
            f" SELECT t.ctid, t.{self.column}{beside}, {self.newest} FROM {self.table} AS t"
            f" JOIN moving ON t.{self.column} = moving.address{same}"
            "), ranked AS (SELECT place,"
            f" row_number() OVER (PARTITION BY {by} ORDER BY newest DESC, place) AS rank"
            " FROM rivals)"
            f" DELETE FROM {self.table} AS t"
            " WHERE t.ctid = ANY(ARRAY(SELECT place FROM ranked WHERE rank > 1))",
            *change,
        )


def _changed(entries: Mapping[str, int], change: Change) -> dict[str, str]:
    """What becomes of those that do not stay as they are; nothing, where nobody knows it."""
    found = {}
    for entry in entries:
        keys = entry.split(_BETWEEN)
        new = [then for key in keys if (then := change(key) if is_address(key) else key)]
        if new != keys:
            found[entry] = _BETWEEN.join(new)
    return found


def _lies(entry: str) -> Lies | None:
    """How the addresses in it lie; None where there is none."""
    addresses = [key for key in entry.split(_BETWEEN) if is_address(key)]
    if not addresses:
        return None
    return Lies.NAMED if all(map(is_named, addresses)) else Lies.CLEAR


def columns(schema: str | None = None) -> list[NamedColumn]:
    """Those that services lend (`sealed_tables.lent`), of all schemas or of one."""
    found = [column for column in lent() if isinstance(column, NamedColumn)]
    return [one for one in found if schema is None or one.table.startswith(f"{schema}.")]


def schemas() -> list[str]:
    """Those of the columns."""
    return sorted({column.table.partition(".")[0] for column in columns()})
