"""The scenarios. Each step says what the shop sends, when, and what the customer must be told.

Two steps that are told lie several hours of business time apart: at the demo's pace that is a
second or more, so that each message leaves before newer news takes its place.
"""

from collections.abc import Iterable
from datetime import datetime

from headsup.contracts.base import Contract, PickupPoint
from headsup.contracts.catalogue import Kind
from headsup.contracts.shop import (
    AttemptFailed,
    AttemptFailure,
    CancelledBy,
    CancelReason,
    DelayReason,
    Delivered,
    EstimateChanged,
    HandedTo,
    InTransit,
    LabelCreated,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OutForDelivery,
    PaymentFailed,
    PaymentFailure,
    PaymentMethod,
    PaymentRefunded,
    PaymentState,
    PaymentSucceeded,
    ReadyForPickup,
    ReturnApproved,
    ReturnMethod,
    ReturnRequested,
)
from sandbox.scenarios.model import Scenario, Step, Story


def _step(at: datetime, data: Contract | None, *tells: Kind) -> Step:
    return Step(at=at, data=data, tells=tells)


def _placed(
    story: Story, payment: PaymentState = PaymentState.PAID, dispatch_day: int = 4
) -> OrderPlaced:
    pending = payment is PaymentState.PENDING
    return OrderPlaced(
        order_id=story.order,
        customer=story.person.as_customer(),
        items=story.around.basket,
        total=story.around.total,
        payment=payment,
        dispatch_by=story.at(dispatch_day, "18:00"),
        estimate=story.estimate(4, 5),
        pay_by=story.at(3, "20:00") if pending else None,
        pay_url=story.url("/pay") if pending else None,
        order_url=story.url(""),
    )


def _in_transit(story: Story, place: str, earliest: int, latest: int | None = None) -> InTransit:
    return InTransit(
        order_id=story.order,
        shipment_id=story.shipment,
        carrier=story.around.carrier,
        tracking_number=story.shipment,
        tracking_url=story.tracking_url,
        estimate=story.estimate(earliest, latest),
        place=place,
    )


def _out_for_delivery(story: Story, day: int) -> OutForDelivery:
    return OutForDelivery(
        order_id=story.order,
        shipment_id=story.shipment,
        window=story.window(day, "10:00", "18:00"),
    )


def _delivered(story: Story, handed_to: HandedTo = HandedTo.RECIPIENT) -> Delivered:
    return Delivered(order_id=story.order, shipment_id=story.shipment, handed_to=handed_to)


def _paid(story: Story) -> PaymentSucceeded:
    return PaymentSucceeded(
        order_id=story.order,
        payment_id=f"{story.order}-b",
        amount=story.around.total,
        method=PaymentMethod.CARD,
    )


