"""The difference between what is true and what was told: what to say now, what to take back, what
stays unsaid and why, and when to look again."""

from datetime import datetime

import msgspec

from headsup.contracts.notifications import NotificationRequested, NotificationWithdrawn
from services.order_events.facts import Facts
from services.order_events.told import Told, Unsaid


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """A request to tell the customer something. `id` is a function of what is said."""

    id: str
    subject: str
    request: NotificationRequested


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about an order now."""

    announce: tuple[Announcement, ...] = ()
    withdraw: tuple[NotificationWithdrawn, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()
    next_look_at: datetime | None = None


def reconcile(facts: Facts, told: Told, now: datetime) -> Decision:
    """Compares facts and told. Pure: neither is changed."""
    del facts, told, now
    return Decision()


def record(told: Told, decision: Decision, now: datetime) -> Told:
    """Notes a decision as told, in place. Reconciling again afterwards announces nothing."""
    del decision, now
    return told
