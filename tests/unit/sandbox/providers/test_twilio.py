"""The stand-in for Twilio: what it takes, what it refuses, what can be looked up later."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from twilio.rest import Client

from headsup.contracts.channels import Channel
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.twilio import refusal_of, routes, segments_of
from services.notifier.channels.twilio_api import TwilioHttp
from tests.support.serving import serving

START = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
PATH = "/2010-04-01/Accounts/AC1/Messages.json"
FORM = {"To": "+380501234567", "From": "+15005550006", "Body": "Hello"}


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(lambda: START)


@pytest.fixture
async def client(inbox: Inbox) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is logged in. Half an hour passes between two looks at the clock."""
    steps = count()
    app = Starlette(
        routes=routes(
            inbox,
            FaultSwitch(),
            clock=lambda: START + timedelta(minutes=30 * next(steps)),
            credentials=("AC1", "secret"),
        )
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://twilio", auth=("AC1", "secret")
    ) as made:
        yield made


async def found(client: httpx.AsyncClient, **query: str) -> list[str]:
    answer = await client.get(PATH, params=query)
    return [message["body"] for message in answer.json()["messages"]]


async def test_a_message_is_taken_and_described_as_twilio_does(
    client: httpx.AsyncClient, inbox: Inbox
) -> None:
    answer = await client.post(PATH, data=FORM)

    assert answer.status_code == 201
    resource = answer.json()
    assert re.fullmatch(r"SM[0-9a-f]{32}", resource["sid"])
    assert resource["date_created"] == "Tue, 24 Nov 2026 23:00:00 +0000"
    assert (resource["status"], resource["num_segments"]) == ("queued", "1")
    assert (resource["to"], resource["from"]) == (FORM["To"], FORM["From"])
    (message,) = inbox.messages()
    assert (message.channel, message.to, message.text, message.provider_ref) == (
        Channel.SMS,
        FORM["To"],
        "Hello",
        resource["sid"],
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "0501234567"}, 21211),
        ({"To": "+38050123"}, None),
        ({"To": "+0501234567"}, 21211),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1600}, None),
        ({"Body": "x" * 1601}, 21617),
        ({"ValidityPeriod": "0"}, 20001),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
    ],
)
def test_a_message_is_refused_with_twilios_code(change: dict[str, str], code: int | None) -> None:
    assert refusal_of({**FORM, **change}) == code


async def test_a_refusal_has_twilios_shape_and_nothing_arrives(
    client: httpx.AsyncClient, inbox: Inbox
) -> None:
    answer = await client.post(PATH, data={**FORM, "To": "nobody"})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": 21211,
        "message": "Invalid 'To' Phone Number",
        "more_info": "https://www.twilio.com/docs/errors/21211",
        "status": 400,
    }
    assert inbox.messages() == []


@pytest.mark.parametrize("auth", [None, ("AC1", "wrong"), ("AC2", "secret")])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_stranger_is_not_known(
    client: httpx.AsyncClient, method: str, auth: tuple[str, str] | None
) -> None:
    client.auth = auth  # type: ignore[assignment]  # httpx takes None for "no login"
    answer = await client.request(method, PATH, data=FORM if method == "POST" else None)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


async def test_a_request_that_is_far_too_large_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, data={**FORM, "Body": "x" * 200_000})

    assert answer.status_code == 400


async def test_messages_are_found_by_recipient_and_time_newest_first(
    client: httpx.AsyncClient,
) -> None:
    other = "+380671234567"
    for to, body in ((FORM["To"], "first"), (other, "second"), (FORM["To"], "third")):
        await client.post(PATH, data={**FORM, "To": to, "Body": body})

    assert await found(client) == ["third", "second", "first"]
    assert await found(client, To=FORM["To"]) == ["third", "first"]
    assert await found(client, **{"DateSent>": "2026-11-24T23:30:00Z"}) == ["third", "second"]
    assert await found(client, **{"DateSent<": "2026-11-24T23:30:00Z"}) == ["second", "first"]
    assert await found(client, DateSent="2026-11-25") == ["third"]
    assert await found(client, To="+380000000000") == []


async def test_a_long_list_comes_in_pages(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await client.post(PATH, data={**FORM, "Body": str(number)})

    page = (await client.get(PATH, params={"PageSize": "2"})).json()
    seen = [message["body"] for message in page["messages"]]
    while page["next_page_uri"]:
        page = (await client.get(page["next_page_uri"])).json()
        seen += [message["body"] for message in page["messages"]]

    assert seen == ["4", "3", "2", "1", "0"]
    assert page["previous_page_uri"] is not None


async def test_one_message_is_looked_up_by_its_sid(client: httpx.AsyncClient) -> None:
    sid = (await client.post(PATH, data=FORM)).json()["sid"]

    answer = await client.get(f"/2010-04-01/Accounts/AC1/Messages/{sid}.json")
    missing = await client.get("/2010-04-01/Accounts/AC1/Messages/SM0.json")

    assert (answer.json()["body"], answer.json()["status"]) == ("Hello", "sent")
    assert missing.status_code == 404


async def test_twilios_own_client_finds_what_it_sent(inbox: Inbox) -> None:
    app = Starlette(routes=routes(inbox, FaultSwitch(), clock=lambda: START))
    async with serving(app) as url:
        http = TwilioHttp(5.0)
        client: Any = Client("AC1", "secret", http_client=http)
        client.api.base_url = url
        sent = await client.messages.create_async(to=FORM["To"], from_=FORM["From"], body="Hi")
        listed = await client.messages.list_async(to=FORM["To"], date_sent_after=START)
        fetched = await client.messages(sent.sid).fetch_async()
        await http.close()

    assert [message.sid for message in listed] == [sent.sid]
    assert fetched.date_sent == START


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ї" * 70, 1),
        ("ї" * 71, 2),
        ("🙂" * 36, 2),
        ("", 1),
    ],
)
def test_segments_are_counted_as_they_are_billed(text: str, segments: int) -> None:
    assert segments_of(text) == segments
