"""The chats of the stand-in for Telegram: what was sent into them, and what people do there: they
press buttons, write, follow deep links, block the bot.

core.telegram.org/bots/api#getting-updates: a bot is called at its webhook, or it asks, never both.
Telegram comes again after any answer but 2xx. So does the stand-in where it is told to; else it
comes once, and says how it was answered.
"""

import asyncio
import itertools
from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

_KEPT: Final = 10_000
_TIMEOUT: Final = 15.0
_AGAIN: Final = 0.2


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a bot wants to hear what happens, and the secret that it gave with it."""

    url: str
    secret: str = field(repr=False)
    allowed: tuple[str, ...] = ("message", "callback_query", "my_chat_member")
    """The kinds of updates that it wants."""


class Chats:
    """Keeps messages as the API gives them back. With a webhook, a bot hears what happens; without
    one it waits to be asked for."""

    def __init__(self, webhook: Webhook | None = None, *, times: int = 1) -> None:
        self.webhook = webhook
        self._times = times
        """How often an update is brought until it is taken."""
        self._messages: OrderedDict[tuple[int, int], dict[str, Any]] = OrderedDict()
        self._updates = itertools.count(1)
        self._written = itertools.count(1_000_000)
        self._pending: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._news = asyncio.Event()
        self.blocked: set[int] = set()
        """Chats whose people blocked the bot."""
        self.waiting: set[str] = set()
        """Ids of presses that the bot has not acknowledged."""
        self.toasts: dict[str, str] = {}
        """What was shown for a moment to whoever pressed."""
        self.commands: dict[str, list[Any]] = {}
        """What the bot offers, by language."""

    def keep(self, message: dict[str, Any]) -> None:
        """A message was sent."""
        self._messages[message["chat"]["id"], message["message_id"]] = message
        if len(self._messages) > _KEPT:
            self._messages.popitem(last=False)

    def message(self, chat_id: int, message_id: int) -> dict[str, Any] | None:
        """A message, as it is now."""
        return self._messages.get((chat_id, message_id))

    async def press(self, chat_id: int, message_id: int, data: str) -> int:
        """Somebody presses a button; the status with which the bot answers. Raises LookupError when
        there is no such button or no bot that listens, and httpx.TransportError."""
        message = self.message(chat_id, message_id)
        if message is None or data not in _pressable(message):
            raise LookupError("There is no such button.")
        query_id = f"{chat_id}{next(self._written)}"
        self.waiting.add(query_id)
        query = {
            "id": query_id,
            "from": _person(chat_id),
            "message": message,
            "chat_instance": str(chat_id),
            "data": data,
        }
        return await self.happens({"callback_query": query})

    async def write(self, chat_id: int, text: str, language: str | None = None) -> int:
        """Somebody writes to the bot. `language`: that of their Telegram. As `press`."""
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}]
        message = {
            "message_id": next(self._written),
            "from": _person(chat_id, language),
            "chat": {"id": chat_id, "type": "private", "first_name": "Customer"},
            "date": 0,
            "text": text,
            **({"entities": entities} if text.startswith("/") else {}),
        }
        return await self.happens({"message": message})

    async def follow(self, chat_id: int, link: str, language: str | None = None) -> int:
        """Somebody opens a deep link and presses Start. As `press`."""
        _, _, token = link.partition("?start=")
        self.blocked.discard(chat_id)
        return await self.write(chat_id, f"/start {token}".strip(), language)

    async def block(self, chat_id: int, *, blocks: bool = True) -> int:
        """Somebody blocks the bot, or lets it in again. As `press`."""
        was, now = ("member", "kicked") if blocks else ("kicked", "member")
        (self.blocked.add if blocks else self.blocked.discard)(chat_id)
        bot = {"id": 1, "is_bot": True, "first_name": "Headsup"}
        changed = {
            "chat": {"id": chat_id, "type": "private"},
            "from": _person(chat_id),
            "date": 0,
            "old_chat_member": {"status": was, "user": bot},
            "new_chat_member": {"status": now, "user": bot, "until_date": 0},
        }
        return await self.happens({"my_chat_member": changed})

    async def happens(self, what: dict[str, Any]) -> int:
        """Something happens; the status with which the bot takes it. 200 where it will ask. Raises
        LookupError when no bot listens, and httpx.TransportError."""
        update = {"update_id": next(self._updates), **what}
        if self.webhook is None:
            self._pending.append(update)
            self._news.set()
            return httpx.codes.OK
        if not self.webhook.url:
            raise LookupError("No bot listens.")
        if not set(what) & set(self.webhook.allowed):
            return httpx.codes.OK
        return await self._bring(self.webhook, update)

    async def _bring(self, webhook: Webhook, update: dict[str, Any]) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret}
        status = 0
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            for left in range(self._times - 1, -1, -1):
                answer = await client.post(webhook.url, json=update, headers=headers)
                status = answer.status_code
                if httpx.codes.is_success(status):
                    break
                if left:
                    await asyncio.sleep(_AGAIN)
        return status

    async def updates(
        self, offset: int, limit: int, seconds: float, allowed: Collection[str]
    ) -> list[dict[str, Any]]:
        """What happened from this update on; what was before is forgotten. Waits for so long when
        nothing did."""
        while self._pending and self._pending[0]["update_id"] < offset:
            self._pending.popleft()
        if not self._pending:
            self._news.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return []
        found = [each for each in self._pending if not allowed or set(each) & set(allowed)]
        return found[:limit]

    def acknowledge(self, query_id: str, text: str) -> None:
        """The bot heard a press."""
        self.waiting.discard(query_id)
        self.toasts[query_id] = text


def _person(chat_id: int, language: str | None = None) -> dict[str, Any]:
    person = {"id": chat_id, "is_bot": False, "first_name": "Customer"}
    return {**person, "language_code": language} if language else person


def _pressable(message: dict[str, Any]) -> set[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return {button["callback_data"] for row in rows for button in row if "callback_data" in button}
