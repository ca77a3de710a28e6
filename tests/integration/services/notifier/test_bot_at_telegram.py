"""The bot from end to end: its own client, Telegram's stand-in, the webhook or the asking."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from headsup.contracts.channels import Channel
from headsup.health import Health
from sandbox.providers import telegram
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.telegram_chats import Chats
from services.notifier.bot.listening import Polling, Registration
from services.notifier.channels import TelegramSender
from services.notifier.channels.telegram_buttons import TelegramButtons
from services.notifier.channels.telegram_updates import TelegramUpdates
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.web.callers import telegram_desk
from services.notifier.web.ears import commands_in
from services.notifier.web.routes import Callers, routes
from tests.support.answering import SECRET, answering
from tests.support.eventually import eventually
from tests.support.notifier import Rig
from tests.support.serving import serving

CHAT, NOW, TOKEN = 4242, datetime(2026, 11, 24, 10, 0, tzinfo=UTC), "42:secret"


@dataclass
class World:
    """Telegram, and what our bot needs there."""

    inbox: Inbox
    chats: Chats
    faults: FaultSwitch
    callers: Callers
    updates: TelegramUpdates

    @property
    def unreadable(self) -> float:
        """Updates that were passed over."""
        labels = {
            "question": "none",
            "answer": "none",
            "channel": "telegram",
            "result": "malformed",
        }
        counted = self.callers.registry.get_sample_value("headsup_notifier_answers_total", labels)
        return counted or 0.0

    async def hears(self, count: int = 1) -> list[str]:
        """What stands in the chat, when it is so much."""
        await eventually(lambda: _ready(len(self.inbox.messages()) >= count))
        return [each.text for each in self.inbox.messages()]


async def _ready(is_ready: bool) -> bool:
    return is_ready


@pytest.fixture
async def world(rig: Rig) -> AsyncIterator[World]:
    inbox, chats, faults = Inbox(lambda: NOW), Chats(times=3), FaultSwitch()
    api = telegram.routes(inbox, faults, clock=lambda: NOW, token=TOKEN, chats=chats)
    async with serving(Starlette(routes=api)) as url:
        sender = TelegramSender(TOKEN, api_url=url)
        buttons = TelegramButtons(TOKEN, api_url=url)
        updates = TelegramUpdates(TOKEN, api_url=url)
        rig.senders.telegram = sender  # type: ignore[assignment] # the real one
        registry = CollectorRegistry()
        callers = Callers(
            incoming=Incoming(rig.receipts, rig.replies, rig.stops, rig.bot),
            reports=ReceiptMetrics(registry),
            registry=registry,
            buttons=buttons,
        )
        yield World(inbox, chats, faults, callers, updates)
        for each in (sender, buttons, updates):
            await each.close()


@asynccontextmanager
async def _called(rig: Rig, world: World) -> AsyncIterator[None]:
    rig.settings = answering(rig.settings, by_button=True)
    app = Starlette(routes=routes(rig.settings, world.callers))
    async with serving(app) as url, rig.running():
        ear = Registration(
            updates=world.updates,
            url=f"{url}/webhooks/telegram",
            secret=SECRET,
            commands=commands_in(rig.settings.voices),
            pause=0.01,
        )
        await ear.run(asyncio.Event())
        yield


async def test_it_has_itself_called_and_answers_in_the_writers_language(
    rig: Rig, world: World
) -> None:
    async with _called(rig, world):
        assert await world.chats.write(CHAT, "/start", "en") == 200
        [said] = await world.hears()
    assert said.startswith("Hello! I tell people where their orders are.")
    assert world.chats.webhook is not None
    assert world.chats.webhook.allowed == ("message", "callback_query", "my_chat_member")
    assert set(world.chats.commands) == {"", "en", "uk", "ru"}


async def test_a_button_that_is_pressed_is_acknowledged_with_a_sentence(
    rig: Rig, world: World
) -> None:
    async with _called(rig, world):
        await world.chats.write(CHAT, "/language", "ru")
        await world.hears()
        number = int(world.inbox.messages()[0].provider_ref)
        assert await world.chats.press(CHAT, number, "bot:l:uk") == 200
        said = await world.hears(2)
    assert said[1].startswith("Відтепер спілкуємося українською")
    assert world.chats.waiting == set()


@asynccontextmanager
async def _asking(rig: Rig, world: World) -> AsyncIterator[None]:
    settings = answering(rig.settings)
    rig.settings = replace(settings, answers=replace(settings.answers, telegram_polls=True))
    desk, stop = telegram_desk(rig.settings, world.callers), asyncio.Event()
    assert desk is not None
    ear = Polling(updates=world.updates, desk=desk, commands={}, health=Health())
    async with rig.running():
        asking = asyncio.create_task(ear.run(stop))
        await eventually(lambda: _ready(world.chats.webhook is None))
        yield
        stop.set()
        await asyncio.wait_for(asking, 5)


async def test_where_nobody_can_call_it_asks(rig: Rig, world: World) -> None:
    await world.updates.call("https://elsewhere.example/hook", SECRET, ["message"])
    async with _asking(rig, world):
        await world.chats.write(CHAT, "/start", "en")
        await world.chats.write(CHAT, "/help", "en")
        said = await world.hears(2)
    assert [text.split(" ")[0] for text in said] == ["Hello!", "This"]


@pytest.mark.parametrize(
    ("unreadable", "counted"),
    [
        pytest.param({"message": {"text": "\ud800"}}, 1, id="half a character"),
        pytest.param({"message": ["not", "a", "message"]}, 0, id="no message"),
        pytest.param({"message": {"message_id": 7}}, 0, id="half a message"),
    ],
)
async def test_asking_steps_over_what_nobody_can_read(
    rig: Rig, world: World, unreadable: dict[str, Any], counted: int
) -> None:
    await world.chats.happens(unreadable)
    await world.chats.write(CHAT, "/start", "en")
    async with _asking(rig, world):
        [said] = await world.hears()
        await world.chats.happens({"message": {"text": "\ud800"}})  # and nothing after it
        await eventually(lambda: _ready(world.unreadable == counted + 1))
        await world.chats.write(CHAT, "/help", "en")
        await world.hears(2)
    assert said.startswith("Hello!")
    assert world.unreadable == counted + 1  # each was asked for once


async def test_telegram_is_told_again_until_it_takes_it(rig: Rig, world: World) -> None:
    rule = FaultRule(channel=Channel.TELEGRAM, fault=Fault.SERVER_ERROR, times=2)
    world.faults.set(rule)
    async with _called(rig, world):
        assert world.chats.webhook is not None
