"""A sender and the provider behind it, arranged alike for every channel."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

from starlette.applications import Starlette

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from sandbox.providers import telegram, twilio
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.smtp import start_smtp
from sandbox.providers.twilio_inbound import Inbound
from services.notifier.channels import (
    BadConfigurationError,
    EmailSender,
    MemorySender,
    PermanentError,
    RateLimitedError,
    Sender,
    SendError,
    SmsSender,
    TelegramSender,
    TransientError,
    TwilioAccount,
    UnknownOutcomeError,
    WhatsAppSender,
    parse_smtp_url,
)
from services.notifier.rendered import (
    Button,
    FilledTemplate,
    RenderedEmail,
    RenderedSms,
    RenderedTelegram,
    RenderedWhatsApp,
)
from tests.support.serving import closed_port, serving

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
RETRY_AFTER = 7
TIMEOUT = 0.5
"""Seconds: how long a sender waits for a silent provider here."""
PATIENT = 5.0
"""Seconds: longer than anything takes here."""


@dataclass(frozen=True, slots=True)
class Harness:
    """What a test of the contract works with."""

    sender: Sender[Any]
    message: Callable[[int], Any]
    accepted: Callable[[], list[str]]
    """Texts that the provider accepted."""
    arrange: Callable[[Fault], None]
    """The provider behaves so towards the next message."""
    towards_nobody: Callable[[], Sender[Any]]
    """A sender whose provider is down."""
    same_as: Callable[[Any], Any]
    """A message that says the same to the same, and is another notification's."""
    says_when: bool = True
    """Whether the provider says when to come back."""


Connect = Callable[[float], Harness]
"""A new sender towards an empty provider. Takes the seconds that it waits for an answer."""
Provider = Callable[[], AbstractAsyncContextManager[Connect]]


def email(number: int) -> RenderedEmail:
    return RenderedEmail(
        notification_id=f"9f1c2d3e.{number}",
        to="olena@example.org",
        to_name="Олена Коваль",
        from_address="orders@shop.example",
        from_name="Крамниця",
        reply_to="people@shop.example",
        subject="Ваше замовлення в дорозі",
        text=f"Text {number}",
        html=f"<p>Text {number}</p>",
        language="uk",
        date=NOW,
    )


def sms(number: int, to: str) -> RenderedSms:
    return RenderedSms(
        notification_id=f"9f1c2d3e.{number}",
        to=to,
        text=f"Text {number}",
        segments=1,
        valid_for=3600.0,
    )


def whatsapp(number: int, to: str) -> RenderedWhatsApp:
    """Every second one is an approved text."""
    variables = FilledTemplate(f"HX{'a' * 32}", (f"Text {number}",))
    return RenderedWhatsApp(
        notification_id=f"9f1c2d3e.{number}",
        to=to,
        text=f"Text {number}",
        template=variables if number % 2 else None,
        valid_for=3600.0,
    )


def telegram_message(number: int) -> RenderedTelegram:
    button = Button(label="Відстежити", url="https://shop.example/orders/1001")
    return RenderedTelegram(
        notification_id=f"9f1c2d3e.{number}",
        chat_id=4815162342,
        html=f"<b>Text</b> {number}",
        buttons=((button,),),
    )


def another(message: Any) -> Any:
    return replace(message, notification_id="another.1")


class Behind:
    """What is behind a sender: what arrived, and what goes wrong."""

    def __init__(self, channel: Channel) -> None:
        self.inbox = Inbox(lambda: NOW)
        self.faults = FaultSwitch()
        self._channel = channel

    def reset(self) -> None:
        self.inbox.clear()
        self.faults.clear()

    def accepted(self) -> list[str]:
        return [message.text for message in self.inbox.messages()]

    def arrange(self, fault: Fault) -> None:
        rule = FaultRule(
            channel=self._channel, fault=fault, times=1, retry_after=RETRY_AFTER, delay_s=60
        )
        self.faults.set(rule)


@asynccontextmanager
async def memory(*, can_be_asked: bool = False) -> AsyncIterator[Connect]:
    failures: dict[Fault, SendError] = {
        Fault.REFUSE: PermanentError("no"),
        Fault.RATE_LIMIT: RateLimitedError("slow down", RETRY_AFTER),
        Fault.BAD_CREDENTIALS: BadConfigurationError("who?"),
        Fault.ACCEPT_THEN_SILENCE: UnknownOutcomeError("silence"),
    }

    def connect(_seconds: float) -> Harness:
        sender: MemorySender[RenderedEmail] = MemorySender(Channel.EMAIL, can_be_asked=can_be_asked)
        down: MemorySender[RenderedEmail] = MemorySender(Channel.EMAIL)
        down.fail(TransientError("down"))

        def arrange(fault: Fault) -> None:
            if fault is Fault.DELAY:
                sender.hold()
                return
            sender.fail(failures[fault], accepted=fault is Fault.ACCEPT_THEN_SILENCE)

        return Harness(
            sender=sender,
            message=email,
            accepted=lambda: [message.text for message in sender.sent],
            arrange=arrange,
            towards_nobody=lambda: down,
            same_as=another,
        )

    yield connect


