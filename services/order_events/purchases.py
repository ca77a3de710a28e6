"""That somebody bought, as the notifier is told of it: once for each order. Pure.

They are reminded of no cart that they left before, also where cart_recovery is behind, or the order
names no cart. Nothing that was not read yet makes it untrue, and it is no message: so it waits for
no partition that is behind, and for no deadline; and an order of long ago is told of like one of
today.
"""

from headsup.contracts.notifications import CustomerPurchased
from headsup.purchases import purchase_id, purchase_of
from services.order_events.facts import Facts
from services.order_events.told import Told


def purchase(facts: Facts, told: Told) -> CustomerPurchased | None:
    """Notes as told that the customer bought; None when that is known already, or not yet who.

    A later word on the order may name another customer, address or cart: then it is told again.
    """
    if facts.placed is None:
        return None
    found = purchase_of(facts.placed.value, facts.placed.at)
    name = purchase_id(facts.source, found)
    if name == told.purchase:
        return None
    told.purchase = name
    return found
