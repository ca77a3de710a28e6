"""Which event a message tells about, as far as the page can know."""

from collections.abc import Iterable
from datetime import datetime

from headsup.contracts.catalogue import CATALOGUE, Area, Kind
from headsup.contracts.notifications import NotificationOutcome
from sandbox.web.shown import SeenEvent

CAUSES: dict[Kind, frozenset[str]] = {
    kind: frozenset(f"shop.{name}.v1" for name in names.split())
    for kind, names in {
        Kind.ORDER_RECEIVED: "order.placed",
        Kind.ORDER_CONFIRMED: "order.confirmed payment.succeeded order.placed",
        Kind.ORDER_ON_HOLD: "order.held",
        Kind.ORDER_RELEASED: "order.released",
        Kind.ORDER_EDITED: "order.edited",
        Kind.ORDER_ACTION_NEEDED: "order.action_needed",
        Kind.ORDER_ACTION_REMINDER: "",
        Kind.ORDER_ITEM_UNAVAILABLE: "order.item_changed",
        Kind.ORDER_ITEM_SUBSTITUTED: "order.item_changed",
        Kind.ORDER_ITEM_BACKORDERED: "order.item_changed",
        Kind.ORDER_SPLIT: "order.split",
        Kind.ORDER_CANCELLED: "order.cancelled",
        Kind.ORDER_EXPIRED: "order.cancelled",
        Kind.ORDER_REINSTATED: "order.reinstated",
        Kind.ORDER_NOTE: "order.note_added",
        Kind.ORDER_INVOICE: "order.invoice_ready",
        Kind.ORDER_DOWNLOAD_READY: "order.download_ready",
        Kind.ORDER_RECALL: "order.recalled",
        Kind.ORDER_PROGRESS: "shipment.in_transit",
        Kind.ORDER_COMPLETED: "shipment.delivered",
        Kind.ORDER_NO_NEWS: "",
        Kind.PAYMENT_INSTRUCTIONS: "payment.pending",
        Kind.PAYMENT_REMINDER: "",
        Kind.PAYMENT_FAILED: "payment.failed",
        Kind.PAYMENT_ACTION_REQUIRED: "payment.action_required",
        Kind.PAYMENT_PARTLY_REFUNDED: "payment.refunded",
        Kind.PAYMENT_REFUNDED: "payment.refunded",
        Kind.REFUND_LATE: "",
        Kind.REFUND_FAILED: "payment.refund_failed",
        Kind.DISPATCH_LATE: "",
        Kind.SHIPMENT_NOT_SCANNED: "",
        Kind.SHIPMENT_SHIPPED: "shipment.in_transit",
        Kind.SHIPMENT_PARTLY_SHIPPED: "shipment.in_transit",
        Kind.SHIPMENT_TRACKING_CHANGED: "shipment.in_transit shipment.label_created",
        Kind.SHIPMENT_ARRIVING_TOMORROW: "",
        Kind.SHIPMENT_COURIER_WINDOW: "shipment.window_set",
        Kind.SHIPMENT_OUT_FOR_DELIVERY: "shipment.out_for_delivery",
        Kind.SHIPMENT_STALLED: "",
        Kind.SHIPMENT_DELAYED: "shipment.estimate_changed shipment.in_transit order.confirmed",
        Kind.SHIPMENT_OVERDUE: "",
        Kind.SHIPMENT_EARLIER: "shipment.estimate_changed shipment.in_transit order.confirmed",
        Kind.SHIPMENT_DUTY_DUE: "shipment.customs_due",
        Kind.SHIPMENT_DUTY_REMINDER: "",
        Kind.SHIPMENT_ADDRESS_PROBLEM: "shipment.address_problem",
        Kind.SHIPMENT_ATTEMPT_FAILED: "shipment.attempt_failed",
        Kind.SHIPMENT_ATTEMPT_FOLLOW_UP: "",
        Kind.SHIPMENT_READY_FOR_PICKUP: "shipment.ready_for_pickup",
        Kind.PICKUP_REMINDER: "",
        Kind.PICKUP_LAST_DAY: "",
        Kind.SHIPMENT_DAMAGED: "shipment.damaged",
        Kind.SHIPMENT_LOST: "shipment.lost",
        Kind.SHIPMENT_FOUND: "shipment.in_transit",
        Kind.SHIPMENT_RETURNING: "shipment.returning",
        Kind.SHIPMENT_RETURNED: "shipment.returned",
        Kind.SHIPMENT_DELIVERED: "shipment.delivered",
        Kind.DELIVERY_CHECK: "",
        Kind.DELIVERY_CORRECTION: (
            "shipment.delivery_revoked shipment.out_for_delivery shipment.attempt_failed"
            " shipment.ready_for_pickup"
        ),
        Kind.RETURN_WINDOW_CLOSING: "",
        Kind.RETURN_REQUESTED: "return.requested",
        Kind.RETURN_APPROVED: "return.approved",
        Kind.RETURN_REJECTED: "return.rejected",
        Kind.RETURN_CLOSED: "return.cancelled",
        Kind.RETURN_INFO_NEEDED: "return.info_needed",
        Kind.RETURN_LABEL_READY: "return.label_ready",
        Kind.RETURN_LABEL_FAILED: "return.label_failed",
        Kind.RETURN_DROP_OFF_REMINDER: "",
        Kind.RETURN_DEADLINE_NEAR: "",
        Kind.RETURN_IN_TRANSIT: "return.in_transit",
        Kind.RETURN_RECEIVED: "return.received",
        Kind.RETURN_INSPECTED: "return.inspected",
        Kind.RETURN_EXCHANGE_SENT: "return.exchange_sent",
        Kind.RETURN_LATE: "",
        Kind.REPAIR_ACCEPTED: "repair.accepted",
        Kind.REPAIR_EXPERTISE: "repair.expertise_started",
        Kind.REPAIR_READY: "repair.ready",
        Kind.REPAIR_LATE: "",
        Kind.SUPPORT_OPENED: "support.opened",
        Kind.SUPPORT_ANSWERED: "support.answered",
        Kind.SUPPORT_CLOSED: "support.closed",
        Kind.ORDER_CHECK_IN: "",
        Kind.REVIEW_REQUEST: "",
        Kind.INCIDENT_NOTICE: "incident.opened",
        Kind.INCIDENT_SOLVED: "incident.resolved",
        Kind.CHAT_LINKED: "",
        Kind.CART_ABANDONED: "cart.updated cart.identified",
        Kind.CHECKOUT_ABANDONED: "checkout.started cart.updated cart.identified",
    }.items()
}
"""What may lead to each kind. Nothing: nobody says anything, its moment comes."""


WAITING: frozenset[Kind] = frozenset(k for k, e in CATALOGUE.items() if e.area is Area.CART)
"""What is said some time after its event, on purpose."""


def cause_of(
    outcome: NotificationOutcome, told_at: datetime, events: Iterable[SeenEvent]
) -> SeenEvent | None:
    """The newest event that leads to a request, among those that Kafka had before its message was
    told: events of the order, or of none, as incidents are; or of the cart, up to the visit that it
    reminds of. `events` are in the order in which they were seen."""
    found = None
    for event in events:
        if event.published_at > told_at or event.type not in CAUSES[outcome.kind]:
            continue
        if _leads_to(event, outcome):
            found = event
    return found


def _leads_to(event: SeenEvent, outcome: NotificationOutcome) -> bool:
    if outcome.cart is not None:
        return event.cart == outcome.cart.cart_id and event.time <= outcome.cart.touched_at
    return event.order in (outcome.order_id, None)
