"""The catalogue itself: one line per kind. What a column means is said in `entry`."""

from datetime import timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue.entry import (
    ALERT,
    ALERT_BESIDE_RECORD,
    OUTSIDE_CHATS,
    QUIET,
    RECORD,
    Area,
    Audience,
    Entry,
    Urgency,
)
from headsup.contracts.catalogue.kinds import Kind
from headsup.contracts.channels import Channel, MessageClass

_M: Final = timedelta(minutes=1)
_H: Final = timedelta(hours=1)
_D: Final = timedelta(days=1)
_IN_ANY_CASE: Final = frozenset({Channel.EMAIL, Channel.TELEGRAM})
_BOTH: Final = (RECORD, ALERT_BESIDE_RECORD)
_NOW: Final = Urgency.NOW
_WHENEVER: Final = Urgency.WHENEVER
_ALL: Final = Audience.BOTH
_THERE: Final = Audience.RECIPIENT

_order = partial(Entry, area=Area.ORDER, group="order")
_pay = partial(Entry, area=Area.PAYMENT, group="order")
_parcel = partial(Entry, area=Area.DELIVERY, group="shipment", routes=(ALERT,), audience=_ALL)
_return = partial(Entry, area=Area.RETURN, group="return")
_support = partial(Entry, area=Area.SUPPORT, group="ticket")
_incident = partial(Entry, area=Area.INCIDENT, group="incident", routes=(ALERT,), audience=_ALL)
_cart = partial(
    Entry,
    area=Area.CART,
    group="cart",
    message_class=MessageClass.MARKETING,
    urgency=_WHENEVER,
    time_to_live=12 * _H,
)
_certain = partial(_parcel, resent_in_doubt=_IN_ANY_CASE)
"""A parcel that somebody has to do something about."""

