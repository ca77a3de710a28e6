"""The mails that are asked for, and what the notifier needs to send them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.ground import LOGS, Ground
from bench.load import SHOP, placed, record
from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content, NotificationRequested
from headsup.kafka.producer import Outgoing
from headsup.shops.profile import load_shops
from services.notifier.channels.mime import build_mail
from services.notifier.render import Renderer
from services.notifier.render.draft import Draft, Recipient
from services.notifier.rendered import RenderedEmail

SHOPS = Path("sandbox/shops")
_NOWHERE = "http://127.0.0.1:1"


def settings_of(here: Ground, smtp_port: int, connections: int) -> dict[str, str]:
    """What the notifier needs. Nobody answers where the other providers are: it looks there for
    what customers wrote, and would look outside otherwise."""
    return {
        **here.settings,
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?starttls=never",
        "HEADSUP_SMTP_CONNECTIONS": str(connections),
        "HEADSUP_SHOPS": str(SHOPS),
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "unused",
        "TWILIO_FROM": "+15005550006",
        "TWILIO_API_URL": _NOWHERE,
        "TELEGRAM_BOT_TOKEN": "1:unused",
        "TELEGRAM_API_URL": _NOWHERE,
    }


def requested(index: int, now: datetime) -> NotificationRequested:
    """The confirmation of an order, as order_events asks for it."""
    order_id = f"O-{index}"
    order = placed(order_id, now, phone=None)
    assert isinstance(order, shop.OrderPlaced)  # noqa: S101 - for mypy
    content = Content(
        order_number=order_id,
        items=order.items,
        total=order.total,
        payment=order.payment,
        dispatch_by=order.dispatch_by,
        estimate=order.estimate,
        next_update_by=order.dispatch_by,
    )
    return NotificationRequested(
        kind=Kind.ORDER_CONFIRMED,
        order_id=order_id,
        customer=order.customer,
        content=content,
        happened_at=now,
        expires_at=now + timedelta(days=1),
    )


def requests(count: int, prefix: str, *, first: int = 0) -> Iterator[Outgoing]:
    """So many order confirmations, each asked for once, from this number on."""
    now = datetime.now(UTC)
    for index in range(first, first + count):
        yield record(prefix, f"request-{index}", now, requested(index, now))


def write_mail() -> Path:
    """The bytes of one such mail, in a file."""
    now = datetime.now(UTC)
    draft = Draft(
        notification_id="request-0.0",
        request=requested(0, now),
        recipient=Recipient(name="Оксана Коваленко", language="uk"),
        channel=Channel.EMAIL,
        address="o-0@example.com",
        shop=load_shops(SHOPS)[SHOP],
        now=now,
    )
    rendered = Renderer.load().render(draft)
    assert isinstance(rendered, RenderedEmail)  # noqa: S101 - for mypy
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / "mail.eml"
    path.write_bytes(build_mail(rendered).content)
    return path
