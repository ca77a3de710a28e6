"""The stand-in for Twilio where WhatsApp differs: its window, approved texts, what is refused."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule
from sandbox.providers.twilio import refusal_of
from sandbox.providers.twilio_callbacks import Status, reports_of
from sandbox.providers.twilio_whatsapp import body_of, is_outside

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TO, FROM = "whatsapp:+380501234567", "whatsapp:+15005550006"
SID = f"HX{'0' * 32}"
FREE = {"To": TO, "From": FROM, "Body": "Hello"}
FILLED = {"To": TO, "From": FROM, "ContentSid": SID, "ContentVariables": '{"1": "A-1"}'}


@pytest.mark.parametrize(
    ("form", "hours", "outside"),
    [
        (FREE, 23, False),
        (FREE, 25, True),
        (FREE, None, True),
        (FILLED, None, False),
        (FREE | {"To": "+380501234567"}, None, False),
    ],
    ids=["within a day", "a day later", "they never wrote", "an approved text", "an SMS"],
)
def test_free_words_are_for_a_day(form: dict[str, str], hours: int | None, outside: bool) -> None:
    came = []
    if hours is not None:
        came.append({"from": TO, "date_sent": format_datetime(NOW - timedelta(hours=hours))})
    assert is_outside(form, came, NOW) is outside


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (FREE, None),
        (FILLED, None),
        (FREE | {"From": "+15005550006"}, 63007),
        (FILLED | {"ContentSid": "HX1"}, 21655),
        (FILLED | {"ContentVariables": '{"1": ""}'}, 21656),
        (FILLED | {"ContentVariables": "no JSON"}, 21656),
    ],
)
def test_what_is_wrong_with_a_message_has_a_code(form: dict[str, str], code: int | None) -> None:
    assert refusal_of(form) == code


def test_an_approved_text_is_read_with_its_gaps_filled() -> None:
    assert (
        body_of(FILLED, {SID: "Your order {{1}} is on its way"}) == "Your order A-1 is on its way"
    )


def test_whatsapp_says_that_it_was_read_unless_it_failed() -> None:
    failed = FaultRule(channel=Channel.WHATSAPP, fault=Fault.UNDELIVERED)
    said = [report.status for report in reports_of(None, Channel.WHATSAPP)]
    assert said == [Status.SENT, Status.DELIVERED, Status.READ]
    assert reports_of(failed, Channel.WHATSAPP)[-1].status is Status.UNDELIVERED
