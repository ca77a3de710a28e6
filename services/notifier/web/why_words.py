"""What happened that a message tells of, as the timeline of the order names it. Pure."""

from collections.abc import Mapping
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.orders import StepKind

WHAT_HAPPENED: Final[Mapping[Kind, StepKind]] = {
    Kind.ORDER_RECEIVED: StepKind.PLACED,
    Kind.ORDER_CONFIRMED: StepKind.ACCEPTED,
    Kind.ORDER_ON_HOLD: StepKind.HELD,
    Kind.ORDER_RELEASED: StepKind.RELEASED,
    Kind.ORDER_EDITED: StepKind.EDITED,
    Kind.ORDER_CANCELLED: StepKind.CANCELLED,
    Kind.ORDER_REINSTATED: StepKind.REINSTATED,
    Kind.ORDER_DOWNLOAD_READY: StepKind.DOWNLOAD_READY,
    Kind.ORDER_COMPLETED: StepKind.DELIVERED,
    Kind.PAYMENT_FAILED: StepKind.PAYMENT_FAILED,
    Kind.PAYMENT_PARTLY_REFUNDED: StepKind.REFUNDED,
    Kind.PAYMENT_REFUNDED: StepKind.REFUNDED,
    Kind.REFUND_FAILED: StepKind.REFUND_FAILED,
    Kind.SHIPMENT_SHIPPED: StepKind.SHIPPED,
    Kind.SHIPMENT_PARTLY_SHIPPED: StepKind.SHIPPED,
    Kind.SHIPMENT_OUT_FOR_DELIVERY: StepKind.OUT_FOR_DELIVERY,
    Kind.SHIPMENT_DUTY_DUE: StepKind.CUSTOMS_DUE,
    Kind.SHIPMENT_ADDRESS_PROBLEM: StepKind.ADDRESS_PROBLEM,
    Kind.SHIPMENT_ATTEMPT_FAILED: StepKind.ATTEMPT_FAILED,
    Kind.SHIPMENT_READY_FOR_PICKUP: StepKind.READY_FOR_PICKUP,
    Kind.SHIPMENT_DAMAGED: StepKind.DAMAGED,
    Kind.SHIPMENT_LOST: StepKind.LOST,
    Kind.SHIPMENT_RETURNING: StepKind.RETURNING,
    Kind.SHIPMENT_RETURNED: StepKind.RETURNED,
    Kind.SHIPMENT_DELIVERED: StepKind.DELIVERED,
    Kind.DELIVERY_CORRECTION: StepKind.NOT_DELIVERED,
    Kind.RETURN_REQUESTED: StepKind.RETURN_REQUESTED,
    Kind.RETURN_APPROVED: StepKind.RETURN_APPROVED,
    Kind.RETURN_REJECTED: StepKind.RETURN_REJECTED,
    Kind.RETURN_CLOSED: StepKind.RETURN_CANCELLED,
    Kind.RETURN_IN_TRANSIT: StepKind.RETURN_IN_TRANSIT,
    Kind.RETURN_RECEIVED: StepKind.RETURN_RECEIVED,
    Kind.RETURN_INSPECTED: StepKind.RETURN_INSPECTED,
    Kind.RETURN_EXCHANGE_SENT: StepKind.EXCHANGE_SENT,
    Kind.REPAIR_ACCEPTED: StepKind.REPAIR_ACCEPTED,
    Kind.REPAIR_READY: StepKind.REPAIR_READY,
    Kind.SUPPORT_OPENED: StepKind.QUESTION_ASKED,
    Kind.SUPPORT_ANSWERED: StepKind.QUESTION_ANSWERED,
}
"""By the kind of the message; one that only time brought, such as a reminder, tells of nothing
that happened."""
