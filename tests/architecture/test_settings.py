"""What operators are promised of the settings is what the services do."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from headsup.contracts.settings import settings_of
from headsup.settings import Environment, SettingsError
from services.cart_recovery.settings import CartRecoverySettings
from services.notifier.settings import NotifierSettings
from services.order_events.settings import OrderEventsSettings
from tests.support.each import each
from tests.support.notifier import PROVIDERS

Read = Callable[[Environment], Any]

SERVICES: Mapping[str, Read] = {
    "order_events": OrderEventsSettings.from_environment,
    "cart_recovery": CartRecoverySettings.from_environment,
    "notifier": NotifierSettings.from_environment,
}
NEEDED = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DATABASE_URL": "postgresql://x/y"} | PROVIDERS


class Asked(Mapping[str, str]):
    """An environment that has something for every name, and notes what it is asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return "no value that anything takes, however long"

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def asked_of(read: Read) -> set[str]:
    """The names that a service looks at."""
    asked = Asked()
    with pytest.raises(SettingsError):
        read(Environment(asked))
    return asked.names


@each("service", SERVICES)
def test_a_service_reads_what_operators_are_promised_and_nothing_else(service: str) -> None:
    assert sorted(asked_of(SERVICES[service])) == sorted(settings_of(service))


@each("service", SERVICES)
def test_a_service_starts_with_what_is_required_and_with_nothing_less(service: str) -> None:
    required = {name for name, each_ in settings_of(service).items() if each_.is_required}
    given = {name: NEEDED[name] for name in required - {"HEADSUP_SHOPS"}}
    if "HEADSUP_SHOPS" in required:
        given["HEADSUP_SHOPS"] = NEEDED["HEADSUP_SHOPS"]
    SERVICES[service](Environment(given))
    for name in required:
        with pytest.raises(SettingsError, match=f"{name} is missing"):
            SERVICES[service](Environment({**given, name: ""}))


@each("service", SERVICES)
def test_what_is_left_out_is_what_the_page_says(service: str) -> None:
    said = {
        name: each_.default
        for name, each_ in settings_of(service).items()
        if each_.default is not None
    }
    given = {name: value for name, value in NEEDED.items() if name in settings_of(service)}
    left_out = SERVICES[service](Environment(given))
    spelt_out = SERVICES[service](Environment({**given, **said}))
    assert shown(left_out) == shown(spelt_out)


def shown(settings: Any) -> str:
    """All that can be seen of settings, with nothing in it that differs from run to run."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(settings))
