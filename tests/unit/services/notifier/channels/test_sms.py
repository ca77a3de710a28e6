"""SMS: what Twilio's answers mean, and what it is asked."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from headsup.contracts.notifications import Reason
from sandbox.providers.http import BrokenOff
from services.notifier.channels import SmsSender, TwilioAccount
from services.notifier.channels.base import (
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    SendError,
    Tells,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.channels.twilio_api import verdict_of
from services.notifier.channels.verdicts import Verdict
from services.notifier.rendered import RenderedSms
from tests.unit.services.notifier.channels.http_script import ScriptedApi, scripted_api

SMS = RenderedSms(
    notification_id="9f1c2d3e.1",
    to="+380501234567",
    text="Замовлення 1001 прямує до вас",
    segments=1,
    valid_for=3600.0,
)
ACCOUNT = TwilioAccount(sid="AC1", auth_token="sesame", sender="+15005550006")
ATTEMPT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CREATED = {"sid": "SM00000000000000000000000000000001", "status": "queued"}


def created() -> Response:
    return JSONResponse(CREATED, 201)


def refused(status: int, code: int | None = None, **headers: str) -> Response:
    body = {"message": "No: +380501234567", "status": status} | ({"code": code} if code else {})
    return JSONResponse(body, status, headers)


@asynccontextmanager
async def sending_to(
    api: ScriptedApi, account: TwilioAccount = ACCOUNT, **options: Any
) -> AsyncIterator[SmsSender]:
    sender = SmsSender(account, api_url=api.url, **options)
    yield sender
    await sender.close()


async def failure(answer: Response) -> SendError:
    async with scripted_api(answer) as api, sending_to(api) as sender:
        with pytest.raises(SendError) as caught:
            await sender.send(SMS)
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (400, 21211, Verdict.BAD_ADDRESS),
        (400, 21614, Verdict.BAD_ADDRESS),
        (400, 21635, Verdict.BAD_ADDRESS),
        (400, 21610, Verdict.OPTED_OUT),
        (400, 21611, Verdict.LATER),
        (400, 21617, Verdict.REFUSED),
        (400, 21408, Verdict.NOT_ALLOWED),
        (400, 21608, Verdict.NOT_ALLOWED),
        (400, 21606, Verdict.OUR_FAULT),
        (400, 99999, Verdict.OUR_FAULT),
        (400, None, Verdict.OUR_FAULT),
        (401, 20003, Verdict.OUR_FAULT),
        (403, None, Verdict.OUR_FAULT),
        (404, 20404, Verdict.OUR_FAULT),
        (429, 20429, Verdict.TOO_FAST),
        (429, None, Verdict.TOO_FAST),
        (500, 20500, Verdict.UNKNOWN),
        (503, None, Verdict.UNKNOWN),
    ],
)
def test_an_answer_means_what_the_table_says(
    status: int, code: int | None, verdict: Verdict
) -> None:
    assert verdict_of(status, code) is verdict


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (refused(400, 21211), PermanentError, "21211"),
        (refused(400, 21611), TransientError, "21611"),
        (refused(401, 20003), BadConfigurationError, "20003"),
        (refused(500, 20500), UnknownOutcomeError, "20500"),
        (PlainTextResponse("Bad gateway", 502), UnknownOutcomeError, "502"),
        (PlainTextResponse("What?", 201), UnknownOutcomeError, "JSONDecodeError"),
        (JSONResponse({"status": "queued"}, 201), UnknownOutcomeError, "no sid"),
        (BrokenOff(), UnknownOutcomeError, "ClientPayloadError"),
    ],
)
async def test_an_answer_becomes_an_error_with_twilios_code(
    answer: Response, error: type[SendError], code: str
) -> None:
    found = await failure(answer)

    assert (type(found), found.code) == (error, code)


async def test_a_problem_as_rfc_9457_has_it_is_understood_too() -> None:
    body = {"type": "https://x/21211", "title": "Invalid To", "status": 400, "code": 21211}

    found = await failure(JSONResponse(body, 400))

    assert (type(found), found.code) == (PermanentError, "21211")


async def test_somebody_who_said_stop_has_opted_out() -> None:
    found = await failure(refused(400, 21610))

    assert isinstance(found, PermanentError)
    assert (found.reason, found.address_is_bad) == (Reason.OPTED_OUT, True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({}, None),
        ({"Retry-After": "Tue, 24 Nov 2026 10:00:00 GMT"}, None),
    ],
)
async def test_a_rate_limit_says_when_if_twilio_does(
    headers: dict[str, str], seconds: float | None
) -> None:
    found = await failure(refused(429, 20429, **headers))

    assert isinstance(found, RateLimitedError)
    assert found.retry_after == seconds


async def test_nothing_is_sent_twice_even_when_twilio_fails() -> None:
    async with scripted_api(refused(500), created()) as api, sending_to(api) as sender:
        with pytest.raises(UnknownOutcomeError):
            await sender.send(SMS)

        assert len(api.forms) == 1


async def test_twilio_is_asked_for_one_message_that_dies_in_time() -> None:
    async with scripted_api(created()) as api, sending_to(api) as sender:
        name = await sender.send(SMS)

    assert name == CREATED["sid"]
    assert api.paths == ["/2010-04-01/Accounts/AC1/Messages.json"]
    assert api.forms == [
        {
            "To": "+380501234567",
            "From": "+15005550006",
            "Body": "Замовлення 1001 прямує до вас",
            "ValidityPeriod": "3600",
        }
    ]


@pytest.mark.parametrize(("valid_for", "asked"), [(0.2, "1"), (7200.9, "7200"), (1e6, "36000")])
async def test_the_time_to_live_stays_within_what_twilio_takes(
    valid_for: float, asked: str
) -> None:
    async with scripted_api(created()) as api, sending_to(api) as sender:
        await sender.send(replace(SMS, valid_for=valid_for))

    assert api.forms[0]["ValidityPeriod"] == asked


async def test_a_messaging_service_chooses_the_sender_itself() -> None:
    service = "MG" + "0" * 32
    account = replace(ACCOUNT, sender=service)
    async with scripted_api(created()) as api, sending_to(api, account) as sender:
        await sender.send(SMS)

    assert api.forms[0]["MessagingServiceSid"] == service
    assert "From" not in api.forms[0]


async def test_the_callback_carries_the_notification() -> None:
    callback = "https://shop.example/twilio"
    async with (
        scripted_api(created()) as api,
        sending_to(api, status_callback=callback) as sender,
    ):
        await sender.send(replace(SMS, notification_id="a b&c.1"))

    assert api.forms[0]["StatusCallback"] == "https://shop.example/twilio?n=a%20b%26c.1"


def listed(**message: str | None) -> Response:
    usual = {
        "sid": CREATED["sid"],
        "body": SMS.text,
        "status": "queued",
        "date_created": "Tue, 24 Nov 2026 10:00:01 +0000",
        "date_sent": None,
    }
    return JSONResponse({"messages": [{**usual, **message}], "page": 0, "page_size": 50})


async def test_twilio_is_asked_for_the_newest_messages_to_one_number() -> None:
    async with scripted_api(listed()) as api, sending_to(api) as sender:
        found = await sender.find(SMS, ATTEMPT)

    assert found == (CREATED["sid"],)
    assert api.paths == ["/2010-04-01/Accounts/AC1/Messages.json"]
    assert api.queries == [{"To": SMS.to, "PageSize": "50"}]


async def test_a_message_that_still_waits_at_twilio_is_found() -> None:
    """It has no date of sending: a question by that date would not find it."""
    async with scripted_api(listed(status="queued")) as api, sending_to(api) as sender:
        assert await sender.find(SMS, ATTEMPT) == (CREATED["sid"],)


async def test_a_message_of_the_day_before_is_not() -> None:
    before = listed(date_created="Mon, 23 Nov 2026 10:00:01 +0000")
    async with scripted_api(before) as api, sending_to(api) as sender:
        assert await sender.find(SMS, ATTEMPT) == ()


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (refused(401, 20003), BadConfigurationError, "20003"),
        (refused(429, 20429), RateLimitedError, "429"),
        (refused(500, 20500), TransientError, "20500"),
        (PlainTextResponse("Bad gateway", 502), TransientError, "502"),
        (PlainTextResponse("What?", 200), TransientError, "JSONDecodeError"),
        (JSONResponse([]), TransientError, "AttributeError"),
        (JSONResponse({"a": 1, "b": 2}), TransientError, "TwilioException"),
        (BrokenOff(), TransientError, "ClientPayloadError"),
    ],
)
async def test_a_question_that_is_not_answered_can_be_asked_again(
    answer: Response, error: type[SendError], code: str
) -> None:
    async with scripted_api(answer) as api, sending_to(api) as sender:
        with pytest.raises(SendError) as caught:
            await sender.find(SMS, ATTEMPT)

    assert (type(caught.value), caught.value.code) == (error, code)


async def test_the_limit_of_an_account_holds_for_everybody() -> None:
    found = await failure(refused(429, 20429, **{"Retry-After": "12"}))

    assert isinstance(found, RateLimitedError)
    assert found.limits_all


@pytest.mark.parametrize(
    ("code", "tells"),
    [
        (21211, Tells.WORKS),
        (21408, Tells.WORKS),
        (21610, Tells.WORKS),
        (30003, Tells.NOTHING),
        (21611, Tells.FAILS),
        (20003, Tells.FAILS),
        (20500, Tells.FAILS),
    ],
)
async def test_an_answer_tells_of_twilio_or_of_one_recipient(code: int, tells: Tells) -> None:
    status = {20003: 401, 20500: 500}.get(code, 400)
    assert (await failure(refused(status, code))).tells is tells


async def test_the_environment_does_not_lead_messages_elsewhere(
    clean_environment: pytest.MonkeyPatch,
) -> None:
    clean_environment.setenv("TWILIO_REGION", "au1")
    async with scripted_api(created()) as api, sending_to(api) as sender:
        assert await sender.send(SMS) == CREATED["sid"]


async def test_no_number_and_no_token_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with scripted_api(created()) as api, sending_to(api) as sender:
        await sender.send(SMS)

    assert "380501234567" not in caplog.text
    assert "sesame" not in caplog.text
    assert "sesame" not in repr(ACCOUNT)
