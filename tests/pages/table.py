"""Every page that there is, and how somebody comes to it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from playwright.async_api import Page

from headsup.contracts import envelope, shop
from headsup.contracts.base import Customer, Estimate, Item, Money, PickupPoint
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content, CustomerPurchased
from headsup.contracts.replies import Answer, Question
from services.notifier.answers import AnswerLinks
from services.notifier.bot.links import ChatLinks
from services.notifier.stopping import StopLinks
from tests.pages.chromium import LANGUAGES
from tests.pages.site import LOGGED_IN, Site
from tests.support.answering import asks
from tests.support.events import SHOP, delivered, event, placed
from tests.support.marketing import MAIL, agrees, asks_for_a_review
from tests.support.notifier import KEY, MONDAY, OKSANA, requested

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Link = Callable[[Site, str], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page. `link`: its address, as a message in this language has it."""

    link: Link
    title: Mapping[str, str]
    does: Callable[[Page], Awaitable[None]] | None = None
    """What one does there, by keys, to come to the page that is meant."""
    headers: Mapping[str, str] = field(default_factory=dict)

    async def reach(self, page: Page) -> None:
        """From its address to the page that is meant."""
        if self.does is not None:
            await self.does(page)


def somebody(language: str, number: int = 1) -> Customer:
    """Who has a phone, too."""
    phone = f"+38050123456{number}"
    return Customer(
        id=f"c-{number}", email=f"x{number}@mail.example", phone=phone, language=language
    )


def bought(language: str, **what: Any) -> Event[Any]:
    """A kettle and a lot of tea."""
    items = (
        Item(name="Чайник «Ранок», 1,7 л", price=Money(amount="1299.00", currency="UAH")),
        Item(name="Green tea", quantity=3, price=Money(amount="120.00", currency="UAH")),
    )
    given: dict[str, Any] = {
        "customer": somebody(language),
        "number": "1042",
        "items": items,
        "total": Money(amount="1659.00", currency="UAH"),
        "order_url": "https://shop.example/orders/A-1",
    }
    return placed("A-1", MONDAY, **given | what)


def parcel(data: type[Any], hours: float, shipment_id: str = "S1", **what: Any) -> Event[Any]:
    """News of a parcel, this long after the order."""
    said = data(order_id="A-1", shipment_id=shipment_id, **what)
    return event(said, MONDAY + hours * HOUR)


def on_its_way() -> list[Event[Any]]:
    """Two parcels: one is with the carrier, the other waits to be collected."""
    day = (MONDAY + 2 * DAY).date()
    waits = PickupPoint(
        name="Locker 1042", address="Khreshchatyk 1", hours="24/7", code="770 441", hold_until=day
    )
    return [
        event(shop.OrderSplit(order_id="A-1", parcels=2), MONDAY),
        parcel(
            shop.InTransit,
            1,
            carrier="Nova Poshta",
            tracking_number="20450000000001",
            tracking_url="https://carrier.example/20450000000001",
            estimate=Estimate(latest=day),
        ),
        parcel(shop.InTransit, 1, "S2", carrier="Ukrposhta", tracking_number="0503700000002"),
        parcel(shop.ReadyForPickup, 2, "S2", pickup=waits),
    ]


def sent_back() -> list[Event[Any]]:
    """It came, and something of it goes back."""
    approved = shop.ReturnApproved(
        order_id="A-1",
        return_id="R-1",
        method=shop.ReturnMethod.DROP_OFF,
        send_by=(MONDAY + 10 * DAY).date(),
        address="Nova Poshta 7, Khreshchatyk 22",
        code="RET-1042",
        label_url="https://shop.example/label.pdf",
    )
    requested_ = shop.ReturnRequested(order_id="A-1", return_id="R-1")
    return [
        delivered("A-1", MONDAY + HOUR),
        event(requested_, MONDAY + 2 * HOUR),
        event(approved, MONDAY + 3 * HOUR),
    ]


def cancelled() -> list[Event[Any]]:
    """The shop has none left, and gives the money back."""
    said = shop.OrderCancelled(
        order_id="A-1",
        by=shop.CancelledBy.SHOP,
        reason=shop.CancelReason.OUT_OF_STOCK,
        refund=Money(amount="1659.00", currency="UAH"),
        refund_by=(MONDAY + 5 * DAY).date(),
    )
    return [event(said, MONDAY + HOUR)]


def arrived() -> list[Event[Any]]:
    """It was handed over."""
    return [delivered("A-1", MONDAY + HOUR)]


