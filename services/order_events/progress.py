"""How far the topics were read, and so of which orders something may be said. Pure, but for the
clock.

An order is known when everything about it was read that was written a moment ago. Outcomes do not
count: they say what became of our messages, not what is true of the order.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from headsup.clock import Clock
from headsup.contracts.registry import Topic
from headsup.kafka.backlog import Backlog
from headsup.kafka.consumer import Partition

COUNTED = (
    Topic.ORDERS,
    Topic.PAYMENTS,
    Topic.SHIPMENTS,
    Topic.RETURNS,
    Topic.SUPPORT,
    Topic.INCIDENTS,
    Topic.REPLIED,
)

Reached = Mapping[Partition, datetime | None]


class Reader(Protocol):
    """Knows how far it read; a `Consumer`."""

    def reached(self, *topics: str) -> Reached:
        """Up to which moment each partition of these topics was read."""
        ...

    def partitions(self) -> int:
        """How many partitions the topics have."""
        ...


class Progress:
    """Tells partition numbers that are current from those that are behind.

    Twice: for the batch in hand, which counts as read; and for the sweep beside it, for which it
    counts only once it was written.
    """

    def __init__(self, reader: Reader, real: Clock, *, prefix: str) -> None:
        self._reader = reader
        self._real = real
        self._topics = tuple(prefix + topic for topic in COUNTED)
        self._read: Reached = {}
        self._written: Reached = {}
        self._for_batches, self._for_sweeps = Backlog(), Backlog()
        self.behind = 0
        """How many partition numbers of ours were not current when we last read."""

    def read(self) -> frozenset[int]:
        """A batch was read, maybe an empty one; the partition numbers that are current with it."""
        self._read = self._reader.reached(*self._topics)
        current = self._current(self._for_batches, self._read)
        self.behind = len({partition.number for partition in self._read} - current)
        return current

    def wrote(self) -> None:
        """All that was read is written."""
        self._written = self._read

    def swept(self) -> frozenset[int]:
        """The partition numbers of ours whose orders may be swept now."""
        return self._current(self._for_sweeps, self._written)

    def ours(self) -> frozenset[int]:
        """The partition numbers that are ours, those that are behind included."""
        return frozenset(partition.number for partition in self._read)

    def partitions(self) -> int:
        """How many partitions the topics have."""
        return self._reader.partitions()

    def _current(self, backlog: Backlog, reached: Reached) -> frozenset[int]:
        behind = backlog.look(reached, self._real.now())
        return frozenset(partition.number for partition in reached) - behind
