"""Telegram's Bot API: as much of it as a bot needs that tells, and asks by buttons.

core.telegram.org/bots/api. `message_id` grows over all chats here, so that it names a message
alone.
"""

import asyncio
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.http import BrokenOff, Silence, TooLargeError, parse_form, read_body
from sandbox.providers.inbox import Arrival, Button, Inbox
from sandbox.providers.telegram_chats import Chats, Webhook
from sandbox.providers.telegram_html import EntityError, parse_html

LONGEST_TEXT = 4096
"""UTF-16 units after the markup is taken away."""
LONGEST_CALLBACK = 64
"""Bytes of a button's callback_data."""
LONGEST_TOAST = 200
"""Characters that are shown to somebody who pressed a button."""
MOST_BUTTONS = 100
MOST_SECONDS = 30
"""For which somebody who asks for updates waits here."""

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_CHAT = re.compile(r"-?\d{1,19}")
_WEBHOOK = re.compile(r"https://\S+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/\S*")
"""Telegram calls https alone; a stand-in, its neighbours too."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_BUTTON_URL = re.compile(r"(https?://[^\s/?#]+|tg://)\S*")

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Problem:
    status: int
    description: str
    retry_after: int | None = None


_FAULTS: dict[Fault, _Problem] = {
    Fault.SERVER_ERROR: _Problem(500, "Internal Server Error"),
    Fault.REFUSE: _Problem(403, "Forbidden: bot was blocked by the user"),
    Fault.BAD_CREDENTIALS: _Problem(401, "Unauthorized"),
}


class _RefusedError(Exception):
    def __init__(self, description: str) -> None:
        super().__init__(description)
        self.problem = _Problem(400, f"Bad Request: {description}")


def routes(
    inbox: Inbox,
    faults: FaultSwitch,
    *,
    clock: Callable[[], datetime],
    token: str | None = None,
    chats: Chats | None = None,
) -> list[BaseRoute]:
    """The routes of the API. `token` is the only one that is taken; None takes any. `chats` keeps
    what is sent, for those who press its buttons."""
    api = _BotApi(inbox, faults, clock, token, chats or Chats())
    return [Route("/bot{token}/{method}", api.call, methods=["GET", "POST"])]


class _BotApi:
    def __init__(
        self,
        inbox: Inbox,
        faults: FaultSwitch,
        clock: Callable[[], datetime],
        token: str | None,
        chats: Chats,
    ) -> None:
        self._inbox = inbox
        self._faults = faults
        self._clock = clock
        self._token = token
        self._chats = chats
        self._message_ids = itertools.count(1)
        self._methods = {
            "getme": self._get_me,
            "sendmessage": self._send_message,
            "answercallbackquery": self._answer_callback_query,
            "editmessagereplymarkup": self._edit_message_reply_markup,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "getupdates": self._get_updates,
            "setmycommands": self._set_my_commands,
        }

    async def call(self, request: Request) -> Response:
        """One method of the API, by its name in any case."""
        token = request.path_params["token"]
        method = self._methods.get(request.path_params["method"].lower())
        if method is None or not _TOKEN.fullmatch(token):
            return _answer(_Problem(404, "Not Found"))
        if self._token is not None and token != self._token:
            return _answer(_Problem(401, "Unauthorized"))
        try:
            return await method(int(token.partition(":")[0]), await _parameters(request))
        except _RefusedError as refused:
            return _answer(refused.problem)
        except TooLargeError:
            return _answer(_Problem(413, "Request Entity Too Large"))

    async def _get_me(self, bot_id: int, _parameters: Parameters) -> Response:
        return JSONResponse({"ok": True, "result": _bot(bot_id)})

    async def _answer_callback_query(self, _bot_id: int, parameters: Parameters) -> Response:
        query_id = str(parameters.get("callback_query_id", ""))
        if query_id not in self._chats.waiting:
            raise _RefusedError(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if len(str(parameters.get("text") or "")) > LONGEST_TOAST:
            raise _RefusedError("MESSAGE_TOO_LONG")
        self._chats.acknowledge(query_id, str(parameters.get("text") or ""))
        return JSONResponse({"ok": True, "result": True})

    async def _set_webhook(self, _bot_id: int, parameters: Parameters) -> Response:
        if (failure := await self._struck()) is not None:
            return failure
        url, secret = str(parameters.get("url", "")), str(parameters.get("secret_token", ""))
        if not _WEBHOOK.fullmatch(url):
            raise _RefusedError("bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not _SECRET.fullmatch(secret):
            raise _RefusedError("secret token contains unallowed characters")
        self._chats.webhook = Webhook(url, secret, _listed(parameters) or Webhook("", "").allowed)
        return JSONResponse({"ok": True, "result": True, "description": "Webhook was set"})

    async def _delete_webhook(self, _bot_id: int, _parameters: Parameters) -> Response:
        self._chats.webhook = None
        return JSONResponse({"ok": True, "result": True, "description": "Webhook was deleted"})

    async def _get_webhook_info(self, _bot_id: int, _parameters: Parameters) -> Response:
        hook = self._chats.webhook
        info = {"url": hook.url if hook else "", "has_custom_certificate": False}
        return JSONResponse({"ok": True, "result": info | {"pending_update_count": 0}})

    async def _get_updates(self, _bot_id: int, parameters: Parameters) -> Response:
        if self._chats.webhook is not None:
            said = "Conflict: can't use getUpdates method while webhook is active"
            return _answer(_Problem(409, said))
        offset, limit, seconds = (
            _number(parameters, name, default)
            for name, default in (("offset", 0), ("limit", 100), ("timeout", 0))
        )
        allowed = _listed(parameters)
        found = await self._chats.updates(offset, limit, min(seconds, MOST_SECONDS), allowed)
        # Telegram escapes what is not ASCII, so half a character of somebody's arrives as such.
        body = json.dumps({"ok": True, "result": found})
        return Response(body, media_type="application/json")

    async def _set_my_commands(self, _bot_id: int, parameters: Parameters) -> Response:
        commands = _decoded(parameters.get("commands"))
        if not commands or not all(
            isinstance(each, dict) and _COMMAND.fullmatch(str(each.get("command", "")))
            for each in commands
        ):
            raise _RefusedError("BOT_COMMAND_INVALID")
        self._chats.commands[str(parameters.get("language_code") or "")] = commands
        return JSONResponse({"ok": True, "result": True})

    async def _struck(self) -> Response | None:
        rule = self._faults.next(Channel.TELEGRAM, "")
        return await _strike(rule) if rule is not None else None

    async def _edit_message_reply_markup(self, _bot_id: int, parameters: Parameters) -> Response:
        chat_id, number = _chat_id(parameters), str(parameters.get("message_id", ""))
        message = self._chats.message(chat_id, int(number)) if number.isdecimal() else None
        if message is None:
            raise _RefusedError("message to edit not found")
        buttons, markup = _buttons(parameters.get("reply_markup"))
        if markup == message.get("reply_markup"):
            raise _RefusedError(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        changed = {**message, "reply_markup": markup} if markup else message
        self._chats.keep(changed)
        self._inbox.change_buttons(number, Channel.TELEGRAM, buttons)
        return JSONResponse({"ok": True, "result": changed})

    async def _send_message(self, bot_id: int, parameters: Parameters) -> Response:
        chat_id = _chat_id(parameters)
        if chat_id in self._chats.blocked:
            return _answer(_FAULTS[Fault.REFUSE])
        rule = self._faults.next(Channel.TELEGRAM, str(chat_id))
        if rule is not None:
            failure = await _strike(rule)
            if failure is not None:
                return failure
        html, text = _text(parameters)
        buttons, markup = _buttons(parameters.get("reply_markup"))
        message_id = next(self._message_ids)
        result = {
            "message_id": message_id,
            "from": _bot(bot_id),
            "chat": {"id": chat_id, "type": "private", "first_name": "Customer"},
            "date": int(self._clock().timestamp()),
            "text": text,
            **({"reply_markup": markup} if markup else {}),
        }
        self._chats.keep(result)
        self._inbox.add(
            Arrival(
                channel=Channel.TELEGRAM,
                to=str(chat_id),
                text=text,
                html=html,
                provider_ref=str(message_id),
                buttons=buttons,
            )
        )
        if rule is not None and rule.fault is Fault.ACCEPT_THEN_SILENCE:
            return Silence()
        return JSONResponse({"ok": True, "result": result})


async def _strike(rule: FaultRule) -> Response | None:
    """What a fault does before the message is looked at."""
    if rule.fault is Fault.DELAY:
        await asyncio.sleep(rule.delay_s)
    if rule.fault is Fault.RESET:
        return BrokenOff()
    if rule.fault is Fault.RATE_LIMIT:
        seconds = rule.retry_after
        return _answer(_Problem(429, f"Too Many Requests: retry after {seconds}", seconds))
    problem = _FAULTS.get(rule.fault)
    return None if problem is None else _answer(problem)


async def _parameters(request: Request) -> Parameters:
    """Parameters come as a form or as JSON, and in the query."""
    body = await read_body(request)
    query: Parameters = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            decoded = json.loads(body or b"{}")
        except ValueError:
            raise _RefusedError("can't parse JSON object") from None
        return {**query, **(decoded if isinstance(decoded, dict) else {})}
    return {**query, **parse_form(body)}


def _number(parameters: Parameters, name: str, default: int) -> int:
    value = str(parameters.get(name, default))
    return int(value) if value.lstrip("-").isdecimal() else default


def _decoded(value: Any) -> list[Any]:
    try:
        decoded = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise _RefusedError("can't parse JSON") from None
    return decoded if isinstance(decoded, list) else []


def _listed(parameters: Parameters) -> tuple[str, ...]:
    """The kinds of updates that are wanted; none where that is not said."""
    return tuple(str(each) for each in _decoded(parameters.get("allowed_updates")))


def _chat_id(parameters: Parameters) -> int:
    chat = str(parameters.get("chat_id", ""))
    if not chat:
        raise _RefusedError("chat_id is empty")
    if not _CHAT.fullmatch(chat) or int(chat) == 0:
        raise _RefusedError("chat not found")
    return int(chat)


def _text(parameters: Parameters) -> tuple[str | None, str]:
    """The text as it was sent, when it has markup, and as the customer sees it."""
    raw = str(parameters.get("text", ""))
    mode = str(parameters.get("parse_mode") or "").lower()
    if mode not in {"", "html"}:
        raise _RefusedError("unsupported parse_mode")
    try:
        text = parse_html(raw) if mode == "html" else raw
    except EntityError as error:
        raise _RefusedError(f"can't parse entities: {error}") from None
    if not text.strip():
        raise _RefusedError("message text is empty")
    if len(text.encode("utf-16-le", "replace")) // 2 > LONGEST_TEXT:
        raise _RefusedError("message is too long")
    return (raw if mode else None), text


def _buttons(raw: Any) -> tuple[tuple[tuple[Button, ...], ...], Any]:
    """The buttons that lead somewhere, and the whole markup as Telegram gives it back."""
    if raw is None or raw == "":
        return (), None
    try:
        markup = json.loads(raw) if isinstance(raw, str) else raw
    except ValueError:
        raise _RefusedError("can't parse reply keyboard markup JSON object") from None
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise _RefusedError("object expected as reply markup")
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        raise _RefusedError("reply markup is too long")
    return tuple(tuple(_button(each) for each in row) for row in rows), markup


def _button(button: Any) -> Button:
    if not isinstance(button, dict) or not button.get("text"):
        raise _RefusedError("can't parse inline keyboard button: Text must be non-empty")
    url, data = button.get("url"), button.get("callback_data")
    if url is None and data is None:
        raise _RefusedError("Text buttons are unallowed in the inline keyboard")
    if data is not None and not 1 <= len(str(data).encode()) <= LONGEST_CALLBACK:
        raise _RefusedError("BUTTON_DATA_INVALID")
    if url is not None and not _BUTTON_URL.fullmatch(str(url)):
        raise _RefusedError(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    press = None if data is None else str(data)
    return Button(label=str(button["text"]), url=str(url or ""), press=press)


def _answer(problem: _Problem) -> Response:
    body: dict[str, Any] = {
        "ok": False,
        "error_code": problem.status,
        "description": problem.description,
    }
    if problem.retry_after is not None:
        body["parameters"] = {"retry_after": problem.retry_after}
    return JSONResponse(body, problem.status)


def _bot(bot_id: int) -> dict[str, Any]:
    return {"id": bot_id, "is_bot": True, "first_name": "Headsup", "username": "headsup_bot"}
