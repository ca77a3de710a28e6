"""A cart whose lines moved into another: what its owner was told goes along. The other cart may be
on another partition, so it goes through Kafka.

Whoever hears it keeps the newest of what both know, so that it may come again, in any order, and in
a circle: what says nothing new is not passed on.
"""

import msgspec

from headsup.contracts.notifications import CartContinued, CartReminder
from services.cart_recovery.asking import name_of
from services.cart_recovery.cart import Cart, CartKey, Heard, Merge, Told
from services.cart_recovery.sayings import Continue
from services.cart_recovery.schedule import first_at
from services.cart_recovery.told import remembered

_encoder = msgspec.json.Encoder()


def handed_on(cart: Cart) -> tuple[Cart, list[Continue]]:
    """The cart, and what is to be told to those that its lines moved into; nothing where they were
    told already, or the cart moved into itself."""
    others = [merge for merge in cart.facts.merges if merge.into != cart.cart_id]
    says = [said for merge in others if (said := _said(cart, merge))]
    ids = tuple(said.event_id for said in says)
    if ids == cart.told.handed_on:
        return cart, []
    told = msgspec.structs.replace(cart.told, handed_on=ids)
    new = [said for said in says if said.event_id not in cart.told.handed_on]
    return msgspec.structs.replace(cart, told=told), new


def _said(cart: Cart, merge: Merge) -> Continue | None:
    continued = _continued(cart, merge)
    if continued.began_at is None and not continued.heard:
        return None
    return Continue(continued, name_of("continued", *cart.key, _encoder.encode(continued).decode()))


def _continued(cart: Cart, merge: Merge) -> CartContinued:
    """What was said of the lines that moved, and not of those that were put in later."""
    told, flow = cart.told, cart.told.flow
    began = [told.began_at] if told.began_at else []
    if flow is not None and flow.touched_at <= merge.at:
        began.append(first_at(flow, told))
    heard = [
        CartReminder(
            cart_id=one.cart_id or cart.cart_id,
            touched_at=one.touched_at,
            step=one.step,
            at=one.at,
        )
        for one in told.heard
        if one.touched_at <= merge.at
    ]
    return CartContinued(
        cart_id=merge.into,
        from_cart_id=cart.cart_id,
        began_at=max(began, default=None),
        heard=tuple(heard),
    )


def joined(told: Told, continued: CartContinued, key: CartKey) -> Told:
    """Told, with what was told of the other cart in it. What comes back to us, of a cart that went
    in a circle, is our own."""
    began = [at for at in (told.began_at, continued.began_at) if at is not None]
    told = msgspec.structs.replace(told, began_at=max(began, default=None))
    for one in continued.heard:
        cart_id = "" if one.cart_id == key.cart_id else one.cart_id
        told = remembered(told, Heard(one.touched_at, one.step, one.at, cart_id))
    return told
