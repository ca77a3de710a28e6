"""The page beside services that run elsewhere is told what they are told."""

import socket

import pytest

from headsup.settings import Environment, SettingsError
from sandbox.beside import CANNOT_RUN, main, place_from
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


def test_a_kafka_that_is_not_there_yet_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What starts it anew, as after a restart of the machine, needs no more."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{nobody.getsockname()[1]}"
        for name, value in (TOLD | {"KAFKA_BOOTSTRAP_SERVERS": where}).items():
            monkeypatch.setenv(name, value)

        assert main() == CANNOT_RUN

    said = capsys.readouterr().err
    assert said.startswith("sandbox cannot run: ")
    assert "Traceback" not in said
