"""The settings of mails that come back."""

import pytest

from headsup.settings import Environment, SettingsError
from services.notifier.bounce_settings import BounceSettings, Protocol, bounce_settings

RIGHT = {
    "HEADSUP_BOUNCE_ADDRESS": "bounces@notify.example",
    "HEADSUP_BOUNCE_KEY": "sixteen letters!",
    "HEADSUP_BOUNCE_PORT": "2525",
}


def _read(**variables: str) -> BounceSettings:
    environment = Environment(variables)
    settings = bounce_settings(environment)
    environment.check()
    return settings


def test_without_any_nothing_is_taken_and_mail_comes_back_to_the_shop() -> None:
    settings = _read()
    assert (settings.path, settings.port) == (None, None)


def test_all_of_them_together() -> None:
    settings = _read(**RIGHT, HEADSUP_BOUNCE_HOST="127.0.0.1", HEADSUP_BOUNCE_PROTOCOL="lmtp")
    assert settings.path is not None
    assert settings.path.address == "bounces@notify.example"
    assert (settings.host, settings.port) == ("127.0.0.1", 2525)
    assert settings.protocol is Protocol.LMTP
    assert "sixteen" not in repr(settings)


def test_another_mail_server_may_take_what_comes_back() -> None:
    settings = _read(**{k: v for k, v in RIGHT.items() if k != "HEADSUP_BOUNCE_PORT"})
    assert settings.path is not None
    assert settings.port is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"HEADSUP_BOUNCE_KEY": ""}, "HEADSUP_BOUNCE_KEY is missing."),
        (
            {"HEADSUP_BOUNCE_KEY": "short"},
            "HEADSUP_BOUNCE_KEY is wrong: expected at least 16 characters.",
        ),
        (
            {"HEADSUP_BOUNCE_ADDRESS": "Bounces"},
            "HEADSUP_BOUNCE_ADDRESS is wrong: expected a mail address in small letters, "
            "with at most 14 characters before the @.",
        ),
        (
            {"HEADSUP_BOUNCE_ADDRESS": ""},
            "HEADSUP_BOUNCE_PORT needs HEADSUP_BOUNCE_ADDRESS: "
            "it takes mail for that address only.",
        ),
        (
            {"HEADSUP_BOUNCE_PORT": "mail"},
            "HEADSUP_BOUNCE_PORT is wrong: expected a port between 0 and 65535.",
        ),
        (
            {"HEADSUP_BOUNCE_PROTOCOL": "uucp"},
            "HEADSUP_BOUNCE_PROTOCOL is wrong: expected smtp or lmtp.",
        ),
    ],
)
def test_a_wrong_one_is_named(changes: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _read(**RIGHT | changes)
    assert problem in refused.value.problems
