"""What the notifier reads from its environment."""

import pytest

from headsup.contracts.channels import Channel
from headsup.settings import Environment, SettingsError
from services.notifier.settings import NotifierSettings
from tests.support.notifier import PROVIDERS

ALL = {
    **PROVIDERS,
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "DATABASE_URL": "postgresql://x/y",
}


def _read(**changed: str) -> NotifierSettings:
    return NotifierSettings.from_environment(Environment(ALL | changed))


def test_without_another_word_messages_go_to_the_real_providers() -> None:
    providers = _read().providers
    assert providers.twilio_api_url == "https://api.twilio.com"
    assert providers.telegram_api_url == "https://api.telegram.org"
    assert providers.connections == {Channel.EMAIL: 4, Channel.SMS: 16, Channel.TELEGRAM: 16}


def test_every_channel_can_be_given_its_number_of_connections() -> None:
    providers = _read(HEADSUP_SMTP_CONNECTIONS="32", HEADSUP_TWILIO_CONNECTIONS="2").providers
    assert providers.connections[Channel.EMAIL] == 32
    assert providers.connections[Channel.SMS] == 2


def test_no_secret_shows_when_the_settings_are_printed() -> None:
    printed = repr(
        _read(
            SMTP_URL="smtp://somebody:hidden-1@mail.example:25",
            TWILIO_AUTH_TOKEN="hidden-2",
            TELEGRAM_BOT_TOKEN="hidden-3",
            DATABASE_URL="postgresql://somebody:hidden-4@db.example/headsup",
        ).providers
    )
    assert "hidden" not in printed


@pytest.mark.parametrize("wrong", ["smtp://u:hidden@", "http://u:hidden@mail.example"])
def test_a_wrong_address_is_named_without_the_password_in_it(wrong: str) -> None:
    with pytest.raises(SettingsError) as raised:
        _read(SMTP_URL=wrong)
    assert len(raised.value.problems) == 1
    assert raised.value.problems[0].startswith("SMTP_URL is wrong: it ")
    assert "hidden" not in raised.value.problems[0]
