"""What is claimed and waits for its turn. The truth about it is read again when it waited for long:
news may have been withdrawn meanwhile, by any replica, and somebody may have bought, or want no
more."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from services.notifier.attempts import Claimed, Truth
from services.notifier.desk import Leased
from services.notifier.priorities import Priority

FRESH: Final = 0.5
"""Seconds for which what was read counts as the truth."""


LookAgain = Callable[[Sequence[Claimed]], Awaitable[Mapping[str, Truth]]]
"""Of those that are still ours to send, what is true of them by now."""


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Where something stands in the queue."""

    priority: Priority
    number: int
    leased: Leased = field(compare=False)


class Hand:
    """A queue: who goes first comes first, and else in the order of the claims."""

    def __init__(self, look_again: LookAgain) -> None:
        self._look_again = look_again
        self._queue: asyncio.PriorityQueue[_Place] = asyncio.PriorityQueue()
        self._numbers = count()
        self._waiting: set[Leased] = set()
        self._looking = asyncio.Lock()

    def put(self, leased: Leased) -> None:
        """It was claimed."""
        self._waiting.add(leased)
        place = _Place(leased.claimed.priority, next(self._numbers), leased)
        self._queue.put_nowait(place)

    async def take(self) -> Leased:
        """Waits for the next one."""
        leased = (await self._queue.get()).leased
        self._waiting.discard(leased)
        return leased

    def take_all(self) -> list[Leased]:
        """Everything that waits."""
        taken = [self._queue.get_nowait().leased for _ in range(self._queue.qsize())]
        self._waiting.clear()
        return taken

    async def refresh(self, leased: Leased) -> None:
        """Reads the truth about it again, unless it is fresh, and about all that wait with it: one
        query for all, twice a second at most. Raises what `DATABASE_AWAY` names."""
        now = asyncio.get_running_loop().time
        if now() - leased.looked_at <= FRESH:
            return  # and waits for nobody who looks after others
        async with self._looking:
            if now() - leased.looked_at <= FRESH:
                return
            looked_at = now()
            asked = [one for one in (leased, *self._waiting) if looked_at - one.looked_at > FRESH]
            found = await self._look_again([one.claimed for one in asked])
            for one in asked:
                one.looked_at = looked_at
                truth = found.get(one.claimed.id)
                one.is_lost = truth is None
                if truth is not None:
                    one.claimed = truth.about(one.claimed)
