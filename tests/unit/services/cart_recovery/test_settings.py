"""What cart_recovery reads from its environment."""

from pathlib import Path

import pytest

import headsup.shops
from headsup.settings import Environment, SettingsError
from services.cart_recovery.settings import CartRecoverySettings

ALL = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
EXAMPLE = Path(headsup.shops.__file__).parent / "example.toml"


def _read(**changed: str) -> CartRecoverySettings:
    return CartRecoverySettings.from_environment(Environment(ALL | changed))


def _problems(**changed: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        _read(**changed)
    return raised.value.problems


def test_it_needs_kafka_and_nothing_else() -> None:
    settings = _read()
    assert settings.common.kafka_bootstrap_servers == "127.0.0.1:1"
    assert settings.shops == {}


def test_shops_are_known_by_their_source() -> None:
    [(source, shop)] = _read(HEADSUP_SHOPS=str(EXAMPLE)).shops.items()
    assert source == shop.source


def test_a_missing_kafka_is_a_sentence() -> None:
    assert _problems(KAFKA_BOOTSTRAP_SERVERS="") == ["KAFKA_BOOTSTRAP_SERVERS is missing."]


def test_every_wrong_setting_is_a_sentence() -> None:
    wrong = {
        "KAFKA_BOOTSTRAP_SERVERS": "kafka://127.0.0.1:9092",
        "HEADSUP_SHOPS": "no/such/file.toml",
        "HEADSUP_MOST_BAD_IN_A_ROW": "none",
        "HEADSUP_TOPIC_PREFIX": "two words",
    }
    assert sorted(_problems(**wrong)) == [
        "HEADSUP_MOST_BAD_IN_A_ROW is wrong: expected a number of at least 1.",
        "HEADSUP_SHOPS is wrong: no/such/file.toml: cannot be read: No such file or directory.",
        "HEADSUP_TOPIC_PREFIX is wrong: expected letters, digits, dots, underscores and hyphens.",
        "KAFKA_BOOTSTRAP_SERVERS is wrong: "
        "expected host:port, or several with commas between them.",
    ]
