"""Which event types there are, on which topic each travels, and under which key."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from headsup.contracts import notifications, shop
from headsup.contracts.base import Contract

DEAD_LETTERS: Final = ".dlq"
"""Ends the name of the topic for records of another that could not be read."""


class Topic(StrEnum):
    """The topics, as they are called without a prefix."""

    ORDERS = "shop.orders"
    PAYMENTS = "shop.payments"
    SHIPMENTS = "shop.shipments"
    RETURNS = "shop.returns"
    CUSTOMERS = "shop.customers"
    REQUESTED = "notifications.requested"
    OUTCOMES = "notifications.outcomes"

    @property
    def dead_letters(self) -> str:
        """The topic for records of this one that could not be read."""
        return self.value + DEAD_LETTERS


@dataclass(frozen=True, slots=True)
class EventType:
    """An event type: its CloudEvents `type`, the shape of its data, its topic and its key."""

    name: str
    data: type[Contract]
    topic: Topic
    key: str
    """The field of the data that is the Kafka key."""

    def key_of(self, data: Contract) -> str:
        """The Kafka key: events that share it are read in the order in which they were written."""
        value = data
        for part in self.key.split("."):
            value = getattr(value, part)
        return str(value)


def _types(topic: Topic, key: str, types: dict[str, type[Contract]]) -> tuple[EventType, ...]:
    return tuple(EventType(name, data, topic, key) for name, data in types.items())


EVENT_TYPES: tuple[EventType, ...] = (
    *_types(
        Topic.ORDERS,
        "order_id",
        {
            "shop.order.placed.v1": shop.OrderPlaced,
            "shop.order.confirmed.v1": shop.OrderConfirmed,
            "shop.order.cancelled.v1": shop.OrderCancelled,
        },
    ),
    *_types(
        Topic.PAYMENTS,
        "order_id",
        {
            "shop.payment.succeeded.v1": shop.PaymentSucceeded,
            "shop.payment.failed.v1": shop.PaymentFailed,
            "shop.payment.refunded.v1": shop.PaymentRefunded,
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
            "shop.shipment.delivered.v1": shop.Delivered,
        },
    ),
    *_types(
        Topic.RETURNS,
        "order_id",
        {
            "shop.return.requested.v1": shop.ReturnRequested,
            "shop.return.approved.v1": shop.ReturnApproved,
        },
    ),
    *_types(Topic.CUSTOMERS, "customer_id", {"shop.customer.updated.v1": shop.CustomerUpdated}),
    *_types(
        Topic.REQUESTED,
        "customer.id",
        {"headsup.notification.requested.v1": notifications.NotificationRequested},
    ),
    *_types(
        Topic.REQUESTED,
        "customer_id",
        {"headsup.notification.withdrawn.v1": notifications.NotificationWithdrawn},
    ),
    *_types(
        Topic.OUTCOMES,
        "customer_id",
        {"headsup.notification.outcome.v1": notifications.NotificationOutcome},
    ),
)

BY_NAME: dict[str, EventType] = {t.name: t for t in EVENT_TYPES}
BY_DATA: dict[type[Contract], EventType] = {t.data: t for t in EVENT_TYPES}
