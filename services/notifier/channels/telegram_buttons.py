"""What follows in Telegram when somebody pressed a button under a message of ours."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, TelegramError

from services.notifier.channels.base import SendError
from services.notifier.channels.telegram import (
    TELEGRAM_API,
    BotRequest,
    keyboard_button,
    translate,
)
from services.notifier.rendered import Button

Rows = Sequence[Sequence[Button]]
_SAME: Final = "message is not modified"


class Buttons(Protocol):
    """The buttons under our messages."""

    async def acknowledge(self, query_id: str, text: str) -> None:
        """The button stops waiting, and `text` is shown for a moment, unless it is empty. Telegram
        wants this of every press. Raises SendError."""
        ...

    async def show(self, chat_id: int, message_id: int, rows: Rows) -> None:
        """These are its buttons from now on. Raises SendError."""
        ...

    async def close(self) -> None:
        """Ends connections. They cannot be used afterwards."""
        ...


class TelegramButtons:
    """Through the Bot API, as the bot that wrote the messages. `timeout`, in seconds, is over
    everything. Make it inside the running loop."""

    def __init__(self, token: str, *, api_url: str = TELEGRAM_API, timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._request = BotRequest(connection_pool_size=8, read_timeout=timeout)
        self._bot = Bot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    async def acknowledge(self, query_id: str, text: str) -> None:
        """answerCallbackQuery."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._bot.answer_callback_query(query_id, text=text or None)
        except (TelegramError, TimeoutError) as error:
            raise translate(error) from error

    async def show(self, chat_id: int, message_id: int, rows: Rows) -> None:
        """editMessageReplyMarkup. That they are what they were is no error."""
        keyboard = InlineKeyboardMarkup([[keyboard_button(each) for each in row] for row in rows])
        try:
            async with asyncio.timeout(self._timeout):
                await self._bot.edit_message_reply_markup(
                    chat_id=chat_id, message_id=message_id, reply_markup=keyboard
                )
        except (TelegramError, TimeoutError) as error:
            if isinstance(error, BadRequest) and _SAME in error.message.lower():
                return
            raise translate(error) from error

    async def close(self) -> None:
        """Ends the connections."""
        await self._request.shutdown()


@dataclass
class MemoryButtons:
    """The stand-in: remembers what was done."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    shown: dict[tuple[int, int], Rows] = field(default_factory=dict)
    error: SendError | None = None
    """Raised by every call from now on."""
    not_acknowledged: SendError | None = None
    """Raised when a press is acknowledged."""

    async def acknowledge(self, query_id: str, text: str) -> None:
        """Remembers the text."""
        if error := self.error or self.not_acknowledged:
            raise error
        self.acknowledged[query_id] = text

    async def show(self, chat_id: int, message_id: int, rows: Rows) -> None:
        """Remembers the buttons."""
        if self.error is not None:
            raise self.error
        self.shown[chat_id, message_id] = rows

    async def close(self) -> None:
        """Nothing to end."""
