"""The way out through one channel: what is due is claimed, waits its turn, and is attempted. Each
channel has its own, so that a slow provider holds up nobody else's messages."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from headsup import logs
from headsup.postgres import DATABASE_AWAY
from headsup.sealed import MissingKeyError
from services.notifier import attempts
from services.notifier.attempts import Result
from services.notifier.claims import Haul, Terms
from services.notifier.desk import Desk, Leased
from services.notifier.doubt import ASKED_FOR
from services.notifier.hand import Hand
from services.notifier.looks import POLL, Looks
from services.notifier.priorities import Priority, room_of
from services.notifier.sealed_rows import OUT_OF_REACH
from services.notifier.senders import Senders
from services.notifier.sending import Sending
from services.notifier.trace_rows import known
from services.notifier.writing import Writing

PAUSE: Final = 1.0
"""Seconds to wait after the database did not answer."""
CARE: Final = 3.0
"""Seconds after the database was away in which nobody's lease is taken over: whoever was sending
meanwhile writes first what became of it."""
LOOK_FOR_OVER: Final = 1.0
MOST_OVER: Final = 500
"""How often it is looked for what is over, in seconds, and how much of it is ended at once."""
GRACE: Final = 3.0
"""Seconds that sends under way are given at the end."""
NO_CONTEXTS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """How much at once. `concurrency` is of calls. `capacity` is what may be claimed: more than
    that only where a lease that runs out unused does no harm."""

    concurrency: int
    capacity: int

    @property
    def workers(self) -> int:
        """Attempts under way: one for each call, and for each four of them one that is made ready
        meanwhile, so that no call waits for words or for the ledger."""
        return self.concurrency + -(-self.concurrency // 4)


class Lane:
    """One channel's loop and its workers."""

    def __init__(self, senders: Senders, limits: LaneLimits, desk: Desk) -> None:
        self.channel = senders.channel
        self._senders = senders
        self._can_be_asked = any(sender.can_be_asked for sender in senders)
        self._limits = limits
        self._desk = desk
        self._writing = Writing(self.channel, desk)
        self._hand = Hand(desk.claims.look_again)
        self._sending = Sending(
            senders, self._writing, desk, self._hand.refresh, limits.concurrency
        )
        self._bell = desk.wakes.bell(self.channel)
        self._looks = Looks()
        self._outstanding = 0
        self._is_full = False
        self._stands_still = False
        self._now = asyncio.get_running_loop().time
        self._careful_until = self._looked_for_over = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until `stop` is set and the bell rings; then ends what is under way."""
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work()) for _ in range(self._limits.workers)]
            while not stop.is_set():
                await self._turn()
                now = self._now()
                await self._wait(min(self._looks.left(now), self._senders.left(now) or POLL))
            await self._finish()
            for worker in workers:
                worker.cancel()

    async def _turn(self) -> None:
        self._desk.health.turned(f"{self.channel} lane")
        if self._desk.results.is_behind or self._stands_still:
            return
        try:
            await self._end_what_is_over()
            await self._claim()
        except DATABASE_AWAY as error:
            logs.logger().error("nothing could be claimed", channel=self.channel, error=error)
            await asyncio.sleep(PAUSE)
            self._careful_until = self._now() + CARE
        except MissingKeyError as error:
            self._stands_still = True
            self._desk.health.lacks(f"{self.channel} lane", f"the line stopped: {error}")
            logs.logger().critical("the line stopped", channel=self.channel, error=error)

    async def _claim(self) -> None:
        """Claims as much as there is room for, what goes first first. While no sender may be used
        that is nothing: an outage costs no attempts."""
        now = self._now()
        available = self._senders.available(now)
        can_send = bool(available) and self._writing.left(now) == 0
        self._desk.metrics.paused(self.channel, is_paused=not can_send)
        if not can_send:
            return
        self._is_full = False
        self._looks.begin(self._desk.wakes.rung(self.channel))
        capacity = self._desk.paces.room(self.channel, self._limits.capacity, now)
        for priority in Priority:
            if not self._looks.is_worth(priority, now):
                continue
            room = room_of(priority, capacity) - self._outstanding
            for senders, most in self._portions(available, room, now):
                taken = await self._fill(self._terms(senders, priority), most, now)
                if taken and self._is_trial(senders, now):
                    available = tuple(name for name in available if name not in senders)

    async def _fill(self, terms: Terms, most: int, now: float) -> int:
        """Claims of one priority until it took that much, or nothing of it is due any more: where
        several shops wait, each gives its portion at a time. How much that was."""
        left = most
        while left > 0:
            haul = await self._desk.claims.claim(terms, left)
            left -= haul.size
            await self._take(haul, now)
            if not haul.has_more:
                self._looks.found_nothing(terms.priority, now)
                break
        self._is_full = self._is_full or 2 * (most - left) >= most
        return most - left

    def _portions(
        self, available: tuple[str, ...], room: int, now: float
    ) -> Iterator[tuple[tuple[str, ...], int]]:
        """Who is given how much: a sender that has to prove itself one message, the others the
        rest."""
        if room <= 0:
            return
        trials = [name for name in available if self._is_trial((name,), now)]
        for name in trials[:room]:
            yield (name,), 1
        sound = tuple(name for name in available if name not in trials)
        if sound and room > len(trials):
            yield sound, room - len(trials)

    def _is_trial(self, senders: tuple[str, ...], now: float) -> bool:
        """Whether one message is to find out whether this sender works."""
        return any(self._senders.breaker(name).room(now, 2) == 1 for name in senders)

    async def _end_what_is_over(self) -> None:
        """Ends what is not to be sent any more, though it is not due, or nothing can be sent."""
        now = self._now()
        if now < self._looked_for_over + LOOK_FOR_OVER:
            return
        haul = await self._desk.claims.claim_over(self._terms(()), MOST_OVER, asked_for=ASKED_FOR)
        for claimed in haul.claimed:
            at = self._desk.clock.now()
            over = attempts.obstacle(claimed, at) or attempts.put_back(claimed, at)
            self._desk.results.put(over)
        await self._desk.results.set_aside(haul.unreadable, self._desk.clock.now())
        if haul.size < MOST_OVER:
            self._looked_for_over = now

    def _terms(self, senders: tuple[str, ...], priority: Priority = Priority.NEWS) -> Terms:
        return Terms(
            channel=self.channel,
            senders=senders,
            can_be_asked=self._can_be_asked,
            now=self._desk.clock.now(),
            lease=self._desk.patience.lease,
            takes_over=self._now() >= self._careful_until,
            priority=priority,
        )

    async def _take(self, haul: Haul, at: float) -> None:
        """`at` is a moment before the claim: its lease runs while its answer is on the way."""
        self._outstanding += len(haul.claimed)
        traced = self._desk.tracing.is_on
        ids = {each.request_id for each in haul.claimed} if traced else ()
        contexts = await known(self._desk.claims.pool, ids) if ids else NO_CONTEXTS
        for claimed in haul.claimed:
            context, is_lost = contexts.get(claimed.request_id), claimed.provider_ref is not None
            leased = Leased(claimed, at=at, looked_at=at, is_lost=is_lost, context=context)
            self._hand.put(leased)
        await self._desk.results.set_aside(haul.unreadable, self._desk.clock.now())

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        self._bell.clear()

    async def _finish(self) -> None:
        """Puts back what nobody began, and gives the rest a moment."""
        self._sending.end()
        for leased in self._hand.take_all():
            self._end(attempts.put_back(leased.claimed, self._desk.clock.now()))
        deadline = self._now() + GRACE
        while self._outstanding and self._now() < deadline:
            self._bell.clear()
            await self._wait(deadline - self._now())

    async def _work(self) -> None:
        while True:
            leased = await self._hand.take()
            result = None
            try:
                result = await self._attempt(leased)
            finally:
                self._end(result or self._sending.cut_off(leased))

    async def _attempt(self, leased: Leased) -> Result:
        try:
            await self._hand.refresh(leased)
        except OUT_OF_REACH as error:
            logs.logger().error("the truth could not be read", channel=self.channel, error=error)
            return attempts.put_back(leased.claimed, self._desk.clock.now())
        result = await self._sending.attempt(leased)
        return result if leased.context is None else replace(result, context=leased.context)

    def _end(self, result: Result) -> None:
        self._desk.results.put(result)
        self._outstanding -= 1
        has_room = self._is_full and self._outstanding <= self._limits.capacity // 2
        if has_room or not self._outstanding:
            self._bell.set()