def _order(happens: Callable[[], list[Event[Any]]], kind: Kind, *, why: bool = False) -> Link:
    """After this happened and was told."""

    async def link(site: Site, language: str) -> str:
        await site.orders.happens(bought(language))
        number, at = await site.orders.until_told(Kind.ORDER_CONFIRMED)
        if found := happens():
            await site.orders.happens(*found)
            number, at = await site.orders.until_told(kind)
        return (site.links.whys if why else site.links.orders).of(number, at)

    return link


async def _gift(site: Site, language: str) -> str:
    await site.orders.happens(bought(language, recipient=somebody(language, 2)))
    await site.orders.until_told(Kind.ORDER_CONFIRMED)
    await site.orders.happens(*on_its_way())
    number, at = await site.orders.until_told(Kind.SHIPMENT_READY_FOR_PICKUP, "c-2")
    return site.links.orders.of(number, at)


async def _expired(site: Site, language: str) -> str:
    await site.orders.happens(bought(language))
    number, _ = await site.orders.until_told(Kind.ORDER_CONFIRMED)
    return site.links.orders.of(number, MONDAY - 365 * DAY)


async def _reviewed(site: Site, language: str) -> int:
    await site.rig.emit(agrees())
    reader = Customer(id="c-1", email=MAIL, language=language)
    return await site.sent(asks_for_a_review("r2", customer=reader))


async def _marketed(site: Site, language: str) -> str:
    return site.links.whys.of(await _reviewed(site, language), MONDAY)


async def _stop(site: Site, language: str) -> str:
    return StopLinks(site.url, KEY).of(await _reviewed(site, language))


async def preferences(site: Site, language: str) -> str:
    """Of somebody who stopped text messages."""
    number = await site.sent(requested("r1", customer=somebody(language)))
    await site.rig.pool.execute(
        "INSERT INTO notifier.suppressions (source, address, reason, since)"
        " SELECT source, 'sms:+380501234561', 'opted_out', $1 FROM notifier.requests LIMIT 1",
        MONDAY,
    )
    return site.links.preferences.of(number, MONDAY)


async def linked(site: Site, language: str) -> str:
    """Of somebody whose chat can be cut off."""
    link = await preferences(site, language)
    await site.rig.pool.execute(
        "INSERT INTO notifier.bot_chats (chat, source, customer_id, linked_at)"
        " SELECT 4242, source, customer_id, $1 FROM notifier.requests LIMIT 1",
        MONDAY,
    )
    return link


async def unlinks(page: Page) -> None:
    """Cuts the chat off, unless that was done before."""
    for button in await page.locator("button[name=unlink]").all():
        await button.press("Enter")
        await page.locator("[role=status]").wait_for()


async def _question(site: Site, language: str) -> str:
    await site.sent(asks("r1", customer=somebody(language)))
    return _answer(site, Question.WAIT_OR_CANCEL, Answer.WAIT)


async def _rating(site: Site, language: str) -> str:
    content = Content(order_number="1042", ticket="T-1", question=Question.RATING)
    closed = requested("r1", kind=Kind.SUPPORT_CLOSED, content=content, customer=somebody(language))
    await site.sent(closed)
    return _answer(site, Question.RATING, Answer.FOUR)


def _answer(site: Site, question: Question, answer: Answer) -> str:
    answers = AnswerLinks(site.url, KEY).of("r1", question)
    assert answers is not None
    return answers[answer]


async def _chat(site: Site, language: str) -> str:
    number = await site.sent(requested("r1", customer=somebody(language)))
    return ChatLinks(site.url, KEY).of(number, MONDAY)


async def _gone(site: Site, _: str) -> str:
    return f"{site.url}/s/nobody"


async def _too_often(site: Site, _: str) -> str:
    return f"{site.crowded}/o/whatever"


async def support(site: Site, _: str = "en") -> str:
    """Somebody was written to, and can be no more."""
    bought_ = CustomerPurchased(order_id="A-1", customer=OKSANA, at=MONDAY)
    await site.rig.emit(envelope.make(SHOP, "purchase-A-1", MONDAY, bought_))
    await site.sent(requested("r1"))
    await site.rig.pool.execute(
        "INSERT INTO notifier.suppressions (source, address, reason, since)"
        " SELECT source, 'email:oksana@mail.example', 'opted_out', $1 FROM notifier.requests",
        MONDAY,
    )
    return f"{site.url}/support"


async def _withdrawn(site: Site, _: str = "en") -> str:
    link = await support(site)
    await site.rig.pool.execute("INSERT INTO notifier.withdrawals (request_id) VALUES ('r1')")
    return link


async def presses(page: Page) -> None:
    """The button, unless it was pressed before and is there no more."""
    for button in await page.locator("button").all():
        await button.press("Enter")
    await page.wait_for_load_state()


