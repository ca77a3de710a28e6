"""What others bring us, and wait until it is written: a queue between them and the loop that
writes."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

PATIENCE: Final = 8.0
"""Seconds for which whoever brings something waits; Twilio waits for 15."""
POLL: Final = 0.5
"""Seconds after which the loop looks up when nobody comes."""

WordT = TypeVar("WordT")
EffectT = TypeVar("EffectT")


class NotTakenError(Exception):
    """It could not be written now; whoever brought it may come again."""


@dataclass(frozen=True, slots=True)
class Waiting(Generic[WordT, EffectT]):
    """Somebody who waits for what becomes of their word."""

    word: WordT
    done: "asyncio.Future[EffectT]"


class Brought(Generic[WordT, EffectT]):
    """The queue. Words may come before anybody writes them."""

    def __init__(self, most_waiting: int, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._queue: asyncio.Queue[Waiting[WordT, EffectT]] = asyncio.Queue(most_waiting)

    async def take(self, word: WordT) -> EffectT:
        """What it did, when it is written and committed. Raises NotTakenError."""
        done: asyncio.Future[EffectT] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait(Waiting(word, done))
            async with asyncio.timeout(self._patience):
                return await done
        except (asyncio.QueueFull, TimeoutError) as error:
            raise NotTakenError from error

    async def next(self) -> Waiting[WordT, EffectT] | None:
        """Whoever waits longest; None when nobody comes for a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                return await self._queue.get()
        return None

    async def waiting(self, most: int) -> list[Waiting[WordT, EffectT]]:
        """Those that wait now, at most so many; none when none comes for a while."""
        first = await self.next()
        found = [first] if first else []
        while not self._queue.empty() and len(found) < most:
            found.append(self._queue.get_nowait())
        return found
