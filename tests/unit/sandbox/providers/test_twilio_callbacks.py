"""The stand-in for Twilio: what it says of a message after it took it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from urllib.parse import parse_qsl

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.twilio import routes
from sandbox.providers.twilio_callbacks import Callbacks
from tests.support.eventually import eventually
from tests.support.serving import closed_port, serving

PATH = "/2010-04-01/Accounts/AC1/Messages.json"
FORM = {"To": "+380501234567", "From": "+15005550006", "Body": "Hello"}
LOGIN = ("AC1", "secret")
NOW = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)


@dataclass(slots=True)
class Hook:
    """Where callbacks arrive."""

    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    genuine: list[bool] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        address = f"{self.url}{request.url.path}?{request.url.query}"
        signature = request.headers["X-Twilio-Signature"]
        self.forms.append(form)
        self.genuine.append(RequestValidator("secret").validate(address, form, signature))
        return Response(status_code=204)

    async def has(self, count: int) -> bool:
        return len(self.forms) >= count


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    app = Starlette(routes=[Route("/status", made.take, methods=["POST"])])
    async with serving(app) as made.url:
        yield made


@asynccontextmanager
async def twilio(faults: FaultSwitch, callbacks: Callbacks) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(
        routes=routes(
            Inbox(lambda: NOW), faults, clock=lambda: NOW, credentials=LOGIN, callbacks=callbacks
        )
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://twilio", auth=LOGIN
    ) as client:
        yield client


async def told(count: int, fault: Fault | None = None, code: int = 30003) -> list[dict[str, str]]:
    """The first `count` reports on one message."""
    faults = FaultSwitch()
    if fault is not None:
        faults.set(FaultRule(channel=Channel.SMS, fault=fault, code=code))
    async with (
        hook() as calls,
        Callbacks(pause=0.001) as callbacks,
        twilio(faults, callbacks) as client,
    ):
        form = {**FORM, "StatusCallback": f"{calls.url}/status?n=r1.0%2E0"}
        sid = (await client.post(PATH, data=form)).json()["sid"]
        await eventually(partial(calls.has, count))
        assert all(calls.genuine)
        assert {form["MessageSid"] for form in calls.forms} == {sid}
    assert len(calls.forms) == count
    return calls.forms


def statuses(forms: list[dict[str, str]]) -> list[str]:
    return [form["MessageStatus"] for form in forms]


async def test_a_message_is_sent_and_delivered_and_each_is_said_under_a_signature() -> None:
    forms = await told(2)

    assert statuses(forms) == ["sent", "delivered"]
    assert (forms[0]["To"], forms[0]["From"]) == (FORM["To"], FORM["From"])
    assert (forms[0]["AccountSid"], forms[0]["SmsStatus"]) == ("AC1", "sent")
    assert "ErrorCode" not in forms[1]


async def test_a_message_may_not_be_delivered_and_the_code_says_why() -> None:
    forms = await told(2, Fault.UNDELIVERED, code=30005)

    assert statuses(forms) == ["sent", "undelivered"]
    assert forms[1]["ErrorCode"] == "30005"


async def test_reports_come_twice_when_they_should() -> None:
    assert statuses(await told(4, Fault.REPORTS_REPEATED)) == ["sent", "delivered"] * 2


async def test_reports_come_in_disorder_when_they_should() -> None:
    assert statuses(await told(2, Fault.REPORTS_IN_DISORDER)) == ["delivered", "sent"]


async def test_a_message_that_nobody_reports_on_is_delivered_all_the_same() -> None:
    faults = FaultSwitch()
    faults.set(FaultRule(channel=Channel.SMS, fault=Fault.REPORTS_LOST))
    async with (
        hook() as calls,
        Callbacks(pause=0.001) as callbacks,
        twilio(faults, callbacks) as client,
    ):
        form = {**FORM, "StatusCallback": f"{calls.url}/status"}
        sid = (await client.post(PATH, data=form)).json()["sid"]
        await eventually(partial(_is, client, sid, "delivered"))

    assert calls.forms == []


async def test_what_comes_to_a_phone_that_is_off_is_sent_at_once_and_arrives_later() -> None:
    faults = FaultSwitch()
    late = FaultRule(channel=Channel.SMS, fault=Fault.LATE, delay_s=0.2, times=1)
    faults.set(late)
    async with (
        hook() as calls,
        Callbacks(pause=0.001) as callbacks,
        twilio(faults, callbacks) as client,
    ):
        form = {**FORM, "StatusCallback": f"{calls.url}/status"}
        sid = (await client.post(PATH, data=form)).json()["sid"]
        await eventually(partial(_is, client, sid, "sent"))
        await eventually(partial(_is, client, sid, "delivered"))


async def test_a_message_is_queued_and_has_no_date_of_sending_until_it_was_sent() -> None:
    async with (
        Callbacks(pause=60.0) as callbacks,
        twilio(FaultSwitch(), callbacks) as client,
    ):
        created = (await client.post(PATH, data=FORM)).json()
        (listed,) = (await client.get(PATH, params={"To": FORM["To"]})).json()["messages"]
        by_day = await client.get(PATH, params={"DateSent>": "2026-11-24"})

    assert (created["status"], listed["status"], listed["date_sent"]) == ("queued", "queued", None)
    assert by_day.json()["messages"] == []


async def test_a_message_that_was_taken_and_never_answered_is_reported_on() -> None:
    faults = FaultSwitch()
    faults.set(FaultRule(channel=Channel.SMS, fault=Fault.ACCEPT_THEN_SILENCE))
    async with (
        hook() as calls,
        Callbacks(pause=0.001) as callbacks,
        serving(
            Starlette(
                routes=routes(Inbox(lambda: NOW), faults, clock=lambda: NOW, callbacks=callbacks)
            )
        ) as url,
        httpx.AsyncClient(base_url=url, auth=LOGIN, timeout=0.2) as client,
    ):
        form = {**FORM, "StatusCallback": f"{calls.url}/status?n=r1"}
        try:
            await client.post(PATH, data=form)
        except httpx.ReadTimeout:
            await eventually(partial(calls.has, 2))

    assert statuses(calls.forms) == ["sent", "delivered"]


async def test_nobody_there_to_be_told_harms_nothing() -> None:
    async with (
        Callbacks(pause=0.001) as callbacks,
        twilio(FaultSwitch(), callbacks) as client,
    ):
        form = {**FORM, "StatusCallback": f"http://127.0.0.1:{closed_port()}/status"}
        sid = (await client.post(PATH, data=form)).json()["sid"]
        await eventually(partial(_is, client, sid, "delivered"))
        await eventually(partial(_unheard, callbacks, 2))


async def _is(client: httpx.AsyncClient, sid: str, status: str) -> bool:
    answer = await client.get(f"/2010-04-01/Accounts/AC1/Messages/{sid}.json")
    return bool(answer.json()["status"] == status)


async def _unheard(callbacks: Callbacks, count: int) -> bool:
    return callbacks.answers[0] == count
