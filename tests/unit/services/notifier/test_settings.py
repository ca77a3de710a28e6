"""What the notifier reads from its environment."""

from collections.abc import Callable
from pathlib import Path

import pytest

from headsup.contracts.channels import Channel
from headsup.settings import Environment, SettingsError
from services.notifier.settings import NotifierSettings, _patience, _providers, _public_url
from tests.support.notifier import PROVIDERS

ALL = {
    **PROVIDERS,
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "DATABASE_URL": "postgresql://x/y",
}


def _read(**changed: str) -> NotifierSettings:
    return NotifierSettings.from_environment(Environment(ALL | changed))


def test_without_another_word_messages_go_to_the_real_providers() -> None:
    providers = _providers(Environment(ALL))
    assert providers.twilio_api_url == "https://api.twilio.com"
    assert providers.telegram_api_url == "https://api.telegram.org"
    assert providers.connections == {
        Channel.EMAIL: 4,
        Channel.SMS: 16,
        Channel.WHATSAPP: 16,
        Channel.TELEGRAM: 16,
    }


def test_every_channel_can_be_given_its_number_of_connections() -> None:
    many = {"HEADSUP_SMTP_CONNECTIONS": "32", "HEADSUP_TWILIO_CONNECTIONS": "2"}
    providers = _providers(Environment(ALL | many))
    assert providers.connections[Channel.EMAIL] == 32
    assert providers.connections[Channel.SMS] == 2


def test_no_secret_shows_when_the_settings_are_printed() -> None:
    secrets = {
        "SMTP_URL": "smtp://somebody:hidden-1@mail.example:25",
        "TWILIO_AUTH_TOKEN": "hidden-2",
        "TELEGRAM_BOT_TOKEN": "hidden-3",
    }
    printed = repr(_providers(Environment(ALL | secrets)))
    assert "hidden" not in printed


@pytest.mark.parametrize("wrong", ["smtp://u:hidden@", "http://u:hidden@mail.example"])
def test_a_wrong_address_is_named_without_the_password_in_it(wrong: str) -> None:
    [problem] = _problems(_providers, SMTP_URL=wrong)
    assert problem.startswith("SMTP_URL is wrong: it ")
    assert "hidden" not in problem


def _problems(read: Callable[[Environment], object], **given: str) -> list[str]:
    """What one reader says against the environment."""
    environment = Environment(ALL | given)
    read(environment)
    with pytest.raises(SettingsError) as raised:
        environment.check()
    return raised.value.problems


def test_a_second_sender_is_there_when_it_is_named() -> None:
    alone = _providers(Environment(ALL))
    assert (alone.smtp_secondary, alone.twilio_secondary) == (None, None)
    assert alone.telegram_secondary_api_url is None

    second = {
        "SMTP_SECONDARY_URL": "smtp://relay.example:2525",
        "TWILIO_SECONDARY_ACCOUNT_SID": "AC2",
        "TWILIO_SECONDARY_AUTH_TOKEN": "hidden",
        "TWILIO_SECONDARY_FROM": "+15005550006",
        "TELEGRAM_SECONDARY_API_URL": "https://telegram.proxy.example",
    }
    both = _providers(Environment(ALL | second))

    assert both.smtp_secondary is not None
    assert (both.smtp_secondary.host, both.smtp_secondary.port) == ("relay.example", 2525)
    assert both.twilio_secondary is not None
    assert both.twilio_secondary.sid == "AC2"
    assert both.twilio_secondary_api_url == "https://api.twilio.com"
    assert both.telegram_secondary_api_url == "https://telegram.proxy.example"
    assert "hidden" not in repr(both)


@pytest.mark.parametrize("missing", ["ACCOUNT_SID", "AUTH_TOKEN", "FROM"])
def test_half_a_second_twilio_account_is_refused_by_what_is_missing(missing: str) -> None:
    parts = {"ACCOUNT_SID": "AC2", "AUTH_TOKEN": "t", "FROM": "+1", "API_URL": "https://t.example"}
    given = {f"TWILIO_SECONDARY_{part}": value for part, value in parts.items() if part != missing}

    assert _problems(_providers, **given) == [f"TWILIO_SECONDARY_{missing} is missing."]


