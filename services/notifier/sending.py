"""One attempt, from the claim to its result: the truth once more, the words, then the call. Where
an earlier call ended without an answer, the provider is asked first.

More attempts are made ready than there may be calls: who waits for a call has its words written,
and kept where its provider can be asked, so that the next call begins as soon as one has ended.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from headsup import logs
from headsup.contracts.notifications import Reason
from headsup.postgres import DATABASE_AWAY, is_about_a_value
from services.notifier import attempts, doubt
from services.notifier.asleep import at_night
from services.notifier.attempts import Claimed, Moment, Recourse, Result
from services.notifier.breaker import BreakerState
from services.notifier.channels.base import SendError, TransientError, UnknownOutcomeError
from services.notifier.desk import Desk, Leased
from services.notifier.hand import FRESH
from services.notifier.pacing import LONGEST
from services.notifier.quiet import HeldFor
from services.notifier.rendered import Rendered
from services.notifier.sealed_rows import OUT_OF_REACH
from services.notifier.senders import Senders
from services.notifier.traced import calling
from services.notifier.words import as_given, cost_of, words_of
from services.notifier.writing import Writing

SHORTLY: Final = 1.0
"""Seconds after which is looked again what could not be done at once."""


class Sending:
    """One channel's."""

    def __init__(
        self,
        senders: Senders,
        writing: Writing,
        desk: Desk,
        refresh: Callable[[Leased], Awaitable[None]],
        calls_at_once: int,
    ) -> None:
        self._refresh = refresh
        self._calls = asyncio.Semaphore(calls_at_once)
        self._senders = senders
        self._writing = writing
        self._desk = desk
        # A call has ended before the lease has, and one timeout is left for what comes late.
        self._last_start = desk.patience.lease - 2 * desk.patience.send
        self._is_ending = False
        self._now = asyncio.get_running_loop().time

    def end(self) -> None:
        """No call begins any more; who waits for one puts its message back."""
        self._is_ending = True

    async def attempt(self, leased: Leased) -> Result:
        """How the attempt ended."""
        claimed, at = leased.claimed, self._desk.clock.now()
        if leased.is_lost or self._is_late(leased):
            return attempts.put_back(claimed, at)
        if claimed.in_doubt and claimed.recourse is Recourse.ASK:
            async with self._calls:
                if self._is_late(leased):
                    return attempts.put_back(claimed, self._desk.clock.now())
                return await self._settle(claimed)
        message = await self._made_ready(leased)
        if isinstance(message, Result):
            return message
        ready_at = self._now()
        async with self._calls:
            hindered = await self._wait_turn(leased, message)
            is_kept = claimed.can_be_asked and self._now() - ready_at <= FRESH
            if hindered is None and not is_kept:
                hindered = await self._keep(leased, message)  # the doubt begins with the call
            return hindered or await self._send(leased, message)

    async def _made_ready(self, leased: Leased) -> Rendered | Result:
        """All that can be done before a call is free."""
        claimed, at = leased.claimed, self._desk.clock.now()
        hindered = attempts.obstacle(claimed, at) or self._asleep(claimed, at)
        if hindered is not None:
            return hindered
        rest = self._writing.left(self._now())
        if rest > 0:
            return attempts.put_back(claimed, at, wait=rest, reason=Reason.CANNOT_RENDER)
        message = self._writing.write(claimed, self._now())
        if isinstance(message, Result):
            return message
        if not claimed.can_be_asked:
            return message  # words that are kept say there was a call, and nobody could deny it
        return await self._keep(leased, message) or message

    def _asleep(self, claimed: Claimed, at: datetime) -> Result | None:
        """How it ends or waits where it is night: also a retry that falls into it. What is in doubt
        is settled whatever the hour: it may be there already."""
        shop = self._desk.policy.shops.get(claimed.source)
        if shop is None or claimed.in_doubt:
            return None
        morning = at_night(claimed, shop, at)
        if not isinstance(morning, datetime):
            return morning
        self._desk.metrics.held(claimed.address.channel, HeldFor.NIGHT)
        wait = self._desk.clock.seconds_until(morning)
        return attempts.put_back(claimed, at, wait=wait, held_for=HeldFor.NIGHT)

    def cut_off(self, leased: Leased) -> Result:
        """How an attempt ended that was cut off in the middle."""
        if not leased.was_called:
            return attempts.put_back(leased.claimed, self._desk.clock.now())
        error = UnknownOutcomeError("cut off")
        return attempts.failed(leased.claimed, error, self._moment(leased.claimed))

    async def _wait_turn(self, leased: Leased, message: Rendered) -> Result | None:
        """Waits until its sender's pace lets it go. What was true may not be so any more after
        that, or since it was made ready, and is looked at again unless it is fresh."""
        channel, claimed = self._senders.channel, leased.claimed
        try:
            wait = await self._desk.paces.wait(channel, claimed.sender, message, self._now())
            self._desk.metrics.paced(channel, wait)
            if wait > LONGEST:
                return attempts.put_back(claimed, self._desk.clock.now(), wait=LONGEST)
            if wait > 0:
                await asyncio.sleep(wait)
            await self._refresh(leased)
        except OUT_OF_REACH as error:
            logs.logger().error("the pace could not be read", channel=channel, error=error)
            return attempts.put_back(claimed, self._desk.clock.now(), wait=SHORTLY)
        if leased.is_lost or self._is_late(leased):
            return attempts.put_back(leased.claimed, self._desk.clock.now())
        return attempts.obstacle(leased.claimed, self._desk.clock.now())

    def _is_late(self, leased: Leased) -> bool:
        """Whether none may begin: at the end none does, nor one that would outlast the lease."""
        return self._is_ending or self._now() > leased.at + self._last_start

    async def _send(self, leased: Leased, message: Rendered) -> Result:
        claimed, metrics = leased.claimed, self._desk.metrics
        began = self._now()
        if not self._senders.begin(claimed.sender, began):
            return self._shut(claimed)
        if claimed.attempt == 1 and claimed.held_for is None:
            metrics.reacted(self._senders.channel, claimed.waited + began - leased.at)
        leased.was_called = True
        try:
            provider_ref = await self._call(leased, message)
        except SendError as error:
            return attempts.failed(claimed, error, self._told(claimed, error, began))
        except Exception as broken:  # noqa: BLE001 - recorded as an unknown outcome
            logs.logger().error("sending broke", channel=self._senders.channel, error=broken)
            unknown = UnknownOutcomeError(type(broken).__name__)
            return attempts.failed(claimed, unknown, self._told(claimed, unknown, began))
        finally:
            metrics.called(self._senders.channel, self._now() - began)
        self._senders.succeeded(claimed.sender, self._now())
        metrics.cost(claimed.request.kind, claimed.sender, cost_of(message))
        return attempts.sent(claimed, provider_ref, self._desk.clock.now())

    async def _call(self, leased: Leased, message: Rendered) -> str:
        sender = self._senders.sender(leased.claimed.sender)
        if leased.context is None:
            return await sender.send(message)
        with calling(self._desk.tracing, leased):
            return await sender.send(message)

    async def _keep(self, leased: Leased, message: Rendered) -> Result | None:
        """Writes what the provider is about to be given, where that is kept. It is not sent when
        that cannot be written or took too long, or somebody else has it by now."""
        claimed, words, at = leased.claimed, words_of(message), self._desk.clock.now()
        if words is None:
            return None
        try:
            is_ours = await self._desk.claims.keep_words(claimed, words, cost_of(message))
        except Exception as error:
            logs.logger().error("the words could not be kept", error=error)
            if is_about_a_value(error):
                return attempts.suppressed(claimed, Reason.CANNOT_RENDER, at)
            if not isinstance(error, DATABASE_AWAY):
                raise
            is_ours = False
        may_begin = is_ours and not self._is_late(leased)
        return None if may_begin else attempts.put_back(claimed, at)

    def _shut(self, claimed: Claimed) -> Result:
        """Its sender must not be used after all: it costs no attempt, and the next claim chooses
        anew."""
        now, at = self._now(), self._desk.clock.now()
        if self._senders.available(now):
            return attempts.put_back(claimed, at)
        is_ours = self._senders.breaker(claimed.sender).state(now) is BreakerState.STOPPED
        wait = self._senders.left(now) or SHORTLY
        reason = Reason.BAD_CONFIGURATION if is_ours else None
        return attempts.put_back(claimed, at, wait=wait, reason=reason)

    async def _settle(self, claimed: Claimed) -> Result:
        """Asks what became of an earlier call."""
        at = self._desk.clock.now()
        early = doubt.too_early(claimed, at, self._desk.patience.settle)
        if early is not None:
            return early
        if claimed.sender not in self._senders.names:
            return attempts.unknown(claimed, at, "no such sender")
        message = as_given(claimed)
        if message is None:
            return attempts.unknown(claimed, at, "no words")
        if not self._senders.begin(claimed.sender, self._now()):
            left = self._senders.breaker(claimed.sender).left(self._now())
            return attempts.put_back(claimed, at, wait=left or SHORTLY)
        try:
            result = await self._ask(claimed, message)
        except DATABASE_AWAY as error:
            logs.logger().error("an answer could not be weighed", error=error)
            return attempts.put_back(claimed, at, wait=SHORTLY)
        answer = result.code if result.code in {doubt.FOUND, doubt.NOT_FOUND} else "none"
        self._desk.metrics.asked(self._senders.channel, answer)
        return result

    async def _ask(self, claimed: Claimed, message: Rendered) -> Result:
        assert claimed.tried_at is not None  # noqa: S101 - it is in doubt
        began, sender = self._now(), self._senders.sender(claimed.sender)
        try:
            found = await sender.find(message, claimed.tried_at)
        except SendError as error:
            return doubt.not_told(claimed, error, self._told(claimed, error, began))
        except Exception as broken:  # noqa: BLE001 - recorded, and it is asked again
            logs.logger().error("asking broke", channel=self._senders.channel, error=broken)
            later = TransientError(type(broken).__name__)
            return doubt.not_told(claimed, later, self._told(claimed, later, began))
        self._senders.answered(claimed.sender, self._now())
        unaccounted = await self._desk.claims.unaccounted(found, claimed.id)
        return doubt.told(claimed, unaccounted, self._desk.clock.now())

    def _told(self, claimed: Claimed, error: SendError, began: float) -> Moment:
        """Tells the breaker how the call ended, and what follows for the message."""
        now, moment = self._now(), self._moment(claimed)
        pause = self._senders.failed(claimed.sender, error, now, began=began, chance=moment.chance)
        others = [name for name in self._senders.available(now) if name != claimed.sender]
        return replace(moment, pause=pause, another=bool(others))

    def _moment(self, claimed: Claimed) -> Moment:
        clock = self._desk.clock
        return Moment(
            at=clock.now(),
            left=clock.seconds_until(claimed.request.expires_at),
            chance=random.random(),  # noqa: S311 - spreads retries, guards nothing
            settle=self._desk.patience.settle,
        )
