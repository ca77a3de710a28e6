"""The stand-in for Telegram: what it takes, what it refuses and in which words."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from headsup.contracts.channels import Channel
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Button, Inbox
from sandbox.providers.telegram import routes
from sandbox.providers.telegram_chats import Chats
from sandbox.providers.telegram_html import EntityError, parse_html

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TOKEN = "42:secret"
MESSAGE: dict[str, Any] = {
    "chat_id": 4815162342,
    "text": "<b>Hi</b> &amp; bye",
    "parse_mode": "HTML",
}


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(lambda: NOW)


@pytest.fixture
def chats() -> Chats:
    return Chats()


@pytest.fixture
async def client(inbox: Inbox, chats: Chats) -> AsyncIterator[httpx.AsyncClient]:
    api = routes(inbox, FaultSwitch(), clock=lambda: NOW, token=TOKEN, chats=chats)
    app = Starlette(routes=api)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://telegram") as made:
        yield made


async def call(
    client: httpx.AsyncClient, method: str = "sendMessage", token: str = TOKEN, **parameters: Any
) -> dict[str, Any]:
    answer = await client.post(f"/bot{token}/{method}", json=parameters)
    body: dict[str, Any] = answer.json()
    assert body["ok"] is (answer.status_code == 200)
    assert body.get("error_code", 200) == answer.status_code
    return body


async def test_a_message_arrives_as_the_customer_sees_it(
    client: httpx.AsyncClient, inbox: Inbox
) -> None:
    body = await call(client, **MESSAGE)

    assert body["result"] == {
        "message_id": 1,
        "from": {"id": 42, "is_bot": True, "first_name": "Headsup", "username": "headsup_bot"},
        "chat": {"id": 4815162342, "type": "private", "first_name": "Customer"},
        "date": int(NOW.timestamp()),
        "text": "Hi & bye",
    }
    (message,) = inbox.messages()
    assert (message.channel, message.to, message.provider_ref) == (
        Channel.TELEGRAM,
        "4815162342",
        "1",
    )
    assert (message.text, message.html) == ("Hi & bye", "<b>Hi</b> &amp; bye")


async def test_a_form_is_understood_as_well_as_json(
    client: httpx.AsyncClient, inbox: Inbox
) -> None:
    form = {"chat_id": "7", "text": "Hi", "reply_markup": '{"inline_keyboard": []}'}
    answer = await client.post(f"/bot{TOKEN}/sendmessage", data=form)

    assert answer.json()["ok"] is True
    assert inbox.messages()[0].html is None


async def test_the_number_of_a_message_is_its_own_over_all_chats(
    client: httpx.AsyncClient,
) -> None:
    numbers = [
        (await call(client, chat_id=chat, text="Hi"))["result"]["message_id"] for chat in (7, 8, 7)
    ]

    assert numbers == [1, 2, 3]


async def test_buttons_arrive_in_their_rows(client: httpx.AsyncClient, inbox: Inbox) -> None:
    rows = [
        [{"text": "Track", "url": "https://shop.example/1"}],
        [{"text": "Wait", "callback_data": "w"}],
    ]
    body = await call(client, **MESSAGE, reply_markup=json.dumps({"inline_keyboard": rows}))

    assert body["result"]["reply_markup"] == {"inline_keyboard": rows}
    assert inbox.messages()[0].buttons == (
        (Button(label="Track", url="https://shop.example/1"),),
        (Button(label="Wait", url="", press="w"),),
    )


@pytest.mark.parametrize(
    ("change", "description"),
    [
        ({"chat_id": ""}, "chat_id is empty"),
        ({"chat_id": "@nobody"}, "chat not found"),
        ({"chat_id": 0}, "chat not found"),
        ({"text": ""}, "message text is empty"),
        ({"text": "<b> </b>"}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "🙂" * 2049}, "message is too long"),
        ({"parse_mode": "Markdown"}, "unsupported parse_mode"),
        (
            {"text": "<script>"},
            'can\'t parse entities: Unsupported start tag "script" at byte offset 0',
        ),
        ({"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"reply_markup": {"inline_keyboard": 1}}, "object expected as reply markup"),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": ""}]]}},
            "can't parse inline keyboard button: Text must be non-empty",
        ),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "A"}]]}},
            "Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "ї" * 33}]]}},
            "BUTTON_DATA_INVALID",
        ),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "A", "url": "javascript:1"}]]}},
            "inline keyboard button URL 'javascript:1' is invalid: Wrong HTTP URL",
        ),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "a"}] * 101]}},
            "reply markup is too long",
        ),
    ],
)
async def test_a_message_is_refused_in_telegrams_words(
    client: httpx.AsyncClient, inbox: Inbox, change: dict[str, Any], description: str
) -> None:
    body = await call(client, **{**MESSAGE, **change})

    assert body["error_code"] == 400
    assert body["description"] == f"Bad Request: {description}"
    assert inbox.messages() == []


async def test_a_text_of_4096_after_its_markup_is_taken(client: httpx.AsyncClient) -> None:
    body = await call(client, **{**MESSAGE, "text": f"<b>{'x' * 4095}</b>&amp;"})

    assert body["ok"] is True


@pytest.mark.parametrize(
    ("token", "method", "status"),
    [
        ("42:wrong", "getMe", 401),
        ("nonsense", "getMe", 404),
        (TOKEN, "sendPigeon", 404),
        (TOKEN, "answerCallbackQuery", 400),
    ],
)
async def test_a_stranger_and_a_strange_wish_are_turned_away(
    client: httpx.AsyncClient, token: str, method: str, status: int
) -> None:
    assert (await call(client, method, token))["error_code"] == status


async def test_the_bot_knows_who_it_is(client: httpx.AsyncClient) -> None:
    assert (await call(client, "getMe"))["result"]["id"] == 42


async def test_a_press_is_acknowledged_once(client: httpx.AsyncClient, chats: Chats) -> None:
    chats.waiting.add("1")
    assert (await call(client, "answerCallbackQuery", callback_query_id="1"))["result"] is True
    again = await call(client, "answerCallbackQuery", callback_query_id="1")
    assert again["description"].startswith("Bad Request: query is too old")


async def test_the_buttons_of_a_message_are_changed(
    client: httpx.AsyncClient, inbox: Inbox
) -> None:
    sent = (await call(client, **MESSAGE))["result"]
    keys = {"inline_keyboard": [[{"text": "\u2713 Wait", "callback_data": "w"}]]}
    to = {"chat_id": MESSAGE["chat_id"], "message_id": sent["message_id"]}
    changed = await call(client, "editMessageReplyMarkup", **to, reply_markup=keys)
    assert changed["result"]["reply_markup"] == keys
    [message] = inbox.messages()
    assert message.buttons == ((Button(label="\u2713 Wait", url="", press="w"),),)
    again = await call(client, "editMessageReplyMarkup", **to, reply_markup=keys)
    assert again["description"].startswith("Bad Request: message is not modified")
    other = await call(client, "editMessageReplyMarkup", **to | {"message_id": 99})
    assert other["description"] == "Bad Request: message to edit not found"


async def test_what_is_no_json_and_what_is_far_too_large_is_refused(
    client: httpx.AsyncClient,
) -> None:
    headers = {"content-type": "application/json"}
    broken = await client.post(f"/bot{TOKEN}/sendMessage", content=b"{", headers=headers)
    large = await client.post(f"/bot{TOKEN}/sendMessage", content=b" " * 200_000, headers=headers)

    assert (broken.status_code, large.status_code) == (400, 413)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<b>a</b><i>b</i><u>c</u><s>d</s>", "abcd"),
        ('<a href="https://x.example/?a=1&amp;b=2">a</a>', "a"),
        ("<b>a<i>b</i></b>", "ab"),
        ('<span class="tg-spoiler">a</span>', "a"),
        ('<pre><code class="language-python">a</code></pre>', "a"),
        ("<blockquote expandable>a</blockquote>", "a"),
        ("&lt;b&gt; &amp;amp; &quot;&#8470;&#x2116;", '<b> &amp; "№№'),
        ("&nbsp;&copy; a > b & c", "&nbsp;&copy; a > b & c"),
        ("<B>a</B>", "a"),
    ],
)
def test_markup_is_read_as_telegram_reads_it(html: str, text: str) -> None:
    assert parse_html(html) == text


@pytest.mark.parametrize(
    ("html", "description"),
    [
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("ї<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("1 < 2 > 1", 'Unsupported start tag "" at byte offset 2'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ('<b class="x">a</b>', None),
        ("<span>a</span>", 'Unsupported start tag "span" at byte offset 0'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>a</b>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ],
)
def test_what_is_not_telegrams_html_is_refused(html: str, description: str | None) -> None:
    if description is None:
        assert parse_html(html) == "a"
        return
    with pytest.raises(EntityError) as caught:
        parse_html(html)

    assert str(caught.value) == description
