"""What others bring us, and wait until it is written: a queue between them and the loop that
writes."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from headsup import logs
from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.health import Health
from headsup.outbox import Committed
from services.notifier.ledger import Ledger, Transaction
from services.notifier.sealed_rows import OUT_OF_REACH

PATIENCE: Final = 8.0
"""Seconds for which whoever brings something waits; Twilio waits for 15."""
POLL: Final = 0.5
"""Seconds after which the loop looks up when nobody comes."""

WordT = TypeVar("WordT")
EffectT = TypeVar("EffectT")


class NotTakenError(Exception):
    """It could not be written now; whoever brought it may come again."""


class BrokenError(NotTakenError):
    """Something of ours breaks on it: what it needs cannot be read, or our code does not know what
    to do. The same would come of it again."""


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
        """What it did, when it is written and committed. Raises NotTakenError, and BrokenError of
        it where to come again is of no use."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scribe(Generic[WordT, EffectT]):
    """The loop that writes what is brought one by one, over one connection: a crowd takes nothing
    from the senders. What cannot be written now is said to be not taken."""

    name: str
    """The loop's."""
    brought: Brought[WordT, EffectT]
    write: Callable[[Transaction, WordT], Awaitable[tuple[EffectT, Committed]]]
    """Writes one word: what it did, and what is to be announced of it."""
    ledger: Ledger
    announcer: Announcer
    health: Health

    async def run(self, stop: asyncio.Event) -> None:
        """Writes until `stop` is set and nobody waits any more."""
        waiting = None
        while waiting is not None or not stop.is_set():
            self.health.turned(self.name)
            waiting = await self.brought.next()
            if waiting is not None and not waiting.done.done():
                await self._take(waiting)

    async def _take(self, waiting: Waiting[WordT, EffectT]) -> None:
        try:
            async with self.ledger.transaction() as transaction:
                effect, committed = await self.write(transaction, waiting.word)
        except Exception as error:  # noqa: BLE001 - given back to whoever brought it
            logs.logger().error("what somebody said was not taken", loop=self.name, error=error)
            is_away = isinstance(error, OUT_OF_REACH)
            if not waiting.done.done():
                waiting.done.set_exception(NotTakenError() if is_away else BrokenError())
            return
        await self.announcer.announce(committed)
        if not waiting.done.done():
            waiting.done.set_result(effect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """What every loop works with that writes what is brought."""

    ledger: Ledger
    announcer: Announcer
    clock: Clock
    health: Health
    prefix: str

    async def _serve(
        self,
        name: str,
        brought: Brought[WordT, EffectT],
        write: Callable[[Transaction, WordT], Awaitable[tuple[EffectT, Committed]]],
        stop: asyncio.Event,
    ) -> None:
        """Writes until `stop` is set and nobody waits any more."""
        scribe = Scribe(
            name=name,
            brought=brought,
            write=write,
            ledger=self.ledger,
            announcer=self.announcer,
            health=self.health,
        )
        await scribe.run(stop)
