"""What customers wrote to us, listed: Twilio's client against its stand-in, and the memory's."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from sandbox.providers import twilio
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.http import BrokenOff
from sandbox.providers.inbox import Inbox
from sandbox.providers.twilio_inbound import Inbound
from services.notifier.channels import (
    BadConfigurationError,
    SendError,
    SmsSender,
    TextIn,
    TextsIn,
    TransientError,
    TwilioAccount,
    TwilioTextsIn,
)
from services.notifier.channels.texts_in import MemoryTextsIn
from services.notifier.rendered import RenderedSms
from tests.support.serving import closed_port, serving
from tests.unit.services.notifier.channels.http_script import scripted_api

ACCOUNT = TwilioAccount(sid="AC1", auth_token="token", sender="+15005550006")
SERVICE = TwilioAccount(sid="AC1", auth_token="token", sender="MG" + "0" * 32)
CUSTOMER = "+380501234567"
MINUTE = timedelta(minutes=1)


@dataclass
class Written:
    """A list, and somebody whose words get into it."""

    texts_in: TextsIn
    write: Callable[[str], Awaitable[None]]


@asynccontextmanager
async def memory() -> AsyncIterator[Written]:
    made = MemoryTextsIn()

    async def write(text: str) -> None:
        came = {"number": CUSTOMER, "account": "AC1", "to": ACCOUNT.sender, "text": text}
        made.texts.append(TextIn(ref=f"SM{len(made.texts)}", at=datetime.now(UTC), **came))

    yield Written(made, write)


@asynccontextmanager
async def listed(account: TwilioAccount = ACCOUNT) -> AsyncIterator[Written]:
    """One text message of ours stands in the list too; the webhook is away."""
    nowhere = f"http://127.0.0.1:{closed_port()}"
    inbound = Inbound(url=nowhere, account="AC1", auth_token="token", number=ACCOUNT.sender)
    clock = SystemClock().now
    routes = twilio.routes(Inbox(clock), FaultSwitch(), clock=clock, inbound=inbound)

    async def write(text: str) -> None:
        with suppress(httpx.TransportError):
            await inbound.write(CUSTOMER, text)

    async with serving(Starlette(routes=routes)) as url:
        sender = SmsSender(account, api_url=url)
        ours = RenderedSms(
            notification_id="n", to=CUSTOMER, text="Wait?", segments=1, valid_for=60.0
        )
        await sender.send(ours)
        texts_in = TwilioTextsIn(account, api_url=url)
        yield Written(texts_in, write)
        await texts_in.close()
        await sender.close()


LISTS: dict[str, Callable[[], AbstractAsyncContextManager[Written]]] = {
    "memory": memory,
    "twilio": listed,
    "a service": lambda: listed(SERVICE),
}


@pytest.fixture(params=LISTS)
async def written(request: pytest.FixtureRequest) -> AsyncIterator[Written]:
    async with LISTS[request.param]() as made:
        yield made


async def test_what_was_written_is_listed_whether_anybody_took_it_or_not(written: Written) -> None:
    await written.write("чекаю")
    now = datetime.now(UTC)
    [found] = await written.texts_in.between(now - MINUTE, now + MINUTE)
    assert (found.number, found.text, found.account) == (CUSTOMER, "чекаю", "AC1")
    assert found.to == ACCOUNT.sender
    assert abs(found.at - now) < MINUTE


async def test_each_is_listed_once_under_a_name_of_its_own_the_oldest_first(
    written: Written,
) -> None:
    words = ["чекаю", "скасуйте", "чекаю", "чекаю"]
    for text in words:
        await written.write(text)
    now = datetime.now(UTC)
    found = await written.texts_in.between(now - MINUTE, now + MINUTE)
    assert [each.text for each in found] == words
    assert len({each.ref for each in found}) == len(words)
    assert found == sorted(found, key=lambda each: each.at)


async def test_of_another_time_nothing_is_listed(written: Written) -> None:
    await written.write("чекаю")
    now = datetime.now(UTC)
    assert await written.texts_in.between(now - 5 * MINUTE, now - 4 * MINUTE) == []


def _page(sid: str, following: str | None) -> JSONResponse:
    one = {
        "sid": sid,
        "direction": "inbound",
        "date_created": "Tue, 24 Nov 2026 10:00:00 +0000",
        "from": CUSTOMER,
        "to": ACCOUNT.sender,
        "body": "чекаю",
        "account_sid": "AC1",
    }
    return JSONResponse({"messages": [one], "next_page_uri": following})


async def test_all_pages_are_read() -> None:
    following = "/2010-04-01/Accounts/AC1/Messages.json?Page=1&PageToken=PASM1"
    async with scripted_api(_page("SM2", following), _page("SM1", None)) as api:
        texts_in = TwilioTextsIn(ACCOUNT, api_url=api.url)
        found = await texts_in.between(datetime.now(UTC) - MINUTE, datetime.now(UTC))
        await texts_in.close()
    assert {each.ref for each in found} == {"SM1", "SM2"}
    assert api.queries[0]["To"] == ACCOUNT.sender
    assert api.queries[1] == {"Page": "1", "PageToken": "PASM1"}


async def test_what_came_by_whatsapp_is_asked_for_as_whatsapp_has_the_number() -> None:
    async with scripted_api(_page("SM1", None)) as api:
        texts_in = TwilioTextsIn(ACCOUNT, channel=Channel.WHATSAPP, api_url=api.url)
        await texts_in.between(datetime.now(UTC) - MINUTE, datetime.now(UTC))
        await texts_in.close()
    assert api.queries[0]["To"] == f"whatsapp:{ACCOUNT.sender}"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (JSONResponse({"code": 20003}, 401), BadConfigurationError),
        (JSONResponse({"code": 20500}, 500), TransientError),
        (JSONResponse({"code": 20429}, 429), SendError),
        (PlainTextResponse("no list"), TransientError),
        (JSONResponse({"no": "list"}), TransientError),
        (BrokenOff(), TransientError),
    ],
    ids=["a wrong token", "an error", "too many requests", "no JSON", "another JSON", "cut off"],
)
async def test_a_list_that_is_not_given_is_said_in_our_words(
    answer: JSONResponse, error: type[SendError]
) -> None:
    async with scripted_api(answer) as api:
        texts_in = TwilioTextsIn(ACCOUNT, api_url=api.url)
        with pytest.raises(error):
            await texts_in.between(datetime.now(UTC) - MINUTE, datetime.now(UTC))
        await texts_in.close()
