"""A customer who answers: follows links, presses buttons, writes back. The routes of the service
are on a port of their own."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from twilio.request_validator import RequestValidator

from headsup.contracts import envelope
from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content, NotificationRequested
from headsup.contracts.replies import CustomerReplied, Question
from headsup.contracts.shop import PaymentState
from services.notifier.answer_settings import AnswerSettings
from services.notifier.channels.telegram_buttons import MemoryButtons
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.settings import TELEGRAM_PATH, TWILIO_INBOUND_PATH, NotifierSettings
from services.notifier.web.routes import Callers, routes
from tests.support.notifier import KEY, MONDAY, PROVIDERS, PUBLIC, Rig, requested
from tests.support.reading import TopicReader
from tests.support.serving import serving

SECRET = "telegrams-own-secret"
BOT = "headsup_bot"
PHONE = "+380501234567"


def asks(
    request_id: str = "r1",
    question: Question | None = Question.WAIT_OR_CANCEL,
    parcel: str | None = None,
    **changes: Any,
) -> Event[NotificationRequested]:
    """An order is late once more: wait or cancel?"""
    content = Content(
        order_number="A-1",
        items=(Item(name="Чайник"),),
        payment=PaymentState.PAID,
        dispatch_by=MONDAY,
        next_update_by=MONDAY,
        occurrence=2,
        question=question,
        tracking_number=parcel,
    )
    return requested(request_id, kind=Kind.DISPATCH_LATE, content=content, **changes)


def answering(settings: NotifierSettings, *, by_button: bool = False) -> NotifierSettings:
    """The same settings with a way to answer."""
    secret = SECRET if by_button else None
    answers = AnswerSettings(key=KEY, telegram_secret=secret, telegram_bot=BOT)
    return replace(settings, public_url=PUBLIC, answers=answers)


@dataclass
class Answering:
    """The other end of our messages."""

    client: httpx.AsyncClient
    registry: CollectorRegistry
    buttons: MemoryButtons

    async def looks(self, link: str, **headers: str) -> httpx.Response:
        """Opens an address of ours, as a mail scanner would as well."""
        return await self.client.get(_path(link), headers=headers)

    async def follows(self, link: str) -> httpx.Response:
        """Opens it and presses the button."""
        return await self.client.post(_path(link))

    async def writes(self, text: str, number: str = PHONE, **changes: str) -> httpx.Response:
        """Replies to the SMS; Twilio brings and signs it."""
        fields = text_message(text, number) | changes
        signed = RequestValidator("token").compute_signature(PUBLIC + TWILIO_INBOUND_PATH, fields)
        return await self.brings(fields, {"X-Twilio-Signature": signed})

    async def brings(self, fields: dict[str, str], headers: dict[str, str]) -> httpx.Response:
        """Posts a text message, whoever signed it."""
        return await self.client.post(TWILIO_INBOUND_PATH, data=fields, headers=headers)

    async def presses(self, data: str, chat: int = 4242, number: int = 1) -> httpx.Response:
        """Presses a button in Telegram."""
        return await self.updates(pressed(data, chat, number))

    async def updates(self, update: Any, secret: str | None = SECRET) -> httpx.Response:
        """Telegram says anything."""
        headers = {} if secret is None else {b"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
        return await self.client.post(TELEGRAM_PATH, json=update, headers=headers)

    def counted(self, channel: str, result: str, question: str = "", answer: str = "") -> float:
        """How often this was said and did that."""
        labels = {
            "question": question or "none",
            "answer": answer or "none",
            "channel": channel,
            "result": result,
        }
        return self.registry.get_sample_value("headsup_notifier_answers_total", labels) or 0.0


def text_message(text: str, number: str = PHONE) -> dict[str, str]:
    """What Twilio posts."""
    return {
        "ApiVersion": "2010-04-01",
        "AccountSid": PROVIDERS["TWILIO_ACCOUNT_SID"],
        "MessageSid": f"SM{abs(hash(text)):032x}"[:34],
        "From": number,
        "To": PROVIDERS["TWILIO_FROM"],
        "Body": text,
        "NumMedia": "0",
    }


def pressed(data: str, chat: int = 4242, number: int = 1) -> dict[str, Any]:
    """What Telegram posts. core.telegram.org/bots/api#callbackquery"""
    keys = [
        [{"text": "Зачекаю", "callback_data": "r1:wait"}],
        [{"text": "Замовлення", "url": "https://shop.example/orders/A-1"}],
    ]
    return {
        "update_id": number,
        "callback_query": {
            "id": f"q{number}",
            "from": {"id": chat, "is_bot": False, "first_name": "Oksana"},
            "message": {
                "message_id": 7,
                "chat": {"id": chat, "type": "private"},
                "reply_markup": {"inline_keyboard": keys},
            },
            "chat_instance": "1",
            "data": data,
        },
    }


def _path(link: str) -> str:
    return link.removeprefix(PUBLIC)


@asynccontextmanager
async def customer_of(rig: Rig) -> AsyncIterator[Answering]:
    """The routes of a notifier, and a customer in front of them."""
    registry, buttons = CollectorRegistry(), MemoryButtons()
    callers = Callers(
        incoming=Incoming(rig.receipts, rig.replies, rig.stops, rig.bot, rig.preferring),
        reports=ReceiptMetrics(registry),
        registry=registry,
        buttons=buttons,
    )
    async with (
        serving(Starlette(routes=routes(rig.settings, callers))) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield Answering(client, registry, buttons)


async def replies(rig: Rig, count: int) -> list[tuple[str, CustomerReplied]]:
    """The first `count` events about answers, or more if there are, with their ids."""
    servers, topic = rig.settings.common.kafka_bootstrap_servers, rig.prefix + "customers.replied"
    async with TopicReader(servers, topic) as reader:
        events = [
            envelope.decode(record.value, record.headers, rig.clock.now())
            for record in await reader.at_least(count)
        ]
    return [(event.id, event.data) for event in events]


async def rows(rig: Rig) -> list[tuple[int, str, str]]:
    """The answers that are kept: their number, what was said, and by which channel."""
    query = "SELECT number, answer, channel FROM notifier.replies ORDER BY request_id, number"
    return [tuple(row) for row in await rig.pool.fetch(query)]


def links_in(text: str) -> dict[str, str]:
    """The addresses of answers in a text, by answer."""
    found = re.findall(rf"{re.escape(PUBLIC)}/answers/[^/\s\"<]+/([^/\s\"<]+)/[\w-]+", text)
    whole = re.findall(rf"{re.escape(PUBLIC)}/answers/[\w./-]+", text)
    return dict(zip(found, whole, strict=True))
