"""The scenarios. Each step says what the shop sends, when, and what the customer must be told.

Two steps that are told lie several hours of business time apart: at the demo's pace that is a
second or more, so that each message leaves before newer news takes its place.
"""

from collections.abc import Iterable
from dataclasses import replace

from headsup.contracts.catalogue import Kind
from headsup.contracts.replies import Answer
from headsup.contracts.shop import (
    AttemptFailed,
    AttemptFailure,
    CancelledBy,
    CancelReason,
    DelayReason,
    EstimateChanged,
    HandedTo,
    IncidentOpened,
    IncidentResolved,
    IncidentScope,
    Inspection,
    LabelCreated,
    Lost,
    OrderCancelled,
    OrderConfirmed,
    PaymentFailed,
    PaymentFailure,
    PaymentMethod,
    PaymentRefunded,
    PaymentState,
    ReadyForPickup,
    Remedy,
    ReturnApproved,
    ReturnInspected,
    ReturnInTransit,
    ReturnMethod,
    ReturnReceived,
    ReturnRequested,
)
from sandbox.scenarios.carts import CART_STORIES
from sandbox.scenarios.model import HEARTH, Scenario, Step, Story
from sandbox.scenarios.reach import REACH_STORIES
from sandbox.scenarios.says import (
    check_in,
    delivered,
    in_transit,
    kept_until,
    out_for_delivery,
    paid,
    placed,
    refunded,
    step,
)

SNOWED_IN = "Hill & Dale"
"""The carrier of one story alone: its trouble is told to everybody whose parcel it has."""


