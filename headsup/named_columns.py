"""Columns of addresses by which rows are looked up. Where there are keys, names stand for them
(`address_names`), in all such columns of a schema or in none (`name_keys`).

Here they are gone through block by block, which `renaming` does while nobody else writes to them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from typing import Any, Final

from headsup.address_names import is_address, is_named
from headsup.sealed_tables import OnPage, Walked, lent

_BLOCKS: Final = 256
"""Of a table, that one transaction goes through: two megabytes."""
_SIZE: Final = "SELECT pg_relation_size($1) / current_setting('block_size')::bigint"
_HERE: Final = "t.ctid >= $1::text::tid AND t.ctid < $2::text::tid"
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
    """The column that says which of two rows counts that differ in capitals only; empty where
    there are no such, because what is written there is in small letters."""
    beside: tuple[str, ...] = ()
    """The other columns by which a row is found."""
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

    async def unite(self, connection: Any) -> None:
        """Makes one of rows that will be found by the same name: the newest counts."""
        if not self.newest:
            return
        has_capitals = f"{self.column} <> lower({self.column})"
        rows = await connection.fetch(
            f"SELECT DISTINCT {self.column} FROM {self.table}"  # noqa: S608 - our own words
            f" WHERE {has_capitals} OR octet_length({self.column}) <> length({self.column})"
        )
        same = " AND ".join(f"old.{name} = new.{name}" for name in self.beside)
        await connection.execute(
            f"DELETE FROM {self.table} AS old"  # noqa: S608 - our own words
            f" USING {self.table} AS new, unnest($1::text[], $2::text[]) AS pair (one, other)"
            f" WHERE {same} AND old.{self.column} = pair.one AND new.{self.column} = pair.other"
            f" AND (old.{self.newest}, old.{self.column})"
            f" < (new.{self.newest}, new.{self.column})",
            *_pairs([row[0] for row in rows]),
        )

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
            await connection.execute(
                f"UPDATE {self.table} AS t SET {self.column} = {_FORMS[self.form][1]}"  # noqa: S608
                " FROM unnest($3::text[], $4::text[]) AS fresh (before, entry)"
                f" WHERE {_HERE} AND {self._read} = fresh.before",
                *here,
                list(new),
                list(new.values()),
            )
        if gone:
            where = f"{_HERE} AND {self._read} = ANY($3::text[])"
            statement = f"DELETE FROM {self.table} AS t WHERE {where}"  # noqa: S608
            if self.is_emptied:
                empty = "'{}'" if self.form == "keys" else "''"
                statement = f"UPDATE {self.table} AS t SET {self.column} = {empty} WHERE {where}"  # noqa: S608
            await connection.execute(statement, *here, gone)


def _changed(entries: Mapping[str, int], change: Change) -> dict[str, str]:
    """What becomes of those that do not stay as they are; nothing, where nobody knows it."""
    found = {}
    for entry in entries:
        keys = entry.split(_BETWEEN)
        new = [then for key in keys if (then := change(key) if is_address(key) else key)]
        if new != keys:
            found[entry] = _BETWEEN.join(new)
    return found


def _pairs(written: Iterable[str]) -> tuple[list[str], list[str]]:
    """Which addresses differ in capitals only, from each other or from what is in small letters: as
    names have it (`Names.of`), for what small letters are to PostgreSQL goes by its locale."""
    forms: dict[str, set[str]] = defaultdict(set)
    for each in filter(is_address, written):
        forms[each.lower()] |= {each, each.lower()}
    found = [pair for same in forms.values() for pair in permutations(sorted(same), 2)]
    return [one for one, _ in found], [other for _, other in found]


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
