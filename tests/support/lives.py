"""People whose names, addresses and numbers get into the notifier's tables, and the notifier that
writes them there: what `stories` is told with."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final

import httpx
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased, NotificationRequested
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated
from headsup.kafka.producer import Publisher
from headsup.orders import MemoryOrderBook
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.smtp import start_smtp
from services.notifier.attempts import State
from services.notifier.channels import TwilioAccount
from services.notifier.channels.email import EmailSender
from services.notifier.channels.smtp_url import SmtpServer
from services.notifier.settings import NotifierSettings
from services.notifier.web.page_routes import page_routes
from services.notifier.web_settings import WebSettings
from tests.integration.services.notifier.test_returned_mails import Port, opened
from tests.integration.services.notifier.test_support import SUPPORT, Book, Desk
from tests.support.answering import Answering, answering, customer_of
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, PROVIDERS, Rig, requested
from tests.support.order_pages import library_of
from tests.support.serving import serving

WHATSAPP: Final = "+380441230000"
"""The number that we write from there."""
_LONG_AGO: Final = MONDAY - timedelta(days=9)


@dataclass(frozen=True, slots=True)
class Somebody:
    """Of whom nothing is to be read. Their number at the shop names nobody."""

    number: int
    name: str
    mail: str | None = None
    phone: str | None = None
    chat: int | None = None

    @property
    def id(self) -> str:
        """The shop's for them."""
        return f"c-{self.number}"

    @property
    def ordered(self) -> Customer:
        """As an order names them."""
        return Customer(
            id=self.id,
            name=self.name,
            email=self.mail,
            phone=self.phone,
            language="uk",
            time_zone="Europe/Kyiv",
        )

    @property
    def order(self) -> str:
        """Their order."""
        return f"A-{self.number}"

    @property
    def marks(self) -> list[str]:
        """By which they are found in a dump; without the chat."""
        local = self.mail.partition("@")[0] if self.mail else None
        return [mark for mark in (self.name, self.mail, local, self.phone) if mark]


def _somebody(number: int, name: str, *ways: Channel, chat: int | None = None) -> Somebody:
    return Somebody(
        number,
        name,
        mail=f"{name.lower()}.q{number:02}x@mark.example" if Channel.EMAIL in ways else None,
        phone=f"+3806712388{number:02}" if Channel.SMS in ways else None,
        chat=chat,
    )


_MAIL, _PHONE = Channel.EMAIL, Channel.SMS
BUYER: Final = _somebody(1, "Zemfyraq", _MAIL, _PHONE)
GIFTED: Final = _somebody(2, "Tarasikoq", _MAIL, _PHONE)
REFUSED: Final = _somebody(3, "Petrykoq", _MAIL, _PHONE)
RETURNED: Final = _somebody(4, "Irynkaqo", _MAIL, _PHONE)
STOPPED: Final = _somebody(5, "Markoqov", _PHONE)
STARTED: Final = _somebody(6, "Olhaqova", _PHONE)
CHOOSER: Final = _somebody(7, "Nadiikaq", _MAIL, _PHONE)
UNSUBSCRIBED: Final = _somebody(8, "Levkoqov", _MAIL)
SHOPPER: Final = _somebody(9, "Daryniaq", _MAIL, _PHONE)
ON_WHATSAPP: Final = _somebody(10, "Solomiaq", _PHONE)
ASKED: Final = _somebody(11, "Bohdanqo", _PHONE)
REMINDED: Final = _somebody(12, "Kvitkaqo", _PHONE)
SOUGHT: Final = _somebody(13, "Ostapqov", _MAIL, _PHONE)
IN_DOUBT: Final = _somebody(14, "Yarynaqo", _PHONE)
CHATTY: Final = _somebody(15, "Mavkaqov", _MAIL, _PHONE, chat=771_230_088_15)
ERASED: Final = _somebody(16, "Rostykqo", _MAIL, _PHONE)
GREYLISTED: Final = _somebody(17, "Vesnaqov", _MAIL)
UNHEARD: Final = _somebody(18, "Lesiaqov", _PHONE)
RECALLED: Final = _somebody(19, "Земфірикова", _MAIL, _PHONE)
EVERYBODY: Final = (
    *(BUYER, GIFTED, REFUSED, RETURNED, STOPPED, STARTED, CHOOSER, UNSUBSCRIBED, SHOPPER),
    *(ON_WHATSAPP, ASKED, REMINDED, SOUGHT, IN_DOUBT, CHATTY, ERASED, GREYLISTED, UNHEARD),
    RECALLED,
)


