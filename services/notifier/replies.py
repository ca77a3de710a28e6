"""Answers on their way into the ledger, and out to the shop.

Whoever brings one waits in a queue, and one loop writes them one after the other, over one
connection: a crowd that presses buttons takes nothing from the senders. What cannot be written now
is said to be not taken, and whoever brought it comes again, or `missed_texts` finds it.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.contracts.channels import Channel
from headsup.contracts.replies import Answer
from headsup.health import Health
from headsup.outbox import Committed
from services.notifier import reply_rows
from services.notifier.answers import Asked, Effect, Reply, Saying, effect_of
from services.notifier.brought import PATIENCE, Brought, Scribe
from services.notifier.ledger import Ledger, Transaction
from services.notifier.meaning import meant
from services.notifier.reception import Receipts
from services.notifier.stops import Stops
from services.notifier.voices import Voices

MOST_WAITING: Final = 500


@dataclass(frozen=True, slots=True)
class LookUp:
    """What did this request ask?"""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer by its question: who gave it was vouched for by a signature or by Telegram."""

    request_id: str
    answer: Answer
    chat: str | None = field(default=None, repr=False)
    """The Telegram chat in which a button was pressed; None: a link was followed."""
    ref: str | None = None
    """The provider's name for it."""

    @property
    def saying(self) -> Saying:
        """Without who says it."""
        return Saying(answer=self.answer, ref=self.ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texted:
    """A text message that came back."""

    number: str = field(repr=False)
    text: str = field(repr=False)
    senders: Collection[str]
    """Names of our senders to which it was written."""
    ref: str
    written_at: datetime | None = None
    """Of one that is brought late, when Twilio had it (real time)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it."""

    effect: Effect
    asked: Asked | None = None
    answer: Answer | None = None
    """What was said."""
    channel: Channel | None = None
    counts: Answer | None = None
    """What counts from now on: what was said last."""


_NOTHING: Final = Heard(Effect.UNKNOWN)
Word = LookUp | Said | Texted


class Replies(Brought[Word, Heard]):
    """The queue of answers; of a `LookUp`, what was asked."""

    def __init__(self, patience: float = PATIENCE) -> None:
        super().__init__(MOST_WAITING, patience)


@dataclass(frozen=True, slots=True)
class Incoming:
    """Where providers and customers leave their word."""

    receipts: Receipts = field(default_factory=Receipts)
    replies: Replies = field(default_factory=Replies)
    stops: Stops = field(default_factory=Stops)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWriter:
    """The loop that writes them."""

    replies: Replies
    ledger: Ledger
    announcer: Announcer
    voices: Voices
    clock: Clock
    health: Health
    prefix: str

    async def run(self, stop: asyncio.Event) -> None:
        """Writes until `stop` is set and nobody waits any more."""
        scribe = Scribe(
            name="replies",
            brought=self.replies,
            write=self._heard,
            ledger=self.ledger,
            announcer=self.announcer,
            health=self.health,
        )
        await scribe.run(stop)

    async def _heard(self, transaction: Transaction, word: Word) -> tuple[Heard, Committed]:
        match word:
            case LookUp(request_id):
                asked = await reply_rows.asked(transaction.connection, request_id)
                return self._looked_up(asked), Committed([], [])
            case Texted():
                return await self._texted(transaction, word)
            case Said():
                return await self._said(transaction, word)

    def _looked_up(self, asked: Asked | None) -> Heard:
        """As if the first answer had been given: whether it would count is all that matters."""
        if asked is None:
            return _NOTHING
        is_old = asked.is_over(self.clock.now())
        return Heard(Effect.TOO_OLD if is_old else Effect.SAME, asked)

    async def _said(self, transaction: Transaction, said: Said) -> tuple[Heard, Committed]:
        connection = transaction.connection
        asked = await reply_rows.asked(connection, said.request_id)
        if asked is None:
            return _NOTHING, Committed([], [])
        channel = asked.linked_from
        if said.chat is not None:
            channel = Channel.TELEGRAM
            if not await reply_rows.was_sent_to(connection, said.request_id, channel, said.chat):
                return _NOTHING, Committed([], [])
        return await self._answered(transaction, asked, said.saying, channel)

    async def _texted(self, transaction: Transaction, texted: Texted) -> tuple[Heard, Committed]:
        """That it came is kept in the same transaction as what it says: it counts once, whether the
        webhook brings it, or the list of what it missed, or both."""
        connection, now = transaction.connection, self.clock.now()
        if not await reply_rows.is_new(connection, texted.ref):
            return Heard(Effect.SAME, channel=Channel.SMS), Committed([], [])
        questions = await reply_rows.open_by_sms(
            connection, texted.number, texted.senders, now, texted.written_at
        )
        found = meant(
            questions,
            lambda asked: self.voices.of(asked.source).answer_of(texted.text, asked.question),
        )
        if isinstance(found, Effect):
            newest = questions[0].asked if questions else None
            return Heard(found, newest, channel=Channel.SMS), Committed([], [])
        asked, answer = found
        saying = Saying(answer=answer, ref=texted.ref, written_at=texted.written_at)
        return await self._answered(transaction, asked, saying, Channel.SMS)

    async def _answered(
        self, transaction: Transaction, asked: Asked, saying: Saying, channel: Channel
    ) -> tuple[Heard, Committed]:
        connection, now = transaction.connection, self.clock.now()
        given = await reply_rows.lock(connection, asked.request_id)
        effect = effect_of(asked, saying, given, now)
        if effect is not Effect.HEARD:
            counts = given[-1].answer if given else None
            return Heard(effect, asked, saying.answer, channel, counts), Committed([], [])
        reply = Reply(answer=saying.answer, channel=channel, number=len(given) + 1, at=now)
        await reply_rows.write(connection, asked.request_id, reply, saying)
        record = reply_rows.replied(asked, reply, self.prefix)
        heard = Heard(effect, asked, saying.answer, channel, saying.answer)
        return heard, await transaction.add([record])
