"""How fast a sender may send, whichever of our replicas sends: so many segments a second for a text
message's sender, so many messages for a bot, and about one a second in each chat.

What all replicas share is one row of the database for each sender: until when all that it may send
was given away. A replica takes a little ahead, so that not every message asks.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

import asyncpg

from headsup.contracts.channels import Channel
from headsup.pace import Pace
from services.notifier.rendered import Rendered, RenderedSms, RenderedTelegram

AHEAD: Final = 0.25
"""Seconds of a sender's time that a replica takes at once."""
LONGEST: Final = 5.0
"""Seconds for which a message waits at hand for its turn; it is put back for more."""
CHAT_RATE: Final = 1.0
CHAT_BURST: Final = 3.0
"""Messages in one chat, a second and at once: "avoid sending more than one message per second. We
may allow short bursts" (core.telegram.org/bots/faq)."""
_MOST_CHATS: Final = 10_000
_BEHIND: Final = 1.0
"""Seconds after the last message that had to wait, in which a sender counts as busy."""

_TAKE: Final = """
    INSERT INTO notifier.paces AS known (name, free_at)
    VALUES ($1, now() + make_interval(secs => $2))
    ON CONFLICT (name) DO UPDATE
    SET free_at = greatest(known.free_at, now()) + make_interval(secs => $2)
    WHERE known.free_at <= now() + make_interval(secs => $3)
    RETURNING extract(epoch FROM free_at - now())::float8 - $2
"""
"""Nothing is returned, and nothing taken, where one would have to wait for longer."""


def cost_of(message: Rendered) -> float:
    """How much of its sender's pace a message takes: text messages count by segments."""
    return float(message.segments) if isinstance(message, RenderedSms) else 1.0


@dataclass(slots=True)
class _Share:
    """What this replica has taken for one sender and not used yet."""

    tokens: float = 0.0
    ready_at: float = 0.0
    """When what was taken last may be used."""
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Paces:
    """The paces of all senders. `rates`: what each channel's sender may send in a second; a channel
    that is not there has no limit. `now` is everywhere the event loop's time, in seconds."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", rates: Mapping[Channel, float]
    ) -> None:
        self._pool = pool
        self._rates = rates
        self._shares: dict[str, _Share] = {}
        self._chats: dict[int, Pace] = {}
        self._busy_until: dict[Channel, float] = {}

    def room(self, channel: Channel, capacity: int, now: float) -> int:
        """How many messages may be at hand at once: no more than can go in a second while its
        sender is busy, so that who goes first is not kept waiting behind the others."""
        if now >= self._busy_until.get(channel, now):
            return capacity
        return min(capacity, max(2, ceil(self._rates.get(channel, capacity))))

    async def wait(self, channel: Channel, sender: str, message: Rendered, now: float) -> float:
        """Takes the message's part of the pace; seconds until it may go. More than `LONGEST`: it
        may not, nothing was taken, and somebody should ask again then. Raises what `DATABASE_AWAY`
        names."""
        chat = self._chat(message)
        waits = chat.wait(1.0, now) if chat else 0.0
        rate = self._rates.get(channel)
        if rate is not None and waits <= LONGEST:
            share = self._shares.setdefault(f"{channel}:{sender}", _Share())
            cost = cost_of(message)
            async with share.taking:
                waits = max(waits, await self._taken(f"{channel}:{sender}", share, cost, rate, now))
        if waits > 0:
            self._busy_until[channel] = now + waits + _BEHIND
        if chat and waits <= LONGEST:
            chat.spend(1.0, now)
        return waits

    async def _taken(self, name: str, share: _Share, cost: float, rate: float, now: float) -> float:
        if share.tokens < cost:
            asked = max(cost - share.tokens, rate * AHEAD)
            waits: Any = await self._pool.fetchval(_TAKE, name, asked / rate, LONGEST)
            if waits is None:
                return LONGEST + 1.0
            share.tokens += asked
            share.ready_at = now + max(0.0, float(waits))
        share.tokens -= cost
        return max(0.0, share.ready_at - now)

    def _chat(self, message: Rendered) -> Pace | None:
        if not isinstance(message, RenderedTelegram):
            return None
        if len(self._chats) >= _MOST_CHATS:
            self._chats.clear()  # each begins with its burst again, and Telegram says if that errs
        return self._chats.setdefault(message.chat_id, Pace(CHAT_RATE, CHAT_BURST))
