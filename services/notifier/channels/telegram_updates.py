"""How a bot hears what happens: Telegram is told where to call, or is asked.

core.telegram.org/bots/api#getting-updates: one or the other, never both.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from telegram import Bot, BotCommand
from telegram.error import TelegramError

from services.notifier.channels.base import SendError
from services.notifier.channels.telegram import TELEGRAM_API, BotRequest, translate

LISTEN: Final = 20
"""Seconds for which Telegram waits before it says that nothing happened."""
_AT_ONCE: Final = 50
_NO_ANSWER: Final = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""What the library breaks on where an answer is JSON, and none of the API's: something stands in
between."""
_NEXT: Final = "getupdates"
"""Names of methods are case-insensitive (core.telegram.org/bots/api#making-requests), and the
library warns of its own."""


class Updates(Protocol):
    """What happens in the bot's chats."""

    async def call(self, url: str, secret: str, allowed: Sequence[str]) -> None:
        """Telegram calls this address from now on, with the secret. What waits is not dropped.
        Raises SendError."""
        ...

    async def call_nobody(self) -> None:
        """It waits to be asked. What waits is not dropped. Raises SendError."""
        ...

    async def next(self, offset: int, allowed: Sequence[str]) -> list[bytes]:
        """What happened from this update on, as it would be brought; what was before it is not
        told again. Waits for a while when nothing did. Raises SendError."""
        ...

    async def offer(self, commands: Mapping[str, str], language: str) -> None:
        """These commands are listed to who speaks the language; empty: to everybody else. Raises
        SendError."""
        ...

    async def close(self) -> None:
        """Ends connections."""
        ...


class TelegramUpdates:
    """Through the Bot API. `timeout`, in seconds, is over each call, and beside `LISTEN` over the
    one that waits. Make it inside the running loop."""

    def __init__(self, token: str, *, api_url: str = TELEGRAM_API, timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._request = BotRequest(connection_pool_size=2, read_timeout=timeout + LISTEN)
        self._bot = Bot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    async def call(self, url: str, secret: str, allowed: Sequence[str]) -> None:
        """setWebhook."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._bot.set_webhook(
                    url,
                    secret_token=secret,
                    allowed_updates=list(allowed),
                    drop_pending_updates=False,
                )
        except (TelegramError, TimeoutError) as error:
            raise translate(error) from error

    async def call_nobody(self) -> None:
        """deleteWebhook."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._bot.delete_webhook(drop_pending_updates=False)
        except (TelegramError, TimeoutError) as error:
            raise translate(error) from error

    async def next(self, offset: int, allowed: Sequence[str]) -> list[bytes]:
        """getUpdates. As it was answered: the library reads all of them or none, and one that it
        cannot read would be asked for, with all that came after it, for ever."""
        asked = {
            "offset": offset,
            "limit": _AT_ONCE,
            "timeout": LISTEN,
            "allowed_updates": list(allowed),
        }
        try:
            async with asyncio.timeout(self._timeout + LISTEN):
                found = await self._bot.do_api_request(_NEXT, asked)
            return [json.dumps(each).encode() for each in found] if isinstance(found, list) else []
        except (TelegramError, TimeoutError, *_NO_ANSWER) as error:
            raise translate(error) from error

    async def offer(self, commands: Mapping[str, str], language: str) -> None:
        """setMyCommands."""
        listed = [BotCommand(name, what) for name, what in commands.items()]
        try:
            async with asyncio.timeout(self._timeout):
                await self._bot.set_my_commands(listed, language_code=language or None)
        except (TelegramError, TimeoutError) as error:
            raise translate(error) from error

    async def close(self) -> None:
        """Ends the connections."""
        await self._request.shutdown()


@dataclass
class MemoryUpdates:
    """The stand-in: what was put into it happens."""

    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)
    called: tuple[str, str, tuple[str, ...]] | None = None
    offered: dict[str, Mapping[str, str]] = field(default_factory=dict)
    errors: deque[SendError] = field(default_factory=deque)
    """Raised by the next calls, one by each."""

    async def call(self, url: str, secret: str, allowed: Sequence[str]) -> None:
        """Remembers it."""
        self._fail()
        self.called = (url, secret, tuple(allowed))

    async def call_nobody(self) -> None:
        """Remembers it."""
        self._fail()
        self.called = None

    async def next(self, offset: int, allowed: Sequence[str]) -> list[bytes]:  # noqa: ARG002
        """What waits."""
        self._fail()
        while self.waiting and self.waiting[0][0] < offset:
            self.waiting.popleft()
        await asyncio.sleep(0)
        return [body for _, body in self.waiting]

    async def offer(self, commands: Mapping[str, str], language: str) -> None:
        """Remembers it."""
        self._fail()
        self.offered[language] = dict(commands)

    async def close(self) -> None:
        """Nothing to end."""

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.popleft()
