"""The settings as operators are promised them."""

import pytest

from headsup.contracts.settings import page, sections, settings_of, strangers


def test_a_mistyped_setting_is_named_with_what_was_probably_meant() -> None:
    assert list(strangers({"HEADSUP_SMPT_CONNECTIONS", "PATH", "SMTP_URL"})) == [
        "HEADSUP_SMPT_CONNECTIONS is no setting; is HEADSUP_SMTP_CONNECTIONS meant?"
    ]


def test_a_setting_that_is_like_none_is_named_as_well() -> None:
    assert list(strangers({"HEADSUP_COLOUR"})) == ["HEADSUP_COLOUR is no setting."]


def test_a_setting_of_another_service_is_no_stranger() -> None:
    assert list(strangers({"HEADSUP_REMINDERS_A_SECOND", "HEADSUP_BOUNCE_PORT"})) == []


def test_what_kubernetes_says_of_its_services_is_left_alone() -> None:
    linked = {
        "HEADSUP_NOTIFIER_SERVICE_HOST",
        "HEADSUP_NOTIFIER_PORT",
        "HEADSUP_NOTIFIER_PORT_80_TCP",
    }
    assert list(strangers(linked)) == []
    assert list(strangers(linked - {"HEADSUP_NOTIFIER_SERVICE_HOST"})) != []


def test_a_service_that_there_is_not_has_no_settings() -> None:
    with pytest.raises(KeyError):
        settings_of("order_event")


def test_cart_recovery_needs_no_database() -> None:
    assert "DATABASE_URL" in settings_of("notifier")
    assert "DATABASE_URL" not in settings_of("cart_recovery")


def test_what_may_hold_a_password_is_marked_on_the_page() -> None:
    names = {name for each in sections().values() for name, setting in each.items()}
    ends = ("_TOKEN", "_KEY", "_KEYS", "_SECRET", "_PASSWORD", "_URL", "_HEADERS")
    secret = {name for name in names if name.endswith(ends)}
    secret -= {"HEADSUP_PUBLIC_URL", *(name for name in secret if name.endswith("_API_URL"))}
    secret -= {"KAFKA_TLS_KEY", "HEADSUP_DKIM_KEYS", "KAFKA_OAUTH_TOKEN_URL"}  # files; an address
    marked = {line.split("`")[1] for line in page().splitlines() if "🔑" in line}
    assert marked == secret


def test_every_setting_stands_on_the_page() -> None:
    text = page()
    for settings in sections().values():
        for name, setting in settings.items():
            assert f"| `{name}`" in text
            assert setting.meaning in text
