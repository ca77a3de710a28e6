"""When which cart is to be looked at: a heap for each partition, so that a tick costs what is due.

It is kept in memory only, and rebuilt from the table. A cart that is touched again and again moves
its time further and further; its entry is not moved each time, but found too early once, and put
back where it belongs.
"""

import heapq
from collections.abc import Iterable, Iterator

Key = bytes


class Due:
    """Moments in seconds since 1970, by partition and key. For each key there is an entry that is
    not later than its moment; there may be more."""

    def __init__(self) -> None:
        self._heaps: dict[int, list[tuple[float, Key]]] = {}

    def rebuild(self, moments: Iterable[tuple[int, float, Key]]) -> None:
        """Forgets everything, and takes partition, moment and key of each."""
        self._heaps = {}
        for partition, moment, key in moments:
            self._heaps.setdefault(partition, []).append((moment, key))
        for heap in self._heaps.values():
            heapq.heapify(heap)

    def moved(self, partition: int, key: Key, before: float | None, after: float | None) -> None:
        """The moment of a key is another now; None where there is, or was, none."""
        if after is not None and (before is None or after < before):
            heapq.heappush(self._heaps.setdefault(partition, []), (after, key))

    def is_due(self, partition: int, moment: float) -> bool:
        """Whether an entry of this partition is not later than the moment."""
        heap = self._heaps.get(partition, [])
        return bool(heap) and heap[0][0] <= moment

    def partitions(self, moment: float) -> list[int]:
        """Those with an entry that is not later than the moment."""
        return [number for number in self._heaps if self.is_due(number, moment)]

    def take(self, partition: int, moment: float, most: int) -> Iterator[Key]:
        """Removes and gives the keys whose entries are not later than the moment, at most so many
        entries. Whoever takes one says with `put` when it is to be looked at next."""
        heap = self._heaps.get(partition, [])
        while heap and heap[0][0] <= moment and most > 0:
            most -= 1
            yield heapq.heappop(heap)[1]

    def put(self, partition: int, key: Key, moment: float) -> None:
        """The key is to be looked at then."""
        heapq.heappush(self._heaps.setdefault(partition, []), (moment, key))

    def next(self, partitions: Iterable[int]) -> float | None:
        """The earliest entry of these partitions."""
        tops = [heap[0][0] for number in partitions if (heap := self._heaps.get(number))]
        return min(tops, default=None)

    def __len__(self) -> int:
        """The entries."""
        return sum(map(len, self._heaps.values()))
