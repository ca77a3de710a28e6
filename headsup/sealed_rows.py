"""Connections whose rows open themselves, for a service that reads what is sealed in many places.

Only who has keys makes such: all others have connections and rows as asyncpg makes them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import asyncpg

from headsup.postgres import PLAIN, PooledConnection, Rows
from headsup.sealed import SealedColumn, Seals, is_sealed


class SealingConnection(PooledConnection):
    """One that knows what to write with; without one, `seals` is missing."""

    seals: ClassVar[Seals]


class OpeningRow(asyncpg.Record):
    """A row that opens what is sealed in it when it is asked for a column. Statements read beside
    it whose the row is (`SealedColumn.owner`), to whom the seals are bound.

    Asking raises MissingKeyError, and BrokenSealError where the seal is of another row.
    """

    seals: ClassVar[Seals]
    columns: ClassVar[Mapping[str, SealedColumn]]

    def __getitem__(self, name: Any) -> Any:
        """The value of a column, in clear."""
        value = super().__getitem__(name)
        if not isinstance(value, bytes | str) or name not in self.columns or not is_sealed(value):
            return value
        column = self.columns[name]
        whose = [super(OpeningRow, self).__getitem__(each) for each in column.owner]
        opened = column.opened(value, whose, self.seals)
        return opened.decode() if isinstance(value, str) and isinstance(opened, bytes) else opened

    def get(self, name: str, default: Any = None) -> Any:
        """The same, or another value where there is no such column."""
        try:
            return self[name]
        except KeyError:
            return default


def rows_with(by: Seals | None, columns: Iterable[SealedColumn]) -> Rows:
    """How rows are written and read with these seals: as they are where there are none."""
    if by is None:
        return PLAIN
    named = {name: column for column in columns for name in column.read_as}
    return Rows(
        connection=type("SealingConnection", (SealingConnection,), {"seals": by}),
        row=type("OpeningRow", (OpeningRow,), {"seals": by, "columns": named}),
    )
