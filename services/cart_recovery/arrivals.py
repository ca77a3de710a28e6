"""Whether every record that was fetched comes to us, in its turn.

We commit behind the newest record that is done, whatever lies before it: marks of transactions, and
what compaction took, have no record. So a record that was fetched and let fall on the way to us
would be lost without a trace. Here it leaves one: the next one behind it is not taken.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any, NamedTuple


class GapError(Exception):
    """A record was fetched, and the one behind it came to us first. The text says which."""


class _Fetched(NamedTuple):
    """A record."""

    offset: int
    size: int


class Arrivals:
    """What was fetched of each partition and did not come yet. A partition is whatever its reader
    calls it."""

    def __init__(self) -> None:
        self._awaited: defaultdict[Any, deque[_Fetched]] = defaultdict(deque)
        self._newest: dict[Any, int] = {}
        self.size = 0
        """Bytes of what did not come yet, about."""

    def fetched(self, partition: Any, offsets: Iterable[int], size: int = 0) -> None:
        """These were, in their order; `size` is the bytes of each. Those that were fetched before,
        as after going back, are not awaited a second time."""
        awaited = self._awaited[partition]
        newest = max(awaited[-1].offset if awaited else -1, self._newest.get(partition, -1))
        new = [_Fetched(offset, size) for offset in offsets if offset > newest]
        awaited.extend(new)
        self.size += size * len(new)

    def went_back(self) -> None:
        """What was fetched and did not come is fetched again."""
        self._awaited.clear()
        self.size = 0

    def left(self, partitions: Iterable[Any]) -> None:
        """Somebody else reads these from now on."""
        for partition in partitions:
            self.size -= sum(each.size for each in self._awaited.pop(partition, ()))
            self._newest.pop(partition, None)

    def comes(self, partition: Any, offset: int) -> None:
        """One comes to us. Raises GapError when another one ought to have come before it."""
        awaited = self._awaited[partition]
        if awaited and awaited[0].offset < offset:
            missed = awaited[0].offset
            raise GapError(f"offset {missed} of {partition} was fetched, and {offset} came")
        if awaited and awaited[0].offset == offset:
            self.size -= awaited.popleft().size
        self._newest[partition] = max(offset, self._newest.get(partition, -1))
