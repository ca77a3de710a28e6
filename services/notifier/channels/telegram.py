"""Telegram, through the Bot API and python-telegram-bot.

A bare `Bot`, without `initialize()`: that would ask Telegram who we are, and a start of ours must
not depend on Telegram being up.

Its errors do not tell apart what matters here, so two are raised from below, out of the answer
itself: too fast (its `RetryAfter` warns about its own attribute), and a status that it has no
exception for, such as 500 (it looks like a broken connection).
"""

import asyncio
import json
import re
from datetime import datetime
from html import unescape
from typing import Any

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    TelegramError,
)
from telegram.request import HTTPXRequest

from headsup.contracts.channels import Channel
from services.notifier.channels.base import PRIMARY, SendError
from services.notifier.channels.verdicts import Verdict, error_of
from services.notifier.rendered import Button, RenderedTelegram

TELEGRAM_API = "https://api.telegram.org"

_TOO_MANY_REQUESTS, _ERRORS, _SERVER_ERRORS = 429, 400, 500
_GATEWAY_ERRORS = frozenset({502, 504})
"""Said by what stands before the API, of which nobody knows what it did."""
_TOLD_APART = frozenset({400, 401, 403, 404, 409})
"""Statuses that the library has an exception for."""
_CANNOT_PARSE = "can't parse entities"
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""What httpx raises before a byte of the request is written."""

ERRORS: tuple[tuple[type[TelegramError], Verdict], ...] = (
    # The first that fits. BadRequest is a NetworkError in this library, so it comes early.
    (Forbidden, Verdict.BLOCKED),
    (InvalidToken, Verdict.OUR_FAULT),
    (Conflict, Verdict.OUR_FAULT),
    (ChatMigrated, Verdict.REFUSED),  # and moved again
    (BadRequest, Verdict.REFUSED),
)
BAD_REQUESTS: tuple[tuple[str, Verdict], ...] = (
    # What the description says, in lower case. The API has no finer codes.
    ("chat not found", Verdict.BAD_ADDRESS),
    ("user not found", Verdict.BAD_ADDRESS),
    ("chat_id is empty", Verdict.BAD_ADDRESS),
    ("peer_id_invalid", Verdict.BAD_ADDRESS),
    ("chat_write_forbidden", Verdict.BLOCKED),
    ("not enough rights", Verdict.BLOCKED),
    ("have no rights to send", Verdict.BLOCKED),
)

_LINK = re.compile(r"""<a\s+href=["']([^"']*)["'][^>]*>(.*?)</a>""", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


class TelegramSender:
    """Sends as one bot. The provider's name for a message is its message_id.

    `timeout`, in seconds, is over everything. Make it inside the running loop. Raises ValueError
    when the token is empty.
    """

    channel = Channel.TELEGRAM
    can_be_asked = False
    """A bot cannot read what it wrote."""

    def __init__(
        self,
        token: str,
        *,
        name: str = PRIMARY,
        api_url: str = TELEGRAM_API,
        timeout: float = 10.0,
        connections: int = 32,
    ) -> None:
        if not token:
            raise ValueError("The token of the Telegram bot is empty.")
        self.name = name
        self._timeout = timeout
        # Waiting for a connection and making one end before the clock over everything does, so
        # when that one strikes, the request may have been written.
        self._request = BotRequest(
            connection_pool_size=connections,
            pool_timeout=timeout / 3,
            connect_timeout=timeout / 3,
            write_timeout=timeout,
            read_timeout=timeout,
        )
        self._bot = Bot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    async def send(self, message: RenderedTelegram) -> str:
        """Hands the message over and returns its message_id. Raises SendError."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._send(message)
        except (TelegramError, TimeoutError) as error:
            raise translate(error) from error

    async def find(self, message: RenderedTelegram, since: datetime) -> tuple[str, ...]:  # noqa: ARG002
        """Nothing: the Bot API has no such question."""
        return ()

    async def close(self) -> None:
        """Ends the connections."""
        await self._request.shutdown()

    async def _send(self, message: RenderedTelegram) -> str:
        """Sends, and once more when Telegram says how it would have to be."""
        try:
            return await self._post(message, message.chat_id)
        except ChatMigrated as moved:
            return await self._post(message, moved.new_chat_id)
        except BadRequest as error:
            # An answer, so nothing was sent. A message without bold beats no message.
            if _CANNOT_PARSE not in error.message.lower():
                raise
            return await self._post(message, message.chat_id, as_plain_text=True)

    async def _post(
        self, message: RenderedTelegram, chat_id: int, *, as_plain_text: bool = False
    ) -> str:
        sent = await self._bot.send_message(
            chat_id=chat_id,
            text=plain_text(message.html) if as_plain_text else message.html,
            parse_mode=None if as_plain_text else ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=_keyboard(message.buttons),
        )
        return str(sent.message_id)


def translate(error: Exception) -> SendError:
    """The error of the Telegram library, in our words."""
    if isinstance(error, _TooFastError):
        # Telegram counts messages to one chat (about one a second) and of the whole bot (about
        # thirty), and does not say which of the two it was. It is the chat, as a rule: we write
        # few messages to many. So this one waits, and the others go on; when it is the bot, they
        # fail in a row, and the breaker opens for as long as was asked.
        return error_of(Verdict.TOO_FAST, "429", error.seconds)
    if isinstance(error, _StatusError):
        return error_of(_verdict_of_status(error.status), str(error.status))
    name = type(error).__name__
    if isinstance(error.__cause__, _NOT_SENT):
        return error_of(Verdict.LATER, name)
    for kind, verdict in ERRORS:
        if isinstance(error, kind):
            return error_of(_finer(error, verdict), name)
    return error_of(Verdict.UNKNOWN, name)


def _verdict_of_status(status: int) -> Verdict:
    if status in _GATEWAY_ERRORS:
        return Verdict.UNKNOWN
    return Verdict.LATER if status >= _SERVER_ERRORS else Verdict.OUR_FAULT


def plain_text(html: str) -> str:
    """What the message says without its markup; links stay, in brackets."""
    return unescape(_TAG.sub("", _LINK.sub(r"\2 (\1)", html)))


def _finer(error: TelegramError, verdict: Verdict) -> Verdict:
    if verdict is not Verdict.REFUSED:
        return verdict
    description = error.message.lower()
    return next((finer for text, finer in BAD_REQUESTS if text in description), verdict)


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup([[keyboard_button(button) for button in row] for row in rows])


def keyboard_button(button: Button) -> InlineKeyboardButton:
    """One that is pressed, or one that leads somewhere."""
    if button.press is not None:
        return InlineKeyboardButton(button.label, callback_data=button.press)
    return InlineKeyboardButton(button.label, url=button.url)


class _TooFastError(TelegramError):
    """429. `seconds` as Telegram says, None when it does not."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class _StatusError(TelegramError):
    """An answer whose status says all that there is to know."""

    def __init__(self, status: int) -> None:
        super().__init__("unexpected status")
        self.status = status


class BotRequest(HTTPXRequest):
    """HTTP for the library: the two answers that it would blur become errors of their own."""

    __slots__ = ()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """One request. Raises TelegramError."""
        status, payload = await super().do_request(*args, **kwargs)
        if status == _TOO_MANY_REQUESTS:
            raise _TooFastError(_retry_after(payload))
        if status >= _ERRORS and status not in _TOLD_APART:
            raise _StatusError(status)
        return status, payload


def _retry_after(payload: bytes) -> float | None:
    try:
        return float(json.loads(payload)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return None
