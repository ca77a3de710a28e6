"""The link of a message that is of no use without it, and a shorter one in its place. Pure."""

from typing import Final

import msgspec

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from services.notifier.render.clean import clean_url

_FIELDS: Final = {
    Kind.CART_ABANDONED: "cart_url",
    Kind.CHECKOUT_ABANDONED: "cart_url",
    Kind.REVIEW_REQUEST: "review_url",
}


def link_of(kind: Kind, content: Content) -> str | None:
    """Where it leads; None where it leads nowhere that one can open."""
    url: str | None = getattr(content, _FIELDS[kind]) if kind in _FIELDS else None
    return clean_url(url) if url else None


def shortened(kind: Kind, content: Content, short_url: str) -> Content:
    """With the short address instead, where there is a link."""
    if link_of(kind, content) is None:
        return content
    return msgspec.structs.replace(content, **{_FIELDS[kind]: short_url})