@asynccontextmanager
async def smtp_server() -> AsyncIterator[Connect]:
    behind = Behind(Channel.EMAIL)
    server = await start_smtp(behind.inbox, behind.faults, credentials=("shop", "secret"))

    def sender(port: int, seconds: float) -> EmailSender:
        settings = parse_smtp_url(f"smtp://shop:secret@127.0.0.1:{port}")
        return EmailSender(settings, local_hostname="notifier", timeout=seconds)

    def connect(seconds: float) -> Harness:
        behind.reset()
        return Harness(
            sender=sender(server.port, seconds),
            message=email,
            accepted=behind.accepted,
            arrange=behind.arrange,
            towards_nobody=lambda: sender(closed_port(), seconds),
            same_as=another,
            says_when=False,
        )

    yield connect
    await server.close()


@asynccontextmanager
async def twilio_api() -> AsyncIterator[Connect]:
    behind = Behind(Channel.SMS)
    clock = SystemClock()
    routes = twilio.routes(
        behind.inbox, behind.faults, clock=clock.now, credentials=("AC1", "secret")
    )
    account = TwilioAccount(sid="AC1", auth_token="secret", sender="+15005550006")
    # Twilio forgets nothing between two tests, so each writes to a number of its own.
    numbers = (f"+38050123{number}" for number in count(4567))

    async with serving(Starlette(routes=routes)) as url:

        def connect(seconds: float) -> Harness:
            behind.reset()
            return Harness(
                message=partial(sms, to=next(numbers)),
                sender=SmsSender(account, api_url=url, timeout=seconds),
                accepted=behind.accepted,
                arrange=behind.arrange,
                towards_nobody=lambda: SmsSender(account, api_url=nowhere(), timeout=seconds),
                same_as=another,
            )

        yield connect


@asynccontextmanager
async def whatsapp_api() -> AsyncIterator[Connect]:
    behind = Behind(Channel.WHATSAPP)
    clock = SystemClock()
    number = "+15005550006"
    inbound = Inbound(url=nowhere(), account="AC1", auth_token="secret", number=number)
    routes = twilio.routes(
        behind.inbox,
        behind.faults,
        clock=clock.now,
        credentials=("AC1", "secret"),
        inbound=inbound,
    )
    account = TwilioAccount(sid="AC1", auth_token="secret", sender=number)
    numbers = (f"+38050123{number}" for number in count(4567))

    async with serving(Starlette(routes=routes)) as url:

        def connect(seconds: float) -> Harness:
            behind.reset()
            to = next(numbers)
            inbound.came(f"whatsapp:{to}", "Hello", clock.now())
            return Harness(
                message=partial(whatsapp, to=to),
                sender=WhatsAppSender(account, api_url=url, timeout=seconds),
                accepted=behind.accepted,
                arrange=behind.arrange,
                towards_nobody=lambda: WhatsAppSender(account, api_url=nowhere(), timeout=seconds),
                same_as=another,
            )

        yield connect


@asynccontextmanager
async def bot_api() -> AsyncIterator[Connect]:
    behind = Behind(Channel.TELEGRAM)
    token = "42:secret"
    routes = telegram.routes(behind.inbox, behind.faults, clock=lambda: NOW, token=token)

    async with serving(Starlette(routes=routes)) as url:

        def connect(seconds: float) -> Harness:
            behind.reset()
            return Harness(
                sender=TelegramSender(token, api_url=url, timeout=seconds),
                message=telegram_message,
                accepted=behind.accepted,
                arrange=behind.arrange,
                towards_nobody=lambda: TelegramSender(token, api_url=nowhere(), timeout=seconds),
                same_as=another,
            )

        yield connect


def nowhere() -> str:
    return f"http://127.0.0.1:{closed_port()}"


PROVIDERS: dict[str, Provider] = {
    "memory": memory,
    "memory that can be asked": partial(memory, can_be_asked=True),
    "email": smtp_server,
    "sms": twilio_api,
    "whatsapp": whatsapp_api,
    "telegram": bot_api,
}
