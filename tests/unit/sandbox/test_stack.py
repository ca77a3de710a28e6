"""Each service is told what it needs, and nothing that it has no business to know."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sandbox.stack import SERVICES, Addresses, settings_of
from sandbox.tempo import tempo

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADDRESSES = Addresses(
    kafka="127.0.0.1:9092",
    database="postgresql://somebody@127.0.0.1/headsup",
    web="http://127.0.0.1:8000",
    smtp_port=25,
)


def told(name: str) -> dict[str, str]:
    return settings_of(name, tempo(NOW, {}), ADDRESSES, 8001)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_knows_kafka_the_shops_and_the_time(name: str) -> None:
    settings = told(name)

    assert settings["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:9092"
    assert settings["HTTP_PORT"] == "8001"
    assert settings["HEADSUP_SHOPS"].endswith("shops")
    assert {"HEADSUP_CLOCK_SPEED", "HEADSUP_CLOCK_ANCHOR", "HEADSUP_INSTANCE"} <= set(settings)


def test_what_is_kept_on_kafka_alone_needs_no_database() -> None:
    assert [name for name in SERVICES if "DATABASE_URL" not in told(name)] == ["cart_recovery"]


def test_only_who_talks_to_people_knows_the_providers() -> None:
    secrets = {"SMTP_URL", "TWILIO_AUTH_TOKEN", "TELEGRAM_BOT_TOKEN", "HEADSUP_ANSWER_KEY"}

    assert {name for name in SERVICES if secrets & set(told(name))} == {"notifier"}
    assert secrets <= set(told("notifier"))


def test_each_has_a_user_of_its_own_in_the_database() -> None:
    address = "postgresql://{}:@/postgres?host=somewhere"
    addresses = replace(ADDRESSES, database=address.format("postgres"))

    assert addresses.of("notifier").database == address.format("postgres_notifier")
