"""A streak of bad records: one is an accident and is set aside; many in a row are our fault, and
setting all of them aside would empty the topics into the dead letters. So the line stops. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from headsup.dead_letters import is_replayed
from headsup.kafka.consumer import Record

MOST_BAD_IN_A_ROW: Final = 50
"""So many stop the line, unless a setting says otherwise."""

Place = tuple[str, int, int]
"""Topic, partition and offset of a record."""


def place(record: Record) -> Place:
    """Where a record lies."""
    return record.topic, record.partition, record.offset


class LineStoppedError(Exception):
    """Too many records could not be read or decided. Nothing of their batch may be written, and
    nothing more may be read. The sentence says why, without a word of what they hold."""


@dataclass(frozen=True, slots=True)
class Streak:
    """The bad records since the last good one.

    It never changes: `after` returns the streak that counts once the batch was written, and a batch
    that was not written has not happened. The same record read again counts once, and a dead letter
    that was replayed not at all: else replaying many that are still bad would stop the line.
    """

    most: int = MOST_BAD_IN_A_ROW
    """So many in a row stop the line."""
    bad: frozenset[Place] = frozenset()

    def after(self, ends: Iterable[tuple[Record, bool]]) -> "Streak":
        """The streak after these records, each with whether it was good, in the order in which they
        were read. Raises LineStoppedError where it becomes too long."""
        bad = set(self.bad)
        for record, is_good in ends:
            if is_good:
                bad.clear()
            if is_good or is_replayed(record):
                continue
            bad.add(place(record))
            if len(bad) >= self.most:
                raise LineStoppedError(f"{len(bad)} records in a row could not be understood")
        return replace(self, bad=frozenset(bad))
