"""Which senders there are, and whose list of text messages is read for missed answers."""

from dataclasses import replace

import pytest

from headsup.settings import Environment
from services.notifier.configured import configured_senders, configured_texts_in
from services.notifier.settings import NotifierSettings, _providers
from tests.support.answering import answering
from tests.support.notifier import PROVIDERS

ALL = {
    **PROVIDERS,
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "DATABASE_URL": "postgresql://x/y",
}
SECOND = {
    "SMTP_SECONDARY_URL": "smtp://relay.example:2525",
    "TWILIO_SECONDARY_ACCOUNT_SID": "AC2",
    "TWILIO_SECONDARY_AUTH_TOKEN": "token",
    "TWILIO_SECONDARY_FROM": "+15005550006",
    "TELEGRAM_SECONDARY_API_URL": "https://telegram.proxy.example",
}


@pytest.fixture(scope="module")
def settings() -> NotifierSettings:
    """Read once, because it reads our texts too."""
    return NotifierSettings.from_environment(Environment(ALL))


async def _names(settings: NotifierSettings, **more: str) -> list[tuple[str, str]]:
    providers = _providers(Environment(ALL | more))
    senders = configured_senders(replace(settings, providers=providers))
    try:
        return [(sender.channel, sender.name) for sender in senders]
    finally:
        for sender in senders:
            await sender.close()


async def test_every_channel_has_one_sender(settings: NotifierSettings) -> None:
    assert await _names(settings) == [
        ("email", "primary"),
        ("sms", "primary"),
        ("telegram", "primary"),
    ]


async def test_every_channel_has_a_second_one_when_it_is_named_and_the_primary_comes_first(
    settings: NotifierSettings,
) -> None:
    assert await _names(settings, **SECOND) == [
        ("email", "primary"),
        ("email", "secondary"),
        ("sms", "primary"),
        ("sms", "secondary"),
        ("telegram", "primary"),
        ("telegram", "secondary"),
    ]


async def _read(settings: NotifierSettings, **more: str) -> list[str]:
    providers = _providers(Environment(ALL | more))
    texts_in = configured_texts_in(replace(settings, providers=providers))
    for each in texts_in:
        await each.close()
    return [each.name for each in texts_in]


async def test_where_answers_are_heard_the_list_of_each_number_is_read(
    settings: NotifierSettings,
) -> None:
    assert await _read(answering(settings)) == ["primary"]
    assert await _read(answering(settings), **SECOND) == ["primary", "secondary"]


async def test_the_list_of_the_whatsapp_sender_is_read_beside_those_of_text_messages(
    settings: NotifierSettings,
) -> None:
    more = {"TWILIO_WHATSAPP_FROM": "+15005550099"}
    assert await _read(answering(settings), **more) == ["primary", "whatsapp"]
    assert await _read(settings, **more) == []


async def test_where_nobody_can_answer_no_list_is_read(settings: NotifierSettings) -> None:
    assert await _read(settings) == []
    assert await _read(answering(settings), TWILIO_FROM="Lavka") == []
