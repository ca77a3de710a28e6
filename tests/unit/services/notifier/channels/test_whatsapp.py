"""WhatsApp: what Twilio is given, and what its codes mean."""

import json
from dataclasses import replace

import pytest
from starlette.responses import JSONResponse

from headsup.contracts.notifications import Reason
from services.notifier.channels import TwilioAccount, TwilioMessages, WhatsAppSender
from services.notifier.channels.base import PermanentError, RateLimitedError, SendError
from services.notifier.channels.sms_match import holds
from services.notifier.channels.twilio_messages import Became
from services.notifier.failures import failure_of_sms
from services.notifier.rendered import FilledTemplate, RenderedWhatsApp
from tests.unit.services.notifier.channels.http_script import scripted_api

ACCOUNT = TwilioAccount(sid="AC1", auth_token="sesame", sender="+15005550006")
FREE = RenderedWhatsApp(notification_id="9f.1", to="+380501234567", text="Привіт", valid_for=60.0)
FILLED = replace(FREE, template=FilledTemplate(f"HX{'0' * 32}", ("A-1", "завтра")))
CREATED = {"sid": "SM00000000000000000000000000000001", "status": "queued"}


async def given(message: RenderedWhatsApp, account: TwilioAccount = ACCOUNT) -> dict[str, str]:
    """What Twilio is given."""
    async with scripted_api(JSONResponse(CREATED, 201)) as api:
        sender = WhatsAppSender(account, api_url=api.url)
        await sender.send(message)
        await sender.close()
        [form] = api.forms
        return form


async def test_free_words_go_as_a_body() -> None:
    form = await given(FREE)
    assert (form["To"], form["From"]) == ("whatsapp:+380501234567", "whatsapp:+15005550006")
    assert form["Body"] == "Привіт"
    assert "ContentSid" not in form


async def test_an_approved_text_goes_without_a_body() -> None:
    form = await given(FILLED)
    assert "Body" not in form
    assert form["ContentSid"] == f"HX{'0' * 32}"
    assert json.loads(form["ContentVariables"]) == {"1": "A-1", "2": "завтра"}


async def test_a_messaging_service_chooses_the_sender_itself() -> None:
    form = await given(FREE, replace(ACCOUNT, sender=f"MG{'0' * 32}"))
    assert "From" not in form
    assert form["MessagingServiceSid"] == f"MG{'0' * 32}"


@pytest.mark.parametrize(
    ("code", "kind", "reason", "is_bad"),
    [
        (63016, PermanentError, Reason.NO_TEMPLATE, False),
        (63014, PermanentError, Reason.BLOCKED, True),
        (63003, PermanentError, Reason.INVALID_ADDRESS, True),
        (63024, PermanentError, Reason.INVALID_ADDRESS, True),
        (63032, PermanentError, Reason.REFUSED, False),
        (63049, PermanentError, Reason.REFUSED, False),
        (63018, RateLimitedError, Reason.GAVE_UP, None),
    ],
)
async def test_a_code_means_what_the_table_says(
    code: int, kind: type[SendError], reason: Reason, is_bad: bool | None
) -> None:
    answer = JSONResponse({"code": code, "message": "No", "status": 400}, 400)
    async with scripted_api(answer) as api:
        sender = WhatsAppSender(ACCOUNT, api_url=api.url)
        with pytest.raises(SendError) as caught:
            await sender.send(FREE)
        await sender.close()
    assert (type(caught.value), caught.value.reason) == (kind, reason)
    assert getattr(caught.value, "address_is_bad", None) is is_bad


@pytest.mark.parametrize(
    ("code", "reason"),
    [("63016", Reason.NO_TEMPLATE), ("63014", Reason.BLOCKED), ("63007", Reason.BAD_CONFIGURATION)],
)
def test_a_code_that_comes_later_says_the_same(code: str, reason: Reason) -> None:
    assert failure_of_sms(code).reason is reason


@pytest.mark.parametrize(
    ("body", "is_ours"),
    [
        ("Замовлення A-1 буде завтра.", True),
        ("Замовлення A-2 буде завтра.", False),
        ("", True),
    ],
    ids=["it holds them all", "it lacks one", "the account keeps no texts"],
)
def test_a_template_is_known_by_what_fills_it(body: str, is_ours: bool) -> None:
    assert holds(body, ("A-1", "завтра")) is is_ours


async def test_what_became_of_a_message_is_asked_by_its_name() -> None:
    answer = JSONResponse({**CREATED, "status": "undelivered", "error_code": 63016})
    async with scripted_api(answer) as api:
        messages = TwilioMessages(ACCOUNT, api_url=api.url)
        assert await messages.became(CREATED["sid"]) == Became("undelivered", "63016")
        await messages.close()


async def test_a_message_that_twilio_does_not_know_became_nothing() -> None:
    answer = JSONResponse({"code": 20404, "message": "No", "status": 404}, 404)
    async with scripted_api(answer) as api:
        messages = TwilioMessages(ACCOUNT, api_url=api.url)
        assert await messages.became(CREATED["sid"]) is None
        await messages.close()
