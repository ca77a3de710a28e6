"""What the notifier is told by its environment."""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from headsup.address_keys import AddressKeys, address_keys
from headsup.contracts.channels import Channel
from headsup.hosts import is_here
from headsup.settings import Environment, Settings, common_settings
from headsup.shops.profile import ShopProfile, load_shops
from services.notifier.answer_settings import AnswerSettings, answer_settings
from services.notifier.answers import Asking
from services.notifier.bounce_settings import BounceSettings, bounce_settings
from services.notifier.channels import (
    PRIMARY,
    SECONDARY,
    TELEGRAM_API,
    TWILIO_API,
    SmtpServer,
    TwilioAccount,
    parse_smtp_url,
)
from services.notifier.channels.dkim_key import DkimKeys
from services.notifier.deadlines import LEAST
from services.notifier.dkim_settings import dkim_settings
from services.notifier.keeping_settings import KeepingSettings, keeping_settings
from services.notifier.pace_settings import paces
from services.notifier.page_links import PageLinks
from services.notifier.render import Renderer, TextsError
from services.notifier.short_links import ShortLinks
from services.notifier.stopping import StopLinks
from services.notifier.voices import Voices
from services.notifier.web_settings import WebSettings, web_settings
from services.notifier.whatsapp_settings import check_templates, whatsapp_account

TWILIO_STATUS_PATH: Final = "/webhooks/twilio/status"
TWILIO_INBOUND_PATH: Final = "/webhooks/twilio/inbound"
TELEGRAM_PATH: Final = "/webhooks/telegram"
_WEB: Final = ("https", "http")
_CONNECTIONS: Final[dict[Channel, tuple[str, int]]] = {
    Channel.EMAIL: ("HEADSUP_SMTP_CONNECTIONS", 4),
    Channel.SMS: ("HEADSUP_TWILIO_CONNECTIONS", 16),
    Channel.WHATSAPP: ("HEADSUP_WHATSAPP_CONNECTIONS", 16),
    Channel.TELEGRAM: ("HEADSUP_TELEGRAM_CONNECTIONS", 16),
}
_TWILIO: Final = ("ACCOUNT_SID", "AUTH_TOKEN", "FROM", "API_URL")
_CALLS_IN_A_LEASE: Final = 3
_MOST_CONNECTIONS: Final = 1_000.0
"""Of a channel; there is somebody waiting for each of them."""
_IN_A_HEADER: Final = re.compile(r"[!-;=?-~]{1,200}")
"""Characters that stand in a mail's header and in an SMS as they are."""


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
    whatsapp: TwilioAccount | None = None
    """None: nobody is written to there."""
    smtp_secondary: SmtpServer | None = None
    twilio_secondary: TwilioAccount | None = None
    twilio_secondary_api_url: str = TWILIO_API
    telegram_secondary_api_url: str | None = None
    """The same bot: Telegram's customers began with that one and know no other."""

    @property
    def in_plain(self) -> list[str]:
        """The settings by which a token goes to another machine without TLS."""
        addresses = {
            "TWILIO_API_URL": self.twilio_api_url,
            "TWILIO_SECONDARY_API_URL": self.twilio_secondary_api_url,
            "TELEGRAM_API_URL": self.telegram_api_url,
            "TELEGRAM_SECONDARY_API_URL": self.telegram_secondary_api_url or "",
        }
        parts = {name: urlsplit(address) for name, address in addresses.items()}
        return [n for n, p in parts.items() if p.scheme == "http" and not is_here(p.hostname or "")]

    @property
    def channels(self) -> frozenset[Channel]:
        """Those that have a sender."""
        return frozenset(Channel) - (set() if self.whatsapp else {Channel.WHATSAPP})

    @property
    def twilio_accounts(self) -> dict[str, TwilioAccount]:
        """Those that text messages go out by, by our name for the sender."""
        accounts = {PRIMARY: self.twilio, SECONDARY: self.twilio_secondary}
        return {name: account for name, account in accounts.items() if account is not None}

    @property
    def whatsapp_accounts(self) -> dict[str, TwilioAccount]:
        """Those that WhatsApp messages go out by, likewise."""
        return {PRIMARY: self.whatsapp} if self.whatsapp else {}

    @property
    def twilio_api_urls(self) -> dict[str, str]:
        """Where each is found."""
        return {PRIMARY: self.twilio_api_url, SECONDARY: self.twilio_secondary_api_url}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long we wait for what, in seconds."""

    lease: float
    """A claimed notification is ours for so long; then somebody else takes it over."""
    send: float
    """A call to a provider has ended after it, one way or the other."""
    settle: float
    """After an attempt nobody heard the end of, a provider is asked about it not before this."""
    receipt: float = LEAST
    """A receipt is awaited for at least so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierSettings:
    """The settings of this service."""

    common: Settings
    providers: Providers
    shops: Mapping[str, ShopProfile]
    voices: Voices
    """The texts."""
    batch_size: int
    """Records of one transaction at most."""
    patience: Patience
    paces: Mapping[Channel, float]
    """What each channel's sender may send in a second, segments of text messages; a channel that is
    not there has no limit."""
    bounces: BounceSettings
    answers: AnswerSettings
    keeping: KeepingSettings
    dkim: DkimKeys
    """What mail is signed with."""
    public_url: str | None
    """Under which the world reaches this service, without a slash at its end. None: nobody can
    call us back."""
    web: WebSettings = field(default_factory=WebSettings)
    address_keys: AddressKeys | None = None
    """With which names and addresses are sealed in the database; None: they are kept in clear."""

    @property
    def status_callback(self) -> str | None:
        """Where Twilio says what became of a message."""
        return f"{self.public_url}{TWILIO_STATUS_PATH}" if self.public_url else None

    @property
    def asking(self) -> Asking:
        """The ways in which customers can answer."""
        senders = {name: each.sender for name, each in self.providers.twilio_accounts.items()}
        return self.answers.asking(self.public_url, senders)

    @property
    def stops(self) -> StopLinks | None:
        """Where marketing is stopped; None when it cannot be, and none is sent."""
        return self.answers.stops(self.public_url)

    @property
    def short_links(self) -> ShortLinks | None:
        """Short addresses that lead to the shop; None where nobody could follow them."""
        return self.answers.short_links(self.public_url)

    @property
    def page_links(self) -> PageLinks | None:
        """Where people read of their orders, and choose; None where nobody could open it."""
        return self.answers.page_links(self.public_url)

    @classmethod
    def from_environment(cls, environment: Environment) -> "NotifierSettings":
        """Reads and checks them, the shops' file and the texts too. Raises SettingsError."""
        settings = cls(
            common=common_settings(environment),
            providers=_providers(environment),
            shops=(shops := environment.parsed("HEADSUP_SHOPS", _shops) or {}),
            voices=_voices(environment, shops),
            batch_size=int(environment.number("HEADSUP_BATCH_SIZE", 500, least=1)),
            patience=_patience(environment),
            paces=paces(environment),
            bounces=bounce_settings(environment),
            answers=answer_settings(environment),
            keeping=keeping_settings(environment),
            dkim=dkim_settings(environment, shops.values()),
            public_url=environment.parsed("HEADSUP_PUBLIC_URL", _public_url, "") or None,
            web=web_settings(environment),
            address_keys=address_keys(environment),
        )
        check_templates(environment, settings.shops.values(), settings.voices)
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
            channel: int(environment.number(name, default, least=1, most=_MOST_CONNECTIONS))
            for channel, (name, default) in _CONNECTIONS.items()
        },
        whatsapp=whatsapp_account(environment),
        smtp_secondary=_smtp_secondary(environment),
        twilio_secondary=_twilio_secondary(environment),
        twilio_secondary_api_url=environment.url("TWILIO_SECONDARY_API_URL", _WEB, TWILIO_API),
        telegram_secondary_api_url=_telegram_secondary(environment),
    )