async def hears_nothing(page: Page) -> None:
    """Wants no news of orders by any channel, and saves that."""
    for box in await page.locator("input[name^='orders.']").all():
        await box.uncheck()
    await presses(page)
    await page.locator("[role=status]").wait_for()


async def searches(page: Page) -> None:
    """By keys alone, for somebody's mail."""
    await page.keyboard.press("Tab")
    await page.keyboard.type("oksana@mail.example")
    await page.keyboard.press("Enter")
    await page.locator("h2").first.wait_for()


async def sends_again(page: Page) -> None:
    """What was found first."""
    await searches(page)
    await page.get_by_role("button", name="Send again").first.press("Enter")
    await page.get_by_role("button", name="Send it anyway").wait_for()


def _in(en: str, uk: str, ru: str) -> Mapping[str, str]:
    return dict(zip(LANGUAGES, (en, uk, ru), strict=True))


TOO_OFTEN: Final = _in("This did not work just now", "Зараз не вдалося", "Сейчас не получилось")
_ORDER: Final = _in("Order 1042", "Замовлення 1042", "Заказ 1042")
_WHY: Final = _in(
    "Why you got this message",
    "Чому вам надійшло це повідомлення",
    "Почему вам пришло это сообщение",
)
_PREFERENCES: Final = _in(
    "What you hear from us, and how",
    "Що і як ви від нас отримуєте",
    "Что и как вы от нас получаете",
)
_SUPPORT: Final = {"en": "Find an order"}
PAGES: Final[Mapping[str, Shown]] = {
    "order-new": Shown(link=_order(list, Kind.ORDER_CONFIRMED), title=_ORDER),
    "order-on-its-way": Shown(
        link=_order(on_its_way, Kind.SHIPMENT_READY_FOR_PICKUP), title=_ORDER
    ),
    "order-delivered": Shown(link=_order(arrived, Kind.SHIPMENT_DELIVERED), title=_ORDER),
    "order-cancelled": Shown(link=_order(cancelled, Kind.ORDER_CANCELLED), title=_ORDER),
    "return": Shown(link=_order(sent_back, Kind.RETURN_APPROVED), title=_ORDER),
    "gift": Shown(link=_gift, title=_in("A parcel for you", "Посилка для вас", "Посылка для вас")),
    "expired": Shown(
        link=_expired,
        title=_in(
            "This link has expired", "Термін дії посилання минув", "Срок действия ссылки истёк"
        ),
    ),
    "why": Shown(link=_order(on_its_way, Kind.SHIPMENT_READY_FOR_PICKUP, why=True), title=_WHY),
    "why-marketing": Shown(link=_marketed, title=_WHY),
    "preferences": Shown(link=preferences, title=_PREFERENCES),
    "preferences-linked": Shown(link=linked, title=_PREFERENCES),
    "preferences-unlinked": Shown(link=linked, does=unlinks, title=_PREFERENCES),
    "preferences-saved": Shown(link=preferences, does=hears_nothing, title=_PREFERENCES),
    "answer": Shown(
        link=_question,
        title=_in(
            "Do you want to wait, or shall we cancel the order?",
            "Зачекаєте чи скасувати замовлення?",
            "Подождёте или отменить заказ?",
        ),
    ),
    "answered": Shown(link=_question, does=presses, title=_in("Thank you", "Дякуємо", "Спасибо")),
    "rating": Shown(
        link=_rating,
        title=_in(
            "How well did we help you?",
            "Наскільки добре ми вам допомогли?",
            "Насколько хорошо мы вам помогли?",
        ),
    ),
    "stop": Shown(
        link=_stop,
        title=_in(
            "No more such messages?",
            "Більше не надсилати таких повідомлень?",
            "Больше не присылать таких сообщений?",
        ),
    ),
    "stopped": Shown(
        link=_stop,
        does=presses,
        title=_in(
            "You get no more such messages from Lavka",
            "Lavka більше не надсилатиме вам таких повідомлень",
            "Lavka больше не пришлёт вам таких сообщений",
        ),
    ),
    "chat": Shown(
        link=_chat,
        title=_in(
            "News of your order in Telegram",
            "Новини про замовлення в Telegram",
            "Новости о заказе в Telegram",
        ),
    ),
    "gone": Shown(
        link=_gone,
        title=_in(
            "This page is not available", "Ця сторінка недоступна", "Эта страница недоступна"
        ),
    ),
    "limited": Shown(link=_too_often, title=TOO_OFTEN),
    "support": Shown(link=support, title=_SUPPORT, headers=LOGGED_IN),
    "support-found": Shown(link=support, does=searches, title=_SUPPORT, headers=LOGGED_IN),
    "support-asks": Shown(link=_withdrawn, does=sends_again, title=_SUPPORT, headers=LOGGED_IN),
}
