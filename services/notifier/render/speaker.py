"""The shop's side of a message: its name and the ways to a human there."""

import re
from dataclasses import dataclass
from typing import Final

from headsup.shops.profile import ShopProfile, Support

_NOT_DIALLED: Final = re.compile(r"[^+0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One way to a human, as it is read and as it is clicked."""

    text: str
    url: str
    hours: str | None = None


def contacts_of(shop: ShopProfile, language: str) -> tuple[Contact, ...]:
    """Every way to a human, the fastest first. Never empty: a shop without one is not loaded."""
    support = shop.support
    found = []
    if support.phone:
        url = f"tel:{dialled(support.phone)}"
        found.append(Contact(text=support.phone, url=url, hours=support.hours.get(language)))
    if support.email:
        found.append(Contact(text=support.email, url=f"mailto:{support.email}"))
    if support.url:
        found.append(Contact(text=_bare(support.url), url=support.url))
    return tuple(found)


def shortest_contact(support: Support) -> str:
    """The one way to a human that an SMS has room for: the phone, or else the shorter address."""
    if support.phone:
        return dialled(support.phone)
    return min(filter(None, (support.email, support.url)), key=len)


def dialled(phone: str) -> str:
    """A number without what makes it readable."""
    return _NOT_DIALLED.sub("", phone)


def _bare(url: str) -> str:
    return url.partition("://")[2].rstrip("/")
