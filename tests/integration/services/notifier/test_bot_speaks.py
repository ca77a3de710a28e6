"""What the bot says, through Telegram's own client, into the stand-in for Telegram."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from headsup.contracts.channels import Channel
from headsup.health import Health
from sandbox.providers import telegram
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.telegram_chats import Chats
from services.notifier.bot import rows
from services.notifier.bot.known import Saying
from services.notifier.bot.speaker import Speaker, SpeakerMetrics
from services.notifier.channels import TelegramSender
from services.notifier.rendered import Button
from tests.support.notifier import Rig
from tests.support.serving import serving

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CHAT, OTHER = 4242, 7


@dataclass
class Speaking:
    """A bot that has something to say, and Telegram."""

    rig: Rig
    speaker: Speaker
    inbox: Inbox
    chats: Chats
    faults: FaultSwitch

    async def wants_to_say(self, id_: str, *texts: str, chat: int = CHAT) -> None:
        """Has it said."""
        button = Button(label="?", url="", press="bot:human")
        sayings = [Saying(html=text, rows=((button,),)) for text in texts]
        await rows.say(self.rig.pool, chat, id_, sayings)

    async def speaks(self, turns: int = 4) -> None:
        """Says what is due, though it may have to wait."""
        for _ in range(turns):
            await self.speaker.turn()
            await self.rig.pool.execute("UPDATE notifier.bot_says SET due_at = now()")

    async def states(self) -> list[str]:
        """What came of everything, in order."""
        found = await self.rig.pool.fetch("SELECT state FROM notifier.bot_says ORDER BY seq")
        return [row["state"] for row in found]

    def heard(self, chat: int = CHAT) -> Sequence[str]:
        """What stands in the chat."""
        return [each.text for each in self.inbox.messages() if each.to == str(chat)]


@pytest.fixture
async def bot(rig: Rig) -> AsyncIterator[Speaking]:
    inbox, chats, faults = Inbox(lambda: NOW), Chats(), FaultSwitch()
    routes = telegram.routes(inbox, faults, clock=lambda: NOW, token="42:secret", chats=chats)
    async with serving(Starlette(routes=routes)) as url:
        sender = TelegramSender("42:secret", api_url=url, timeout=2.0)
        speaker = Speaker(
            pool=rig.pool,
            sender=sender,
            metrics=SpeakerMetrics(CollectorRegistry()),
            health=Health(),
            bell=asyncio.Event(),
        )
        yield Speaking(rig, speaker, inbox, chats, faults)
        await sender.close()


async def test_it_says_everything_once_and_in_order(bot: Speaking) -> None:
    await bot.wants_to_say("update.1", "one", "two")
    await bot.wants_to_say("update.1", "one", "two")
    await bot.wants_to_say("update.2", "three")
    await bot.speaks()
    assert bot.heard() == ["one", "two", "three"]
    assert await bot.states() == ["said"] * 3


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RESET, Fault.RATE_LIMIT])
async def test_what_telegram_does_not_take_is_said_later_and_in_order(
    bot: Speaking, fault: Fault
) -> None:
    bot.faults.set(FaultRule(channel=Channel.TELEGRAM, fault=fault, times=1))
    await bot.wants_to_say("update.1", "one", "two")
    await bot.speaks()
    assert bot.heard() == ["one", "two"]


async def test_one_chat_that_waits_holds_up_no_other(bot: Speaking) -> None:
    rule = FaultRule(channel=Channel.TELEGRAM, fault=Fault.RATE_LIMIT, to=str(CHAT))
    bot.faults.set(rule)
    await bot.wants_to_say("update.1", "one")
    await bot.wants_to_say("update.2", "two", chat=OTHER)
    await bot.speaks()
    assert (bot.heard(), bot.heard(OTHER)) == ([], ["two"])
    assert await bot.states() == ["waiting", "said"]


async def test_what_may_have_been_said_is_said_again_rather_than_lost(bot: Speaking) -> None:
    rule = FaultRule(channel=Channel.TELEGRAM, fault=Fault.ACCEPT_THEN_SILENCE, times=1)
    bot.faults.set(rule)
    await bot.wants_to_say("agent.1", "one")
    await bot.speaks()
    assert bot.heard() == ["one", "one"]


async def test_to_whoever_blocked_it_nothing_is_said_twice(bot: Speaking) -> None:
    bot.chats.blocked.add(CHAT)
    await bot.wants_to_say("update.1", "one", "two")
    await bot.speaks()
    assert await bot.states() == ["failed", "failed"]


async def test_an_answer_that_is_a_day_late_is_none(bot: Speaking) -> None:
    await bot.wants_to_say("update.1", "one")
    await bot.rig.pool.execute("UPDATE notifier.bot_says SET made_at = now() - interval '2 days'")
    await bot.speaks()
    assert (bot.heard(), await bot.states()) == ([], ["old"])


async def test_nobody_keeps_what_was_said(bot: Speaking) -> None:
    await bot.wants_to_say("update.1", "a secret")
    await bot.speaks()
    kept = await bot.rig.pool.fetchrow("SELECT html, buttons FROM notifier.bot_says")
    assert kept is not None
    assert tuple(kept) == ("", None)


async def test_two_replicas_say_it_once(bot: Speaking) -> None:
    await bot.wants_to_say("update.1", *map(str, range(5)))
    for _ in range(5):
        await asyncio.gather(bot.speaker.turn(), bot.speaker.turn())
    assert bot.heard() == ["0", "1", "2", "3", "4"]
