"""Somebody cuts off a chat that was linked to their orders: it counts at once, the shop is told,
and whoever has the chat is told there."""

from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Any, Final

from headsup.contracts import envelope
from headsup.contracts.channels import Channel
from headsup.contracts.registry import Topic
from headsup.contracts.replies import Author, ChatUnlinked
from headsup.kafka.producer import Outgoing
from headsup.shops.profile import ShopProfile
from services.notifier import chats, preference_rows
from services.notifier.bot import rows
from services.notifier.bot.known import Saying
from services.notifier.choosing import Chooser, LinkedChat
from services.notifier.voices import Voices

_NO_CHATS: Final[tuple[str, ...]] = ()


async def unlink(connection: Any, chooser: Chooser, press: str, now: datetime) -> LinkedChat | None:
    """Ends the link of the chat that this button stands for. None when it was ended before, or it
    is nobody's button."""
    for chat in chooser.linked:
        if chat.press == press:
            who = (chooser.source, chooser.customer.id)
            return chat if await chats.unlink(connection, who, chat.chat, now) else None
    return None


async def say(
    connection: Any, chat: LinkedChat, shop: ShopProfile, voices: Voices, now: datetime
) -> None:
    """Says so in the chat, unless nothing is heard there."""
    if chat.has_left:
        return
    kept = await rows.talk(connection, chat.chat)
    chosen = kept["language"] if kept else None
    words = voices.of(shop.source).texts_in(chosen, shop.language)[1].bot
    text = words.unlinked.format(shop=shop.name)
    saying = Saying(html=escape(text, quote=False), source=shop.source)
    await rows.say(connection, chat.chat, f"unlinked.{chat.press}", [saying])
    await rows.write_lines(connection, chat.chat, [(shop.source, Author.BOT, text)], now)


async def without_it(connection: Any, chooser: Chooser, shop: ShopProfile) -> Chooser:
    """As they are known from now on."""
    bare = replace(chooser, person=replace(chooser.person, chats=_NO_CHATS))
    return await preference_rows.with_suppressions(connection, bare, shop)


def unlinked(chooser: Chooser, chat: LinkedChat, now: datetime, prefix: str) -> Outgoing:
    """The record for `customers.replied`, the same however often it is published. Pure."""
    data = ChatUnlinked(
        customer_id=chooser.customer.id, channel=Channel.TELEGRAM, address=str(chat.chat)
    )
    event = envelope.make(chooser.source, f"unlinked.{chat.press}", now, data)
    return Outgoing(
        prefix + Topic.REPLIED,
        chooser.customer.id.encode(),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
