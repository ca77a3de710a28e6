"""The page beside services that run elsewhere is told what they are told."""

import pytest

from headsup.settings import Environment, SettingsError
from sandbox.beside import place_from
from tests.support.each import each

TOLD = {
    "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    "DATABASE_URL": "postgresql://somebody@postgres/headsup",
    "HEADSUP_PUBLIC_URL": "http://127.0.0.1:8081/",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "a token of Twilio's",
    "TWILIO_FROM": "+15005550006",
    "TELEGRAM_BOT_TOKEN": "a token of Telegram's",
    "HEADSUP_TELEGRAM_SECRET": "a secret",
}


def test_it_stands_in_front_of_them_at_the_pace_of_the_machine() -> None:
    place = place_from(Environment(TOLD))

    assert (place.kafka, place.database) == ("kafka:9092", TOLD["DATABASE_URL"])
    assert place.notifier == "http://127.0.0.1:8081"
    assert (place.host, place.port) == ("127.0.0.1", 8090)
    assert place.tempo.environment() == {}
    assert "a token" not in repr(place)


@each("name", TOLD)
def test_what_is_missing_is_said(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is missing"):
        place_from(Environment({**TOLD, name: ""}))
