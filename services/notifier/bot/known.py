"""What is known where somebody comes to the bot, and what follows from it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256
from typing import Final

from headsup.contracts.notifications import Reason
from headsup.orders import OrderView
from headsup.shops.profile import ShopProfile
from services.notifier.render.bot_words import BotWords
from services.notifier.render.formats import Formats
from services.notifier.render.texts import LanguageTexts
from services.notifier.rendered import Button

ANSWERED_AT_MOST: Final = 20
"""Messages and presses of one chat within a minute that are answered. No person needs more."""
HANDED_ON_AT_MOST: Final = 60
"""Of those that go to a person of the shop's."""
FORGOTTEN_AFTER: Final = timedelta(days=3)
"""When nobody wrote for so long into a conversation that a person has, it is the bot's again: a
shop may forget to hand it back, and nobody is to be left without an answer."""

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A customer whose chat this is. One chat may have several, of one shop or of many."""

    customer_id: str
    shop: ShopProfile
    name: str | None = None
    has_left: bool = False
    """They want no messages here."""

    @property
    def source(self) -> str:
        """The shop's."""
        return self.shop.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A deep link that was followed."""

    digest: bytes
    owner: Owner
    order_id: str | None
    used_by: int | None
    expires_at: datetime
    number: int | None = None
    """Of the message whose link it is."""

    def opens(self, now: datetime) -> bool:
        """Whether it still does: once, and until a day."""
        return self.used_by is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A person of a shop's has the conversation."""

    shop: ShopProfile
    customer_id: str
    heard_at: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether somebody still cares for it, as far as we know."""
        return now < self.heard_at + FORGOTTEN_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of theirs."""

    view: OrderView
    customer_id: str
    page: str | None = None
    """Where everything about it stands."""

    @property
    def press(self) -> str:
        """What stands for it in a button: nobody can tell which it is, and whoever presses it is
        answered only from orders of their own."""
        return digest_of(f"{self.view.source}\n{self.view.order_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """The message under which a button was pressed that calls a person."""

    source: str
    customer_id: str
    order_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the answer depends on."""

    owners: tuple[Owner, ...] = ()
    """The one that was linked last comes first."""
    talk: Talk | None = None
    token: Token | None = None
    orders: tuple[Order, ...] | None = ()
    """The newest first; None when they cannot be looked up now."""
    under: Under | None = None
    lately: int = 0
    """What came from this chat within the last minute, this included."""
    shops: Mapping[str, ShopProfile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How the person is spoken to."""

    language: str
    texts: LanguageTexts
    formats: Formats
    zone: tzinfo
    others: Mapping[str, BotWords]
    """The words of every language, by its code."""

    @property
    def words(self) -> BotWords:
        """What the bot says."""
        return self.texts.bot


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One message of the bot's."""

    html: str
    rows: Rows = ()
    source: str | None = None
    """The shop that it speaks of, and that may read it later."""


@dataclass(frozen=True, slots=True)
class Link:
    """The chat is theirs from now on."""

    token: Token


@dataclass(frozen=True, slots=True)
class Leave:
    """They want no messages here."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class ComeBack:
    """They want them again."""


@dataclass(frozen=True, slots=True)
class Speak:
    """They chose a language."""

    language: str


@dataclass(frozen=True, slots=True)
class CallHuman:
    """They want to talk to a person."""

    owner: Owner
    order_id: str | None


@dataclass(frozen=True, slots=True)
class HandOn:
    """What they wrote is for the person who has the conversation."""

    talk: Talk
    text: str


Effect = Link | Leave | ComeBack | Speak | CallHuman | HandOn


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is done, and what is said."""

    says: Sequence[Saying] = ()
    effects: Sequence[Effect] = ()
    toast: str = ""
    """What is shown for a moment to whoever pressed a button."""


def digest_of(text: str) -> str:
    """A short name for something, the same each time: 80 bits."""
    return sha256(text.encode()).hexdigest()[:20]
