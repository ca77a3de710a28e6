"""Steps of a migration beside which the services go on, however large a table is.

Each is committed on its own, before the migration is: it does nothing where it was done already, so
that a migration that was interrupted can be run again. They come first in it; what belongs to one
transaction, such as new tables, comes after them.
"""

from collections.abc import Sequence
from typing import Any, Final

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

LONGEST_WAIT: Final = 500
"""Milliseconds for which a table's lock is asked for. Whoever uses the table meanwhile waits
behind it for as long, and no longer."""
BETWEEN: Final = 2.0
"""Seconds until it is asked for again: those who waited go first."""
TRIES: Final = 150
"""Five minutes, and a little."""
BLOCKS: Final = 256
"""Of one bite: two megabytes of a table."""
PASSES: Final = 5
"""Through a table. What the last one still finds was written while it went on."""
_BITE: Final = 1000
_NOT_AVAILABLE: Final = "55P03"


class TableInUseError(Exception):
    """Somebody held a table all the time: a long transaction, such as a forgotten one."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"{table} could not be locked for {LONGEST_WAIT} ms in {TRIES} tries. Look for a long"
            " transaction in pg_stat_activity, end it, and run this again."
        )


def needs(version: str) -> None:
    """Says of a schema that took something away that code older than this version, such as
    "notifier_0023", may not use it any more: it ends at its start, with a sentence. What only adds
    does not need it; the version before goes on beside it."""
    schema = version.rpartition("_")[0]
    op.execute(f"COMMENT ON TABLE {schema}.alembic_version IS '{version}'")


def add_columns(table: str, *columns: str) -> None:
    """Nullable ones, or with a constant default: no row is written."""
    _altered(table, "ADD COLUMN IF NOT EXISTS", columns)


def drop_columns(table: str, *names: str) -> None:
    """Removes columns; their bytes stay until a row is written again."""
    _altered(table, "DROP COLUMN IF EXISTS", names)


def build_index(name: str, on: str) -> None:
    """Builds `name` (with its schema) `on` a table while others write to it. What an interrupted
    run left, which PostgreSQL keeps up to date and never reads, is built anew."""
    with op.get_context().autocommit_block():
        is_broken = "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"
        if op.get_bind().execute(text(is_broken), {"name": name}).scalar():
            op.execute(f"DROP INDEX CONCURRENTLY {name}")
        own = name.rpartition(".")[2]
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {own} ON {on}")


def drop_index(name: str) -> None:
    """Removes an index (with its schema) while others read."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def in_bites(found: str, change: str) -> None:
    """Runs `change` for what `found` names, a thousand at a time (`:bite`, a list)."""
    with op.get_context().autocommit_block():
        bind = op.get_bind()
        names: Sequence[Any] = bind.execute(text(found)).scalars().all()
        for start in range(0, len(names), _BITE):
            bind.execute(text(change), {"bite": names[start : start + _BITE]})


def block_by_block(table: str, change: str) -> None:
    """Runs `change` from a table's beginning to its end, as far as it has grown by then, for the
    rows that lie between `:first` (a tid) and `:last`; and again until there is nothing left to
    change, because a row that is written meanwhile may move to where all was done. `change` must
    leave alone what it did before."""
    with op.get_context().autocommit_block():
        for _ in range(PASSES):
            if not _gone_through(table, change):
                break


def _gone_through(table: str, change: str) -> int:
    """How many rows were changed."""
    bind, block, changed = op.get_bind(), 0, 0
    blocks = text(f"SELECT pg_relation_size('{table}') / current_setting('block_size')::int")
    while block < (bind.execute(blocks).scalar() or 0):
        until = block + BLOCKS
        done = bind.execute(text(change), {"first": f"({block},0)", "last": f"({until},0)"})
        block, changed = until, changed + done.rowcount
    return changed


def _altered(table: str, how: str, what: Sequence[str]) -> None:
    statement = f"ALTER TABLE {table} " + ", ".join(f"{how} {each}" for each in what)
    with op.get_context().autocommit_block():
        op.execute(f"SET lock_timeout = {LONGEST_WAIT}")
        if not any(_done(statement) for _ in range(TRIES)):
            raise TableInUseError(table)
        op.execute("RESET lock_timeout")  # an index waits for others as long as it takes


def _done(statement: str) -> bool:
    try:
        op.execute(statement)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_AVAILABLE:
            raise
        op.execute(f"SELECT pg_sleep({BETWEEN})")  # nobody else's event loop waits
        return False
    return True
