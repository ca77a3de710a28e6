"""What else shops tell their customers, and why it is no kind of its own here.

Written by hand: the kinds of message that shop platforms, carriers and the services around them
send, merged into one list. One whose name is a kind's is not here.
"""

from dataclasses import dataclass
from typing import Final

from headsup.contracts.catalogue.kinds import Kind


@dataclass(frozen=True, slots=True)
class SaidBy:
    """A message that another kind says: these, and what makes it the same."""

    kinds: tuple[Kind, ...]
    because: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A message that nobody gets from here, and why."""

    because: str


def _by(because: str, *kinds: Kind) -> SaidBy:
    return SaidBy(kinds, because)


_ANOTHER_NAME: Final = "another name"
_ACCOUNT: Final = LeftOut("about an account: whoever keeps the accounts writes it")
_CONSENT: Final = LeftOut("about a person's wishes, not an order: it belongs to the account")
_GOODS: Final = LeftOut("advertises goods; no part of an order's life")
_LASTING: Final = LeftOut("about a contract that outlives an order: whoever runs it writes it")

# fmt: off
ELSEWHERE: Final[dict[str, SaidBy | LeftOut]] = {
    "browse.abandoned": LeftOut("about somebody who looked at goods: no order, and no wish to hear"),
    "cart.abandoned.1": _by("its first reminder: what is in it, and the way back", Kind.CART_ABANDONED),
    "cart.abandoned.2": _by("its second: what is usually asked before somebody buys", Kind.CART_ABANDONED),
    "cart.abandoned.3": _by("its last, which says that it is", Kind.CART_ABANDONED),
    "cart.item_price_dropped": LeftOut("advertises goods: a reminder that is due anyway shows prices as they are then"),
    "cart.low_stock": _by("a reminder that is due anyway says what is running out; a message for its own sake would press", Kind.CART_ABANDONED, Kind.CHECKOUT_ABANDONED),
    "cart.back_in_stock": LeftOut("about goods: the shop knows who asked to be told, and nobody here did"),
    "cart.expiring": LeftOut("no event says what a shop reserves and until when; and where nothing is lost, a clock only presses"),
    "cart.shared": LeftOut("somebody of the shop makes it for one customer, who waits for it: the shop sends it at once"),
    "draft_order.invoice": _by("once it is placed, the draft waits for its money", Kind.PAYMENT_INSTRUCTIONS, Kind.ORDER_RECEIVED),
    "order.under_review": _by("a hold whose reason is a check", Kind.ORDER_ON_HOLD),
    "order.preorder_date_set": _by("a line that comes later, with its day", Kind.ORDER_ITEM_BACKORDERED),
    "order.cancelled_by_customer": _by("names who cancelled", Kind.ORDER_CANCELLED),
    "order.cancelled_by_shop": _by("names who cancelled, and why", Kind.ORDER_CANCELLED),
    "order.payment_timeout": _by("nobody cancelled: the time to pay ran out", Kind.ORDER_EXPIRED),
    "order.split_notice": _by(_ANOTHER_NAME, Kind.ORDER_SPLIT),
    "invoice.ready": _by(_ANOTHER_NAME, Kind.ORDER_INVOICE),
    "invoice.receipt": _by("an invoice that is paid", Kind.ORDER_INVOICE),
    "payment.succeeded": _by("says that it is paid; a second message would tell nothing new", Kind.ORDER_CONFIRMED),
    "payment.method_changed": _by("the new way to pay comes with its own instructions", Kind.PAYMENT_INSTRUCTIONS),
    "payment.partially_refunded": _by(_ANOTHER_NAME, Kind.PAYMENT_PARTLY_REFUNDED),
    "refund.delayed": _by(_ANOTHER_NAME, Kind.REFUND_LATE),
    "payment.chargeback": LeftOut("a dispute is led by people, and by the bank's rules; a machine says nothing in it"),
    "payment.dispute_opened": LeftOut("a dispute is led by people, and by the bank's rules; a machine says nothing in it"),
    "gift_card.issued": _by("something bought that comes as a download", Kind.ORDER_DOWNLOAD_READY),
    "store_credit.issued": _by("a refund whose method is store credit", Kind.PAYMENT_REFUNDED, Kind.PAYMENT_PARTLY_REFUNDED),
    "installment.due": _LASTING,
    "subscription.renewing": _LASTING,
    "payment.card_expiring": _LASTING,
    "fulfilment.processing": _by("already says that it is being prepared, and until when", Kind.ORDER_CONFIRMED),
    "fulfilment.packed": _by("packed is not sent: the first scan is what a customer waits for", Kind.SHIPMENT_SHIPPED),
    "dispatch.delayed": _by(_ANOTHER_NAME, Kind.DISPATCH_LATE),
    "dispatch.delayed.second": _by("the second notice, which asks whether to wait or to cancel", Kind.DISPATCH_LATE),
    "shipment.label_created": _by("a label is no news; that it was never scanned is", Kind.SHIPMENT_NOT_SCANNED, Kind.SHIPMENT_SHIPPED),
    "shipment.forgotten": _by(_ANOTHER_NAME, Kind.SHIPMENT_NOT_SCANNED),
    "shipment.on_its_way": _by(_ANOTHER_NAME, Kind.SHIPMENT_SHIPPED),
    "shipment.partially_shipped": _by(_ANOTHER_NAME, Kind.SHIPMENT_PARTLY_SHIPPED),
    "shipment.carrier_changed": _by("says who carries it now, and who did", Kind.SHIPMENT_TRACKING_CHANGED),
    "shipment.arriving_today": _by("today is certain when the courier has it", Kind.SHIPMENT_OUT_FOR_DELIVERY),
    "shipment.courier_near": _by("minutes are the carrier's own to tell; we say the hours, and the courier's number", Kind.SHIPMENT_OUT_FOR_DELIVERY, Kind.SHIPMENT_COURIER_WINDOW),
    "shipment.time_window": _by(_ANOTHER_NAME, Kind.SHIPMENT_COURIER_WINDOW),
    "shipment.delayed.carrier": _by("names the reason", Kind.SHIPMENT_DELAYED),
    "shipment.delayed.predicted": _by("a later day is a later day, whoever foresaw it", Kind.SHIPMENT_DELAYED),
    "shipment.delayed.customs": _by("names the reason", Kind.SHIPMENT_DELAYED),
    "shipment.delayed.weather": _by("names the reason", Kind.SHIPMENT_DELAYED),
    "shipment.customs_payment_due": _by(_ANOTHER_NAME, Kind.SHIPMENT_DUTY_DUE, Kind.SHIPMENT_DUTY_REMINDER),
    "shipment.failed_attempt": _by(_ANOTHER_NAME, Kind.SHIPMENT_ATTEMPT_FAILED, Kind.SHIPMENT_ATTEMPT_FOLLOW_UP),
    "shipment.returning_to_sender": _by(_ANOTHER_NAME, Kind.SHIPMENT_RETURNING),
    "shipment.returned_to_sender": _by(_ANOTHER_NAME, Kind.SHIPMENT_RETURNED),
    "shipment.delivered_to_neighbour": _by("names who has it", Kind.SHIPMENT_DELIVERED),
    "shipment.delivered_to_safe_place": _by("names the place", Kind.SHIPMENT_DELIVERED),
    "shipment.delivered_to_locker": _by("names the place", Kind.SHIPMENT_DELIVERED),
    "delivery.not_received_check": _by(_ANOTHER_NAME, Kind.DELIVERY_CHECK),
    "local_delivery.started": _by("the shop's own courier is a courier", Kind.SHIPMENT_OUT_FOR_DELIVERY),
    "local_delivery.missed": _by("the shop's own courier is a courier", Kind.SHIPMENT_ATTEMPT_FAILED),
    "local_delivery.done": _by("the shop's own courier is a courier", Kind.SHIPMENT_DELIVERED),
    "pickup.collected": _by("handed over at the counter", Kind.SHIPMENT_DELIVERED),
    "digital.download_ready": _by(_ANOTHER_NAME, Kind.ORDER_DOWNLOAD_READY),
    "digital.licence": _by("its address leads to the licence", Kind.ORDER_DOWNLOAD_READY),
    "order.completed_summary": _by(_ANOTHER_NAME, Kind.ORDER_COMPLETED),
    "return.instructions": _by("an approval without them would leave the customer to ask", Kind.RETURN_APPROVED),
    "return.needs_info": _by(_ANOTHER_NAME, Kind.RETURN_INFO_NEEDED),
    "return.label_error": _by(_ANOTHER_NAME, Kind.RETURN_LABEL_FAILED),
    "return.inspected_partial": _by("names the result", Kind.RETURN_INSPECTED),
    "return.inspected_refused": _by("names the result", Kind.RETURN_INSPECTED),
    "return.refund_issued": _by("money that goes back is told in one way, whatever it is for", Kind.PAYMENT_REFUNDED, Kind.PAYMENT_PARTLY_REFUNDED),
    "return.exchange_shipped": _by(_ANOTHER_NAME, Kind.RETURN_EXCHANGE_SENT),
    "return.store_credit": _by("a refund whose method is store credit", Kind.PAYMENT_REFUNDED, Kind.PAYMENT_PARTLY_REFUNDED),
    "return.delayed": _by(_ANOTHER_NAME, Kind.RETURN_LATE),
    "warranty.notice": _by("a warranty is met when something is repaired", Kind.REPAIR_ACCEPTED, Kind.REPAIR_EXPERTISE, Kind.REPAIR_READY, Kind.REPAIR_LATE),
    "recall.notice": _by(_ANOTHER_NAME, Kind.ORDER_RECALL),
    "marketing.replenishment": _GOODS,
    "marketing.cross_sell": _GOODS,
    "marketing.winback": _GOODS,
    "back_in_stock.requested": LeftOut("about goods that somebody wants to buy, before any order"),
    "product.how_to_use": LeftOut("knows the goods, not the order: the shop writes it, as a note where it must be read"),
    "product.care": LeftOut("knows the goods, not the order: the shop writes it, as a note where it must be read"),
    "support.case_opened": _by(_ANOTHER_NAME, Kind.SUPPORT_OPENED),
    "account.welcome": _ACCOUNT,
    "account.invite": _ACCOUNT,
    "account.verify": _ACCOUNT,
    "account.password_reset": _ACCOUNT,
    "account.email_changed": _ACCOUNT,
    "account.new_device": _ACCOUNT,
    "account.deleted": _ACCOUNT,
    "consent.double_opt_in": _CONSENT,
    "consent.opted_out_confirmation": _CONSENT,
    "consent.preferences_changed": _CONSENT,
    "loyalty.points_expiring": LeftOut("about a loyalty programme, not an order"),
    "service.incident": _by("one calm message, and one when it is over", Kind.INCIDENT_NOTICE, Kind.INCIDENT_SOLVED),
}
# fmt: on