def test_it_is_known_which_token_would_go_in_plain() -> None:
    assert _providers(Environment(ALL)).in_plain == []
    given = {
        "TWILIO_API_URL": "http://gateway.example",
        "TELEGRAM_API_URL": "http://127.0.0.1:8081",
        "TELEGRAM_SECONDARY_API_URL": "http://10.0.0.1:8081",
    }
    plain = _providers(Environment(ALL | given)).in_plain
    assert plain == ["TWILIO_API_URL", "TELEGRAM_SECONDARY_API_URL"]


def test_a_lease_is_long_enough_for_three_calls() -> None:
    patience = _patience(Environment(ALL))
    assert (patience.lease, patience.send, patience.settle) == (60.0, 10.0, 30.0)
    assert _patience(Environment({"HEADSUP_SEND_TIMEOUT_SECONDS": "20"})).send == 20.0

    (problem,) = _problems(_patience, HEADSUP_LEASE_SECONDS="59", HEADSUP_SEND_TIMEOUT_SECONDS="20")

    assert "HEADSUP_LEASE_SECONDS" in problem
    assert "HEADSUP_SEND_TIMEOUT_SECONDS" in problem


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://notify.example", "https://notify.example"),
        ("https://shop.example:8443/headsup/", "https://shop.example:8443/headsup"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_the_public_address_is_one_that_twilio_calls(given: str, read: str) -> None:
    assert _public_url(given) == read


def test_twilio_reports_under_the_public_address_and_nowhere_without_one() -> None:
    told = _read(HEADSUP_PUBLIC_URL="https://notify.example/").status_callback
    assert told == "https://notify.example/webhooks/twilio/status"
    assert _read().status_callback is None


def test_marketing_can_be_stopped_where_there_is_an_address_and_a_key() -> None:
    address, key = "https://notify.example/", "a key that is long enough to be one"
    links = _read(HEADSUP_PUBLIC_URL=address, HEADSUP_ANSWER_KEY=key).stops
    assert links is not None
    assert links.of(7).startswith("https://notify.example/s/")
    assert _read(HEADSUP_PUBLIC_URL=address).stops is None
    assert _read(HEADSUP_ANSWER_KEY=key).stops is None


@pytest.mark.parametrize(
    "wrong",
    [
        "http://notify.example",
        "notify.example",
        "https://my_host.example",
        "https://",
        "https://user:hidden@notify.example",
        "https://notify.example/?a=hidden",
        "https://notify.example/#hidden",
        "https://notify.example:hidden",
        "https://[hidden",
        "https://крамниця.example",
        "https://notify.example/a b",
        "https://notify.example/<b>",
    ],
)
def test_a_public_address_that_twilio_would_refuse_is_refused_at_the_start(wrong: str) -> None:
    (problem,) = _problems(
        lambda environment: environment.parsed("HEADSUP_PUBLIC_URL", _public_url),
        HEADSUP_PUBLIC_URL=wrong,
    )
    assert problem.startswith("HEADSUP_PUBLIC_URL is wrong: expected ")
    assert "hidden" not in problem


def test_a_template_with_a_variable_that_is_none_is_refused_by_its_field(tmp_path: Path) -> None:
    shops = tmp_path / "shop.toml"
    template = f'content_sid = "HX{"0" * 32}"\nvariables = ["order_numbr"]'
    table = f'[whatsapp.templates."shipment.shipped".uk]\n{template}\n'
    shops.write_text(f"{Path(ALL['HEADSUP_SHOPS']).read_text()}\n{table}")
    with pytest.raises(SettingsError) as refused:
        NotifierSettings.from_environment(Environment(ALL | {"HEADSUP_SHOPS": str(shops)}))
    assert "`whatsapp.templates.shipment.shipped.uk`: `order_numbr`" in str(refused.value)


def test_a_sender_of_whatsapp_is_a_number_or_a_service() -> None:
    assert _providers(Environment(ALL)).whatsapp is None
    given = _providers(Environment(ALL | {"TWILIO_WHATSAPP_FROM": "whatsapp:+380441234567"}))
    assert given.whatsapp is not None
    assert given.whatsapp.sender == "+380441234567"
    with pytest.raises(SettingsError):
        NotifierSettings.from_environment(Environment(ALL | {"TWILIO_WHATSAPP_FROM": "shop"}))
