"""What the notifier is told when it is measured."""

from urllib.parse import urlsplit

from bench.ground import Ground
from bench.mails import settings_of
from headsup.hosts import is_here
from headsup.settings import Environment
from services.notifier.settings import NotifierSettings


def test_nobody_outside_is_called() -> None:
    told = settings_of(Ground("127.0.0.1:9092", "postgresql://127.0.0.1/x", "bench."), 25, 4)
    providers = NotifierSettings.from_environment(Environment(told)).providers
    for url in (providers.twilio_api_url, providers.telegram_api_url):
        assert is_here(urlsplit(url).hostname or "")
    assert is_here(providers.smtp.host)
