"""What the notifier is told about answers."""

import re
from dataclasses import dataclass, field
from typing import Final

from headsup.settings import Environment
from services.notifier.answers import AnswerLinks, Asking, takes_replies
from services.notifier.bot.links import ChatLinks, HumanPresses
from services.notifier.page_links import PageLinks
from services.notifier.scoped_links import OrderLinks
from services.notifier.short_links import ShortLinks
from services.notifier.stopping import StopLinks

SHORTEST_KEY: Final = 32
"""Characters. An address with a signature is in every mail that asks, so guesses cost nothing."""
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,256}")
"""Telegram allows 1 to 256 of these (core.telegram.org/bots/api#setwebhook); few can be guessed."""
_BOT: Final = re.compile(r"@?[A-Za-z][A-Za-z0-9_]{4,31}")
"""core.telegram.org/bots/features#creating-a-new-bot"""


_WHO_ANSWERS: Final = {"twilio": True, "ours": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettings:
    """How customers answer."""

    key: bytes | None = field(default=None, repr=False)
    """None: they do not; texts that ask lead to a human, and there is no marketing."""
    telegram_secret: str | None = field(default=None, repr=False)
    """What Telegram says with each button that was pressed; None when it tells us nothing."""
    telegram_bot: str | None = None
    """The name of the bot, without the @; None: nobody is led to it."""
    telegram_polls: bool = False
    """Whether Telegram is asked what happens, instead of calling us."""
    words_at_twilio: bool = True
    """Whether Twilio acts upon STOP and its other words, and answers them."""

    @property
    def hears_telegram(self) -> bool:
        """Whether the bot hears anything."""
        return self.telegram_secret is not None or self.telegram_polls

    def chat_links(self, public_url: str | None) -> ChatLinks | None:
        """Those that lead to the bot; None when nobody could follow them."""
        if self.key is None or public_url is None or not self.telegram_bot:
            return None
        return ChatLinks(public_url, self.key) if self.hears_telegram else None

    def order_links(self, public_url: str | None) -> OrderLinks | None:
        """Those to the pages of orders; None when nobody could follow them."""
        if self.key is None or public_url is None:
            return None
        return OrderLinks(public_url, self.key)

    @property
    def human_presses(self) -> HumanPresses | None:
        """The button under messages in Telegram that calls a person; None where nobody hears it."""
        return HumanPresses(self.key) if self.key is not None and self.hears_telegram else None

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

    def page_links(self, public_url: str | None) -> PageLinks | None:
        """Those that lead to pages of ours; None when nobody could open them."""
        if self.key is None or public_url is None:
            return None
        return PageLinks.under(public_url, self.key, self.chat_links(public_url))

    def asking(self, public_url: str | None, senders: dict[str, str]) -> Asking:
        """The ways to answer. `senders` are those of text messages, by name."""
        if self.key is None or public_url is None:
            return Asking()
        return Asking(
            links=AnswerLinks(public_url, self.key),
            has_buttons=self.hears_telegram,
            hearing=frozenset(name for name, each in senders.items() if takes_replies(each)),
        )


def answer_settings(environment: Environment) -> AnswerSettings:
    """Reads and checks them. The caller calls `environment.check()`."""
    settings = AnswerSettings(
        key=environment.parsed("HEADSUP_ANSWER_KEY", _key, b"") or None,
        telegram_secret=environment.parsed("HEADSUP_TELEGRAM_SECRET", _secret, "") or None,
        telegram_bot=environment.parsed("HEADSUP_TELEGRAM_BOT", _bot, "") or None,
        telegram_polls=environment.parsed("HEADSUP_TELEGRAM_POLLING", _yes_or_no, default=False)
        or False,
        words_at_twilio=environment.parsed("HEADSUP_TWILIO_WORDS", _at_twilio, default=True)
        is not False,
    )
    if settings.telegram_polls and settings.telegram_secret:
        environment.refuse(
            "HEADSUP_TELEGRAM_POLLING does not go with HEADSUP_TELEGRAM_SECRET: "
            "Telegram calls us, or is asked, never both."
        )
    needed = map(environment.optional, ("HEADSUP_ANSWER_KEY", "HEADSUP_PUBLIC_URL"))
    if environment.optional("HEADSUP_TELEGRAM_SECRET") and not all(needed):
        environment.refuse(
            "HEADSUP_TELEGRAM_SECRET needs HEADSUP_ANSWER_KEY and HEADSUP_PUBLIC_URL: "
            "without them nobody is asked, and Telegram has nowhere to call."
        )
    return settings


def _at_twilio(text: str) -> bool:
    if text not in _WHO_ANSWERS:
        raise ValueError("expected twilio or ours")
    return _WHO_ANSWERS[text]


def _bot(text: str) -> str:
    if not _BOT.fullmatch(text):
        raise ValueError("expected the name of a bot, 5 to 32 letters, digits and _")
    return text.removeprefix("@")


def _yes_or_no(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("expected yes or no")
    return text == "yes"


def _key(text: str) -> bytes:
    if len(text) < SHORTEST_KEY:
        raise ValueError(f"expected at least {SHORTEST_KEY} characters")
    return text.encode()


def _secret(text: str) -> str:
    if not _SECRET.fullmatch(text):
        raise ValueError("expected 16 to 256 letters, digits, _ and -")
    return text
