"""The catalogue: one line per kind of notification.

Adding a kind is adding a line here, a rule in `services/order_events/rules/` and its texts in
`services/notifier/messages/`; see `docs/adding-a-kind.md`.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from headsup.contracts.channels import Channel, MessageClass


class Kind(StrEnum):
    """Everything that Headsup can tell a customer."""

    ORDER_RECEIVED = "order.received"
    ORDER_CONFIRMED = "order.confirmed"
    ORDER_CANCELLED = "order.cancelled"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_REFUNDED = "payment.refunded"
    DISPATCH_LATE = "dispatch.late"
    SHIPMENT_SHIPPED = "shipment.shipped"
    SHIPMENT_DELAYED = "shipment.delayed"
    SHIPMENT_OUT_FOR_DELIVERY = "shipment.out_for_delivery"
    SHIPMENT_ATTEMPT_FAILED = "shipment.attempt_failed"
    SHIPMENT_READY_FOR_PICKUP = "shipment.ready_for_pickup"
    SHIPMENT_DELIVERED = "shipment.delivered"
    RETURN_APPROVED = "return.approved"


Route = tuple[Channel, ...]
"""Channels in order of choice: the first that can reach the customer carries the message."""

ALERT: Route = (Channel.TELEGRAM, Channel.SMS, Channel.EMAIL)
"""Seen at a glance."""
RECORD: Route = (Channel.EMAIL, Channel.TELEGRAM, Channel.SMS)
"""Kept to be found again."""
ALERT_BESIDE_RECORD: Route = (Channel.TELEGRAM, Channel.SMS)
"""Seen at a glance, where a record goes out as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a kind is treated."""

    message_class: MessageClass = MessageClass.TRANSACTIONAL
    routes: tuple[Route, ...]
    """Each route carries one message; a channel is used by one route at most."""
    time_to_live: timedelta
    """How long the news is worth telling, from the moment when it became true."""
    group: str
    """Within a group the newest statement replaces those that are still waiting."""
    resent_in_doubt: frozenset[Channel] = frozenset({Channel.EMAIL})
    """Channels on which it is sent again when a call ended without an answer and the provider
    cannot be asked. A mail keeps its Message-ID and Date, so mailboxes may fold copies into one;
    a messenger shows both, so only news goes twice there that would cost the customer something if
    it were missed. Elsewhere it stays unknown. SMS is not here: its provider is asked."""


_IN_ANY_CASE = frozenset({Channel.EMAIL, Channel.TELEGRAM})
_HOURS = timedelta(hours=1)
_DAYS = timedelta(days=1)

CATALOGUE: dict[Kind, Entry] = {
    Kind.ORDER_RECEIVED: Entry(routes=(RECORD,), time_to_live=2 * _DAYS, group="order"),
    Kind.ORDER_CONFIRMED: Entry(routes=(RECORD,), time_to_live=3 * _DAYS, group="order"),
    Kind.ORDER_CANCELLED: Entry(
        routes=(RECORD, ALERT_BESIDE_RECORD),
        time_to_live=7 * _DAYS,
        group="order",
        resent_in_doubt=_IN_ANY_CASE,
    ),
    Kind.PAYMENT_FAILED: Entry(
        routes=(RECORD, ALERT_BESIDE_RECORD),
        time_to_live=2 * _DAYS,
        group="order",
        resent_in_doubt=_IN_ANY_CASE,
    ),
    Kind.PAYMENT_REFUNDED: Entry(routes=(RECORD,), time_to_live=7 * _DAYS, group="refund"),
    Kind.DISPATCH_LATE: Entry(
        routes=(RECORD, ALERT_BESIDE_RECORD), time_to_live=2 * _DAYS, group="order"
    ),
    Kind.SHIPMENT_SHIPPED: Entry(routes=(ALERT,), time_to_live=3 * _DAYS, group="shipment"),
    Kind.SHIPMENT_DELAYED: Entry(routes=(ALERT,), time_to_live=2 * _DAYS, group="shipment"),
    Kind.SHIPMENT_OUT_FOR_DELIVERY: Entry(
        routes=(ALERT,), time_to_live=14 * _HOURS, group="shipment", resent_in_doubt=_IN_ANY_CASE
    ),
    Kind.SHIPMENT_ATTEMPT_FAILED: Entry(
        routes=(ALERT,), time_to_live=1 * _DAYS, group="shipment", resent_in_doubt=_IN_ANY_CASE
    ),
    Kind.SHIPMENT_READY_FOR_PICKUP: Entry(
        routes=(ALERT,), time_to_live=3 * _DAYS, group="shipment", resent_in_doubt=_IN_ANY_CASE
    ),
    Kind.SHIPMENT_DELIVERED: Entry(routes=(ALERT,), time_to_live=2 * _DAYS, group="shipment"),
    Kind.RETURN_APPROVED: Entry(
        routes=(RECORD, ALERT_BESIDE_RECORD),
        time_to_live=7 * _DAYS,
        group="return",
        resent_in_doubt=_IN_ANY_CASE,
    ),
}
"""Why some kinds have two routes: `docs/decisions/routes-not-one-channel.md`."""
