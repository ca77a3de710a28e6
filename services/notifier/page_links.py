"""The pages of ours that a message leads to. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from services.notifier.bot.links import ChatLinks
from services.notifier.scoped_links import OrderLinks, PreferenceLinks, WhyLinks


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """Makes and knows their addresses, each under a purpose of its own."""

    orders: OrderLinks
    preferences: PreferenceLinks
    whys: WhyLinks
    chats: ChatLinks | None = None
    """Those that lead to the bot; None where there is none that hears."""

    @classmethod
    def under(cls, public_url: str, key: bytes, chats: ChatLinks | None = None) -> Self:
        """Those of a service that is reached there."""
        return cls(
            orders=OrderLinks(public_url, key),
            preferences=PreferenceLinks(public_url, key),
            whys=WhyLinks(public_url, key),
            chats=chats,
        )

    def of(self, number: int, planned_at: datetime, *, has_order: bool) -> "Ways":
        """Those of the message of this number, the same however often they are made."""
        return Ways(
            order=self.orders.of(number, planned_at) if has_order else None,
            why=self.whys.of(number, planned_at),
            preferences=self.preferences.of(number, planned_at),
            chat=self.chats.of(number, planned_at) if self.chats and has_order else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The addresses of one message's pages."""

    order: str | None = field(repr=False)
    """None: it is about no order."""
    why: str = field(repr=False)
    preferences: str = field(repr=False)
    chat: str | None = field(repr=False, default=None)
    """Where a chat with the bot begins; None where there is no bot, or no order to ask it for."""
