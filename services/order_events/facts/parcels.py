"""What is true of a parcel."""

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

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


class Expected(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
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
    ADDRESS_PROBLEM = "address_problem"
    DAMAGED = "damaged"
    LOST = "lost"
    RETURNING = "returning"
    RETURNED = "returned"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    """It was reported as delivered, and is not. Where it is, nobody said."""


_NOT_UNDONE_BY_A_SCAN: Final = frozenset(
    {
        Milestone.ADDRESS_PROBLEM,
        Milestone.DAMAGED,
        Milestone.RETURNING,
        Milestone.RETURNED,
        Milestone.DELIVERED,
    }
)
"""A parcel is scanned on its way back, where it lies with an address that nobody can find, and when
it is damaged, too. And carriers send scans late, or with a clock that is wrong: a mere scan does
not take a delivery back."""


_OF_A_COURIERS_DAY: Final = frozenset(
    {
        Milestone.OUT_FOR_DELIVERY,
        Milestone.ATTEMPT_FAILED,
        Milestone.READY_FOR_PICKUP,
        Milestone.ADDRESS_PROBLEM,
    }
)
"""What couriers scan on the day on which they hand a parcel over, and send when the van is back."""
_SAME_SHIFT: Final = timedelta(hours=6)
"""Less than this after a delivery no parcel sets out again, whatever day it is by then."""


class Shipment(msgspec.Struct, omit_defaults=True, kw_only=True, dict=True):
    """One parcel. Where it is now is asked by most rules, so the answer is kept until anything
    changes."""

    zone: str | None = None
    """The time zone where it goes, as the order names it."""
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

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        self.__dict__.clear()

    @property
    def now_at(self) -> tuple[Milestone, datetime] | None:
        """The milestone with the latest event time, and that time; None when there is none yet.

        A delivery is undone by whoever takes it back, and by a later word that cannot be true of a
        parcel that was handed over: it is lost or goes back; on another day, it is out for delivery
        again, or waits. On the same day that is a scan of before, sent late or by a clock that is
        wrong. A label
        says nothing of a parcel that somebody has seen. A scan of a lost parcel means that it was
        found.
        """
        known = self.__dict__
        if "now_at" not in known:
            known["now_at"] = self._now_at
        return known["now_at"]  # type: ignore[no-any-return]

    @property
    def _now_at(self) -> tuple[Milestone, datetime] | None:
        told = self._told
        scanned = self._last_seen_moving
        if scanned and (
            told is None or (scanned > told[1] and told[0] not in _NOT_UNDONE_BY_A_SCAN)
        ):
            return Milestone.IN_TRANSIT, scanned
        if told is None and self.labelled:
            return Milestone.LABELLED, self.labelled.last
        return told

    @property
    def _last_seen_moving(self) -> datetime | None:
        """The last scan; or an address that nobody found, and that was mended: whoever said so had
        the parcel in hand."""
        seen = [self.scans.last] if self.scans else []
        if self.address_problem and self._unfixed_address is None:
            seen.append(self.address_problem.at)
        return max(seen, default=None)

    @property
    def _told(self) -> tuple[Milestone, datetime] | None:
        """The latest milestone that is more than a label or a scan."""
        found: tuple[Milestone, datetime] | None = None
        for milestone, word in (
            (Milestone.OUT_FOR_DELIVERY, self.out_for_delivery),
            (Milestone.ATTEMPT_FAILED, self.attempt_failed),
            (Milestone.READY_FOR_PICKUP, self.ready_for_pickup),
            (Milestone.ADDRESS_PROBLEM, self._unfixed_address),
            (Milestone.DAMAGED, self.damaged),
            (Milestone.LOST, self.lost),
            (Milestone.RETURNING, self.returning),
            (Milestone.RETURNED, self.returned),
            (Milestone.DELIVERED, self.delivered),
        ):
            if not word or (found and word.at < found[1]):
                continue
            if milestone in _OF_A_COURIERS_DAY and self._is_of_the_day_it_came(word.at):
                continue
            found = milestone, word.at
        if found and found[0] is Milestone.DELIVERED and self.revoked and self._is_revoked:
            return Milestone.NOT_DELIVERED, self.revoked.last
        return found

    @property
    def _is_revoked(self) -> bool:
        return bool(self.delivered and self.revoked and self.revoked.last >= self.delivered.at)

    def _is_of_the_day_it_came(self, moment: datetime) -> bool:
        """After the delivery, and before another day on which a courier may have it again."""
        if self.delivered is None or self._is_revoked or moment <= self.delivered.at:
            return False
        if moment < self.delivered.at + _SAME_SHIFT:
            return True
        zone = _zone_named(self.zone)
        return moment.astimezone(zone).date() == self.delivered.at.astimezone(zone).date()

    @property
    def _unfixed_address(self) -> Latest[AddressProblem] | None:
        problem, fixed = self.address_problem, self.address_fixed
        return None if problem and fixed and fixed.last >= problem.at else problem

    @property
    def has_moved(self) -> bool:
        """A carrier has the parcel, or had it: it was scanned, or something that implies a scan."""
        return bool(
            self.scans
            or self.out_for_delivery
            or self.attempt_failed
            or self.ready_for_pickup
            or self.delivered
            or self.customs_due
            or self.address_problem
            or self.damaged
            or self.lost
            or self.returning
            or self.returned
        )


def _zone_named(name: str | None) -> tzinfo:
    """UTC where nobody named one, or it is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # all that ZoneInfo raises for a zone that is none
        return UTC
