"""Whether every record that was fetched comes to us, in its turn.

We commit behind the newest record that is done, whatever lies before it: marks of transactions, and
what compaction took, have no record. So a record that was fetched and let fall on the way to us
would be lost without a trace. Here it leaves one: the next one behind it is not taken.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any


class GapError(Exception):
    """A record was fetched, and the one behind it came to us first. The text says which."""


class Arrivals:
    """What was fetched of each partition and did not come yet. A partition is whatever its reader
    calls it."""

    def __init__(self) -> None:
        self._awaited: defaultdict[Any, deque[int]] = defaultdict(deque)
        self._newest: dict[Any, int] = {}

    def fetched(self, partition: Any, offsets: Iterable[int]) -> None:
        """These were, in their order. Those that were fetched before, as after going back, are not
        awaited a second time."""
        awaited = self._awaited[partition]
        newest = max(awaited[-1] if awaited else -1, self._newest.get(partition, -1))
        awaited.extend(offset for offset in offsets if offset > newest)

    def went_back(self) -> None:
        """What was fetched and did not come is fetched again."""
        self._awaited.clear()

    def left(self, partitions: Iterable[Any]) -> None:
        """Somebody else reads these from now on."""
        for partition in partitions:
            self._awaited.pop(partition, None)
            self._newest.pop(partition, None)

    def comes(self, partition: Any, offset: int) -> None:
        """One comes to us. Raises GapError when another one ought to have come before it."""
        awaited = self._awaited[partition]
        if awaited and awaited[0] < offset:
            raise GapError(f"offset {awaited[0]} of {partition} was fetched, and {offset} came")
        if awaited and awaited[0] == offset:
            awaited.popleft()
        self._newest[partition] = max(offset, self._newest.get(partition, -1))
