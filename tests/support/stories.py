"""What happens to the people of `lives`: everything by which a name, an address or a number gets
into a table of the notifier's. Each story names the tables in which it leaves something."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from headsup.contracts import envelope
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content, OrderTrouble
from headsup.contracts.shop import AgentWrote, CustomerErased
from sandbox.providers.faults import Fault, FaultRule
from services.notifier.attempts import State
from services.notifier.bot.links import ChatLinks
from services.notifier.channels import TransientError, UnknownOutcomeError
from services.notifier.scoped_links import PreferenceLinks
from services.notifier.short_links import ShortLinks
from services.notifier.stopping import StopLinks
from tests.integration.services.notifier.test_preferences import CHOSEN
from tests.integration.services.notifier.test_returned_mails import sample
from tests.integration.services.notifier.test_support import hidden
from tests.support.answering import asks
from tests.support.cart_requests import reminder
from tests.support.chatting import Chatting
from tests.support.events import SHOP
from tests.support.lives import (
    ASKED,
    BUYER,
    CHATTY,
    CHOOSER,
    ERASED,
    GIFTED,
    GREYLISTED,
    IN_DOUBT,
    ON_WHATSAPP,
    REFUSED,
    REMINDED,
    RETURNED,
    SHOPPER,
    SOUGHT,
    STARTED,
    STOPPED,
    UNSUBSCRIBED,
    WHATSAPP,
    Life,
    bought,
    in_book,
    news,
)
from tests.support.notifier import KEY, MONDAY, PUBLIC

_MAIL, _PHONE = Channel.EMAIL, Channel.SMS
_CART: Final = "https://shop.example/cart/restore?token=" + "Zm9v" * 60
Play = Callable[[Life], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Story:
    """Something that happens."""

    name: str
    tables: tuple[str, ...]
    """In which it leaves something behind."""
    play: Play


STORIES: Final[list[Story]] = []


def _leaves(*tables: str) -> Callable[[Play], Play]:
    def told(play: Play) -> Play:
        STORIES.append(Story(getattr(play, "__name__", ""), tables, play))
        return play

    return told


@_leaves("people", "learned", "requests", "notifications", "order_keys", "purchases", "counted")
async def news_by_mail_and_by_text(life: Life) -> None:
    """An order is told of by both."""
    await life.rig.emit(in_book(BUYER), bought(BUYER), news("by-mail", BUYER))
    await life.rig.emit(news("by-text", BUYER, Kind.SHIPMENT_SHIPPED))
    await life.until("by-mail.0")
    await life.until("by-text.0")
    assert [mail.to for mail in life.inbox.messages()] == [BUYER.mail]


@_leaves("order_keys")
async def a_gift(life: Life) -> None:
    """Whoever gets it is told where it is."""
    gift = Content(order_number=BUYER.order, carrier="Nova", audience=Audience.RECIPIENT)
    event = news("gift", GIFTED, Kind.SHIPMENT_SHIPPED, order_id=BUYER.order, content=gift)
    await life.rig.emit(event)
    await life.until("gift.0")
    await life.has("order_keys", "audience = 'recipient'")


@_leaves("suppressions", "attempts")
async def an_address_that_is_refused(life: Life) -> None:
    """The mail server names it in its reply."""
    life.faults.set(FaultRule(channel=_MAIL, fault=Fault.REFUSE, to=REFUSED.mail))
    await life.rig.emit(news("refused", REFUSED))
    await life.until("refused.0", State.FAILED)
    await life.until("refused.0.1")


@_leaves("attempts")
async def a_mail_server_that_asks_to_wait(life: Life) -> None:
    """And names whom it does not want to hear of yet."""
    life.faults.set(FaultRule(channel=_MAIL, fault=Fault.RATE_LIMIT, to=GREYLISTED.mail, times=1))
    await life.rig.emit(news("greylisted", GREYLISTED))
    await life.has("notifications", "id = 'greylisted.0' AND retries > 0 OR code IS NOT NULL")


@_leaves("suppressions")
async def a_mail_that_comes_back(life: Life) -> None:
    """Its report names the address."""
    await life.rig.emit(news("returned", RETURNED))
    await life.until("returned.0")
    report = sample("postfix-unknown-user").replace(
        b"oksana@mail.example", str(RETURNED.mail).encode()
    )
    assert await life.port.brings(report, "returned.0") == 250
    await life.until("returned.0", State.FAILED)
    await life.has("suppressions", "code = '5.1.1'")


@_leaves("wishes", "stopped_numbers", "suppressions", "opt_outs", "texts_taken")
async def a_stop_by_text(life: Life) -> None:
    """It is kept by number."""
    await life.rig.emit(news("before-stop", STOPPED))
    await life.until("before-stop.0")
    await life.texts(STOPPED, "стоп")


@_leaves("wishes")
async def a_start_by_text(life: Life) -> None:
    """After a STOP."""
    await life.rig.emit(news("before-start", STARTED))
    await life.until("before-start.0")
    await life.texts(STARTED, "стоп!")
    await life.texts(STARTED, "старт")
    await life.has("wishes", "wish = 'start'")


@_leaves("preferences", "people")
async def what_somebody_chooses(life: Life) -> None:
    """On the page of preferences: no marketing, and by which channel first."""
    await life.rig.emit(in_book(CHOOSER, _MAIL), news("chosen", CHOOSER))
    await life.until("chosen.0")
    link = PreferenceLinks(PUBLIC, KEY).of(await life.number_of("chosen.0"), MONDAY)
    path = link.removeprefix(PUBLIC)
    assert (await life.customer.client.get(path)).status_code == 200
    said = await life.customer.client.post(path, data=CHOSEN | {"place.whatsapp": "4"})
    assert said.status_code == 200


@_leaves("opt_outs")
async def no_more_marketing(life: Life) -> None:
    """With one click."""
    await life.rig.emit(in_book(UNSUBSCRIBED, _MAIL))
    await life.rig.emit(news("marketed", UNSUBSCRIBED, Kind.REVIEW_REQUEST))
    await life.until("marketed.0")
    link = StopLinks(PUBLIC, KEY).of(await life.number_of("marketed.0"))
    assert (await life.customer.follows(link)).status_code == 200


@_leaves("cart_flows", "purchases", "counted")
async def a_cart_and_what_ends_it(life: Life) -> None:
    """Its owner is reminded, and buys."""
    await life.rig.emit(in_book(SHOPPER, _MAIL), reminder("cart", customer=SHOPPER.ordered))
    await life.until("cart.0")
    await life.has("requests", "id = 'cart' AND who IS NOT NULL")
    await life.rig.emit(bought(SHOPPER))
    await life.has("purchases", "who = $1", f"customer:{SHOPPER.id}")


@_leaves("whatsapp_windows", "notifications")
async def a_day_on_whatsapp(life: Life) -> None:
    """They write, and are answered in words of our own."""
    await life.texts(
        ON_WHATSAPP,
        "Дякую",
        From=f"whatsapp:{ON_WHATSAPP.phone}",
        To=f"whatsapp:{WHATSAPP}",
    )
    await life.rig.emit(in_book(ON_WHATSAPP, ways=[Channel.WHATSAPP]))
    await life.rig.emit(news("on-whatsapp", ON_WHATSAPP, Kind.SHIPMENT_OUT_FOR_DELIVERY))
    await life.until("on-whatsapp.0")
    await life.has("notifications", "channel = 'whatsapp'")


@_leaves("replies", "texts_taken")
async def an_answer(life: Life) -> None:
    """Wait, or cancel?"""
    await life.rig.emit(asks("asked", customer=ASKED.ordered, order_id=ASKED.order))
    await life.until("asked.0")
    await life.texts(ASKED, "чекаю")
    await life.has("replies", "request_id = 'asked'")


@_leaves("cart_flows")
async def a_short_link(life: Life) -> None:
    """In a reminder by text."""
    content = Content(items=reminder("x").data.content.items, cart_url=_CART)
    event = reminder("short", "f-2", customer=REMINDED.ordered, content=content)
    await life.rig.emit(in_book(REMINDED, _PHONE), event)
    await life.until("short.0")
    link = ShortLinks(PUBLIC, KEY).of(await life.number_of("short.0"))
    assert (await life.customer.looks(link)).status_code == 302


@_leaves("support_acts", "requests")
async def support(life: Life) -> None:
    """Looks for somebody by all that they go by, and sends it again."""
    await life.rig.emit(bought(SOUGHT), news("sought", SOUGHT))
    await life.until("sought.0")
    for asked in (str(SOUGHT.phone), str(SOUGHT.mail)):
        found = await life.desk.finds(asked)
        assert f"Order {SOUGHT.order}" in found.text
    said = await life.desk.again(hidden(found.text))
    assert "asked for again" in said.text
    await life.has("notifications", "id LIKE 'again.%' AND state = 'sent'")


@_leaves("notifications")
async def a_text_without_an_answer(life: Life) -> None:
    """Its words are kept, to ask the provider about them."""
    life.rig.senders.sms.fail(UnknownOutcomeError("timeout"))
    life.rig.senders.sms.refuse_answers(TransientError("429", retry_after=3600.0), times=50)
    await life.rig.emit(news("in-doubt", IN_DOUBT, Kind.SHIPMENT_SHIPPED))
    await life.has("notifications", "id = 'in-doubt.0' AND words IS NOT NULL AND retries > 0")


_OF_THE_BOT: Final = ("bot_chats", "bot_lines", "bot_links", "bot_says", "bot_talks", "bot_updates")


@_leaves(*_OF_THE_BOT)
async def a_chat(life: Life) -> None:
    """Somebody links it, says in it how they are reached, and talks to a person."""
    ahead = in_book(CHATTY, _MAIL, agreed_at=MONDAY + timedelta(days=1))
    await life.rig.emit(ahead, bought(CHATTY), news("to-chat", CHATTY))
    await life.until("to-chat.0")
    chat = Chatting(life.rig, life.customer, chat=CHATTY.chat or 0)
    link = ChatLinks(PUBLIC, KEY).of(await life.number_of("to-chat.0"), MONDAY)
    await chat.follows((await life.customer.follows(link)).headers["location"])
    await chat.hears(1)
    for words in (f"Це {CHATTY.name}, {CHATTY.phone}, {CHATTY.mail}", "/human"):
        await chat.writes(words)
        await chat.hears(1)
    await chat.presses("bot:l:uk")
    await chat.hears(1)
    said = AgentWrote(customer_id=CHATTY.id, text="Вітаю")
    await life.rig.emit(envelope.make(SHOP, "agent-1", MONDAY, said))
    await chat.hears(1)
    await life.rig.emit(news("in-chat", CHATTY, Kind.SHIPMENT_SHIPPED))
    await life.until("in-chat.0")
    await life.has("notifications", "channel = 'telegram'")
    life.rig.senders.telegram.fail(TransientError("429", retry_after=3600.0), times=50)
    await chat.follows((await life.customer.follows(link)).headers["location"])
    await life.has("bot_says", "html <> '' AND due_at > now() + '10 minutes'::interval")


@_leaves("troubles")
async def an_order_in_trouble(life: Life) -> None:
    """Its customer is left alone with marketing."""
    data = OrderTrouble(order_id=BUYER.order, customer_id=BUYER.id, in_trouble=True)
    await life.rig.emit(envelope.make(SHOP, "trouble-1", MONDAY, data))
    await life.has("troubles")


@_leaves("erasures", "erased_words")
async def an_erasure(life: Life) -> None:
    """Of somebody who wanted no more."""
    await life.rig.emit(in_book(ERASED, _MAIL), bought(ERASED))
    await life.rig.emit(news("erased", ERASED, Kind.REVIEW_REQUEST))
    await life.until("erased.0")
    await life.customer.follows(StopLinks(PUBLIC, KEY).of(await life.number_of("erased.0")))
    at = MONDAY + timedelta(minutes=5)
    gone = CustomerErased(customer_id=ERASED.id)
    await life.rig.emit(envelope.make(SHOP, "erased-1", at, gone))
    await life.has("erasures", "passes > 0")