# fmt: off
CATALOGUE: Final[dict[Kind, Entry]] = {
    Kind.ORDER_RECEIVED: _order(time_to_live=2 * _D, next_word=2 * _D, answers_an_act=True),
    Kind.ORDER_CONFIRMED: _order(time_to_live=3 * _D, next_word=5 * _D, is_legal=True, answers_an_act=True),
    Kind.ORDER_ON_HOLD: _order(time_to_live=2 * _D, group="hold", settles_for=5 * _M, next_word=2 * _D),
    Kind.ORDER_RELEASED: _order(time_to_live=2 * _D, group="hold", next_word=5 * _D),
    Kind.ORDER_EDITED: _order(time_to_live=2 * _D, group="edit", settles_for=5 * _M, next_word=5 * _D),
    Kind.ORDER_ACTION_NEEDED: _order(routes=_BOTH, time_to_live=3 * _D, group="action", resent_in_doubt=_IN_ANY_CASE, next_word=_D, if_unanswered=Kind.ORDER_ACTION_REMINDER, needs_an_act=True),
    Kind.ORDER_ACTION_REMINDER: _order(routes=_BOTH, time_to_live=2 * _D, group="action", next_word=3 * _D, needs_an_act=True),
    Kind.ORDER_ITEM_UNAVAILABLE: _order(routes=_BOTH, time_to_live=5 * _D, group="item", is_legal=True, next_word=5 * _D),
    Kind.ORDER_ITEM_SUBSTITUTED: _order(routes=_BOTH, time_to_live=5 * _D, group="item", is_legal=True, next_word=5 * _D),
    Kind.ORDER_ITEM_BACKORDERED: _order(routes=_BOTH, time_to_live=5 * _D, group="item", is_legal=True, next_word=5 * _D),
    Kind.ORDER_SPLIT: _order(time_to_live=2 * _D, group="split", urgency=_WHENEVER, next_word=5 * _D),
    Kind.ORDER_CANCELLED: _order(routes=_BOTH, time_to_live=7 * _D, resent_in_doubt=_IN_ANY_CASE, is_legal=True, audience=_ALL),
    Kind.ORDER_EXPIRED: _order(time_to_live=3 * _D),
    Kind.ORDER_REINSTATED: _order(routes=_BOTH, time_to_live=3 * _D, group="correction", resent_in_doubt=_IN_ANY_CASE, next_word=3 * _D, audience=_ALL),
    Kind.ORDER_NOTE: _order(time_to_live=3 * _D, group="note"),
    Kind.ORDER_INVOICE: _order(time_to_live=14 * _D, group="invoice", urgency=_WHENEVER, is_legal=True),
    Kind.ORDER_DOWNLOAD_READY: _order(time_to_live=7 * _D, group="download", answers_an_act=True, needs_an_act=True),
    Kind.ORDER_RECALL: _order(routes=_BOTH, time_to_live=60 * _D, group="recall", urgency=_NOW, audience=_ALL, resent_in_doubt=_IN_ANY_CASE, is_legal=True, needs_an_act=True),
    Kind.ORDER_PROGRESS: _order(area=Area.DELIVERY, routes=(ALERT,), time_to_live=4 * _D, group="progress", next_word=3 * _D, audience=_ALL),
    Kind.ORDER_COMPLETED: _order(time_to_live=3 * _D, group="progress", urgency=_WHENEVER),
    Kind.ORDER_NO_NEWS: _order(routes=(ALERT,), time_to_live=_D, group="watch", next_word=3 * _D, audience=_ALL),

    Kind.PAYMENT_INSTRUCTIONS: _pay(routes=_BOTH, time_to_live=2 * _D, next_word=2 * _D, if_unanswered=Kind.PAYMENT_REMINDER, answers_an_act=True, needs_an_act=True),
    Kind.PAYMENT_REMINDER: _pay(routes=_BOTH, time_to_live=12 * _H, group="payment.reminder", next_word=2 * _D, needs_an_act=True),
    Kind.PAYMENT_FAILED: _pay(routes=_BOTH, time_to_live=2 * _D, settles_for=2 * _M, resent_in_doubt=_IN_ANY_CASE, next_word=2 * _D, if_unanswered=Kind.PAYMENT_REMINDER, answers_an_act=True, needs_an_act=True),
    Kind.PAYMENT_ACTION_REQUIRED: _pay(routes=_BOTH, time_to_live=12 * _H, urgency=_NOW, next_word=_D, if_unanswered=Kind.PAYMENT_REMINDER, answers_an_act=True, needs_an_act=True),
    Kind.PAYMENT_PARTLY_REFUNDED: _pay(time_to_live=7 * _D, group="refund", is_legal=True),
    Kind.PAYMENT_REFUNDED: _pay(time_to_live=7 * _D, group="refund", is_legal=True),
    Kind.REFUND_LATE: _pay(time_to_live=7 * _D, group="refund", next_word=3 * _D),
    Kind.REFUND_FAILED: _pay(routes=_BOTH, time_to_live=7 * _D, group="refund", next_word=3 * _D, needs_an_act=True),

    Kind.DISPATCH_LATE: _order(area=Area.DELIVERY, routes=_BOTH, time_to_live=2 * _D, is_legal=True, next_word=3 * _D, if_unanswered=Kind.DISPATCH_LATE),
    Kind.SHIPMENT_NOT_SCANNED: _parcel(time_to_live=2 * _D, audience=Audience.BUYER, next_word=3 * _D),
    Kind.SHIPMENT_SHIPPED: _parcel(time_to_live=3 * _D, next_word=4 * _D),
    Kind.SHIPMENT_PARTLY_SHIPPED: _parcel(time_to_live=3 * _D, next_word=4 * _D),
    Kind.SHIPMENT_TRACKING_CHANGED: _parcel(time_to_live=2 * _D, group="tracking", settles_for=5 * _M, next_word=4 * _D),
    Kind.SHIPMENT_ARRIVING_TOMORROW: _parcel(time_to_live=12 * _H, audience=_THERE, next_word=2 * _D),
    Kind.SHIPMENT_COURIER_WINDOW: _parcel(time_to_live=_D, group="window", audience=_THERE, next_word=2 * _D),
    Kind.SHIPMENT_OUT_FOR_DELIVERY: _certain(time_to_live=14 * _H, urgency=_NOW, audience=_THERE, next_word=_D),
    Kind.SHIPMENT_STALLED: _parcel(time_to_live=2 * _D, next_word=3 * _D, if_unanswered=Kind.SHIPMENT_STALLED),
    Kind.SHIPMENT_DELAYED: _parcel(time_to_live=2 * _D, next_word=4 * _D),
    Kind.SHIPMENT_OVERDUE: _parcel(time_to_live=_D, next_word=2 * _D),
    Kind.SHIPMENT_EARLIER: _parcel(time_to_live=_D, next_word=4 * _D),
    Kind.SHIPMENT_DUTY_DUE: _certain(routes=_BOTH, time_to_live=3 * _D, group="duty", audience=Audience.BUYER, next_word=2 * _D, if_unanswered=Kind.SHIPMENT_DUTY_REMINDER, needs_an_act=True),
    Kind.SHIPMENT_DUTY_REMINDER: _parcel(routes=_BOTH, time_to_live=_D, group="duty", audience=Audience.BUYER, next_word=3 * _D, needs_an_act=True),
    Kind.SHIPMENT_ADDRESS_PROBLEM: _certain(routes=_BOTH, time_to_live=2 * _D, next_word=2 * _D, needs_an_act=True),
    Kind.SHIPMENT_ATTEMPT_FAILED: _certain(time_to_live=_D, audience=_THERE, next_word=_D, if_unanswered=Kind.SHIPMENT_ATTEMPT_FOLLOW_UP, needs_an_act=True),
    Kind.SHIPMENT_ATTEMPT_FOLLOW_UP: _parcel(time_to_live=_D, audience=_THERE, next_word=2 * _D, needs_an_act=True),
    Kind.SHIPMENT_READY_FOR_PICKUP: _certain(time_to_live=3 * _D, audience=_THERE, next_word=5 * _D, if_unanswered=Kind.PICKUP_REMINDER, needs_an_act=True),
    Kind.PICKUP_REMINDER: _parcel(time_to_live=_D, audience=_THERE, next_word=5 * _D, if_unanswered=Kind.PICKUP_LAST_DAY, needs_an_act=True),
    Kind.PICKUP_LAST_DAY: _certain(time_to_live=12 * _H, urgency=_NOW, audience=_THERE, next_word=3 * _D, needs_an_act=True),
    Kind.SHIPMENT_DAMAGED: _parcel(routes=_BOTH, time_to_live=5 * _D, next_word=3 * _D),
    Kind.SHIPMENT_LOST: _parcel(routes=_BOTH, time_to_live=5 * _D, next_word=3 * _D),
    Kind.SHIPMENT_FOUND: _parcel(routes=_BOTH, time_to_live=3 * _D, next_word=4 * _D),
    Kind.SHIPMENT_RETURNING: _parcel(routes=_BOTH, time_to_live=5 * _D, next_word=5 * _D),
    Kind.SHIPMENT_RETURNED: _parcel(routes=_BOTH, time_to_live=5 * _D, audience=Audience.BUYER, next_word=3 * _D),
    Kind.SHIPMENT_DELIVERED: _parcel(time_to_live=2 * _D),
    Kind.DELIVERY_CHECK: _parcel(routes=(RECORD,), time_to_live=2 * _D, audience=_THERE, urgency=_WHENEVER, needs_an_act=True),
    Kind.DELIVERY_CORRECTION: _certain(routes=_BOTH, time_to_live=3 * _D, group="correction", next_word=2 * _D),

    Kind.RETURN_WINDOW_CLOSING: _return(routes=(QUIET,), time_to_live=2 * _D, group="return.window", urgency=_WHENEVER),
    Kind.RETURN_REQUESTED: _return(time_to_live=3 * _D, next_word=3 * _D, answers_an_act=True),
    Kind.RETURN_APPROVED: _return(routes=_BOTH, time_to_live=7 * _D, resent_in_doubt=_IN_ANY_CASE, if_unanswered=Kind.RETURN_DROP_OFF_REMINDER, needs_an_act=True),
    Kind.RETURN_REJECTED: _return(time_to_live=7 * _D, is_legal=True),
    Kind.RETURN_CLOSED: _return(time_to_live=7 * _D, settles_for=5 * _M),
    Kind.RETURN_INFO_NEEDED: _return(time_to_live=5 * _D, needs_an_act=True),
    Kind.RETURN_LABEL_READY: _return(time_to_live=5 * _D, group="return.label", answers_an_act=True, needs_an_act=True),
    Kind.RETURN_LABEL_FAILED: _return(time_to_live=2 * _D, group="return.label", next_word=2 * _D),
    Kind.RETURN_DROP_OFF_REMINDER: _return(time_to_live=2 * _D, group="return.reminder", urgency=_WHENEVER, if_unanswered=Kind.RETURN_DEADLINE_NEAR, needs_an_act=True),
    Kind.RETURN_DEADLINE_NEAR: _return(routes=_BOTH, time_to_live=_D, group="return.reminder", needs_an_act=True),
    Kind.RETURN_IN_TRANSIT: _return(time_to_live=3 * _D, urgency=_WHENEVER, next_word=7 * _D),
    Kind.RETURN_RECEIVED: _return(time_to_live=5 * _D, next_word=7 * _D),
    Kind.RETURN_INSPECTED: _return(time_to_live=7 * _D, is_legal=True),
    Kind.RETURN_EXCHANGE_SENT: _return(time_to_live=5 * _D, group="return.exchange"),
    Kind.RETURN_LATE: _return(time_to_live=5 * _D),
    Kind.REPAIR_ACCEPTED: _return(time_to_live=5 * _D, group="repair", is_legal=True, next_word=14 * _D),
    Kind.REPAIR_EXPERTISE: _return(time_to_live=5 * _D, group="repair.expertise", is_legal=True, next_word=10 * _D),
    Kind.REPAIR_READY: _return(routes=_BOTH, time_to_live=7 * _D, group="repair", needs_an_act=True),
    Kind.REPAIR_LATE: _return(time_to_live=5 * _D, group="repair"),

    Kind.SUPPORT_OPENED: _support(time_to_live=_D, next_word=2 * _D, answers_an_act=True),
    Kind.SUPPORT_ANSWERED: _support(time_to_live=3 * _D),
    Kind.SUPPORT_CLOSED: _support(time_to_live=3 * _D, urgency=_WHENEVER),
    Kind.ORDER_CHECK_IN: _support(routes=(QUIET,), time_to_live=3 * _D, group="feedback", urgency=_WHENEVER),
    Kind.REVIEW_REQUEST: _support(routes=(QUIET,), time_to_live=5 * _D, group="feedback", urgency=_WHENEVER, message_class=MessageClass.MARKETING),

    Kind.INCIDENT_NOTICE: _incident(time_to_live=2 * _D, next_word=2 * _D),
    Kind.INCIDENT_SOLVED: _incident(time_to_live=_D, next_word=4 * _D),

    Kind.CHAT_LINKED: Entry(area=Area.CHAT, group="chat", routes=(OUTSIDE_CHATS,), time_to_live=2 * _D, answers_an_act=True),

    Kind.CART_ABANDONED: _cart(),
    Kind.CHECKOUT_ABANDONED: _cart(),
}
# fmt: on
"""Why some kinds have two routes: `docs/decisions/routes-not-one-channel.md`."""
