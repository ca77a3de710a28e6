"""What a provider says of a message names whoever it is for. A code of ours does not."""

import aiosmtplib
import pytest
from telegram.error import BadRequest, Forbidden
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response

from headsup.logs import describe
from services.notifier.channels import SendError, email, telegram, twilio_api
from services.notifier.channels.email import Stage

MAIL, PHONE, CHAT = "anna.q7@mark.example", "+380671230077", "771230077"
NAMED = (MAIL, "anna", "mark.example", PHONE, PHONE[1:], "671230077", CHAT)
REPLIES = [
    (550, f"5.1.1 <{MAIL}>: Recipient address rejected: User unknown", "550 5.1.1"),
    (550, f"5.1.1 The email account\n5.1.1 {MAIL} does not exist", "550 5.1.1"),
    (550, f"<{MAIL}>, 5.1.1 unknown", "550"),
    (550, f"{MAIL} unknown", "550"),
    (451, f"4.7.1 <{MAIL}>: greylisted, try again in 300 s", "451 4.7.1"),
    (421, f"4.7.0 {MAIL}", "421 4.7.0"),
    (535, f"5.7.8 {MAIL} does not know that password", "535 5.7.8"),
    (554, f"5.7.1 <{MAIL}>: Relay access denied", "554 5.7.1"),
    (552, MAIL, "552"),
]


def _is_nobodys(error: SendError, code: str) -> None:
    assert (error.code, str(error)) == (code, code)
    told = f"{error!r} {describe(error)}"
    assert not [word for word in NAMED if word in told]


@pytest.mark.parametrize(("code", "text", "kept"), REPLIES)
@pytest.mark.parametrize("stage", Stage)
def test_of_a_mail_servers_reply_its_code_is_kept(
    code: int, text: str, kept: str, stage: Stage
) -> None:
    _is_nobodys(email.translate(aiosmtplib.SMTPResponseException(code, text), stage), kept)


def test_of_a_connection_that_broke_the_kind_of_error_is_kept() -> None:
    broken = aiosmtplib.SMTPServerDisconnected(f"while saying RCPT TO:<{MAIL}>")
    _is_nobodys(email.translate(broken, Stage.BODY), "SMTPServerDisconnected")


def test_of_what_twilio_says_its_code_is_kept() -> None:
    said = f"The 'To' number {PHONE} is not a valid phone number."
    of_a_call = TwilioRestException(400, f"/Messages?To={PHONE}", said, 21211)
    _is_nobodys(twilio_api.translate(of_a_call), "21211")
    without = TwilioRestException(400, f"/Messages?To={PHONE}", said)
    _is_nobodys(twilio_api.translate(without), "400")
    page = Response(400, f'{{"code": "{PHONE}", "message": "{said}"}}')
    _is_nobodys(twilio_api.translate_page(TwilioException(said, page)), "400")


@pytest.mark.parametrize("kind", [BadRequest, Forbidden])
def test_of_what_telegram_says_the_kind_of_error_is_kept(kind: type[BadRequest]) -> None:
    _is_nobodys(telegram.translate(kind(f"Chat not found: {CHAT}, {PHONE}")), kind.__name__)
