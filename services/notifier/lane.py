"""The way out through one channel: claim, look again, write, send. Each channel has its own, so
that a slow provider holds up nobody else's messages."""

import asyncio
import contextlib
import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from headsup import logs
from headsup.clock import Clock
from headsup.contracts.notifications import Reason
from headsup.health import Health
from headsup.postgres import DATABASE_AWAY
from services.notifier import attempts
from services.notifier.attempts import Claimed, Moment, Result
from services.notifier.channels.base import (
    BadConfigurationError,
    Sender,
    SendError,
    UnknownOutcomeError,
)
from services.notifier.claims import LEASE, Claims
from services.notifier.decide import Policy
from services.notifier.metrics import SendingMetrics
from services.notifier.render import CannotRenderError, Draft, Recipient, Renderer
from services.notifier.rendered import Rendered
from services.notifier.rest import Rest, Streak
from services.notifier.results import Results
from services.notifier.shops import ShopProfile
from services.notifier.wakes import Wakes

POLL: Final = 0.5
"""Seconds between two looks at most: what another replica wrote is seen this late."""
PAUSE: Final = 1.0
"""Seconds to wait after the database did not answer."""
LAST_START: Final = LEASE - 60.0
"""Seconds after the claim in which a send may begin; senders give up long before the rest ends."""
GRACE: Final = 3.0
"""Seconds that sends under way are given at the end."""


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """How much at once. `capacity` is what may be claimed: more than `concurrency` only where a
    lease that runs out unused does no harm."""

    concurrency: int
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all lanes share."""

    claims: Claims
    results: Results
    renderer: Renderer
    policy: Policy
    clock: Clock
    wakes: Wakes
    metrics: SendingMetrics
    health: Health


@dataclass(frozen=True, slots=True)
class _Leased:
    claimed: Claimed
    at: float


class Lane:
    """One channel's loop and its workers."""

    def __init__(self, sender: Sender[Any], limits: LaneLimits, desk: Desk) -> None:
        self.channel = sender.channel
        self._texts = f"{self.channel} texts"
        self._sender = sender
        self._limits = limits
        self._desk = desk
        self._bell = desk.wakes.bell(sender.channel)
        self._queue: asyncio.Queue[_Leased] = asyncio.Queue()
        self._outstanding = 0
        self._is_full = False
        self._now = asyncio.get_running_loop().time
        self._rest = Rest()
        self._rests_for = Reason.BAD_CONFIGURATION
        self._broken = Streak()

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until `stop` is set and the bell rings; then ends what is under way."""
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work()) for _ in range(self._limits.concurrency)]
            while not stop.is_set():
                await self._claim()
                await self._wait(POLL)
            await self._finish()
            for worker in workers:
                worker.cancel()

    async def _claim(self) -> None:
        self._desk.health.turned(f"{self.channel} lane")
        room = self._limits.capacity - self._outstanding
        if room <= 0 or self._rest.left(self._now()) > 0 or self._desk.results.is_behind:
            return
        try:
            haul = await self._desk.claims.claim(self.channel, room)
            self._is_full = haul.size == room
            self._take(haul.claimed)
            await self._desk.results.set_aside(haul.unreadable, self._desk.clock.now())
        except DATABASE_AWAY as error:
            logs.logger().error("nothing could be claimed", channel=self.channel, error=error)
            await asyncio.sleep(PAUSE)

    def _take(self, claimed: list[Claimed]) -> None:
        self._outstanding += len(claimed)
        for one in claimed:
            self._queue.put_nowait(_Leased(one, self._now()))

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        self._bell.clear()

    async def _finish(self) -> None:
        """Puts back what nobody began, and gives the rest a moment."""
        while not self._queue.empty():
            leased = self._queue.get_nowait()
            self._end(attempts.put_back(leased.claimed, self._desk.clock.now()))
        deadline = self._now() + GRACE
        while self._outstanding and self._now() < deadline:
            self._bell.clear()
            await self._wait(deadline - self._now())

    async def _work(self) -> None:
        while True:
            leased = await self._queue.get()
            result = None
            try:
                result = await self._attempt(leased)
            finally:
                # Cut off in the middle of a call: nobody knows whether it was accepted.
                self._end(result or self._failed(leased.claimed, UnknownOutcomeError("cut off")))

    def _end(self, result: Result) -> None:
        self._desk.results.put(result)
        self._outstanding -= 1
        has_room = self._is_full and self._outstanding <= self._limits.capacity // 2
        if has_room or not self._outstanding:
            self._bell.set()

    async def _attempt(self, leased: _Leased) -> Result:
        claimed, now = leased.claimed, self._desk.clock.now()
        hindered = attempts.obstacle(claimed, now)
        if hindered is not None:
            return hindered
        rest = self._rest.left(self._now())
        if rest > 0:
            return attempts.put_back(claimed, now, wait=rest, reason=self._rests_for)
        if self._now() > leased.at + LAST_START:
            return attempts.put_back(claimed, now)
        message = self._write(claimed)
        return message if isinstance(message, Result) else await self._send(leased, message)

    def _write(self, claimed: Claimed) -> Rendered | Result:
        now, shop = self._desk.clock.now(), self._desk.policy.shops.get(claimed.source)
        if shop is None:
            return attempts.suppressed(claimed, Reason.UNKNOWN_SHOP, now)
        try:
            message = self._desk.renderer.render(_draft(claimed, shop, now))
        except CannotRenderError as error:
            logs.logger().error(
                "a text lacks something",
                kind=error.kind,
                language=error.language,
                variable=error.variable,
            )
            return attempts.suppressed(claimed, Reason.CANNOT_RENDER, now, error.variable)
        except Exception as error:  # noqa: BLE001 - recorded as the reason; it is tried again
            return self._broke(claimed, error)
        self._broken.over()
        self._desk.health.has(self._texts)
        return message

    def _broke(self, claimed: Claimed, error: Exception) -> Result:
        logs.logger().error("rendering broke", kind=claimed.request.kind, error=error)
        self._desk.metrics.rendering_broke(self.channel, claimed.request.kind)
        code = type(error).__name__
        if self._broken.broke(claimed.request_id):
            self._desk.health.lacks(self._texts, "no message can be written")
            self._lie_down(Reason.CANNOT_RENDER, code)
        return attempts.broke(claimed, code, self._moment(claimed), self._rest.left(self._now()))

    async def _send(self, leased: _Leased, message: Rendered) -> Result:
        claimed, metrics, began = leased.claimed, self._desk.metrics, self._now()
        if claimed.attempt == 1:
            metrics.reacted(self.channel, claimed.waited + began - leased.at)
        try:
            provider_ref = await self._sender.send(message)
        except SendError as error:
            return self._failed(claimed, error)
        except Exception as error:  # noqa: BLE001 - recorded as an unknown outcome
            logs.logger().error("sending broke", channel=self.channel, error=error)
            return self._failed(claimed, UnknownOutcomeError(type(error).__name__))
        finally:
            metrics.called(self.channel, self._now() - began)
        self._work_again()
        return attempts.sent(claimed, provider_ref, self._desk.clock.now())

    def _failed(self, claimed: Claimed, error: SendError) -> Result:
        if isinstance(error, BadConfigurationError):
            self._lie_down(error.reason, error.code)
        rest = self._rest.left(self._now())
        return attempts.failed(claimed, error, self._moment(claimed), rest)

    def _moment(self, claimed: Claimed) -> Moment:
        clock = self._desk.clock
        return Moment(
            clock.now(),
            clock.seconds_until(claimed.request.expires_at),
            random.random(),  # noqa: S311 - spreads retries, guards nothing
        )

    def _lie_down(self, reason: Reason, code: str) -> None:
        now = self._now()
        self._rests_for = reason
        if self._rest.begin(now):
            self._desk.metrics.paused(self.channel, is_paused=True)
            logs.logger().error(
                "the channel rests: the fault is ours",
                channel=self.channel,
                reason=reason,
                code=code,
                seconds=self._rest.left(now),
            )

    def _work_again(self) -> None:
        if self._rest.over():
            self._desk.metrics.paused(self.channel, is_paused=False)


def _draft(claimed: Claimed, shop: ShopProfile, now: datetime) -> Draft:
    customer, entry = claimed.request.customer, claimed.person.entry
    recipient = Recipient(
        name=(entry.name if entry else None) or customer.name,
        language=claimed.language,
        time_zone=(entry.time_zone if entry else None) or customer.time_zone,
    )
    return Draft(
        notification_id=claimed.id,
        request=claimed.request,
        recipient=recipient,
        channel=claimed.address.channel,
        address=claimed.address.value,
        shop=shop,
        now=now,
        dated=claimed.planned_at,
    )
