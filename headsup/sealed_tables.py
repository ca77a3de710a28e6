"""The keys with which a schema's rows are written, and how rows come from one key to another.

Each schema notes the ids of those keys, and of each something that only it opens: so a service that
lacks one says so when it starts, and not when it meets the first of such rows.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Final

import msgspec

from headsup.address_keys import CLEAR, SETTING
from headsup.sealed import BrokenSealError, MissingKeyError, SealedColumn, Seals
from headsup.settings import SettingsError

GROUP: Final = "headsup.sealed"
AT_ONCE: Final = 200
"""Rows of one transaction: they are locked for some milliseconds."""
_PROOF: Final = b"headsup"

Change = Callable[[str, Sequence[str]], bytes | None]
"""Another JSON for a row's, given that and whose the row is (`owner`); None where it stays."""


@dataclass(frozen=True, slots=True)
class Walked:
    """How far it is."""

    seen: int
    """Rows that were looked at."""
    changed: int
    """Those of them that were written anew."""


OnPage = Callable[[Walked], None]


async def check(database: Any, schema: str, by: Seals | None) -> None:
    """Both: `expect` and `note`."""
    await expect(database, schema, by)
    await note(database, schema, by)


async def expect(database: Any, schema: str, by: Seals | None, *, lost: str | None = None) -> None:
    """Raises SettingsError with what to do where a key with which rows were written is missing, or
    is another one. Nobody is asked for the key `lost`."""
    rows = await database.fetch(f"SELECT id, proof FROM {schema}.address_keys")  # noqa: S608
    asked = [row for row in rows if row["id"] != lost]
    problems = [problem for row in asked if (problem := _problem(row, schema, by))]
    if problems:
        raise SettingsError(problems)


async def note(database: Any, schema: str, by: Seals | None, *, lost: str | None = None) -> None:
    """Notes the key that is written with: from then on nobody starts without it. Raises as `expect`
    where somebody noted another one under its name."""
    if by is not None and by.writes is not None:
        await database.execute(
            f"INSERT INTO {schema}.address_keys (id, proof) VALUES ($1, $2)"  # noqa: S608
            " ON CONFLICT DO NOTHING",
            by.writes,
            by.seal(_PROOF, schema),
        )
        await expect(database, schema, by, lost=lost)


def _problem(row: Any, schema: str, by: Seals | None) -> str | None:
    if by is None:
        return f"{SETTING} is missing: rows of {schema} are encrypted with its key {row['id']!r}."
    try:
        by.open(row["proof"], schema)
    except MissingKeyError as error:
        return f"{error} (of {schema})."
    except BrokenSealError:
        return (
            f"{SETTING} is wrong: its key {row['id']!r} is another one than that with which rows "
            f"of {schema} are written."
        )
    return None


async def forget_keys(database: Any, schema: str, ids: Collection[str]) -> None:
    """No row is written with these any more."""
    await database.execute(
        f"DELETE FROM {schema}.address_keys WHERE id = ANY($1::text[])",  # noqa: S608
        sorted(ids),
    )


async def known_keys(database: Any, schema: str) -> set[str]:
    """The ids of the keys with which rows were written."""
    rows = await database.fetch(f"SELECT id FROM {schema}.address_keys")  # noqa: S608
    return {row["id"] for row in rows}


def lent() -> list[Any]:
    """The services' columns. A service lends them by an entry point in the group `headsup.sealed`,
    so that the library never imports a service."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [column for point in points for column in point.load()]


def columns() -> list[SealedColumn]:
    """Those of JSON; `named_columns` are the others."""
    return [column for column in lent() if isinstance(column, SealedColumn)]


def schemas() -> list[str]:
    """Those of the columns."""
    return sorted({column.table.partition(".")[0] for column in columns()})


async def renew(
    connection: Any, column: SealedColumn, change: Change, on_page: OnPage
) -> Counter[str]:
    """Changes rows, and says with which keys they are written then, and how many with each; CLEAR
    stands for those with something in clear.

    Services write beside it: nothing is locked but what is changed, and that is looked at once more
    under its lock. Whatever ends it, what is done stays done. What cannot be read is left.
    """
    found: Counter[str] = Counter()
    seen = changed = 0
    async for page in _pages(connection, column):
        wanted = [row for row in page if _new(column, row, change) is not None]
        written = await _renew(connection, column, change, wanted) if wanted else {}
        for row in page:
            found.update(_keys(column, written.get(_place(column, row), row[-1])))
        seen, changed = seen + len(page), changed + len(written)
        on_page(Walked(seen, changed))
    return found


async def _renew(
    connection: Any, column: SealedColumn, change: Change, wanted: Sequence[Any]
) -> dict[tuple[str, ...], str]:
    names = ", ".join(column.keys)
    given = ", ".join(f"${number}::text[]" for number, _ in enumerate(column.keys, 1))
    same = " AND ".join(f"known.{name} = fresh.{name}" for name in column.keys)
    async with connection.transaction():
        rows = await connection.fetch(
            f"{_selected(column)}"  # noqa: S608 - our own words
            f" WHERE ({names}) IN (SELECT * FROM unnest({given})) ORDER BY {names} FOR UPDATE",
            *zip(*(_place(column, row) for row in wanted), strict=True),
        )
        changed = ((_place(column, row), _new(column, row, change)) for row in rows)
        fresh = {place: new.decode() for place, new in changed if new}
        if fresh:
            await connection.execute(
                f"UPDATE {column.table} AS known"  # noqa: S608 - our own words
                f" SET {column.column} = {_AS_COLUMN[column.kind]}"
                f" FROM unnest({given}, ${len(column.keys) + 1}::text[]) AS fresh ({names}, json)"
                f" WHERE {same}",
                *zip(*fresh, strict=True),
                list(fresh.values()),
            )
    return fresh


_AS_TEXT: Final = {"jsonb": "{}::text", "bytea": "convert_from({}, 'UTF8')"}
_AS_COLUMN: Final = {"jsonb": "json::jsonb", "bytea": "convert_to(json, 'UTF8')"}


def _selected(column: SealedColumn) -> str:
    """Reads of rows what they are found by, whose they are, and their JSON."""
    names = ", ".join((*column.keys, *column.owner))
    return f"SELECT {names}, {_AS_TEXT[column.kind].format(column.column)} FROM {column.table}"  # noqa: S608


async def _pages(connection: Any, column: SealedColumn) -> AsyncIterator[Sequence[Any]]:
    """The rows in order, so many at once, as `_selected` reads them."""
    names = ", ".join(column.keys)
    after = ", ".join(f"${number}" for number, _ in enumerate(column.keys, 1))
    statement = (
        f"{_selected(column)} WHERE ({names}) > ({after}) AND {column.column} IS NOT NULL"
        f" ORDER BY {names} LIMIT {AT_ONCE}"
    )
    last = ("",) * len(column.keys)
    while page := await connection.fetch(statement, *last):
        yield page
        last = _place(column, page[-1])


def _place(column: SealedColumn, row: Any) -> tuple[str, ...]:
    return tuple(row[: len(column.keys)])


def _new(column: SealedColumn, row: Any, change: Change) -> bytes | None:
    try:
        return change(row[-1], tuple(row[len(column.keys) : -1]))
    except msgspec.MsgspecError:
        return None


def _keys(column: SealedColumn, row: str) -> set[str]:
    found = column.keys_in(row)
    return found | {CLEAR} if column.has_clear(row) else found
