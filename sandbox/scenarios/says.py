"""What the shop says in a story, with what every story has in common already filled in."""

from datetime import datetime, time

import msgspec

from headsup.contracts.base import Contract, PickupPoint
from headsup.contracts.catalogue import Kind
from headsup.contracts.shop import (
    CartItem,
    CartUpdated,
    CheckoutStarted,
    Delivered,
    HandedTo,
    InTransit,
    OrderPlaced,
    OutForDelivery,
    PaymentMethod,
    PaymentRefunded,
    PaymentState,
    PaymentSucceeded,
)
from sandbox.scenarios.model import Step, Story

_ASKS_AT = time(11)
_DAYS_TO_CHECK_IN = 3
_FEW = 2


def step(at: datetime, data: Contract | None, *tells: Kind) -> Step:
    """A moment of a story."""
    return Step(at=at, data=data, tells=tells)


def placed(
    story: Story, payment: PaymentState = PaymentState.PAID, *, dispatch_day: int | None = 4
) -> OrderPlaced:
    """The order; without a day for the dispatch where the shop names it later."""
    pending = payment is PaymentState.PENDING
    return OrderPlaced(
        order_id=story.order,
        customer=story.person.as_customer(),
        recipient=story.recipient.as_customer() if story.recipient else None,
        items=story.around.basket,
        total=story.around.total,
        payment=payment,
        dispatch_by=None if dispatch_day is None else story.at(dispatch_day, "18:00"),
        estimate=story.estimate(4, 5),
        pay_by=story.at(3, "20:00") if pending else None,
        pay_url=story.url("/pay") if pending else None,
    )


def in_cart(story: Story) -> CartUpdated:
    """The basket waits in a cart; of the first thing in it the shop has few."""
    lines = [
        CartItem(name=item.name, quantity=item.quantity, price=item.price)
        for item in story.around.basket
    ]
    lines[0] = msgspec.structs.replace(lines[0], left=_FEW)
    return CartUpdated(
        cart_id=story.cart,
        items=tuple(lines),
        total=story.around.total,
        customer=story.person.as_customer(),
        url=f"{story.shop.source}/carts/{story.cart}",
    )


def at_checkout(story: Story) -> CheckoutStarted:
    """They begin to pay for the cart."""
    return CheckoutStarted(
        cart_id=story.cart,
        customer=story.person.as_customer(),
        url=f"{story.shop.source}/checkouts/{story.cart}",
    )


def bought(story: Story) -> OrderPlaced:
    """The order that the cart became."""
    return msgspec.structs.replace(placed(story), cart_id=story.cart)


def paid(story: Story) -> PaymentSucceeded:
    """The money came."""
    return PaymentSucceeded(
        order_id=story.order,
        payment_id=f"{story.order}-b",
        amount=story.around.total,
        method=PaymentMethod.CARD,
    )


def refunded(story: Story, day: int) -> PaymentRefunded:
    """All of the money is sent back, and is there by a day."""
    return PaymentRefunded(
        order_id=story.order,
        refund_id=f"{story.order}-f",
        amount=story.around.total,
        method=PaymentMethod.CARD,
        expected_by=story.day(day),
    )


def in_transit(
    story: Story, place: str, earliest: int, latest: int | None = None, *, carrier: str = ""
) -> InTransit:
    """A scan; the parcel is expected on one day, or between two."""
    return InTransit(
        order_id=story.order,
        shipment_id=story.shipment,
        carrier=carrier or story.around.carrier,
        tracking_number=story.shipment,
        tracking_url=story.tracking_url,
        estimate=story.estimate(earliest, latest),
        place=place,
    )


def out_for_delivery(story: Story, day: int) -> OutForDelivery:
    """The courier has it, and comes between ten and six."""
    return OutForDelivery(
        order_id=story.order,
        shipment_id=story.shipment,
        window=story.window(day, "10:00", "18:00"),
    )


def delivered(
    story: Story, handed_to: HandedTo = HandedTo.RECIPIENT, place: str | None = None
) -> Delivered:
    """The parcel is there."""
    return Delivered(
        order_id=story.order, shipment_id=story.shipment, handed_to=handed_to, place=place
    )


def kept_until(story: Story, day: int) -> PickupPoint:
    """Where the parcel waits, and until when."""
    point = story.around.pickup
    return PickupPoint(
        name=point.name,
        address=point.address,
        hours=point.hours,
        code=point.code,
        hold_until=story.day(day),
    )


def check_in(story: Story, delivered_on: int) -> Step:
    """Some days after the delivery the customer is asked whether everything is all right."""
    asked_on = story.at(delivered_on + _DAYS_TO_CHECK_IN, _ASKS_AT.isoformat())
    return step(asked_on, None, Kind.ORDER_CHECK_IN)