def in_book(
    who: Somebody,
    *consents: Channel,
    ways: Sequence[Channel] = (),
    agreed_at: datetime = _LONG_AGO,
) -> Event[Any]:
    """The shop's address book has them, and they agreed to marketing by some channels."""
    said = {_MAIL: who.mail, _PHONE: who.phone, Channel.WHATSAPP: who.phone}
    known = [way for way in (_MAIL, _PHONE) if said[way]]
    data = CustomerUpdated(
        customer_id=who.id,
        name=who.name,
        contacts=tuple(
            ContactPoint(channel=way, address=str(said[way])) for way in (*known, *ways)
        ),
        consents=tuple(
            Consent(
                channel=way,
                message_class=MessageClass.MARKETING,
                granted=True,
                at=agreed_at,
                source="page",
            )
            for way in consents
        ),
    )
    return envelope.make(SHOP, f"known-{who.id}", _LONG_AGO, data)


def bought(who: Somebody) -> Event[CustomerPurchased]:
    """They placed an order."""
    data = CustomerPurchased(order_id=who.order, customer=who.ordered, at=MONDAY)
    return envelope.make(SHOP, f"purchase-{who.id}", MONDAY, data)


def news(
    name: str, who: Somebody, kind: Kind = Kind.ORDER_RECEIVED, **changes: Any
) -> Event[NotificationRequested]:
    """Tell them, by mail unless the kind goes another way."""
    return requested(name, kind=kind, customer=who.ordered, **{"order_id": who.order} | changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A notifier that runs, and everything around it."""

    rig: Rig
    customer: Answering
    desk: Desk
    port: Port
    faults: FaultSwitch
    inbox: Inbox

    async def until(self, name: str, *states: State) -> None:
        """Waits until the notification is in one of these states; sent, where none is named."""
        query = "SELECT state = ANY($2) FROM notifier.notifications WHERE id = $1"
        wanted = states or (State.SENT, State.DELIVERED)
        await eventually(partial(self.rig.pool.fetchval, query, name, wanted))

    async def has(self, table: str, where: str = "true", *values: Any) -> None:
        """Waits until a table has such a row."""
        query = f"SELECT EXISTS (SELECT FROM notifier.{table} WHERE {where})"  # noqa: S608
        await eventually(partial(self.rig.pool.fetchval, query, *values))

    async def number_of(self, name: str) -> int:
        """What links to the notification hold."""
        query = "SELECT seq FROM notifier.notifications WHERE id = $1"
        return int(await self.rig.pool.fetchval(query, name))

    async def texts(self, who: Somebody, words: str, **changes: str) -> None:
        """Somebody writes to our number."""
        sid = {"MessageSid": f"SM{sha256(f'{who.id} {words}'.encode()).hexdigest()[:32]}"}
        answer = await self.customer.writes(words, str(who.phone), **sid | changes)
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def living(rig: Rig, publisher: Publisher | None = None) -> AsyncIterator[Life]:
    """The notifier runs while the block does, with a mail server that is real, in front of the
    pages, the webhooks and the port for mails that come back."""
    rig.settings = _reached(rig)
    rig.book = MemoryOrderBook({})
    faults, inbox, registry, book = FaultSwitch(), Inbox(rig.clock.now), CollectorRegistry(), Book()
    smtp = await start_smtp(inbox, faults)
    server = SmtpServer(host=smtp.host, port=smtp.port, start_tls=False)
    rig.senders.email = mail = EmailSender(server, local_hostname="notify.example")  # type: ignore[assignment]
    pages = page_routes(rig.settings, library_of(rig, book), rig.supporting, registry)
    try:
        async with (
            opened(rig.receipts) as port,
            customer_of(rig) as customer,
            serving(Starlette(routes=pages)) as url,
            httpx.AsyncClient(base_url=url, trust_env=False) as client,
            rig.running(publisher),
        ):
            desk = Desk(rig, client, registry, book)
            yield Life(rig=rig, customer=customer, desk=desk, port=port, faults=faults, inbox=inbox)
    finally:
        await mail.close()
        await smtp.close()


def _reached(rig: Rig) -> NotifierSettings:
    """Settings with a bot, a page for support, and a number on WhatsApp."""
    settings = answering(rig.settings, by_button=True)
    account = TwilioAccount(
        sid=PROVIDERS["TWILIO_ACCOUNT_SID"],
        auth_token=PROVIDERS["TWILIO_AUTH_TOKEN"],
        sender=WHATSAPP,
    )
    return replace(
        settings,
        providers=replace(settings.providers, whatsapp=account),
        web=WebSettings(support=SUPPORT),
    )
