"""Somebody who talks to the bot, over its webhook."""

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import httpx

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from tests.support.answering import Answering, pressed
from tests.support.notifier import Rig
from tests.support.reading import TopicReader

_numbers: Final = itertools.count(1_000)
_PATIENCE: Final = 15.0
_C = TypeVar("_C", bound=Contract)


@dataclass
class Chatting:
    """One chat."""

    rig: Rig
    customer: Answering
    chat: int = 4242
    heard: list[str] = field(default_factory=list)
    """What the bot said here, beside the notifications."""

    async def writes(self, text: str, update: int | None = None) -> httpx.Response:
        """A message to the bot."""
        number = next(_numbers) if update is None else update
        message = {
            "message_id": number,
            "from": self._person,
            "chat": {"id": self.chat, "type": "private"},
            "date": 0,
            "text": text,
        }
        return await self.customer.updates({"update_id": number, "message": message})

    async def follows(self, link: str) -> httpx.Response:
        """Opens a deep link and presses Start."""
        return await self.writes("/start " + link.partition("?start=")[2])

    async def presses(self, data: str) -> httpx.Response:
        """A button."""
        update = pressed(data, self.chat, next(_numbers))
        update["callback_query"]["from"] |= self._person
        return await self.customer.updates(update)

    async def blocks(self) -> httpx.Response:
        """Blocks the bot."""
        member = {
            "chat": {"id": self.chat, "type": "private"},
            "from": self._person,
            "date": 0,
            "new_chat_member": {"status": "kicked", "user": {"id": 1}},
        }
        return await self.customer.updates({"update_id": next(_numbers), "my_chat_member": member})

    async def hears(self, count: int) -> list[str]:
        """The next so many things that the bot says here."""
        first = len(self.heard)
        async with asyncio.timeout(_PATIENCE):
            while len(self._said()) < first + count:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)
        self.heard = self._said()[: first + count]
        return self.heard[first:]

    async def is_told(self, request: str) -> bool:
        """Whether a notification of the request comes here."""
        sent = self.rig.senders.telegram.sent
        async with asyncio.timeout(_PATIENCE):
            while not any(  # noqa: ASYNC110 - no event tells
                message.chat_id == self.chat and message.notification_id.startswith(request)
                for message in sent
            ):
                await asyncio.sleep(0.02)
        return True

    async def is_quiet(self) -> None:
        """Waits until nothing is left to be said."""
        query = "SELECT count(*) FROM notifier.bot_says WHERE state = 'waiting'"
        async with asyncio.timeout(_PATIENCE):
            while await self.rig.pool.fetchval(query):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)
        self.heard = self._said()

    def _said(self) -> list[str]:
        sent = self.rig.senders.telegram.sent
        ours = ("update.", "agent.", "unlinked.")
        mine = [message for message in sent if message.chat_id == self.chat]
        return [message.html for message in mine if message.notification_id.startswith(ours)]

    @property
    def _person(self) -> dict[str, Any]:
        return {"id": self.chat, "is_bot": False, "first_name": "Oksana", "language_code": "uk"}


async def events_of(rig: Rig, shape: type[_C], count: int) -> list[_C]:
    """The events of one shape that the shop was told, when there are so many."""
    servers, topic = rig.settings.common.kafka_bootstrap_servers, rig.prefix + "customers.replied"
    found: list[_C] = []
    async with asyncio.timeout(_PATIENCE), TopicReader(servers, topic) as reader:
        while len(found) < count:
            now = rig.clock.now()
            records = await reader.all_now()
            events = [envelope.decode(record.value, record.headers, now) for record in records]
            found = [event.data for event in events if isinstance(event.data, shape)]
    return found
