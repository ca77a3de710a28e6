"""That somebody bought, as the notifier is told of it. Pure.

Two tell of it, in the same words and under the same id: order_events, which goes on while
cart_recovery is away, and cart_recovery, which asks for no reminder before it told of every order
that it knows. So neither of the two being away leads to a reminder after a purchase.
"""

import hashlib
from datetime import datetime

from headsup.contracts.notifications import CustomerPurchased
from headsup.contracts.shop import OrderPlaced


def purchase_of(order: OrderPlaced, at: datetime) -> CustomerPurchased:
    """That this order's customer bought, when they placed it."""
    return CustomerPurchased(
        order_id=order.order_id,
        customer=order.customer,
        at=at,
        cart_id=order.cart_id,
        order_number=order.number,
    )


def purchase_id(source: str, found: CustomerPurchased) -> str:
    """The id of the event: a function of the order, and of all by which its customer is known. The
    moment is not among it: who is told of again with another one has still bought once."""
    who = found.customer
    parts = (source, found.order_id, who.id, who.email or "", who.phone or "", found.cart_id or "")
    return "purchase." + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
