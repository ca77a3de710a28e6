"""What people of a shop say to customers who asked for them: it is said into the chat, once for
each event, and the bot is out of the way until they hand the conversation back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final

import msgspec

from headsup import logs
from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.replies import Author
from headsup.contracts.shop import AgentWrote, ConversationHandedBack
from headsup.shops.profile import ShopProfile
from services.notifier.bot import rows
from services.notifier.bot.known import Saying, digest_of
from services.notifier.people import Person, language_of
from services.notifier.person_rows import person_of
from services.notifier.render.bot_words import BotWords
from services.notifier.render.clean import clean
from services.notifier.voices import Voices

NEWS_FOR: Final = timedelta(days=1)
"""What a person wrote longer ago is not said as if it were new: they have another way by now."""
_LEFT: Final = """
    SELECT chat FROM notifier.bot_chats
    WHERE source = $1 AND customer_id = $2 AND (left_at IS NOT NULL OR ended_at IS NOT NULL)
"""
_LONGEST: Final = 2000
"""Characters of a line."""
Talking = Event[AgentWrote] | Event[ConversationHandedBack]


@dataclass(frozen=True, slots=True)
class Conversations:
    """Takes in what shops say."""

    voices: Voices
    shops: Mapping[str, ShopProfile]

    async def write(self, connection: Any, events: Sequence[Talking], now: datetime) -> list[str]:
        """Writes what is to be said; of each event, what came of it. Raises a database error."""
        return [await self._one(connection, event, now) for event in events]

    async def _one(self, connection: Any, event: Talking, now: datetime) -> str:
        shop = self.shops.get(event.source)
        if shop is None:
            return "unknown_shop"
        if isinstance(event.data, ConversationHandedBack):
            return await self._handed_back(connection, event, shop, now)
        if event.time + NEWS_FOR < now:
            logs.logger().warning("a person's words came too late to be said")
            return "too_old"
        chat = await self._chat(connection, shop, event.data.customer_id)
        if chat is None:
            logs.logger().warning("a person's words have no chat to go to")
            return "no_chat"
        return await self._said(connection, event, chat, shop, now)

    async def _chat(self, connection: Any, shop: ShopProfile, customer_id: str) -> int | None:
        """The conversation, else a chat that they linked, else the one that the shop names, unless
        they left it."""
        known = await rows.chat_of(connection, shop.source, customer_id)
        if known is not None:
            return known
        person = await self._person(connection, shop, customer_id)
        contacts = person.entry.contacts if person.entry else ()
        named = [c.address for c in contacts if c.channel is Channel.TELEGRAM]
        rows_left = await connection.fetch(_LEFT, shop.source, customer_id)
        left = {str(row["chat"]) for row in rows_left}
        return next((int(chat) for chat in named if chat.isdecimal() and chat not in left), None)

    async def _said(
        self,
        connection: Any,
        event: Talking,
        chat: int,
        shop: ShopProfile,
        now: datetime,
    ) -> str:
        """Whoever answers to it answers a person, so the conversation is theirs."""
        assert isinstance(event.data, AgentWrote)  # noqa: S101 - the other one was taken out
        customer_id = event.data.customer_id
        text = "\n".join(clean(line, _LONGEST) for line in event.data.text.splitlines())
        words = await self._words(connection, chat, shop, customer_id)
        title = escape(words.agent.format(shop=shop.name), quote=False)
        saying = Saying(html=f"<b>{title}</b>\n\n{escape(text, quote=False)}", source=event.source)
        if not await rows.say(connection, chat, _id(event), [saying]):
            return "same"
        await rows.write_lines(connection, chat, [(event.source, Author.AGENT, text)], now)
        who = (event.source, customer_id)
        await rows.open_talk(connection, chat, who, event.time, now)
        return "said"

    async def _handed_back(
        self,
        connection: Any,
        event: Talking,
        shop: ShopProfile,
        now: datetime,
    ) -> str:
        customer_id = event.data.customer_id
        chats = await rows.hand_back(connection, event.source, customer_id, event.time)
        for chat in chats:
            words = await self._words(connection, chat, shop, customer_id)
            text = words.back.format(shop=shop.name)
            saying = Saying(html=escape(text, quote=False), source=event.source)
            await rows.say(connection, chat, f"{_id(event)}.{chat}", [saying])
            await rows.write_lines(connection, chat, [(event.source, Author.BOT, text)], now)
        return "handed_back" if chats else "same"

    async def _words(
        self, connection: Any, chat: int, shop: ShopProfile, customer_id: str
    ) -> BotWords:
        voice = self.voices.of(shop.source)
        kept = await rows.talk(connection, chat)
        person = await self._person(connection, shop, customer_id)
        theirs = language_of(Customer(id=customer_id), person, shop, voice.languages)
        return voice.texts_in(kept["language"] if kept else None, theirs)[1].bot

    async def _person(self, connection: Any, shop: ShopProfile, customer_id: str) -> Person:
        row = await rows.person(connection, shop.source, customer_id)
        try:
            return person_of(row["entry"], row["chosen"])
        except msgspec.MsgspecError:
            return person_of(None, None)


def _id(event: Talking) -> str:
    """By which it is said once, however often it is read."""
    return f"agent.{digest_of(event.source)}.{event.id}"
