"""What the notifier is told by its environment."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from headsup.contracts.channels import Channel
from headsup.settings import Environment, Settings, common_settings
from services.notifier.channels import (
    TELEGRAM_API,
    TWILIO_API,
    SmtpServer,
    TwilioAccount,
    parse_smtp_url,
)
from services.notifier.render import Renderer
from services.notifier.shops import ShopProfile, load_shops

_WEB: Final = ("https", "http")
_CONNECTIONS: Final[dict[Channel, tuple[str, int]]] = {
    Channel.EMAIL: ("HEADSUP_SMTP_CONNECTIONS", 4),
    Channel.SMS: ("HEADSUP_TWILIO_CONNECTIONS", 16),
    Channel.TELEGRAM: ("HEADSUP_TELEGRAM_CONNECTIONS", 16),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """Where messages are handed over, and as whom."""

    smtp: SmtpServer
    smtp_hostname: str
    """Our name, as mail servers are greeted with it."""
    twilio: TwilioAccount
    twilio_api_url: str
    telegram_token: str = field(repr=False)
    telegram_api_url: str
    connections: Mapping[Channel, int]
    """Messages on their way to each provider at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierSettings:
    """The settings of this service."""

    common: Settings
    providers: Providers
    shops: Mapping[str, ShopProfile]
    renderer: Renderer
    batch_size: int
    """Records of one transaction at most."""

    @classmethod
    def from_environment(cls, environment: Environment) -> "NotifierSettings":
        """Reads and checks them, the shops' file and the texts too. Raises SettingsError."""
        settings = cls(
            common=common_settings(environment),
            providers=_providers(environment),
            shops=environment.parsed("HEADSUP_SHOPS", _shops) or {},
            renderer=_renderer(environment),
            batch_size=int(environment.number("HEADSUP_BATCH_SIZE", 500, least=1)),
        )
        environment.check()
        return settings


def _providers(environment: Environment) -> Providers:
    smtp = environment.parsed("SMTP_URL", _smtp_server)
    return Providers(
        smtp=smtp or SmtpServer(host="", port=0),  # `check` refuses it before it is used
        smtp_hostname=environment.text("HEADSUP_SMTP_HOSTNAME", socket.gethostname()),
        twilio=TwilioAccount(
            sid=environment.text("TWILIO_ACCOUNT_SID"),
            auth_token=environment.text("TWILIO_AUTH_TOKEN"),
            sender=environment.text("TWILIO_FROM"),
        ),
        twilio_api_url=environment.url("TWILIO_API_URL", _WEB, TWILIO_API),
        telegram_token=environment.text("TELEGRAM_BOT_TOKEN"),
        telegram_api_url=environment.url("TELEGRAM_API_URL", _WEB, TELEGRAM_API),
        connections={
            channel: int(environment.number(name, default, least=1))
            for channel, (name, default) in _CONNECTIONS.items()
        },
    )


def _smtp_server(text: str) -> SmtpServer:
    try:
        return parse_smtp_url(text)
    except ValueError as error:
        problem = str(error).removeprefix("SMTP_URL").lstrip(": ").rstrip(".")
        raise ValueError(f"it {problem}") from error


def _shops(text: str) -> dict[str, ShopProfile]:
    return load_shops(Path(text))


def _renderer(environment: Environment) -> Renderer:
    """The texts; a shop's own ones, from `HEADSUP_MESSAGES`, go before ours."""
    own = None
    if environment.optional("HEADSUP_MESSAGES"):
        own = environment.parsed("HEADSUP_MESSAGES", lambda text: Renderer.load(Path(text)))
    return own or Renderer.load()
