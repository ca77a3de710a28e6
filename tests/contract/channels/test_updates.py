"""How a bot hears what happens, held against Telegram's stand-in and the memory's."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup.contracts.channels import Channel
from sandbox.providers import telegram
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.telegram_chats import Chats
from services.notifier.bot.updates import ALLOWED, Member, Wrote, read
from services.notifier.channels import BadConfigurationError, SendError, TransientError
from services.notifier.channels.telegram_updates import MemoryUpdates, TelegramUpdates, Updates
from tests.support.serving import serving

CHAT, NOW = 4815162342, datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
HOOK, SECRET = "http://127.0.0.1:1/webhooks/telegram", "a-secret-of-the-bot"


@dataclass
class Bot:
    """A bot and its chats."""

    updates: Updates
    write: Callable[[str], Awaitable[object]]
    called: Callable[[], tuple[str, str, tuple[str, ...]] | None]
    offered: Callable[[], dict[str, list[str]]]


@asynccontextmanager
async def memory() -> AsyncIterator[Bot]:
    made = MemoryUpdates()

    async def write(text: str) -> None:
        number = len(made.waiting) + 1
        chat = {"id": CHAT, "type": "private"}
        message = {"message_id": number, "chat": chat, "text": text}
        made.waiting.append(
            (number, json.dumps({"update_id": number, "message": message}).encode())
        )

    yield Bot(
        made,
        write,
        lambda: made.called,
        lambda: {language: list(commands) for language, commands in made.offered.items()},
    )


@asynccontextmanager
async def served(chats: Chats, faults: FaultSwitch) -> AsyncIterator[TelegramUpdates]:
    token = "42:secret"
    routes = telegram.routes(
        Inbox(lambda: NOW), faults, clock=lambda: NOW, token=token, chats=chats
    )
    async with serving(Starlette(routes=routes)) as url:
        updates = TelegramUpdates(token, api_url=url, timeout=5.0)
        yield updates
        await updates.close()


@asynccontextmanager
async def bot_api() -> AsyncIterator[Bot]:
    chats = Chats()

    def called() -> tuple[str, str, tuple[str, ...]] | None:
        hook = chats.webhook
        return (hook.url, hook.secret, hook.allowed) if hook else None

    def offered() -> dict[str, list[str]]:
        return {code: [c["command"] for c in each] for code, each in chats.commands.items()}

    async with served(chats, FaultSwitch()) as updates:
        yield Bot(updates, lambda text: chats.write(CHAT, text), called, offered)


BOTS: dict[str, Callable[[], AbstractAsyncContextManager[Bot]]] = {
    "memory": memory,
    "telegram": bot_api,
}


@pytest.fixture(params=BOTS)
async def bot(request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    async with BOTS[request.param]() as made:
        yield made


def _texts(found: list[bytes]) -> list[str]:
    came = [read(body) for body in found]
    return [one.text for one in came if isinstance(one, Wrote)]


async def test_telegram_is_told_where_to_call_with_the_secret_and_what_we_want(bot: Bot) -> None:
    await bot.updates.call(HOOK, SECRET, ALLOWED)
    assert bot.called() == (HOOK, SECRET, ALLOWED)


async def test_and_may_be_told_so_twice(bot: Bot) -> None:
    for _ in range(2):
        await bot.updates.call(HOOK, SECRET, ALLOWED)
    assert bot.called() == (HOOK, SECRET, ALLOWED)


async def test_it_calls_nobody_from_when_it_is_told_to(bot: Bot) -> None:
    await bot.updates.call(HOOK, SECRET, ALLOWED)
    await bot.updates.call_nobody()
    assert bot.called() is None


async def test_who_asks_is_told_what_happened_in_order(bot: Bot) -> None:
    await bot.write("one")
    await bot.write("two")
    assert _texts(await bot.updates.next(0, ALLOWED)) == ["one", "two"]


async def test_what_was_not_confirmed_is_told_again_and_what_was_is_not(bot: Bot) -> None:
    for text in ("one", "two"):
        await bot.write(text)
    for _ in range(2):
        found = await bot.updates.next(0, ALLOWED)
    first = read(found[0])
    assert _texts(await bot.updates.next(first.update_id + 1, ALLOWED)) == ["two"]


async def test_commands_are_offered_in_each_language(bot: Bot) -> None:
    await bot.updates.offer({"orders": "де ваші замовлення"}, "uk")
    await bot.updates.offer({"orders": "where your orders are"}, "")
    assert bot.offered() == {"uk": ["orders"], "": ["orders"]}


async def test_nobody_may_ask_while_telegram_calls() -> None:
    chats = Chats()
    async with served(chats, FaultSwitch()) as updates:
        await updates.call(HOOK, SECRET, ALLOWED)
        with pytest.raises(BadConfigurationError):
            await updates.next(0, ALLOWED)


async def test_an_address_that_telegram_does_not_call_is_refused() -> None:
    async with served(Chats(), FaultSwitch()) as updates:
        with pytest.raises(SendError):
            await updates.call("http://notify.example/hook", SECRET, ALLOWED)


async def test_what_ails_telegram_is_said_in_our_words() -> None:
    faults = FaultSwitch()
    faults.set(FaultRule(channel=Channel.TELEGRAM, fault=Fault.SERVER_ERROR))
    async with served(Chats(), faults) as updates:
        with pytest.raises(TransientError):
            await updates.call(HOOK, SECRET, ALLOWED)


async def test_who_asks_waits_until_something_happens() -> None:
    chats = Chats()
    async with served(chats, FaultSwitch()) as updates:
        asking = asyncio.create_task(updates.next(0, ALLOWED))
        await chats.block(CHAT)
        [body] = await asking
    found = read(body)
    assert isinstance(found, Member)
    assert found.has_left


@pytest.mark.parametrize(
    "body",
    [
        b'{"ok":true}',
        b"[1]",
        b"7",
        b"null",
        b'"no"',
        b"{}",
        b'{"ok":false}',
        b'{"ok":false,"parameters":[1]}',
        b'{"ok":true,"result":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 100_000,
        b"\xff",
        b"",
    ],
    ids=lambda body: str(body[:30]),
)
async def test_an_answer_that_is_none_of_the_apis_is_an_error_like_any_other(body: bytes) -> None:
    async def answer(_: Request) -> Response:
        return Response(body, media_type="application/json")

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    async with serving(app) as url:
        updates = TelegramUpdates("42:secret", api_url=url, timeout=5.0)
        with pytest.raises(SendError):
            await updates.next(0, ALLOWED)
        await updates.close()
