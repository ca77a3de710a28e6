"""The pages of ours that a message leads to: everything about its order, why it came, and what its
reader hears. Pure.

The shop's own page of an order stays first, where it has one; ours takes its place where it has
none, and every mail names ours besides.
"""

from typing import Any

import msgspec

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from services.notifier.render.draft import Draft
from services.notifier.render.order_words import LinkWords
from services.notifier.render.segments import count_segments
from services.notifier.rendered import Button


def with_page(content: Content, draft: Draft) -> Content:
    """With our page of the order where the shop names none. A text message has no room for one more
    address: see `with_link`. Who has to end what happens in a chat is led to the page where that is
    done; its address is made with the message, because whoever has it may do it."""
    if draft.request.kind is Kind.CHAT_LINKED and draft.ways is not None:
        return msgspec.structs.replace(content, action_url=draft.ways.preferences)
    page = draft.ways.order if draft.ways else None
    if page is None or content.order_url is not None or draft.channel is Channel.SMS:
        return content
    return msgspec.structs.replace(content, order_url=page)


def with_link(text: str, segments: int, draft: Draft) -> str:
    """A text message with the address of our page, where that costs nothing and it has no address
    to stop it."""
    page = draft.ways.order if draft.ways else None
    if page is None or draft.stop or draft.request.content.order_url is not None:
        return text
    longer = f"{text} {page}"
    return longer if count_segments(longer) <= segments else text


def ways_of(
    draft: Draft, words: LinkWords, action: Button | None, chat: str = ""
) -> dict[str, Any]:
    """What a mail names at its end; nothing where nobody could open it. `chat`: what leads to
    the bot."""
    ways = draft.ways
    if ways is None:
        return {"order_page": None, "ways": ()}
    page = None
    if ways.order and not (action and action.url == ways.order):
        page = Button(label=order_label(draft, words), url=ways.order)
    is_there = Channel.TELEGRAM in draft.shop.channels
    chats = ((chat, ways.chat),) if ways.chat and chat and is_there else ()
    ends = (*chats, (words.why, ways.why), (words.preferences, ways.preferences))
    return {
        "order_page": page,
        "ways": tuple(Button(label=label, url=url) for label, url in ends),
    }


def order_label(draft: Draft, words: LinkWords) -> str:
    """Who did not order anything is led to their parcel."""
    is_recipient = draft.request.content.audience is Audience.RECIPIENT
    return words.parcel if is_recipient else words.order
