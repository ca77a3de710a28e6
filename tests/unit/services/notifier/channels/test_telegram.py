"""Telegram: what its answers mean, and what is tried a second time."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from headsup.contracts.notifications import Reason
from headsup.logs import QUIET
from sandbox.providers.http import BrokenOff
from services.notifier.channels import TelegramSender
from services.notifier.channels.base import (
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    SendError,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.channels.telegram import plain_text
from services.notifier.rendered import Button, RenderedTelegram
from tests.unit.services.notifier.channels.http_script import ScriptedApi, scripted_api

MESSAGE = RenderedTelegram(
    notification_id="9f1c2d3e.1",
    chat_id=4815162342,
    html="<b>On its way</b> &amp; here by Tuesday",
    buttons=((Button(label="Track", url="https://shop.example/orders/1001"),),),
)


def sent(message_id: int = 17) -> Response:
    chat = {"id": 4815162342, "type": "private"}
    result = {"message_id": message_id, "date": 1_795_000_000, "chat": chat, "text": "x"}
    return JSONResponse({"ok": True, "result": result})


def refused(status: int, description: str, **parameters: Any) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return JSONResponse(body, status)


@asynccontextmanager
async def sending_to(api: ScriptedApi) -> AsyncIterator[TelegramSender]:
    sender = TelegramSender("42:sesame", api_url=api.url)
    yield sender
    await sender.close()


async def failure(*answers: Response) -> SendError:
    async with scripted_api(*answers) as api, sending_to(api) as sender:
        with pytest.raises(SendError) as caught:
            await sender.send(MESSAGE)
        assert api.answers == []
    return caught.value


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (refused(403, "Forbidden: bot was blocked by the user"), PermanentError, "Forbidden"),
        (refused(403, "Forbidden: user is deactivated"), PermanentError, "Forbidden"),
        (refused(400, "Bad Request: chat not found"), PermanentError, "BadRequest"),
        (refused(400, "Bad Request: message is too long"), PermanentError, "BadRequest"),
        (refused(401, "Unauthorized"), BadConfigurationError, "InvalidToken"),
        (refused(404, "Not Found"), BadConfigurationError, "InvalidToken"),
        (refused(409, "Conflict: terminated"), BadConfigurationError, "Conflict"),
        (refused(429, "Too Many Requests", retry_after=3), RateLimitedError, "429"),
        (PlainTextResponse("slow down", 429), RateLimitedError, "429"),
        (refused(500, "Internal Server Error"), TransientError, "500"),
        (PlainTextResponse("Bad Gateway", 502), UnknownOutcomeError, "502"),
        (PlainTextResponse("Gateway Timeout", 504), UnknownOutcomeError, "504"),
        (PlainTextResponse("Service Unavailable", 503), TransientError, "503"),
        (refused(413, "Request Entity Too Large"), BadConfigurationError, "413"),
        (PlainTextResponse("What?", 200), UnknownOutcomeError, "TelegramError"),
        (BrokenOff(), UnknownOutcomeError, "NetworkError"),
    ],
)
async def test_an_answer_becomes_an_error(
    answer: Response, error: type[SendError], code: str
) -> None:
    found = await failure(answer)

    assert (type(found), found.code) == (error, code)


@pytest.mark.parametrize(
    ("answer", "reason", "address_is_bad"),
    [
        (refused(403, "Forbidden: bot was blocked by the user"), Reason.BLOCKED, True),
        (refused(400, "Bad Request: chat not found"), Reason.INVALID_ADDRESS, True),
        (
            refused(400, "Bad Request: not enough rights to send text messages to the chat"),
            Reason.BLOCKED,
            True,
        ),
        (refused(400, "Bad Request: message is too long"), Reason.REFUSED, False),
    ],
)
async def test_a_refusal_says_why_and_whether_to_try_this_chat_again(
    answer: Response, reason: Reason, address_is_bad: bool
) -> None:
    found = await failure(answer)

    assert isinstance(found, PermanentError)
    assert (found.reason, found.address_is_bad) == (reason, address_is_bad)


async def test_a_rate_limit_says_when() -> None:
    found = await failure(refused(429, "Too Many Requests: retry after 35", retry_after=35))

    assert isinstance(found, RateLimitedError)
    assert found.retry_after == 35.0


async def test_telegram_is_asked_for_a_message_with_markup_and_buttons_and_no_preview() -> None:
    async with scripted_api(sent(17)) as api, sending_to(api) as sender:
        name = await sender.send(MESSAGE)

    assert name == "17"
    assert api.paths == ["/bot42:sesame/sendMessage"]
    form = api.forms[0]
    assert (form["chat_id"], form["text"]) == ("4815162342", MESSAGE.html)
    assert form["parse_mode"] == "HTML"
    assert json.loads(form["link_preview_options"]) == {"is_disabled": True}
    assert json.loads(form["reply_markup"]) == {
        "inline_keyboard": [[{"text": "Track", "url": "https://shop.example/orders/1001"}]]
    }


async def test_a_message_without_buttons_has_no_keyboard() -> None:
    async with scripted_api(sent()) as api, sending_to(api) as sender:
        await sender.send(replace(MESSAGE, buttons=()))

    assert "reply_markup" not in api.forms[0]


async def test_a_chat_that_moved_is_written_to_at_its_new_place() -> None:
    moved = refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001)
    async with scripted_api(moved, sent(18)) as api, sending_to(api) as sender:
        name = await sender.send(MESSAGE)

    assert name == "18"
    assert [form["chat_id"] for form in api.forms] == ["4815162342", "-1001"]


async def test_a_chat_that_moves_for_ever_is_followed_once() -> None:
    def moved() -> Response:
        return refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001)

    assert type(await failure(moved(), moved())) is PermanentError


async def test_markup_that_telegram_cannot_read_goes_out_as_plain_text() -> None:
    cannot = refused(400, "Bad Request: can't parse entities: Unsupported start tag")
    async with scripted_api(cannot, sent(19)) as api, sending_to(api) as sender:
        name = await sender.send(MESSAGE)

    assert name == "19"
    assert api.forms[1]["text"] == "On its way & here by Tuesday"
    assert "parse_mode" not in api.forms[1]
    assert "reply_markup" in api.forms[1]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        (
            '<a href="https://x.example/?a=1&amp;b=2">Here</a>!',
            "Here (https://x.example/?a=1&b=2)!",
        ),
        ("<b>1 < 2</b>", "1 < 2"),
        ("<i>x", "x"),
    ],
)
def test_plain_text_keeps_the_words_and_the_links(html: str, text: str) -> None:
    assert plain_text(html) == text


async def test_with_the_loggers_as_a_service_sets_them_no_token_and_no_text_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in QUIET:
        caplog.set_level(logging.WARNING, name)
    async with scripted_api(sent()) as api, sending_to(api) as sender:
        await sender.send(MESSAGE)

    for secret in ("sesame", "4815162342", "On its way"):
        assert secret not in caplog.text


def test_an_empty_token_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="token"):
        TelegramSender("")
