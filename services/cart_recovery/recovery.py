"""Which orders a reminder brought back."""

import msgspec

from headsup.contracts.notifications import CartRecovered
from services.cart_recovery.asking import flow_of, name_of
from services.cart_recovery.cart import Cart, Heard, Order, Owner
from services.cart_recovery.sayings import Report
from services.cart_recovery.terms import Terms


def reported(cart: Cart, terms: Terms) -> tuple[Cart, list[Report]]:
    """The cart and what is to be reported of its orders: each once, whether we learn first of the
    order or that the reminder went out."""
    orders, owner, told = cart.facts.orders, cart.facts.owner, cart.told
    if not orders or not told.heard or owner is None:
        return cart, []
    reports = []
    for order in orders:
        reminder = _reminder_before(order, told.heard)
        if order.order_id in told.recovered or reminder is None:
            continue
        if order.at - reminder.at <= terms.window:
            reports.append(_report(cart, order, reminder, owner))
    if not reports:
        return cart, []
    known = {order.order_id for order in orders}
    new = [report.recovered.order_id for report in reports]
    recovered = tuple(each for each in (*told.recovered, *new) if each in known)
    return msgspec.structs.replace(
        cart, told=msgspec.structs.replace(told, recovered=recovered)
    ), reports


def _reminder_before(order: Order, heard: tuple[Heard, ...]) -> Heard | None:
    """The last one that went out before the order."""
    before = [each for each in heard if each.at <= order.at]
    return max(before, key=lambda each: each.at, default=None)


def _report(cart: Cart, order: Order, reminder: Heard, owner: Owner) -> Report:
    recovered = CartRecovered(
        cart_id=cart.cart_id,
        order_id=order.order_id,
        customer_id=owner.id,
        flow=flow_of(reminder.touched_at),
        step=reminder.step,
        value=order.value,
        reminded_at=reminder.at,
        ordered_at=order.at,
    )
    return Report(recovered, name_of("recovered", *cart.key, order.order_id))
