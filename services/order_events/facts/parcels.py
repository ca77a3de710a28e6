"""What is true of a parcel."""

from datetime import datetime
from enum import StrEnum

import msgspec

from headsup.contracts.base import Estimate, Items, Window
from headsup.contracts.shop import (
    AddressProblem,
    AttemptFailed,
    CustomsDue,
    Damaged,
    DelayReason,
    Delivered,
    Lost,
    OutForDelivery,
    ReadyForPickup,
    Returned,
    Returning,
)
from services.order_events.facts.shapes import Latest, Span


class Expected(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """When a parcel is expected, and why it is not when we thought."""

    estimate: Estimate
    reason: DelayReason | None = None


class Milestone(StrEnum):
    """Where a parcel is. The order is the rank: of two of the same moment the later counts."""

    LABELLED = "labelled"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"


class Shipment(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One parcel."""

    carrier: Latest[str] | None = None
    tracking_number: Latest[str] | None = None
    tracking_url: Latest[str] | None = None
    expected: Latest[Expected] | None = None
    items: Latest[Items] | None = None
    labelled: Span | None = None
    scans: Span | None = None
    out_for_delivery: Latest[OutForDelivery] | None = None
    attempt_failed: Latest[AttemptFailed] | None = None
    ready_for_pickup: Latest[ReadyForPickup] | None = None
    delivered: Latest[Delivered] | None = None
    revoked: Span | None = None
    """It was said that it is not delivered after all."""
    place: Latest[str] | None = None
    """Where the carrier last saw it."""
    window: Latest[Window] | None = None
    customs_due: Latest[CustomsDue] | None = None
    customs_cleared: Span | None = None
    address_problem: Latest[AddressProblem] | None = None
    address_fixed: Span | None = None
    damaged: Latest[Damaged] | None = None
    lost: Latest[Lost] | None = None
    returning: Latest[Returning] | None = None
    returned: Latest[Returned] | None = None

    @property
    def now_at(self) -> tuple[Milestone, datetime] | None:
        """The milestone with the latest event time, and that time; None when there is none yet."""
        found: Milestone | None = None
        at: datetime | None = None
        for milestone, moment in (
            (Milestone.LABELLED, self.labelled and self.labelled.last),
            (Milestone.IN_TRANSIT, self.scans and self.scans.last),
            (Milestone.OUT_FOR_DELIVERY, self.out_for_delivery and self.out_for_delivery.at),
            (Milestone.ATTEMPT_FAILED, self.attempt_failed and self.attempt_failed.at),
            (Milestone.READY_FOR_PICKUP, self.ready_for_pickup and self.ready_for_pickup.at),
            (Milestone.DELIVERED, self.delivered and self.delivered.at),
        ):
            if moment and (at is None or moment >= at):
                found, at = milestone, moment
        return (found, at) if found and at else None

    @property
    def has_moved(self) -> bool:
        """A carrier has the parcel, or had it: it was scanned, or something that implies a scan."""
        return bool(
            self.scans
            or self.out_for_delivery
            or self.attempt_failed
            or self.ready_for_pickup
            or self.delivered
        )