def _calm_order(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story, PaymentState.PENDING), Kind.ORDER_RECEIVED)
    yield step(story.at(1, "09:10"), paid(story), Kind.ORDER_CONFIRMED)
    confirmed = OrderConfirmed(order_id=story.order, estimate=story.estimate(3, 4))
    yield step(story.at(1, "11:30"), confirmed)  # the money had already said so
    label = LabelCreated(order_id=story.order, shipment_id=story.shipment)
    yield step(story.at(1, "16:40"), label)
    yield step(story.at(2, "10:25"), in_transit(story, "Depot 1", 3), Kind.SHIPMENT_SHIPPED)
    yield step(story.at(2, "19:50"), in_transit(story, "Depot 7", 3))
    yield step(story.at(3, "08:05"), out_for_delivery(story, 3), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield step(story.at(3, "17:30"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 3)


def _late_parcel(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story, dispatch_day=None), Kind.ORDER_CONFIRMED)
    packed = OrderConfirmed(order_id=story.order, dispatch_by=story.at(2, "18:00"))
    yield step(story.at(1, "10:30"), packed)  # that it is accepted is known
    yield step(story.at(2, "18:00"), None, Kind.DISPATCH_LATE)
    yield step(story.at(3, "15:20"), in_transit(story, "Depot 1", 5), Kind.SHIPMENT_SHIPPED)
    slipped = EstimateChanged(
        order_id=story.order,
        shipment_id=story.shipment,
        estimate=story.estimate(6),
        reason=DelayReason.WEATHER,
    )
    yield step(story.at(4, "10:45"), slipped, Kind.SHIPMENT_DELAYED)
    yield step(story.at(5, "18:00"), None, Kind.SHIPMENT_ARRIVING_TOMORROW)
    yield step(story.at(6, "08:20"), out_for_delivery(story, 6), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    by_neighbour = delivered(story, HandedTo.NEIGHBOUR)
    yield step(story.at(6, "16:50"), by_neighbour, Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 6)


def _given_up(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story, dispatch_day=None), Kind.ORDER_CONFIRMED)
    packed = OrderConfirmed(order_id=story.order, dispatch_by=story.at(2, "18:00"))
    yield step(story.at(1, "10:30"), packed)
    yield step(story.at(2, "18:00"), None, Kind.DISPATCH_LATE)
    day = story.working_days_after(2, 2)
    yield step(story.at(day, "17:00"), None, Kind.DISPATCH_LATE)  # and asks
    yield replace(step(story.at(day + 1, "09:00"), None), does=Answer.CANCEL)
    cancelled = OrderCancelled(
        order_id=story.order,
        by=CancelledBy.CUSTOMER,
        reason=CancelReason.CUSTOMER_REQUEST,
        refund=story.around.total,
        refund_by=story.day(day + 6),
    )
    yield step(story.at(day + 1, "12:15"), cancelled, Kind.ORDER_CANCELLED)
    yield step(story.at(day + 2, "10:05"), refunded(story, day + 6), Kind.PAYMENT_REFUNDED)


def _silent_carrier(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    day = story.working_days_after(1, 3)
    there = day + 3
    first = in_transit(story, "Depot 2", there)
    yield step(story.at(1, "11:00"), first, Kind.SHIPMENT_SHIPPED)
    yield step(story.at(day, "11:00"), None, Kind.SHIPMENT_STALLED)
    lost = Lost(
        order_id=story.order,
        shipment_id=story.shipment,
        remedy=Remedy.INVESTIGATION,
        by=story.day(there + 1),
    )
    yield step(story.at(day + 1, "10:15"), lost, Kind.SHIPMENT_LOST)
    seen_again = in_transit(story, "Depot 9", there)
    yield step(story.at(day + 2, "09:40"), seen_again, Kind.SHIPMENT_FOUND)
    brings = out_for_delivery(story, there)
    yield step(story.at(there, "08:15"), brings, Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield step(story.at(there, "16:40"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, there)


def _failed_payment(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story, PaymentState.PENDING), Kind.ORDER_RECEIVED)
    failed = PaymentFailed(
        order_id=story.order,
        payment_id=f"{story.order}-a",
        amount=story.around.total,
        reason=PaymentFailure.INSUFFICIENT_FUNDS,
        retry_url=story.url("/pay"),
        pay_by=story.at(3, "20:00"),
    )
    yield step(story.at(1, "10:30"), failed, Kind.PAYMENT_FAILED)
    yield step(story.at(2, "09:40"), paid(story), Kind.ORDER_CONFIRMED)
    yield step(story.at(3, "14:00"), in_transit(story, "Depot 3", 4), Kind.SHIPMENT_SHIPPED)
    yield step(story.at(4, "16:10"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 4)


def _pickup_point(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story, PaymentState.ON_DELIVERY), Kind.ORDER_CONFIRMED)
    yield step(story.at(1, "15:30"), in_transit(story, "Depot 5", 2), Kind.SHIPMENT_SHIPPED)
    missed = AttemptFailed(
        order_id=story.order, shipment_id=story.shipment, reason=AttemptFailure.NOBODY_HOME
    )
    yield step(story.at(2, "11:40"), missed, Kind.SHIPMENT_ATTEMPT_FAILED)
    waits = ReadyForPickup(
        order_id=story.order, shipment_id=story.shipment, pickup=kept_until(story, 7)
    )
    yield step(story.at(3, "09:15"), waits, Kind.SHIPMENT_READY_FOR_PICKUP)
    yield step(story.at(5, "09:00"), None, Kind.PICKUP_REMINDER)
    yield step(story.at(7, "09:00"), None, Kind.PICKUP_LAST_DAY)
    collected = delivered(story, HandedTo.PICKUP_POINT)
    yield step(story.at(7, "18:20"), collected, Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 7)


def _safe_place(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    yield step(story.at(1, "12:10"), in_transit(story, "Depot 4", 2), Kind.SHIPMENT_SHIPPED)
    yield step(story.at(2, "08:30"), out_for_delivery(story, 2), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    left_safely = delivered(story, HandedTo.SAFE_PLACE, "the porch")
    yield step(story.at(2, "17:00"), left_safely, Kind.SHIPMENT_DELIVERED)
    yield step(story.at(3, "17:00"), None, Kind.DELIVERY_CHECK)
    yield check_in(story, 2)


def _gift(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    yield step(story.at(1, "10:20"), in_transit(story, "Depot 6", 3), Kind.SHIPMENT_SHIPPED)
    yield step(story.at(2, "18:00"), None, Kind.SHIPMENT_ARRIVING_TOMORROW)
    yield step(story.at(3, "08:25"), out_for_delivery(story, 3), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield step(story.at(3, "17:10"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 3)


def _return(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    yield step(story.at(1, "11:00"), in_transit(story, "Depot 2", 2), Kind.SHIPMENT_SHIPPED)
    yield step(story.at(2, "13:30"), delivered(story), Kind.SHIPMENT_DELIVERED)
    about = {"order_id": story.order, "return_id": f"{story.order}-r"}
    asked = ReturnRequested(**about, items=story.around.basket[:1])
    yield step(story.at(3, "10:20"), asked, Kind.RETURN_REQUESTED)
    yield step(story.at(4, "09:30"), _approved(story), Kind.RETURN_APPROVED)
    yield step(story.at(7, "10:00"), None, Kind.RETURN_DROP_OFF_REMINDER)
    handed_over = ReturnInTransit(**about, carrier=story.around.carrier)
    yield step(story.at(8, "12:30"), handed_over, Kind.RETURN_IN_TRANSIT)
    arrived = ReturnReceived(**about, decide_by=story.day(13))
    yield step(story.at(9, "14:00"), arrived, Kind.RETURN_RECEIVED)
    price = story.around.basket[0].price
    accepted = ReturnInspected(
        **about, result=Inspection.ACCEPTED, refund=price, refund_by=story.day(12)
    )
    yield step(story.at(10, "09:45"), accepted, Kind.RETURN_INSPECTED)
    refund = PaymentRefunded(
        order_id=story.order,
        refund_id=f"{story.order}-f",
        amount=price or story.around.total,
        method=PaymentMethod.CARD,
        expected_by=story.day(15),
        return_id=about["return_id"],
    )
    yield step(story.at(11, "09:00"), refund, Kind.PAYMENT_PARTLY_REFUNDED)


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
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    cancelled = OrderCancelled(
        order_id=story.order,
        by=CancelledBy.SHOP,
        reason=CancelReason.OUT_OF_STOCK,
        refund=story.around.total,
        refund_by=story.day(7),
    )
    yield step(story.at(1, "12:15"), cancelled, Kind.ORDER_CANCELLED)
    yield step(story.at(2, "10:05"), refunded(story, 6), Kind.PAYMENT_REFUNDED)


def _snowed_in(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    first = in_transit(story, "Depot 8", 4, carrier=SNOWED_IN)
    yield step(story.at(1, "09:50"), first, Kind.SHIPMENT_SHIPPED)
    incident = f"{story.order}-snow"
    opened = IncidentOpened(
        incident_id=incident,
        scope=IncidentScope.CARRIER,
        carrier=SNOWED_IN,
        until=story.at(4, "12:00"),
    )
    yield step(story.at(2, "08:40"), opened, Kind.INCIDENT_NOTICE)
    solved = IncidentResolved(incident_id=incident)
    yield step(story.at(3, "09:20"), solved, Kind.INCIDENT_SOLVED)
    moves_again = in_transit(story, "Depot 11", 4, carrier=SNOWED_IN)
    yield step(story.at(3, "12:15"), moves_again)
    yield step(story.at(3, "18:00"), None, Kind.SHIPMENT_ARRIVING_TOMORROW)
    yield step(story.at(4, "08:10"), out_for_delivery(story, 4), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield step(story.at(4, "16:30"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 4)


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
            name="given-up",
            title="An order given up",
            summary="Late twice: the customer is asked, and cancels.",
            person="emma",
            tell=_given_up,
        ),
        Scenario(
            name="silent-carrier",
            title="A silent carrier",
            summary="Nobody scans it, it counts as lost, and is found.",
            person="oksana",
            tell=_silent_carrier,
        ),
        Scenario(
            name="carrier-trouble",
            title="A carrier snowed in",
            summary="One calm word to all concerned, one when it is over.",
            person="james",
            tell=_snowed_in,
            shop=HEARTH,
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
            summary="Nobody home: it waits, until its last day.",
            person="mykola",
            tell=_pickup_point,
        ),
        Scenario(
            name="safe-place",
            title="Left in a safe place",
            summary="Another shop, Hearth & Co: did you get it?",
            person="emma",
            tell=_safe_place,
            shop=HEARTH,
        ),
        Scenario(
            name="gift",
            title="A gift",
            summary="Who gets it hears of the parcel; who paid, of the rest.",
            person="pavel",
            tell=_gift,
            recipient="irina",
        ),
        Scenario(
            name="return",
            title="A return",
            summary="Reminded, received, looked at, and the money back.",
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
        *CART_STORIES,
        *REACH_STORIES,
    )
}
