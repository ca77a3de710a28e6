"""Text messages that the webhook missed. While the notifier was down or the database away, Twilio
could not bring a customer's answer, and it does not come again. So its list is read now and then,
and what was never taken in is taken in, by the time at which it was written.

Nobody waits for this, and it is no harm when two replicas do it: each message counts once.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
from prometheus_client import CollectorRegistry, Counter

from headsup import logs
from headsup.clock import Clock
from headsup.health import Health
from headsup.postgres import DATABASE_AWAY
from headsup.waiting import wait
from services.notifier.brought import NotTakenError
from services.notifier.channels.base import SendError
from services.notifier.channels.texts_in import TextIn, TextsIn
from services.notifier.channels.twilio_api import by_channel
from services.notifier.replies import Replies
from services.notifier.texted import Texted

EVERY: Final = 30.0
"""Seconds between two looks."""
OVERLAP: Final = timedelta(minutes=5)
"""Read again each time: a list may be behind what it lists."""
AT_ONCE: Final = timedelta(hours=1)
"""Read in one piece."""
AT_FIRST: Final = timedelta(hours=1)
"""How far the first look of all reaches back."""
FURTHEST: Final = timedelta(days=3)
"""Who wrote longer ago has asked in another way since."""
_MOST_REFUSED: Final = 3
"""So many that cannot be written say that nothing can."""

_UP_TO = "SELECT up_to FROM notifier.texts_read WHERE sender = $1"
_READ = """
    INSERT INTO notifier.texts_read AS known (sender, up_to) VALUES ($1, $2)
    ON CONFLICT (sender) DO UPDATE SET up_to = greatest(known.up_to, excluded.up_to)
"""
_MISSED = """
    SELECT ref FROM unnest($1::text[]) AS listed (ref)
    EXCEPT SELECT ref FROM notifier.texts_taken WHERE ref = ANY($1::text[])
"""


class MissedMetrics:
    """What operators see of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._missed = Counter(
            "headsup_notifier_missed_texts",
            "Text messages of customers that the webhook did not bring, and what came of each.",
            ("result",),
            registry=registry,
        )
        self._unread = Counter(
            "headsup_notifier_texts_unread",
            "Times that the list of text messages could not be read.",
            registry=registry,
        )

    def taken(self, result: str) -> None:
        """One was taken in."""
        self._missed.labels(result).inc()

    def unread(self) -> None:
        """The list could not be read, or not what is in it."""
        self._unread.inc()


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedTexts:
    """A loop beside the others."""

    texts_in: Sequence[TextsIn]
    senders_of: Callable[[TextIn], Sequence[str]]
    """Names of our senders to which somebody wrote."""
    replies: Replies
    pool: "asyncpg.Pool[asyncpg.Record]"
    real: Clock
    metrics: MissedMetrics
    health: Health

    async def run(self, stop: asyncio.Event) -> None:
        """Looks until `stop` is set."""
        while self.texts_in and not stop.is_set():
            for each in self.texts_in:
                try:
                    await self.look(each, stop)
                except (SendError, NotTakenError, *DATABASE_AWAY) as error:
                    self.metrics.unread()
                    logs.logger().warning("missed texts were not read", error=error)
            self.health.turned("missed texts")
            await wait(stop, EVERY)

    async def look(self, texts_in: TextsIn, stop: asyncio.Event) -> None:
        """Takes in what was missed until now, or until `stop` is set. Raises SendError,
        NotTakenError, and what a database raises that is away; then the next look begins where this
        one did."""
        now = self.real.now()
        up_to: datetime | None = await self.pool.fetchval(_UP_TO, texts_in.name)
        start = now - AT_FIRST if up_to is None else max(up_to - OVERLAP, now - FURTHEST)
        while start < now and not stop.is_set():
            end = min(start + AT_ONCE, now)
            if not await self._took(await texts_in.between(start, end), stop):
                return
            await self.pool.execute(_READ, texts_in.name, end)
            self.health.turned("missed texts")
            start = end

    async def _took(self, listed: Sequence[TextIn], stop: asyncio.Event) -> bool:
        """Whether it came to the end before `stop` was set: nobody takes anything afterwards. One
        that cannot be taken holds up no other. Raises NotTakenError in the end."""
        refused = 0
        for text in await self._missed(listed):
            if stop.is_set():
                return False
            try:
                heard = await self.replies.take(self._texted(text))
            except NotTakenError:
                refused += 1
                if refused >= _MOST_REFUSED:
                    break
            else:
                self.metrics.taken(heard.effect)
            self.health.turned("missed texts")
        if refused:
            raise NotTakenError
        return True

    async def _missed(self, listed: Sequence[TextIn]) -> list[TextIn]:
        if not listed:
            return []
        rows: list[Any] = await self.pool.fetch(_MISSED, [each.ref for each in listed])
        refs = {row["ref"] for row in rows}
        return [each for each in listed if each.ref in refs]

    def _texted(self, text: TextIn) -> Texted:
        channel, number = by_channel(text.number)
        return Texted(
            number=number,
            channel=channel,
            text=text.text,
            senders=self.senders_of(text),
            ref=text.ref,
            written_at=text.at,
        )
