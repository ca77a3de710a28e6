"""Connections whose rows open themselves, for a service that reads what is sealed in many places.

Only who has keys makes such: all others have connections and rows as asyncpg makes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import asyncpg

from headsup.address_names import opened
from headsup.named_columns import NamedColumn
from headsup.postgres import PLAIN, PooledConnection, Rows
from headsup.sealed import SealedColumn, Seals, is_sealed


class SealingConnection(PooledConnection):
    """One that knows what to write with; without one, `seals` is missing."""

    seals: ClassVar[Seals]


class OpeningRow(asyncpg.Record):
    """A row that opens what is sealed or named in it when it is asked for a column. Statements read
    beside it whose the row is (`SealedColumn.owner`), to whom the seals are bound.

    Asking raises MissingKeyError, and BrokenSealError where the seal is of another row.
    """

    seals: ClassVar[Seals]
    columns: ClassVar[Mapping[str, SealedColumn]]
    named: ClassVar[frozenset[str]]

    def __getitem__(self, name: Any) -> Any:
        """The value of a column, in clear."""
        if isinstance(name, slice):
            return tuple(self[number] for number in range(*name.indices(len(self))))
        value = super().__getitem__(name)
        if not isinstance(value, bytes | str | list):
            return value
        if isinstance(name, int):
            name = list(self.keys())[name]
        if name in self.named:
            return self._opened(value)
        if name not in self.columns or isinstance(value, list) or not is_sealed(value):
            return value
        column = self.columns[name]
        whose = [super(OpeningRow, self).__getitem__(each) for each in column.owner]
        found = column.opened(value, whose, self.seals)
        return found.decode() if isinstance(value, str) and isinstance(found, bytes) else found

    def _opened(self, value: Any) -> Any:
        names = self.seals.names
        if names is None or isinstance(value, bytes):
            return value
        if isinstance(value, list):
            return [opened(names, each) for each in value]
        return opened(names, value)

    def __iter__(self) -> Iterator[Any]:
        return (self[number] for number in range(len(self)))

    def values(self) -> Iterator[Any]:
        """Of all columns, in clear."""
        return iter(self)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Their names beside them."""
        return zip(self.keys(), self, strict=True)

    def get(self, name: str, default: Any = None) -> Any:
        """The same, or another value where there is no such column."""
        try:
            return self[name]
        except KeyError:
            return default


def rows_with(by: Seals | None, columns: Iterable[SealedColumn | NamedColumn]) -> Rows:
    """How rows are written and read with these seals: as they are where there are none."""
    if by is None:
        return PLAIN
    sealed: dict[str, SealedColumn] = {}
    named: set[str] = set()
    for column in columns:
        if isinstance(column, SealedColumn):
            sealed |= dict.fromkeys(column.read_as, column)
        else:
            named.update(column.read_as)
    kept = {"seals": by, "columns": sealed, "named": frozenset(named)}
    return Rows(
        connection=type("SealingConnection", (SealingConnection,), {"seals": by}),
        row=type("OpeningRow", (OpeningRow,), kept),
    )
