"""All that the world may call, with everything switched on, and somebody who got two messages: what
mean requests are sent to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.notifications import CustomerPurchased
from headsup.contracts.replies import Answer, Question
from headsup.orders import MemoryOrderBook
from services.notifier.answer_settings import AnswerSettings
from services.notifier.answers import AnswerLinks
from services.notifier.attempts import State
from services.notifier.bot.links import ChatLinks
from services.notifier.channels.telegram_buttons import MemoryButtons
from services.notifier.channels.twilio_api import WHATSAPP, TwilioAccount
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.scoped_links import OrderLinks, PreferenceLinks, WhyLinks
from services.notifier.settings import (
    TELEGRAM_PATH,
    TWILIO_INBOUND_PATH,
    TWILIO_STATUS_PATH,
)
from services.notifier.short_links import ShortLinks
from services.notifier.stopping import StopLinks
from services.notifier.web.limiter import Figures, Guarded
from services.notifier.web.page_routes import page_routes
from services.notifier.web.routes import Callers, routes
from services.notifier.web_settings import SupportSettings, WebSettings
from tests.support.answering import BOT, SECRET, asks
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import KEY, MONDAY, OKSANA, PROVIDERS, PUBLIC, Rig, requested
from tests.support.order_pages import library_of

OPERATOR: Final = "what only the proxy says, and nobody else"
SUPPORT: Final = SupportSettings(secret=OPERATOR.encode(), groups=frozenset({"support"}))
LOGGED_IN: Final = {
    "X-Headsup-Proxy-Secret": OPERATOR,
    "X-Auth-Request-Email": "ada@shop.example",
    "X-Auth-Request-Groups": "support",
    "Origin": "https://notify.example",
    "Sec-Fetch-Site": "same-origin",
}
PREFERRED: Final = {
    "language": "uk",
    "quiet": "own",
    "begins": "22",
    "ends": "7",
    "place.email": "1",
    "place.sms": "2",
    "place.whatsapp": "3",
    "place.telegram": "4",
    "orders.email": "yes",
}
WHATSAPP_SENDER: Final = "+15005550099"
BOUGHT: Final = envelope.make(
    SHOP, "purchase-A-1", MONDAY, CustomerPurchased(order_id="A-1", customer=OKSANA, at=MONDAY)
)
REF: Final = "SM" + "1" * 32
"""Twilio's name for r2."""
TEXTED: Final = Customer(id="c-2", name=OKSANA.name, phone=OKSANA.phone)
"""Who is reached by text messages alone."""
THEIRS: Final = tuple(text.encode() for text in ("oksana@mail.example", "380501234567", "Оксана"))
"""What no page shows of them."""


@dataclass(frozen=True)
class Site:
    """The application as strangers meet it, and what messages led to."""

    app: ASGIApp
    paths: dict[str, str]
    """By a short name."""
    posts: frozenset[str]
    """The templates of all paths that take a POST."""


@asynccontextmanager
async def mean_site(rig: Rig) -> AsyncIterator[Site]:
    """The notifier runs while the block does; r1 was sent by mail and r2 by SMS."""
    rig.settings = replace(
        rig.settings,
        public_url=PUBLIC,
        answers=AnswerSettings(key=KEY, telegram_secret=SECRET, telegram_bot=BOT),
        web=WebSettings(support=SUPPORT),
    )
    found = _routes(rig)
    posts = {r.path for r in found if isinstance(r, Route) and "POST" in (r.methods or ())}
    many = Figures(per_address=10**6, not_found=10**6, per_provider=10**6, per_page=10**6)
    async with rig.running():
        await rig.emit(BOUGHT, asks("r1"), requested("r2", order_id="A-2", customer=TEXTED))

        async def are_sent() -> bool:
            states = await rig.states()
            return states.get("r1.0") == State.SENT == states.get("r2.0")

        await eventually(are_sent)
        await rig.pool.execute(
            "UPDATE notifier.notifications SET provider_ref = $1 WHERE id = 'r2.0'", REF
        )
        query = "SELECT seq FROM notifier.notifications WHERE id = 'r1.0'"
        paths = _paths(await rig.pool.fetchval(query))
        app = Guarded(Starlette(routes=found), rig.settings.voices, figures=many)
        yield Site(app, paths, frozenset(posts))


def _routes(rig: Rig) -> Sequence[BaseRoute]:
    registry = CollectorRegistry()
    callers = Callers(
        incoming=Incoming(
            rig.receipts, rig.replies, rig.stops, rig.bot, rig.preferring, rig.supporting
        ),
        reports=ReceiptMetrics(registry),
        registry=registry,
        buttons=MemoryButtons(),
    )
    account = TwilioAccount(
        sid=PROVIDERS["TWILIO_ACCOUNT_SID"],
        auth_token=PROVIDERS["TWILIO_AUTH_TOKEN"],
        sender=WHATSAPP_SENDER,
    )
    hears_whatsapp = replace(rig.settings.providers, whatsapp=account)
    settings = replace(rig.settings, providers=hears_whatsapp)
    pages = page_routes(settings, library_of(rig, MemoryOrderBook()), rig.supporting, registry)
    return [*routes(settings, callers), *pages]


def _paths(number: int) -> dict[str, str]:
    answers = AnswerLinks("", KEY).of("r1", Question.WAIT_OR_CANCEL)
    assert answers is not None
    return {
        "answer": answers[Answer.WAIT],
        "stop": StopLinks("", KEY).of(number),
        "short": ShortLinks("", KEY).of(number),
        "preferences": PreferenceLinks("", KEY).of(number, MONDAY),
        "order": OrderLinks("", KEY).of(number, MONDAY),
        "why": WhyLinks("", KEY).of(number, MONDAY),
        "chat": ChatLinks("", KEY).of(number, MONDAY),
        "support": "/support",
        "again": "/support/again",
        "status": TWILIO_STATUS_PATH,
        "inbound": TWILIO_INBOUND_PATH,
        "telegram": TELEGRAM_PATH,
    }


def whatsapp(number: str) -> str:
    """As Twilio writes it."""
    return WHATSAPP + number
