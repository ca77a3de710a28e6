"""What is to be said into chats goes out here, in each chat in the order in which it was written.

A lane of its own, beside those of the notifications: nobody plans an answer, holds it until the
morning, or falls back from it. It is written before it is said, so no kill loses it; a call whose
outcome is not known is made again, because Telegram has no way to ask. So an answer, or a word of
a person of the shop's, may be said twice where a call was cut off, and is never lost.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import asyncpg
import msgspec
from prometheus_client import CollectorRegistry, Counter

from headsup import logs
from headsup.health import Health
from headsup.postgres import DATABASE_AWAY
from headsup.waiting import wait
from services.notifier.bot import rows
from services.notifier.channels.base import (
    BadConfigurationError,
    PermanentError,
    Sender,
    SendError,
    TransientError,
)
from services.notifier.rendered import RenderedTelegram

POLL: Final = 0.25
"""Seconds between two looks, when nobody rings."""
PAUSE: Final = 1.0
"""Seconds to wait after the database did not answer."""
AT_ONCE: Final = 8
"""Chats that are written into at the same time; what is said to people goes before crowds."""
LEASE: Final = timedelta(seconds=60)
"""What was claimed is somebody else's after it."""
OLD: Final = timedelta(days=1)
"""An answer to what was asked so long ago is no answer."""
_FIRST_WAIT, _LONGEST_WAIT, _OUR_FAULT = 1.0, 300.0, 60.0
_CLAIM: Final = """
    UPDATE notifier.bot_says SET due_at = now() + $2::interval, attempt = attempt + 1
    WHERE id IN (
        SELECT id FROM notifier.bot_says AS next
        WHERE state = 'waiting' AND due_at <= now() AND NOT EXISTS (
            SELECT FROM notifier.bot_says AS before
            WHERE before.chat = next.chat AND before.state = 'waiting' AND before.seq < next.seq)
        ORDER BY due_at, seq LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING id, chat, html, buttons, attempt, made_at < now() - $3::interval AS is_old
"""
_END: Final = """
    UPDATE notifier.bot_says SET state = $2, html = '', buttons = NULL WHERE id = $1
"""
_LATER: Final = """
    UPDATE notifier.bot_says SET due_at = now() + make_interval(secs => $2)
    WHERE id = $1 AND state = 'waiting' AND attempt = $3
"""


class SpeakerMetrics:
    """What operators see of it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._said = Counter(
            "headsup_notifier_bot_says",
            "What was to be said into chats beside the notifications, and what came of it.",
            ("result",),
            registry=registry,
        )

    def said(self, result: str) -> None:
        """One ended, or waits on."""
        self._said.labels(result).inc()


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """The loop."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    sender: Sender[RenderedTelegram]
    metrics: SpeakerMetrics
    health: Health
    bell: asyncio.Event
    """Rings when something was written here; what others wrote is seen a little later."""

    async def run(self, stop: asyncio.Event) -> None:
        """Says until `stop` is set. What still waits is said by whoever starts next."""
        while not stop.is_set():
            self.health.turned("bot")
            try:
                spoke = await self.turn()
            except DATABASE_AWAY as error:
                logs.logger().error("the bot cannot read what to say", error=error)
                await wait(stop, PAUSE)
                continue
            if not spoke:
                await self._wait()

    async def turn(self) -> int:
        """Says what is due; how much that was. Raises what `DATABASE_AWAY` names."""
        claimed = await self.pool.fetch(_CLAIM, AT_ONCE, LEASE, OLD)
        await asyncio.gather(*map(self._say, claimed))
        return len(claimed)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self.bell.wait()
        self.bell.clear()

    async def _say(self, row: Any) -> None:
        if row["is_old"]:
            await self._end(row, "old")
            return
        try:
            buttons = rows.rows_of(row["buttons"])
        except msgspec.MsgspecError:
            buttons = ()  # words without their buttons beat no words
        message = RenderedTelegram(
            notification_id=row["id"], chat_id=row["chat"], html=row["html"], buttons=buttons
        )
        try:
            await self.sender.send(message)
        except SendError as error:
            await self._failed(row, error)
        else:
            await self._end(row, "said")

    async def _failed(self, row: Any, error: SendError) -> None:
        logs.logger().warning("the bot was not heard", code=error.code)
        if isinstance(error, PermanentError):
            await self._end(row, "failed")
            return
        seconds = min(_FIRST_WAIT * 2 ** (row["attempt"] - 1), _LONGEST_WAIT)
        if isinstance(error, BadConfigurationError):
            seconds = _OUR_FAULT
        elif isinstance(error, TransientError) and error.retry_after is not None:
            seconds = max(error.retry_after, 0.0)
        self.metrics.said("later")
        await self.pool.execute(_LATER, row["id"], seconds, row["attempt"])

    async def _end(self, row: Any, state: str) -> None:
        self.metrics.said(state)
        await self.pool.execute(_END, row["id"], state)
