"""Whether a cart is open, and the visit that its owner might be reminded of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.shops.carts import SETTLING
from services.cart_recovery.cart import Facts, Order, Stage

KEPT: Final = timedelta(days=7)
"""So long after an order we know what was bought. Who puts the same into the cart after that wants
it again; within it, it is the platform, another tab, or a device that was asleep."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody did something with a cart and left it."""

    touched_at: datetime
    """When they last did something."""
    filled_at: datetime | None
    """When they last put something into it or began to pay; they may only have said since who they
    are. None where they never did."""
    at_checkout: bool
    """They began to pay, and changed nothing in it since."""

    @property
    def kind(self) -> Kind:
        """What a reminder of it is called."""
        return Kind.CHECKOUT_ABANDONED if self.at_checkout else Kind.CART_ABANDONED


def standing(facts: Facts) -> Visit | Stage:
    """The visit; or how the cart ended, or that nobody touched it yet.

    What ended a cart ends it for all events of the same moment. Only an update by the customer
    opens it again: platforms tidy up what is over, and tell the name of whoever bought it.
    """
    touched = facts.fillings[-1].at if facts.fillings else None
    if facts.order is not None and _is_bought(facts, facts.order):
        return Stage.ORDERED
    if facts.merged_at is not None and (touched is None or touched <= facts.merged_at):
        return Stage.MERGED
    if facts.emptied_at is not None and (touched is None or touched <= facts.emptied_at):
        return Stage.EMPTIED
    checkout_at = facts.checkout.at if facts.checkout else None
    filled = max((at for at in (touched, checkout_at) if at is not None), default=None)
    moments = [at for at in (filled, facts.identified_at) if at is not None]
    return Visit(max(moments), filled, _is_at_checkout(facts)) if moments else Stage.ACTIVE


def _is_bought(facts: Facts, order: Order) -> bool:
    """Nothing else was put into the cart since the order, nor the same long after it."""
    if not facts.fillings:
        return True
    last = facts.fillings[-1]
    return last.at <= order.at + KEPT and last.digest in _bought(facts, order)


def _bought(facts: Facts, order: Order) -> set[int | None]:
    """What the lines may have been that were bought: as the order has them, as they were when it
    was placed, and as the platform left them in tidying up."""
    end = order.at + SETTLING
    tidied = {each.digest for each in facts.fillings if order.at < each.at <= end}
    return {order.digest, _lines_at(facts, order.at), *tidied}


def _lines_at(facts: Facts, moment: datetime) -> int | None:
    """The digest of the lines as they were then, where we still know it."""
    before = [filling.digest for filling in facts.fillings if filling.at <= moment]
    return before[-1] if before else None


def _is_at_checkout(facts: Facts) -> bool:
    if facts.checkout is None:
        return False
    lines, began_at = _lines_at(facts, facts.checkout.at), facts.checkout.at
    return all(each.digest == lines for each in facts.fillings if each.at > began_at)
