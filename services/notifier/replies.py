"""Answers on their way into the ledger, and out to the shop.

Whoever brings one waits in a queue, and one loop writes them one after the other, over one
connection: a crowd that presses buttons takes nothing from the senders. What cannot be written now
is said to be not taken, and whoever brought it comes again, or `missed_texts` finds it.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from headsup.contracts.channels import Channel
from headsup.contracts.replies import Answer
from headsup.outbox import Committed
from services.notifier import reply_rows, whatsapp_windows, wish_rows
from services.notifier.answers import Asked, Effect, Reply, Saying, effect_of
from services.notifier.bot.queue import BotQueue
from services.notifier.brought import PATIENCE, Brought, Writer
from services.notifier.ledger import Transaction
from services.notifier.meaning import meant
from services.notifier.people import Address
from services.notifier.preferring import Preferring
from services.notifier.reception import Receipts
from services.notifier.render.wishes import Wanted, Wish
from services.notifier.stops import Stops
from services.notifier.supporting import Supporting
from services.notifier.texted import Texted
from services.notifier.texting import Texting
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
    reply: str | None = field(default=None, repr=False)
    """What is said to whoever wrote; None: nothing."""


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
    bot: BotQueue = field(default_factory=BotQueue)
    preferring: Preferring = field(default_factory=Preferring)
    supporting: Supporting = field(default_factory=Supporting)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWriter(Writer):
    """The loop that writes them."""

    replies: Replies
    voices: Voices
    texting: Texting

    async def run(self, stop: asyncio.Event) -> None:
        """Writes until `stop` is set and nobody waits any more."""
        await self._serve("replies", self.replies, self._heard, stop)

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
            return Heard(Effect.SAME, channel=texted.channel), Committed([], [])
        if texted.channel is Channel.WHATSAPP:
            await whatsapp_windows.wrote(connection, texted.number, texted.written_at)
        questions = await reply_rows.open_by_text(
            connection, texted.number, texted.senders, now, texted.written_at, texted.channel
        )
        wish = self._wish(texted, is_asked=bool(questions))
        heard, granted = None, Committed([], [])
        if wish is not None and await self._is_heard(connection, texted, wish):
            heard, granted = await self._granted(transaction, texted, wish)
            if texted.taken_for is None:  # else it may be an answer as well, such as CANCEL
                return heard, granted
        found = meant(
            questions,
            lambda asked: self.voices.of(asked.source).answer_of(texted.text, asked.question),
        )
        if isinstance(found, Effect):
            newest = questions[0].asked if questions else None
            unread = Heard(found, newest, channel=texted.channel)
            return heard or unread, granted
        asked, answer = found
        saying = Saying(answer=answer, ref=texted.ref, written_at=texted.written_at)
        heard, answered = await self._answered(transaction, asked, saying, texted.channel)
        rows, records = granted.rows + answered.rows, granted.records + answered.records
        return heard, Committed(rows, records)

    async def _granted(
        self, transaction: Transaction, texted: Texted, wish: Wanted
    ) -> tuple[Heard, Committed]:
        granted = await self.texting.grant(transaction, texted, wish)
        heard = Heard(granted.effect, channel=texted.channel, reply=granted.answer)
        return heard, await transaction.add(list(granted.records))

    def _wish(self, texted: Texted, *, is_asked: bool) -> Wanted | None:
        """What it wants, unless it may answer a question: CANCEL is said to an order then."""
        if not texted.senders:
            return None
        wish = self.texting.wanted(texted)
        return None if wish is not None and wish.may_answer and is_asked else wish

    async def _is_heard(self, connection: Any, texted: Texted, wish: Wanted) -> bool:
        """A "yes" takes back a STOP, and without one it is a word like any other."""
        is_back = wish.may_answer and wish.wish is Wish.START
        address = Address(texted.channel, texted.number)
        return not is_back or await wish_rows.is_stopped(connection, address)

    async def _answered(
        self, transaction: Transaction, asked: Asked, saying: Saying, channel: Channel
    ) -> tuple[Heard, Committed]:
        connection, now = transaction.connection, self.clock.now()
        given = await reply_rows.lock(connection, asked.request_id)
        effect = effect_of(asked, saying, given, now)
        if effect is not Effect.HEARD:
            counts = given[-1].answer if given else None
            return Heard(effect, asked, saying.answer, channel, counts), Committed([], [])
        number = given[-1].number + 1 if given else 1  # earlier ones may be on Kafka no more
        reply = Reply(answer=saying.answer, channel=channel, number=number, at=now)
        await reply_rows.write(connection, asked.request_id, reply, saying)
        record = reply_rows.replied(asked, reply, self.prefix)
        heard = Heard(effect, asked, saying.answer, channel, saying.answer)
        return heard, await transaction.add([record])
