"""The web side is told who may look, and on which port."""

import pytest

from headsup.settings import Environment, SettingsError
from services.notifier.web_settings import WebSettings, web_settings

SECRET = "what only the proxy says, and nobody else"


def _read(**given: str) -> WebSettings:
    environment = Environment(given)
    settings = web_settings(environment)
    environment.check()
    return settings


def test_nothing_is_open_unless_it_is_asked_for() -> None:
    assert _read() == WebSettings(public_port=None, proxies=0, support=None)


def test_the_page_for_support_has_a_secret_and_groups() -> None:
    settings = _read(HEADSUP_SUPPORT_SECRET=SECRET, HEADSUP_SUPPORT_GROUPS="support, leads")
    assert settings.support is not None
    assert settings.support.groups == {"support", "leads"}
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    "given",
    [
        {"HEADSUP_SUPPORT_SECRET": SECRET},
        {"HEADSUP_SUPPORT_GROUPS": "support"},
        {"HEADSUP_SUPPORT_SECRET": "short", "HEADSUP_SUPPORT_GROUPS": "support"},
        {"HEADSUP_SUPPORT_SECRET": SECRET, "HEADSUP_SUPPORT_GROUPS": " , "},
        {"HEADSUP_PUBLIC_PORT": "70000"},
        {"HEADSUP_TRUSTED_PROXIES": "-1"},
    ],
)
def test_what_is_wrong_stops_the_start(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        _read(**given)
