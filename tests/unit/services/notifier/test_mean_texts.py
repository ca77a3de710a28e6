"""A thousand mean posts to the address where Twilio brings text messages: each gets a clear answer,
and none an error of ours."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote, urlencode

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
)

from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.answers import Effect
from services.notifier.channels.twilio_api import TwilioAccount
from services.notifier.replies import Heard, Replies, Word
from services.notifier.settings import TWILIO_INBOUND_PATH
from services.notifier.texted import Texted
from services.notifier.web.twilio_inbound import InboundDesk, inbound_route, saying
from services.notifier.web.twilio_trust import Trust

PUBLIC: Final = "https://notify.example"
ACCOUNT: Final = TwilioAccount(sid="AC" + "0" * 32, auth_token="token", sender="+380440000000")
FIELDS: Final = {
    "AccountSid": ACCOUNT.sid,
    "MessageSid": "SM" + "1" * 32,
    "From": "+380501234567",
    "To": ACCOUNT.sender,
    "Body": "стоп",
}
MEAN: Final = (
    *(
        "",
        " ",
        "\0",
        "\x00STOP\x00",
        "a" * 20_000,
        "\r\nX-Evil: 1",
        "%00",
        "\ud7ff",
        "\uffff",
        "\U0010ffff",
    ),
    *(
        "'; DROP TABLE notifier.suppressions; --",
        "' OR 1=1 --",
        "<Response><Dial>+1</Dial></Response>",
    ),
    *(
        "]]>",
        "&amp;&lt;",
        "{shop}",
        "{0.__class__}",
        "%s%n",
        "../../etc/passwd",
        "${jndi:ldap://x}",
    ),
    *(
        "\u202eSTOP",
        "STOP\u200b",
        "👨‍👩‍👧" * 300,
        "é" * 5000,
        "٣" * 100,
        "NaN",
        "-1",
        "null",
        "[]",
        "{}",
    ),
    *(
        "AC" + "0" * 32,
        "SM" + "z" * 62,
        "+",
        "+0",
        "+380501234567\n",
        "whatsapp:",
        "whatsapp:+",
        "+٣٨٠٥٠١٢٣٤٥٦٧",
    ),
    *(
        "whatsapp:+380501234567",
        "messenger:1",
        "LAVKA",
        "12345",
        "client:bob",
        "sip:bob@x",
        "STOP",
        "HELP",
        "START",
    ),
)
ALLOWED: Final = {200, 400, 403}


class Notebook(Replies):
    """Takes everything, and remembers it."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Texted] = []

    async def take(self, word: Word) -> Heard:
        assert isinstance(word, Texted)
        self.taken.append(word)
        return Heard(Effect.STOPPED, reply=f"<{word.text}> & more")


@asynccontextmanager
async def webhook(notebook: Notebook) -> AsyncIterator[httpx.AsyncClient]:
    desk = InboundDesk(
        trust=Trust(address=PUBLIC + TWILIO_INBOUND_PATH, tokens={ACCOUNT.sid: "token"}),
        accounts={"primary": ACCOUNT},
        whatsapp={"primary": ACCOUNT},
        replies=notebook,
        metrics=AnswerMetrics(CollectorRegistry()),
    )
    transport = httpx.ASGITransport(app=Starlette(routes=[inbound_route(desk)]))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        yield client


def signed(fields: dict[str, str]) -> dict[str, str]:
    address = PUBLIC + TWILIO_INBOUND_PATH
    return {SIGNATURE_HEADER: RequestValidator("token").compute_signature(address, fields)}


Post = tuple[bytes, dict[str, str]]
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
WHOLE: Final = urlencode(FIELDS).encode()


def posts() -> list[Post]:
    """Signed and unsigned, whole and broken: always the same thousand, and some more."""
    return [*with_mean_fields(), *cut_off(), *with_mean_headers(), *of_no_form()]


def with_mean_fields() -> Iterator[Post]:
    for name in (*FIELDS, "OptOutType", "NumMedia", "Extra"):
        for value in MEAN:
            fields = FIELDS | {name: value}
            body = urlencode(fields).encode()
            yield body, FORM | signed(fields)
            yield body, FORM | {SIGNATURE_HEADER: "x" * 28}
            yield body + b"&" + quote(name).encode() + b"=again", FORM | signed(fields)


def cut_off() -> Iterator[Post]:
    mean = random.Random(7)  # noqa: S311 - the same bytes each time
    for number in range(200):
        cut = WHOLE[: mean.randrange(len(WHOLE))] + mean.randbytes(mean.randrange(60))
        yield cut, FORM | {SIGNATURE_HEADER: f"{number}"}


def with_mean_headers() -> Iterator[Post]:
    utf16 = FORM["Content-Type"] + "; charset=utf-16"
    for kind in ("text/plain", "application/json", "multipart/form-data", "", "\t", utf16):
        yield WHOLE, {"Content-Type": kind} | signed(FIELDS)
        yield WHOLE.decode().encode("utf-16"), {"Content-Type": kind}
    for algorithm in ("", "sha1", "algorithm=sha256", "md5", "\xe2\x98\x83", "{}", "a" * 5000):
        yield WHOLE, FORM | signed(FIELDS) | {SIGNATURE_SETTINGS_HEADER: algorithm}


def of_no_form() -> Iterator[Post]:
    for body in (b"\xff\xfe" * 50, b"Body=%FF%FE", b"&" * 5000, b"a=b&" * 200, b"Body=%ED%A0%80"):
        yield body, FORM


async def test_a_thousand_mean_posts_get_a_clear_answer() -> None:
    notebook = Notebook()
    made = posts()
    assert len(made) > 1000
    async with webhook(notebook) as client:
        for body, headers in made:
            sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            answer = await client.post(TWILIO_INBOUND_PATH, content=body, headers=sent)
            assert answer.status_code in ALLOWED, (body[:200], headers)
            assert "<Dial" not in answer.text
            if answer.status_code == 200:
                assert answer.text.startswith("<?xml")
    assert len(notebook.taken) > 100
    assert {each.number for each in notebook.taken} == {"+380501234567"}


@given(st.text(max_size=400), st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_comes_to_whoever_reads_it(text: str, kind: str) -> None:
    asyncio.run(
        _written(text.encode("utf-8", "ignore").decode(), kind.encode("utf-8", "ignore").decode())
    )


async def _written(text: str, kind: str) -> None:
    notebook, fields = Notebook(), FIELDS | {"Body": text, "OptOutType": kind}
    async with webhook(notebook) as client:
        answer = await client.post(TWILIO_INBOUND_PATH, data=fields, headers=signed(fields))
    assert answer.status_code == 200
    assert [each.text for each in notebook.taken] == [text]


async def test_what_is_answered_is_no_markup() -> None:
    fields = FIELDS | {"Body": "<Dial>+1</Dial>"}
    async with webhook(Notebook()) as client:
        answer = await client.post(TWILIO_INBOUND_PATH, data=fields, headers=signed(fields))
    assert "<Message>&lt;&lt;Dial&gt;+1&lt;/Dial&gt;&gt; &amp; more</Message>" in answer.text


def test_words_and_lines_of_a_reply_stay_apart() -> None:
    said = bytes(saying("Order\u00a01001:\nready\u202e").body).decode()
    assert "<Message>Order 1001:\nready</Message>" in said
