"""When which cart is to be looked at, so that a tick costs what is due. Kept in memory only, and
rebuilt from the table.

What is due soon lies in a heap, what is due later in spans of time, unsorted: a million entries of
a heap take 100 MB, of spans 18. A cart that is touched again and again moves its time further and
further; its entry is not moved each time, but found too early once, and put back where it belongs.
"""

import heapq
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

Key = bytes
SPAN: Final = 600.0
"""Seconds of each span."""


@dataclass(slots=True)
class _Span:
    """What is due within it."""

    moments: "array[float]" = field(default_factory=lambda: array("d"))
    keys: list[Key] = field(default_factory=list)
    """In the same order."""


class _Line:
    """What is to be looked at of one partition."""

    def __init__(self) -> None:
        self.heap: list[tuple[float, Key]] = []
        self._later: dict[int, _Span] = {}
        self._numbers: list[int] = []
        """Of the spans, as a heap."""
        self._begun = float("-inf")
        """The number of the first span that has not begun."""

    def put(self, key: Key, moment: float) -> None:
        number = int(moment // SPAN)
        if number < self._begun:
            heapq.heappush(self.heap, (moment, key))
            return
        span = self._later.get(number)
        if span is None:
            span = self._later[number] = _Span()
            heapq.heappush(self._numbers, number)
        span.moments.append(moment)
        span.keys.append(key)

    def until(self, moment: float) -> list[tuple[float, Key]]:
        """The heap, with all in it that lies in spans that have begun by then."""
        while self._numbers and self._numbers[0] * SPAN <= moment:
            number = heapq.heappop(self._numbers)
            span = self._later.pop(number)
            self.heap.extend(zip(span.moments, span.keys, strict=True))
            heapq.heapify(self.heap)
            self._begun = number + 1
        return self.heap

    def __len__(self) -> int:
        return len(self.heap) + sum(len(span.keys) for span in self._later.values())


class Due:
    """Moments in seconds since 1970, by partition and key. For each key there is an entry that is
    not later than its moment; there may be more."""

    def __init__(self) -> None:
        self._lines: dict[int, _Line] = {}

    def rebuild(self, moments: Iterable[tuple[int, float, Key]]) -> None:
        """Forgets everything, and takes partition, moment and key of each."""
        self._lines = {}
        for partition, moment, key in moments:
            self.put(partition, key, moment)

    def moved(self, partition: int, key: Key, before: float | None, after: float | None) -> None:
        """The moment of a key is another now; None where there is, or was, none."""
        if after is not None and (before is None or after < before):
            self.put(partition, key, after)

    def is_due(self, partition: int, moment: float) -> bool:
        """Whether an entry of this partition is not later than the moment."""
        heap = self._until(partition, moment)
        return bool(heap) and heap[0][0] <= moment

    def take(self, partition: int, moment: float, most: int) -> Iterator[Key]:
        """Removes and gives the keys whose entries are not later than the moment, at most so many
        entries. Whoever takes one says with `put` when it is to be looked at next."""
        heap = self._until(partition, moment)
        while heap and heap[0][0] <= moment and most > 0:
            most -= 1
            yield heapq.heappop(heap)[1]

    def put(self, partition: int, key: Key, moment: float) -> None:
        """The key is to be looked at then."""
        line = self._lines.get(partition)
        if line is None:
            line = self._lines[partition] = _Line()
        line.put(key, moment)

    def _until(self, partition: int, moment: float) -> list[tuple[float, Key]]:
        line = self._lines.get(partition)
        return line.until(moment) if line is not None else []

    def __len__(self) -> int:
        """The entries."""
        return sum(map(len, self._lines.values()))
