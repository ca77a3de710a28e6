"""Which partitions are behind: what was read of them is old, and more waits. Pure.

Who is behind does not know the present, so it must not speak of it: what it would say may be
overtaken by what it has not read yet. Partitions of one number belong together, because all that
concerns an order (or a person) is under that number on every topic.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from headsup.kafka.consumer import Partition

OLD: Final = timedelta(seconds=60)
"""A partition of which only what is older than this was read falls behind."""
YOUNG: Final = timedelta(seconds=10)
"""It is current again when it was read up to this. The gap keeps it from going to and fro."""


class Backlog:
    """Remembers which partition numbers are current. What it was never told of is behind."""

    def __init__(self) -> None:
        self._current: frozenset[int] = frozenset()

    def look(self, reached: Mapping[Partition, datetime | None], now: datetime) -> frozenset[int]:
        """The partition numbers that are behind now.

        `reached` says up to which moment each of our partitions was read (`Consumer.reached`; None
        where nobody knows); `now` is real time, as in records, not the clock of the business. One
        partition that is behind makes its number so.
        """
        behind = {p.number for p, moment in reached.items() if self._is_behind(p, moment, now)}
        self._current = frozenset(p.number for p in reached) - behind
        return frozenset(behind)

    def _is_behind(self, partition: Partition, moment: datetime | None, now: datetime) -> bool:
        if moment is None:
            return True
        allowed = OLD if partition.number in self._current else YOUNG
        return now - moment > allowed
