"""Every code that we know how to take has words for people who help customers."""

import pytest

from headsup.contracts.channels import Channel
from services.notifier.channels import email, telegram, twilio_api
from services.notifier.channels.code_words import code_in_words

KNOWN = (
    *((Channel.SMS, str(code)) for code in twilio_api.CODES),
    *((Channel.WHATSAPP, str(code)) for code in twilio_api.CODES),
    *((Channel.EMAIL, code) for code in email.ENHANCED_CODES),
    *((Channel.EMAIL, str(code)) for code in email.CODES),
    *((Channel.TELEGRAM, kind.__name__) for kind, _ in telegram.ERRORS),
)


@pytest.mark.parametrize(("channel", "code"), KNOWN)
def test_a_code_that_is_told_apart_has_words(channel: Channel, code: str) -> None:
    assert code_in_words(channel, code)


@pytest.mark.parametrize(
    ("channel", "code", "words"),
    [
        (Channel.EMAIL, "550 5.1.1", "there is no such mailbox"),
        (Channel.EMAIL, "550 5.4.99", "the mailbox does not take it"),
        (Channel.EMAIL, "5.6.99", "something is wrong with what the mail holds"),
        (Channel.EMAIL, "timeout", None),
        (Channel.SMS, "30003", "the phone is off, or out of reach"),
        (Channel.SMS, "99999", None),
        (Channel.SMS, "\u00b2", None),
        (Channel.TELEGRAM, "Forbidden", "they blocked the bot, or never started it"),
        (Channel.TELEGRAM, "", None),
    ],
)
def test_the_finest_that_a_code_says_is_said(
    channel: Channel, code: str, words: str | None
) -> None:
    assert code_in_words(channel, code) == words
