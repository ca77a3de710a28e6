"""What follows when a button was pressed, held against Telegram's stand-in and the memory's."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote_plus

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from sandbox.providers import telegram
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.telegram_chats import Chats, Webhook
from sandbox.providers.twilio_inbound import Inbound
from services.notifier.channels import PermanentError, SendError, TelegramSender
from services.notifier.channels.telegram_buttons import Buttons, MemoryButtons, TelegramButtons
from services.notifier.rendered import Button, RenderedTelegram
from tests.support.serving import serving

CHAT = 4815162342
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
WAIT = Button(label="Зачекаю", url="https://notify.example/1", press="r1:wait")
TRACK = Button(label="Відстежити", url="https://shop.example/orders/1001")
CHOSEN = Button(label="✓ Зачекаю", url="", press="r1:wait")


@dataclass
class Bot:
    """A bot with one message in one chat, and what Telegram told it."""

    buttons: Buttons
    number: int
    shown: Callable[[], list[list[tuple[str, str | None]]]]
    press: Callable[[str], None]
    """A button is pressed, under this id."""


@asynccontextmanager
async def memory() -> AsyncIterator[Bot]:
    made = MemoryButtons()

    def shown() -> list[list[tuple[str, str | None]]]:
        return [[(b.label, b.press) for b in row] for row in made.shown[CHAT, 1]]

    yield Bot(made, 1, shown, lambda _: None)


@asynccontextmanager
async def bot_api() -> AsyncIterator[Bot]:
    inbox, chats, token = Inbox(lambda: NOW), Chats(), "42:secret"
    routes = telegram.routes(inbox, FaultSwitch(), clock=lambda: NOW, token=token, chats=chats)
    async with serving(Starlette(routes=routes)) as url:
        sender = TelegramSender(token, api_url=url, timeout=5.0)
        message = RenderedTelegram(
            notification_id="r1.0", chat_id=CHAT, html="<b>Late</b>", buttons=((WAIT,), (TRACK,))
        )
        number = int(await sender.send(message))
        await sender.close()
        buttons = TelegramButtons(token, api_url=url, timeout=5.0)

        def shown() -> list[list[tuple[str, str | None]]]:
            return [[(b.label, b.press) for b in row] for row in inbox.messages()[0].buttons]

        yield Bot(buttons, number, shown, chats.waiting.add)
        await buttons.close()


BOTS: dict[str, Callable[[], AbstractAsyncContextManager[Bot]]] = {
    "memory": memory,
    "telegram": bot_api,
}


@pytest.fixture(params=BOTS)
async def bot(request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    async with BOTS[request.param]() as made:
        yield made


async def test_a_press_is_acknowledged(bot: Bot) -> None:
    bot.press("q1")
    await bot.buttons.acknowledge("q1", "Дякуємо")


async def test_a_press_is_acknowledged_without_words(bot: Bot) -> None:
    bot.press("q1")
    await bot.buttons.acknowledge("q1", "")


async def test_other_buttons_take_the_place_of_those_that_were_there(bot: Bot) -> None:
    await bot.buttons.show(CHAT, bot.number, [[CHOSEN], [TRACK]])
    assert bot.shown() == [[("✓ Зачекаю", "r1:wait")], [("Відстежити", None)]]


async def test_the_same_buttons_again_are_no_error(bot: Bot) -> None:
    for _ in range(2):
        await bot.buttons.show(CHAT, bot.number, [[CHOSEN]])
    assert bot.shown() == [[("✓ Зачекаю", "r1:wait")]]


async def test_what_telegram_refuses_is_said_in_our_words() -> None:
    async with bot_api() as bot:
        with pytest.raises(PermanentError):
            await bot.buttons.show(CHAT, 999, [[CHOSEN]])
        with pytest.raises(SendError):
            await bot.buttons.acknowledge("long ago", "")


@dataclass
class Heard:
    """A webhook that keeps what it hears."""

    requests: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    async def endpoint(self, request: Request) -> Response:
        self.requests.append((await request.body(), dict(request.headers)))
        return Response()

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/hook", self.endpoint, methods=["POST"])])


async def test_a_button_that_is_pressed_is_told_to_the_bot_with_its_secret() -> None:
    heard = Heard()
    async with serving(heard.app()) as url:
        chats = Chats(Webhook(f"{url}/hook", "the-secret"))
        keys = [[{"text": "Зачекаю", "callback_data": "r1:wait"}]]
        chat = {"id": CHAT, "type": "private"}
        markup = {"inline_keyboard": keys}
        chats.keep({"message_id": 7, "chat": chat, "reply_markup": markup})
        assert await chats.press(CHAT, 7, "r1:wait") == 200
        with pytest.raises(LookupError):
            await chats.press(CHAT, 7, "r1:cancel")
    [(body, headers)] = heard.requests
    assert headers["x-telegram-bot-api-secret-token"] == "the-secret"
    assert b'"data":"r1:wait"' in body.replace(b'": "', b'":"')
    assert len(chats.waiting) == 1


async def test_a_text_message_is_brought_with_twilios_signature() -> None:
    heard = Heard()
    async with serving(heard.app()) as url:
        inbound = Inbound(
            url=f"{url}/hook", account="AC1", auth_token="token", number="+15005550006"
        )
        assert await inbound.write("+380501234567", "чекаю") == 200
        [(body, headers)] = heard.requests
        fields = dict(part.split("=", 1) for part in body.decode().split("&"))
        assert fields["From"] == "%2B380501234567"
        signed = {k: unquote_plus(v) for k, v in fields.items()}
        genuine = RequestValidator("token").validate(
            f"{url}/hook", signed, headers["x-twilio-signature"]
        )
    assert genuine


async def test_what_is_answered_to_a_text_message_is_read() -> None:
    async def says(_request: Request) -> Response:
        message = "<Response><Message>Лавка &amp; Ко: бувайте</Message></Response>"
        return Response(message, media_type="text/xml")

    async with serving(Starlette(routes=[Route("/hook", says, methods=["POST"])])) as url:
        inbound = Inbound(url=f"{url}/hook", account="AC1", auth_token="t", number="+15005550006")
        assert await inbound.exchange("+380501234567", "стоп") == (200, "Лавка & Ко: бувайте")
