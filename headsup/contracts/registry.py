"""Which event types there are, on which topic each travels, and under which key."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from headsup.contracts import notifications, replies, shop
from headsup.contracts.base import Contract

DEAD_LETTERS: Final = ".dlq"
"""Ends the name of the topic for records of another that could not be read."""


class Topic(StrEnum):
    """The topics, as they are called without a prefix."""

    ORDERS = "shop.orders"
    PAYMENTS = "shop.payments"
    SHIPMENTS = "shop.shipments"
    RETURNS = "shop.returns"
    SUPPORT = "shop.support"
    INCIDENTS = "shop.incidents"
    CARTS = "shop.carts"
    CUSTOMERS = "shop.customers"
    CONVERSATIONS = "shop.conversations"
    REQUESTED = "notifications.requested"
    REMINDERS = "notifications.reminders"
    OUTCOMES = "notifications.outcomes"
    REPLIED = "customers.replied"

    @property
    def dead_letters(self) -> str:
        """The topic for records of this one that could not be read."""
        return self.value + DEAD_LETTERS


class Internal(StrEnum):
    """Topics that are nobody's business but the service's that reads and writes them."""

    JOINED = "cart_recovery.joined"
    """What concerns a cart, under the cart's id: orders, outcomes, what was said of a cart that
    was merged into it, and the tick of its clock."""
    CARTS_KEPT = "cart_recovery.carts"
    """The state of every open cart: the changelog of a table. Compacted."""

    @property
    def dead_letters(self) -> str:
        """The topic for records of this one that could not be handled."""
        return self.value + DEAD_LETTERS


READ: Final[tuple[Topic | Internal, ...]] = (*Topic, Internal.JOINED)
"""The topics that are read, each with its dead letters beside it. A changelog is none of them: it
is the copy of a table, and the library that keeps the table reads it."""


@dataclass(frozen=True, slots=True)
class EventType:
    """An event type: its CloudEvents `type`, the shape of its data, its topic and its key."""

    name: str
    data: type[Contract]
    topic: Topic | Internal
    key: str
    """The field of the data that is the Kafka key."""
    also: Topic | None = None
    """Where it travels besides, by whom says it: each service's words stay in their order."""

    @property
    def topics(self) -> tuple[Topic | Internal, ...]:
        """All on which it travels."""
        return (self.topic,) if self.also is None else (self.topic, self.also)

    def key_of(self, data: Contract) -> str:
        """The Kafka key: events that share it are read in the order in which they were written."""
        value = data
        for part in self.key.split("."):
            value = getattr(value, part)
        return str(value)


def _types(
    topic: Topic | Internal,
    key: str,
    types: dict[str, type[Contract]],
    *,
    also: Topic | None = None,
) -> tuple[EventType, ...]:
    return tuple(EventType(name, data, topic, key, also) for name, data in types.items())


