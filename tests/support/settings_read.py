"""The notifier's settings in a test."""

from dataclasses import replace

from headsup.clock import ManualClock
from headsup.settings import Environment
from services.notifier.settings import NotifierSettings
from tests.support.caps import HARDLY_ANY, with_caps
from tests.support.notifier import KEY, PROVIDERS, PUBLIC


def read_settings() -> NotifierSettings:
    """Settings as a process would read them, our texts too; without `at` they lead nowhere."""
    given = {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "DATABASE_URL": "postgresql://x/y",
        "HEADSUP_SETTLE_SECONDS": "0.05",
        # Without them there is no marketing.
        "HEADSUP_PUBLIC_URL": PUBLIC,
        "HEADSUP_ANSWER_KEY": KEY.decode(),
    }
    settings = NotifierSettings.from_environment(Environment(PROVIDERS | given))
    return with_caps(settings, HARDLY_ANY)


def at(
    settings: NotifierSettings, *, servers: str, url: str, prefix: str, clock: ManualClock
) -> NotifierSettings:
    """The same settings in front of these parts, with a clock that stands still."""
    common = replace(
        settings.common,
        kafka_bootstrap_servers=servers,
        database_url=url,
        topic_prefix=prefix,
        clock=clock,
    )
    return replace(settings, common=common)
