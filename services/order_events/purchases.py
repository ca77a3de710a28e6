"""That somebody bought, as the notifier is told of it: once for each order. Pure.

They are reminded of no cart that they left before, also where cart_recovery is behind, or the order
names no cart. Nothing that was not read yet makes it untrue, and it is no message: so it waits for
no partition that is behind, and for no deadline; and an order of long ago is told of like one of
today.
"""

import hashlib

from headsup.contracts.notifications import CustomerPurchased
from services.order_events.facts import Facts
from services.order_events.told import Told


def purchase(facts: Facts, told: Told) -> CustomerPurchased | None:
    """Notes as told that the customer bought; None when that is known already, or not yet who.

    A later word on the order may name another customer, address or cart: then it is told again.
    """
    if facts.placed is None:
        return None
    placed = facts.placed.value
    found = CustomerPurchased(
        order_id=facts.order_id,
        customer=placed.customer,
        at=facts.placed.at,
        cart_id=placed.cart_id,
    )
    name = purchase_id(facts.source, found)
    if name == told.purchase:
        return None
    told.purchase = name
    return found


def purchase_id(source: str, found: CustomerPurchased) -> str:
    """The id of the event: a function of the order, and of all by which its customer is known. The
    moment is not among it: who is told of again with another one has still bought once."""
    who = found.customer
    parts = (source, found.order_id, who.id, who.email or "", who.phone or "", found.cart_id or "")
    return "purchase." + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
