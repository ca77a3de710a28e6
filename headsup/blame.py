"""Which records of a batch are to blame for that it cannot be written: one of them may hold a value
that the database refuses, or that our own code breaks on. They are found by halves, in rehearsals
of which nothing is kept, and set aside; the rest is written.
"""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import asyncpg

from headsup.contracts.envelope import EventRefusedError, RefusalCode
from headsup.kafka.consumer import Record
from headsup.postgres import DATABASE_AWAY, is_about_a_value
from headsup.streak import LineStoppedError, Place, place

NOBODY: Final[frozenset[Place]] = frozenset()

Rehearse = Callable[[Sequence[Record]], Awaitable[None]]
"""Does with records all that is done with a batch, and takes it back. Raises what that raises."""


def may_be_of_a_record(error: Exception) -> bool:
    """Whether a record may be to blame. For a database that is away, or a table that is missing, no
    record is."""
    if is_about_a_value(error):
        return True
    return not isinstance(error, (asyncpg.PostgresError, LineStoppedError, *DATABASE_AWAY))


async def to_blame(records: Sequence[Record], rehearse: Rehearse) -> set[Place]:
    """Where the records lie that cannot be written even alone; none when it works by now.

    Raises LineStoppedError when they only fail together, and whatever is no record's fault.
    """
    if await _works(records, rehearse):
        return set()
    found, pieces = set(), [records]
    while pieces:
        piece = pieces.pop()
        middle = len(piece) // 2
        if middle == 0:
            found.add(place(piece[0]))
        else:
            halves = (piece[:middle], piece[middle:])
            pieces += [half for half in halves if not await _works(half, rehearse)]
    if not found:
        raise LineStoppedError(f"{len(records)} records can be written apart, but not together")
    return found


async def _works(records: Sequence[Record], rehearse: Rehearse) -> bool:
    try:
        await rehearse(records)
    except Exception as error:
        if not may_be_of_a_record(error):
            raise
        return False
    return True


def expect_blameless(record: Record, blamed: AbstractSet[Place]) -> None:
    """Raises EventRefusedError for a record that is to blame."""
    if blamed and place(record) in blamed:
        raise EventRefusedError(RefusalCode.BAD_DATA, "data", "could not be taken in")
