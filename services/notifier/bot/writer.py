"""The loop that hears what came to the bot. That it came, what it changes, what the shop is told
and what is said to it are one transaction: an update that Telegram brings again changes nothing."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any, Final

import msgspec

from headsup import logs
from headsup.clock import Clock
from headsup.contracts.notifications import Reason
from headsup.contracts.replies import Author, PreferencesChanged
from headsup.kafka.producer import Outgoing
from headsup.outbox import Committed
from services.notifier import preferences
from services.notifier.bot import rows
from services.notifier.bot.decide import decide
from services.notifier.bot.known import (
    CallHuman,
    ComeBack,
    Decision,
    Effect,
    HandOn,
    Leave,
    Link,
    Saying,
    Speak,
    Token,
)
from services.notifier.bot.links import LIFETIME, MOST_OPEN, digest
from services.notifier.bot.meaning import Meant
from services.notifier.bot.notice import notice
from services.notifier.bot.queue import BotQueue, Broken, Done, Look, Mint, Result, Word
from services.notifier.bot.reading import Gathered, Gathering
from services.notifier.bot.saying import said
from services.notifier.bot.told import Teller, Who
from services.notifier.bot.updates import Came, Pressed, Wrote
from services.notifier.brought import Writer
from services.notifier.erased_words import ErasedWords
from services.notifier.ledger import Transaction
from services.notifier.suppressions import Suppression, note

_SILENCE: Final = Committed([], [])
_TAG: Final = re.compile(r"</?[a-z]+>")
LONGEST_LINE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class BotWriter(Writer):
    """The loop."""

    queue: BotQueue
    gathering: Gathering
    new_token: Callable[[], str]
    words: ErasedWords
    """What people said who were erased."""

    async def run(self, stop: asyncio.Event) -> None:
        """Writes until `stop` is set and nobody waits any more."""
        await self._serve("bot", self.queue, self._heard, stop)

    async def _heard(self, transaction: Transaction, word: Word) -> tuple[Done, Committed]:
        match word:
            case Look(number):
                return await self._looked(transaction.connection, number), _SILENCE
            case Mint(number):
                return await self._minted(transaction.connection, number), _SILENCE
            case Broken(came):
                return await self._broken(transaction.connection, came), _SILENCE
            case Came():
                return await self._came(transaction, word)

    async def _looked(self, connection: Any, number: int) -> Done:
        message = await rows.message(connection, number)
        if message is None or message.order_id is None:
            return Done(result=Result.UNKNOWN)
        return Done(result=Result.KNOWN, source=message.source, language=message.language)

    async def _minted(self, connection: Any, number: int) -> Done:
        message, now = await rows.message(connection, number), self.clock.now()
        if message is None or message.order_id is None:
            return Done(result=Result.UNKNOWN)
        token = self.new_token()
        times = (now, now + LIFETIME)
        is_made = await rows.mint(connection, digest(token), message, times, MOST_OPEN)
        return Done(
            result=Result.MINTED if is_made else Result.TOO_OFTEN,
            source=message.source,
            language=message.language,
            token=token if is_made else None,
        )

    async def _came(self, transaction: Transaction, came: Came) -> tuple[Done, Committed]:
        connection, now = transaction.connection, self.clock.now()
        if not await rows.is_new(connection, came.update_id, came.chat):
            return Done(result=Result.SAME), _SILENCE
        gathered = await self.gathering.of(connection, came, now)
        decision = _decided(came, gathered, now)
        source = _source(gathered)
        await self._keep(connection, came, gathered, source)
        acting = _Acting(
            connection=connection,
            came=came,
            gathered=gathered,
            teller=Teller(came.update_id, now, self.prefix),
            clock=self.clock,
            prefix=self.prefix,
            words=self.words,
        )
        records = [record for each in decision.effects for record in await acting.do(each)]
        await self._say(connection, came, decision.says, source)
        done = Done(result=Result.HEARD, toast=decision.toast)
        return done, await transaction.add(records)

    async def _broken(self, connection: Any, came: Came) -> Done:
        """Nothing is looked up: that may be what broke."""
        if await rows.is_new(connection, came.update_id, came.chat):
            words = self.gathering.voices.common.texts_in(came.language)[1].bot
            says = [said(words.later)] if isinstance(came, Wrote | Pressed) else []
            await rows.say(connection, came.chat, f"update.{came.update_id}", says)
        return Done(result=Result.BROKEN)

    async def _keep(
        self, connection: Any, came: Came, gathered: Gathered, source: str | None
    ) -> None:
        """What they wrote, for a person who takes over. A token is nobody's to read."""
        if not isinstance(came, Wrote) or not gathered.known.owners:
            return
        text = "/start" if gathered.meaning.meant is Meant.START else came.text
        line = (source, Author.CUSTOMER, text[:LONGEST_LINE])
        await rows.write_lines(connection, came.chat, [line], self.clock.now())

    async def _say(
        self, connection: Any, came: Came, says: Sequence[Saying], source: str | None
    ) -> None:
        await rows.say(connection, came.chat, f"update.{came.update_id}", says)
        lines = [(saying.source or source, Author.BOT, _plain(saying.html)) for saying in says]
        await rows.write_lines(connection, came.chat, lines, self.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Acting:
    """Does what was decided, in the transaction; each returns what the shop is told."""

    connection: Any
    came: Came
    gathered: Gathered
    teller: Teller
    clock: Clock
    prefix: str
    words: ErasedWords

    async def do(self, effect: Effect) -> list[Outgoing]:
        match effect:
            case Link():
                return await self._link(effect)
            case Leave(reason):
                return await self._leave(reason)
            case ComeBack():
                return await self._come_back()
            case Speak(language):
                return await self._speak(language)
            case CallHuman():
                return await self._call(effect)
            case HandOn():
                return await self._hand_on(effect)

    @property
    def _owners(self) -> list[Who]:
        return [(owner.source, owner.customer_id) for owner in self.gathered.known.owners]

    async def _come_back(self) -> list[Outgoing]:
        """Also of somebody whom nobody knows any more: they may be written to again."""
        shops = self.gathered.known.shops
        await self.words.lift(self.connection, shops, f"telegram:{self.came.chat}")
        back = await rows.come_back(self.connection, self.came.chat)
        return [self.teller.came_back(who, self.came.chat) for who in back]

    async def _link(self, effect: Link) -> list[Outgoing]:
        owner, chat, now = effect.token.owner, self.came.chat, self.clock.now()
        who = (owner.source, owner.customer_id)
        had_left = any(
            each.has_left and (each.source, each.customer_id) == who
            for each in self.gathered.known.owners
        )
        is_news = await rows.link(self.connection, chat, who, effect.token.digest, now)
        await self.words.lift(self.connection, [owner.source], f"telegram:{chat}")
        if not is_news:
            return []
        back = [self.teller.came_back(who, chat)] if had_left else []
        return [self.teller.linked(who, chat), *back, *await self._told(effect.token)]

    async def _told(self, token: Token) -> list[Outgoing]:
        """Whose message it was hears of it elsewhere: it may have been somebody else."""
        if token.number is None:
            return []
        octets = await rows.requested_by(self.connection, token.number)
        told = notice(octets, token, self.clock.now(), self.prefix) if octets else None
        return [told] if told else []

    async def _leave(self, reason: Reason) -> list[Outgoing]:
        now, chat = self.clock.now(), self.came.chat
        left = [who for who in self._owners if await rows.leave(self.connection, chat, who, now)]
        sources = sorted({source for source, _ in self._owners})
        address = f"telegram:{chat}"
        suppressed = [
            Suppression(source=source, address=address, reason=reason, code=None, since=now)
            for source in sources
        ]
        await note(self.connection, suppressed)
        return [self.teller.left(who, chat) for who in left]

    async def _speak(self, language: str) -> list[Outgoing]:
        """The bot speaks it, and so do the messages about their orders from now on."""
        now, told = self.clock.now(), []
        await rows.speak(self.connection, self.came.chat, language)
        for source, customer_id in self._owners:
            row = await rows.person(self.connection, source, customer_id)
            known = _chosen(row["chosen"], customer_id)
            chosen = msgspec.structs.replace(known, language=language)
            if await preferences.write(self.connection, source, chosen, now):
                told.append(self.teller.of((source, customer_id), chosen))
        return told

    async def _call(self, effect: CallHuman) -> list[Outgoing]:
        owner, now, chat = effect.owner, self.clock.now(), self.came.chat
        who = (owner.source, owner.customer_id)
        await rows.open_talk(self.connection, chat, who, now, now)
        lines = await rows.lines(self.connection, chat, owner.source, now)
        return [self.teller.human(who, self.gathered.speech.language, effect.order_id, lines)]

    async def _hand_on(self, effect: HandOn) -> list[Outgoing]:
        talk = effect.talk
        assert isinstance(self.came, Wrote)  # noqa: S101 - only what was written is handed on
        await rows.heard(self.connection, self.came.chat, self.clock.now())
        who = (talk.shop.source, talk.customer_id)
        return [self.teller.wrote(who, effect.text, self.came.message_id)]


def _source(gathered: Gathered) -> str | None:
    """The shop that may read all of it, because there is no other."""
    sources = {owner.source for owner in gathered.known.owners}
    return sources.pop() if len(sources) == 1 else None


def _decided(came: Came, gathered: Gathered, now: datetime) -> Decision:
    """What is done. One update that we cannot think about must not hold up those after it: whoever
    wrote it is told that it did not work."""
    try:
        return decide(came, gathered.meaning, gathered.known, gathered.speech, now)
    except Exception as error:  # noqa: BLE001 - said to whoever wrote, and logged
        logs.logger().error("the bot did not know what to say", error=error)
        return Decision(says=[said(gathered.speech.words.later)])


def _chosen(octets: bytes | None, customer_id: str) -> PreferencesChanged:
    """What they chose before. What a newer version of us wrote and we cannot read is not replaced
    by half of it: then this raises, and they are told that it did not work."""
    if octets is None:
        return PreferencesChanged(customer_id=customer_id)
    return msgspec.json.decode(octets, type=PreferencesChanged)


def _plain(html: str) -> str:
    """What the bot said, without its markup."""
    return unescape(_TAG.sub("", html))[:LONGEST_LINE]
