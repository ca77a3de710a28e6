"""For how long what is kept."""

import pytest

from headsup.settings import Environment, SettingsError
from services.notifier.keeping_settings import KeepingSettings, keeping_settings


def test_a_customer_is_not_kept_for_longer_than_what_says_that_they_are_one() -> None:
    environment = Environment({"HEADSUP_KEEP_PEOPLE_DAYS": "731"})
    keeping_settings(environment)
    with pytest.raises(SettingsError, match="KEEP_PEOPLE_DAYS is more than HEADSUP_KEEP_ORDERS"):
        environment.check()


def test_what_is_kept_by_itself_goes_together() -> None:
    environment = Environment({})
    assert keeping_settings(environment) == KeepingSettings()
    environment.check()
