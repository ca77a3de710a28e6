"""What the notifier is told about answers."""

import re
from dataclasses import dataclass, field
from typing import Final

from headsup.settings import Environment
from services.notifier.answers import AnswerLinks, Asking, takes_replies
from services.notifier.short_links import ShortLinks
from services.notifier.stopping import StopLinks

SHORTEST_KEY: Final = 32
"""Characters. An address with a signature is in every mail that asks, so guesses cost nothing."""
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,256}")
"""Telegram allows 1 to 256 of these (core.telegram.org/bots/api#setwebhook); few can be guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettings:
    """How customers answer."""

    key: bytes | None = field(default=None, repr=False)
    """None: they do not; texts that ask lead to a human, and there is no marketing."""
    telegram_secret: str | None = field(default=None, repr=False)
    """What Telegram says with each button that was pressed; None when it tells us nothing."""

    def stops(self, public_url: str | None) -> StopLinks | None:
        """Where marketing is stopped; None when it cannot be."""
        if self.key is None or public_url is None:
            return None
        return StopLinks(public_url, self.key)

    def short_links(self, public_url: str | None) -> ShortLinks | None:
        """Those that lead to the shop; None when nobody could follow them."""
        if self.key is None or public_url is None:
            return None
        return ShortLinks(public_url, self.key)

    def asking(self, public_url: str | None, senders: dict[str, str]) -> Asking:
        """The ways to answer. `senders` are those of text messages, by name."""
        if self.key is None or public_url is None:
            return Asking()
        return Asking(
            links=AnswerLinks(public_url, self.key),
            has_buttons=self.telegram_secret is not None,
            hearing=frozenset(name for name, each in senders.items() if takes_replies(each)),
        )


def answer_settings(environment: Environment) -> AnswerSettings:
    """Reads and checks them. The caller calls `environment.check()`."""
    settings = AnswerSettings(
        key=environment.parsed("HEADSUP_ANSWER_KEY", _key, b"") or None,
        telegram_secret=environment.parsed("HEADSUP_TELEGRAM_SECRET", _secret, "") or None,
    )
    needed = map(environment.optional, ("HEADSUP_ANSWER_KEY", "HEADSUP_PUBLIC_URL"))
    if environment.optional("HEADSUP_TELEGRAM_SECRET") and not all(needed):
        environment.refuse(
            "HEADSUP_TELEGRAM_SECRET needs HEADSUP_ANSWER_KEY and HEADSUP_PUBLIC_URL: "
            "without them nobody is asked, and Telegram has nowhere to call."
        )
    return settings


def _key(text: str) -> bytes:
    if len(text) < SHORTEST_KEY:
        raise ValueError(f"expected at least {SHORTEST_KEY} characters")
    return text.encode()


def _secret(text: str) -> str:
    if not _SECRET.fullmatch(text):
        raise ValueError("expected 16 to 256 letters, digits, _ and -")
    return text