def _calm_order(story: Story) -> Iterable[Step]:
    yield _step(story.placed, _placed(story, PaymentState.PENDING), Kind.ORDER_RECEIVED)
    yield _step(story.at(1, "09:10"), _paid(story), Kind.ORDER_CONFIRMED)
    confirmed = OrderConfirmed(order_id=story.order, estimate=story.estimate(3, 4))
    yield _step(story.at(1, "11:30"), confirmed)  # the money had already said so
    label = LabelCreated(order_id=story.order, shipment_id=story.shipment)
    yield _step(story.at(1, "16:40"), label)
    yield _step(story.at(2, "10:25"), _in_transit(story, "Depot 1", 3), Kind.SHIPMENT_SHIPPED)
    yield _step(story.at(2, "19:50"), _in_transit(story, "Depot 7", 3))
    yield _step(story.at(3, "08:05"), _out_for_delivery(story, 3), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield _step(story.at(3, "17:30"), _delivered(story), Kind.SHIPMENT_DELIVERED)


def _late_parcel(story: Story) -> Iterable[Step]:
    yield _step(story.placed, _placed(story, dispatch_day=2), Kind.ORDER_CONFIRMED)
    yield _step(story.at(2, "18:00"), None, Kind.DISPATCH_LATE)
    yield _step(story.at(3, "15:20"), _in_transit(story, "Depot 1", 5), Kind.SHIPMENT_SHIPPED)
    slipped = EstimateChanged(
        order_id=story.order,
        shipment_id=story.shipment,
        estimate=story.estimate(6),
        reason=DelayReason.WEATHER,
    )
    yield _step(story.at(4, "10:45"), slipped, Kind.SHIPMENT_DELAYED)
    yield _step(story.at(6, "08:20"), _out_for_delivery(story, 6), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    by_neighbour = _delivered(story, HandedTo.NEIGHBOUR)
    yield _step(story.at(6, "16:50"), by_neighbour, Kind.SHIPMENT_DELIVERED)


def _failed_payment(story: Story) -> Iterable[Step]:
    yield _step(story.placed, _placed(story, PaymentState.PENDING), Kind.ORDER_RECEIVED)
    failed = PaymentFailed(
        order_id=story.order,
        payment_id=f"{story.order}-a",
        amount=story.around.total,
        reason=PaymentFailure.INSUFFICIENT_FUNDS,
        retry_url=story.url("/pay"),
        pay_by=story.at(3, "20:00"),
    )
    yield _step(story.at(1, "10:30"), failed, Kind.PAYMENT_FAILED)
    yield _step(story.at(2, "09:40"), _paid(story), Kind.ORDER_CONFIRMED)
    yield _step(story.at(3, "14:00"), _in_transit(story, "Depot 3", 4), Kind.SHIPMENT_SHIPPED)
    left_safely = _delivered(story, HandedTo.SAFE_PLACE)
    yield _step(story.at(4, "16:10"), left_safely, Kind.SHIPMENT_DELIVERED)


def _pickup_point(story: Story) -> Iterable[Step]:
    yield _step(story.placed, _placed(story, PaymentState.ON_DELIVERY), Kind.ORDER_CONFIRMED)
    yield _step(story.at(1, "15:30"), _in_transit(story, "Depot 5", 2), Kind.SHIPMENT_SHIPPED)
    missed = AttemptFailed(
        order_id=story.order, shipment_id=story.shipment, reason=AttemptFailure.NOBODY_HOME
    )
    yield _step(story.at(2, "11:40"), missed, Kind.SHIPMENT_ATTEMPT_FAILED)
    waits = ReadyForPickup(
        order_id=story.order, shipment_id=story.shipment, pickup=_kept_until(story, 8)
    )
    yield _step(story.at(3, "09:15"), waits, Kind.SHIPMENT_READY_FOR_PICKUP)
    collected = _delivered(story, HandedTo.PICKUP_POINT)
    yield _step(story.at(4, "18:20"), collected, Kind.SHIPMENT_DELIVERED)


def _kept_until(story: Story, day: int) -> PickupPoint:
    point = story.around.pickup
    return PickupPoint(
        name=point.name,
        address=point.address,
        hours=point.hours,
        code=point.code,
        hold_until=story.day(day),
    )


def _return(story: Story) -> Iterable[Step]:
    yield _step(story.placed, _placed(story), Kind.ORDER_CONFIRMED)
    yield _step(story.at(1, "11:00"), _in_transit(story, "Depot 2", 2), Kind.SHIPMENT_SHIPPED)
    yield _step(story.at(2, "13:30"), _delivered(story), Kind.SHIPMENT_DELIVERED)
    goods = story.around.basket[:1]
    asked = ReturnRequested(order_id=story.order, return_id=f"{story.order}-r", items=goods)
    yield _step(story.at(3, "10:20"), asked)
    yield _step(story.at(4, "09:30"), _approved(story), Kind.RETURN_APPROVED)
    refund = PaymentRefunded(
        order_id=story.order,
        refund_id=f"{story.order}-f",
        amount=goods[0].price or story.around.total,
        method=PaymentMethod.CARD,
        expected_by=story.day(9),
    )
    yield _step(story.at(7, "12:00"), refund, Kind.PAYMENT_REFUNDED)


def _approved(story: Story) -> ReturnApproved:
    goods = story.around.basket[:1]
    return ReturnApproved(
        order_id=story.order,
        return_id=f"{story.order}-r",
        method=ReturnMethod.DROP_OFF,
        send_by=story.day(18),
        items=goods,
        address=story.around.return_address,
        label_url=story.url("/return-label"),
        code=f"R{story.order}",
        refund=goods[0].price,
        refund_days=5,
        refund_method=PaymentMethod.CARD,
    )


def _cancelled_order(story: Story) -> Iterable[Step]:
    yield _step(story.placed, _placed(story), Kind.ORDER_CONFIRMED)
    cancelled = OrderCancelled(
        order_id=story.order,
        by=CancelledBy.SHOP,
        reason=CancelReason.OUT_OF_STOCK,
        refund=story.around.total,
        refund_by=story.day(7),
    )
    yield _step(story.at(1, "12:15"), cancelled, Kind.ORDER_CANCELLED)
    refund = PaymentRefunded(
        order_id=story.order,
        refund_id=f"{story.order}-f",
        amount=story.around.total,
        method=PaymentMethod.CARD,
        expected_by=story.day(6),
    )
    yield _step(story.at(2, "10:05"), refund, Kind.PAYMENT_REFUNDED)


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            name="calm-order",
            title="A calm order",
            summary="Ordered, paid, shipped, and delivered as promised.",
            person="oksana",
            tell=_calm_order,
        ),
        Scenario(
            name="late-parcel",
            title="A late parcel",
            summary="A deadline passes in silence, then the date slips.",
            person="james",
            tell=_late_parcel,
        ),
        Scenario(
            name="failed-payment",
            title="A failed payment",
            summary="The card is refused; a day later the money comes.",
            person="irina",
            tell=_failed_payment,
        ),
        Scenario(
            name="pickup-point",
            title="A pickup point",
            summary="Nobody was home: the parcel waits, with a code.",
            person="mykola",
            tell=_pickup_point,
        ),
        Scenario(
            name="return",
            title="A return",
            summary="How and where to send it, and when the money comes.",
            person="emma",
            tell=_return,
        ),
        Scenario(
            name="cancelled-order",
            title="A cancelled order",
            summary="Out of stock: the shop cancels and refunds.",
            person="pavel",
            tell=_cancelled_order,
        ),
    )
}
