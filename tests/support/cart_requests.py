"""Reminders of carts as they are asked for, and who bought."""

from datetime import datetime, timedelta
from typing import Any

from headsup.contracts import envelope
from headsup.contracts.base import Customer, Item, Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    CartFlow,
    Content,
    CustomerPurchased,
    NotificationRequested,
)
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, OKSANA, requested

LEFT_AT = MONDAY - timedelta(hours=1)
"""When Oksana left her cart."""
LONG_AGO = MONDAY - timedelta(days=9)


def reminder(request_id: str, flow: str = "f-1", **changes: Any) -> Event[NotificationRequested]:
    """Remind Oksana of the cart that she left an hour ago; `step` and `touched_at` are its."""
    content = Content(
        items=(Item(name="Чайник"),),
        total=Money(amount="1299.00", currency="UAH"),
        cart_url="https://shop.example/cart/restore",
        occurrence=changes.get("step", 1),
    )
    cart = CartFlow(
        cart_id=changes.pop("cart_id", f"cart-of-{flow}"),
        flow=flow,
        step=changes.pop("step", 1),
        touched_at=changes.pop("touched_at", LEFT_AT),
        filled_at=changes.pop("filled_at", None),
    )
    given: dict[str, Any] = {
        "kind": Kind.CART_ABANDONED,
        "order_id": None,
        "cart": cart,
        "content": content,
    }
    return requested(request_id, **given | changes)


def purchased(
    at: datetime = MONDAY, customer: Customer = OKSANA, **changes: Any
) -> Event[CustomerPurchased]:
    """Somebody placed an order; Oksana, where it is not said who."""
    data = CustomerPurchased(
        order_id=changes.pop("order_id", "B-1"), customer=customer, at=at, **changes
    )
    return envelope.make(SHOP, f"purchase-{data.order_id}-{at.isoformat()}", at, data)


def agrees(
    customer_id: str = "c-1",
    *contacts: tuple[Channel, str],
    by: tuple[Channel, ...] = (Channel.EMAIL,),
    at: datetime = LONG_AGO,
) -> Event[CustomerUpdated]:
    """A customer wants to hear of carts by these channels."""
    consents = tuple(
        Consent(
            channel=channel,
            message_class=MessageClass.MARKETING,
            granted=True,
            at=LONG_AGO,
            source="page",
        )
        for channel in by
    )
    book = tuple(ContactPoint(channel=channel, address=address) for channel, address in contacts)
    data = CustomerUpdated(customer_id=customer_id, contacts=book, consents=consents)
    return envelope.make(SHOP, f"customer-{customer_id}-{at.isoformat()}", at, data)
