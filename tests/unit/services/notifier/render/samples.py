"""Requests as the rules make them, and the messages that are to be written of them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from headsup import shops
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import CartFlow, Content, NotificationRequested
from headsup.shops.profile import ShopProfile, load_shops
from services.notifier.render import Draft, Recipient, Stop
from services.notifier.render.carts import is_of_cart
from tests.unit.services.notifier.render.contents import CONTENTS, NEXT_NEWS, REQUIRED
from tests.unit.services.notifier.render.variations import bare, lengthy

__all__ = [
    "CONTENTS",
    "NEXT_NEWS",
    "NOW",
    "REQUIRED",
    "SHORT_URL",
    "STOP",
    "bare",
    "draft",
    "lavka",
    "lengthy",
    "request",
]

STOP = Stop(url="https://notify.example/headsup/s/AbCdEfGhIjKlMnOpQrSt")
"""As long as such an address is where a service has a path of its own."""
SHORT_URL = "https://notify.example/headsup/g/AbCdEfGhIjKlMnOpQrSt"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday; 11:00 in Kyiv."""
ADDRESSES = {
    Channel.EMAIL: "olena@mail.example",
    Channel.SMS: "+380671234567",
    Channel.WHATSAPP: "+380671234567",
}
CHAT = "700100200"
CART = CartFlow(cart_id="k-7f3a", flow="f-1", step=1, touched_at=NOW - timedelta(hours=1))


@cache
def lavka() -> ShopProfile:
    """The shop of the example file; read once."""
    example = Path(shops.__file__).with_name("example.toml")
    return load_shops(example)["https://shop.example"]


def request(kind: Kind, content: Content | None = None) -> NotificationRequested:
    """A request of this kind, made a minute ago."""
    of_cart = is_of_cart(kind)
    return NotificationRequested(
        kind=kind,
        order_id=None if of_cart else "o-1042",
        cart=CART if of_cart else None,
        customer=Customer(id="c-7", name="Олена Коваль"),
        content=CONTENTS[kind] if content is None else content,
        happened_at=NOW - timedelta(minutes=1),
        expires_at=NOW + timedelta(hours=4),
    )


def draft(kind: Kind, channel: Channel, language: str, content: Content | None = None) -> Draft:
    """A message to Olena in Kyiv."""
    return Draft(
        notification_id="n-1.0",
        request=request(kind, content),
        recipient=Recipient(name="Олена Коваль", language=language, time_zone="Europe/Kyiv"),
        channel=channel,
        address=ADDRESSES.get(channel, CHAT),
        shop=lavka(),
        now=NOW,
        short_url=SHORT_URL,
    )
