"""One small pure rule per kind of notification, in files named after their area.

Adding a kind is adding a rule to its area's file and a line to the table below.
"""

from typing import Final

from headsup.contracts.catalogue import Kind
from services.order_events.rules import dispatch, orders, payments, returns, shipments
from services.order_events.rules.base import Rule, the_order

RULES: Final[tuple[Rule, ...]] = (
    Rule(Kind.ORDER_RECEIVED, the_order, orders.received),
    Rule(Kind.ORDER_CONFIRMED, the_order, orders.confirmed),
    Rule(Kind.ORDER_CANCELLED, the_order, orders.cancelled),
    Rule(Kind.PAYMENT_FAILED, the_order, payments.failed),
    Rule(Kind.PAYMENT_REFUNDED, payments.refunds, payments.refunded),
    Rule(Kind.DISPATCH_LATE, the_order, dispatch.late),
    Rule(Kind.SHIPMENT_SHIPPED, shipments.shipments, shipments.shipped),
    Rule(Kind.SHIPMENT_OUT_FOR_DELIVERY, shipments.shipments, shipments.out_for_delivery),
    Rule(Kind.SHIPMENT_ATTEMPT_FAILED, shipments.shipments, shipments.attempt_failed),
    Rule(Kind.SHIPMENT_READY_FOR_PICKUP, shipments.shipments, shipments.ready_for_pickup),
    Rule(Kind.SHIPMENT_DELIVERED, shipments.shipments, shipments.delivered),
    Rule(Kind.SHIPMENT_DELAYED, shipments.shipments, shipments.delayed),
    Rule(Kind.RETURN_APPROVED, returns.returns, returns.approved),
)
"""Every rule. Where two of one group would speak of the same subject at once, the earlier here
speaks: `shipped` carries the date, so nothing is said of a delay beside it."""
