"""Which senders there are."""

from dataclasses import replace

import pytest

from headsup.settings import Environment
from services.notifier.configured import configured_senders
from services.notifier.settings import NotifierSettings, _providers
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