def _smtp_secondary(environment: Environment) -> SmtpServer | None:
    if environment.optional("SMTP_SECONDARY_URL") is None:
        return None
    return environment.parsed("SMTP_SECONDARY_URL", _smtp_server)


def _twilio_secondary(environment: Environment) -> TwilioAccount | None:
    """All of it, or nothing."""
    if not any(environment.optional(f"TWILIO_SECONDARY_{name}") for name in _TWILIO):
        return None
    return TwilioAccount(
        sid=environment.text("TWILIO_SECONDARY_ACCOUNT_SID"),
        auth_token=environment.text("TWILIO_SECONDARY_AUTH_TOKEN"),
        sender=environment.text("TWILIO_SECONDARY_FROM"),
    )


def _telegram_secondary(environment: Environment) -> str | None:
    return environment.url("TELEGRAM_SECONDARY_API_URL", _WEB, "") or None


def _patience(environment: Environment) -> Patience:
    patience = Patience(
        lease=environment.number("HEADSUP_LEASE_SECONDS", 60.0, least=1.0),
        send=environment.number("HEADSUP_SEND_TIMEOUT_SECONDS", 10.0, least=0.1),
        settle=environment.number("HEADSUP_SETTLE_SECONDS", 30.0, least=0.0),
        receipt=environment.number("HEADSUP_RECEIPT_SECONDS", LEAST, least=0.1),
    )
    if patience.lease < _CALLS_IN_A_LEASE * patience.send:
        environment.refuse(
            "HEADSUP_LEASE_SECONDS must be at least three times HEADSUP_SEND_TIMEOUT_SECONDS: "
            "a call must have ended before somebody else takes its message over."
        )
    return patience


def _public_url(text: str) -> str:
    """Raises ValueError with what was expected: Twilio calls no other address."""
    try:
        parts = urlsplit(text)
        has_port = parts.port != 0
    except ValueError:
        has_port = False
    if not has_port:
        raise ValueError("expected https://host or https://host:port") from None
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here(host)):
        raise ValueError("expected an address that begins with https://")
    if not host or "_" in host:
        raise ValueError("expected the name of a host, without underscores")
    if not _IN_A_HEADER.fullmatch(text):
        raise ValueError("expected an address in ASCII: punycode for a host, %XX in a path")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("expected an address without user, query and fragment")
    return text.rstrip("/")


def _smtp_server(text: str) -> SmtpServer:
    try:
        return parse_smtp_url(text)
    except ValueError as error:
        problem = str(error).removeprefix("SMTP_URL").lstrip(": ").rstrip(".")
        raise ValueError(f"it {problem}") from error


def _shops(text: str) -> dict[str, ShopProfile]:
    return load_shops(Path(text))


def _voices(environment: Environment, shops: Mapping[str, ShopProfile]) -> Voices:
    """The texts; those of `HEADSUP_MESSAGES` go before ours, and a shop's own before both."""
    common = None
    if environment.optional("HEADSUP_MESSAGES"):
        common = environment.parsed("HEADSUP_MESSAGES", lambda text: Renderer.load(Path(text)))
    voices = Voices(common or Renderer.load())
    try:
        return voices.with_shops(shops.values())
    except TextsError as error:
        environment.refuse(f"HEADSUP_SHOPS is wrong: the texts of a shop: {error}.")
        return voices
