"""Which event a message tells about, as far as the page can know."""

from collections.abc import Iterable
from datetime import datetime

from headsup.contracts.catalogue import Kind
from sandbox.web.shown import SeenEvent

CAUSES: dict[Kind, frozenset[str]] = {
    kind: frozenset(f"shop.{name}.v1" for name in names.split())
    for kind, names in {
        Kind.ORDER_RECEIVED: "order.placed",
        Kind.ORDER_CONFIRMED: "order.confirmed payment.succeeded order.placed",
        Kind.ORDER_CANCELLED: "order.cancelled",
        Kind.PAYMENT_FAILED: "payment.failed",
        Kind.PAYMENT_REFUNDED: "payment.refunded",
        Kind.DISPATCH_LATE: "",  # nobody says anything: that is what the message is about
        Kind.SHIPMENT_SHIPPED: "shipment.in_transit",
        Kind.SHIPMENT_DELAYED: "shipment.estimate_changed shipment.in_transit order.confirmed",
        Kind.SHIPMENT_OUT_FOR_DELIVERY: "shipment.out_for_delivery",
        Kind.SHIPMENT_ATTEMPT_FAILED: "shipment.attempt_failed",
        Kind.SHIPMENT_READY_FOR_PICKUP: "shipment.ready_for_pickup",
        Kind.SHIPMENT_DELIVERED: "shipment.delivered",
        Kind.RETURN_APPROVED: "return.approved",
    }.items()
}


def cause_of(
    kind: Kind, order: str, received_at: datetime, events: Iterable[SeenEvent]
) -> SeenEvent | None:
    """The newest event of the order that leads to this kind, among those that came before the
    message did. `events` are in the order in which they were seen."""
    found = None
    for event in events:
        if event.order != order or event.published_at > received_at:
            continue
        if event.type in CAUSES[kind]:
            found = event
    return found