EVENT_TYPES: tuple[EventType, ...] = (
    *_types(
        Topic.ORDERS,
        "order_id",
        {
            "shop.order.placed.v1": shop.OrderPlaced,
            "shop.order.confirmed.v1": shop.OrderConfirmed,
            "shop.order.held.v1": shop.OrderHeld,
            "shop.order.released.v1": shop.OrderReleased,
            "shop.order.edited.v1": shop.OrderEdited,
            "shop.order.action_needed.v1": shop.ActionNeeded,
            "shop.order.action_resolved.v1": shop.ActionResolved,
            "shop.order.item_changed.v1": shop.ItemChanged,
            "shop.order.split.v1": shop.OrderSplit,
            "shop.order.cancelled.v1": shop.OrderCancelled,
            "shop.order.reinstated.v1": shop.OrderReinstated,
            "shop.order.note_added.v1": shop.NoteAdded,
            "shop.order.invoice_ready.v1": shop.InvoiceReady,
            "shop.order.download_ready.v1": shop.DownloadReady,
            "shop.order.recalled.v1": shop.OrderRecalled,
        },
    ),
    *_types(
        Topic.PAYMENTS,
        "order_id",
        {
            "shop.payment.pending.v1": shop.PaymentPending,
            "shop.payment.action_required.v1": shop.PaymentActionRequired,
            "shop.payment.succeeded.v1": shop.PaymentSucceeded,
            "shop.payment.failed.v1": shop.PaymentFailed,
            "shop.payment.refunded.v1": shop.PaymentRefunded,
            "shop.payment.refund_failed.v1": shop.RefundFailed,
        },
    ),
    *_types(
        Topic.SHIPMENTS,
        "order_id",
        {
            "shop.shipment.label_created.v1": shop.LabelCreated,
            "shop.shipment.in_transit.v1": shop.InTransit,
            "shop.shipment.estimate_changed.v1": shop.EstimateChanged,
            "shop.shipment.out_for_delivery.v1": shop.OutForDelivery,
            "shop.shipment.attempt_failed.v1": shop.AttemptFailed,
            "shop.shipment.ready_for_pickup.v1": shop.ReadyForPickup,
            "shop.shipment.window_set.v1": shop.WindowSet,
            "shop.shipment.customs_due.v1": shop.CustomsDue,
            "shop.shipment.customs_cleared.v1": shop.CustomsCleared,
            "shop.shipment.address_problem.v1": shop.AddressProblem,
            "shop.shipment.address_fixed.v1": shop.AddressFixed,
            "shop.shipment.damaged.v1": shop.Damaged,
            "shop.shipment.lost.v1": shop.Lost,
            "shop.shipment.returning.v1": shop.Returning,
            "shop.shipment.returned.v1": shop.Returned,
            "shop.shipment.delivered.v1": shop.Delivered,
            "shop.shipment.delivery_revoked.v1": shop.DeliveryRevoked,
        },
    ),
    *_types(
        Topic.RETURNS,
        "order_id",
        {
            "shop.return.requested.v1": shop.ReturnRequested,
            "shop.return.approved.v1": shop.ReturnApproved,
            "shop.return.rejected.v1": shop.ReturnRejected,
            "shop.return.info_needed.v1": shop.ReturnInfoNeeded,
            "shop.return.label_ready.v1": shop.ReturnLabelReady,
            "shop.return.label_failed.v1": shop.ReturnLabelFailed,
            "shop.return.in_transit.v1": shop.ReturnInTransit,
            "shop.return.received.v1": shop.ReturnReceived,
            "shop.return.inspected.v1": shop.ReturnInspected,
            "shop.return.exchange_sent.v1": shop.ExchangeSent,
            "shop.return.cancelled.v1": shop.ReturnCancelled,
            "shop.repair.accepted.v1": shop.RepairAccepted,
            "shop.repair.expertise_started.v1": shop.ExpertiseStarted,
            "shop.repair.ready.v1": shop.RepairReady,
        },
    ),
    *_types(
        Topic.SUPPORT,
        "order_id",
        {
            "shop.support.opened.v1": shop.TicketOpened,
            "shop.support.answered.v1": shop.TicketAnswered,
            "shop.support.closed.v1": shop.TicketClosed,
        },
    ),
    *_types(
        Topic.INCIDENTS,
        "incident_id",
        {
            "shop.incident.opened.v1": shop.IncidentOpened,
            "shop.incident.resolved.v1": shop.IncidentResolved,
        },
    ),
    *_types(
        Topic.CARTS,
        "cart_id",
        {
            "shop.cart.updated.v1": shop.CartUpdated,
            "shop.cart.emptied.v1": shop.CartEmptied,
            "shop.cart.identified.v1": shop.CartIdentified,
            "shop.cart.merged.v1": shop.CartMerged,
            "shop.checkout.started.v1": shop.CheckoutStarted,
        },
    ),
    *_types(
        Topic.CUSTOMERS,
        "customer_id",
        {
            "shop.customer.updated.v1": shop.CustomerUpdated,
            "shop.customer.erased.v1": shop.CustomerErased,
        },
    ),
    *_types(
        Topic.CONVERSATIONS,
        "customer_id",
        {
            "shop.conversation.agent_wrote.v1": shop.AgentWrote,
            "shop.conversation.handed_back.v1": shop.ConversationHandedBack,
        },
    ),
    *_types(
        Topic.REQUESTED,
        "customer.id",
        {"headsup.notification.requested.v1": notifications.NotificationRequested},
        also=Topic.REMINDERS,
    ),
    *_types(
        Topic.REQUESTED,
        "customer_id",
        {
            "headsup.notification.withdrawn.v1": notifications.NotificationWithdrawn,
            "headsup.customer.forgotten.v1": notifications.CustomerForgotten,
        },
        also=Topic.REMINDERS,
    ),
    *_types(
        Topic.REQUESTED, "customer_id", {"headsup.order.trouble.v1": notifications.OrderTrouble}
    ),
    *_types(
        Topic.REQUESTED,
        "customer.id",
        {"headsup.customer.purchased.v1": notifications.CustomerPurchased},
        also=Topic.REMINDERS,
    ),
    *_types(
        Topic.OUTCOMES,
        "customer_id",
        {
            "headsup.notification.outcome.v1": notifications.NotificationOutcome,
            "headsup.cart.recovered.v1": notifications.CartRecovered,
        },
    ),
    *_types(Internal.JOINED, "cart_id", {"headsup.cart.continued.v1": notifications.CartContinued}),
    *_types(Topic.REPLIED, "order_id", {"headsup.customer.replied.v1": replies.CustomerReplied}),
    *_types(
        Topic.REPLIED,
        "customer_id",
        {
            "headsup.customer.opted_out.v1": replies.CustomerOptedOut,
            "headsup.customer.opted_in.v1": replies.CustomerOptedIn,
            "headsup.customer.preferences.v1": replies.PreferencesChanged,
            "headsup.customer.linked.v1": replies.ChatLinked,
            "headsup.customer.unlinked.v1": replies.ChatUnlinked,
            "headsup.conversation.human_requested.v1": replies.HumanRequested,
            "headsup.conversation.customer_wrote.v1": replies.CustomerWrote,
        },
    ),
)

BY_NAME: dict[str, EventType] = {t.name: t for t in EVENT_TYPES}
BY_DATA: dict[type[Contract], EventType] = {t.data: t for t in EVENT_TYPES}
