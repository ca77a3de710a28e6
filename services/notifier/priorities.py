"""Who goes first: what cannot wait, then the rest of what is part of the contract, then marketing.
Pure."""

from enum import IntEnum

from headsup.contracts.catalogue import CATALOGUE, Kind, Urgency
from headsup.contracts.channels import MessageClass


class Priority(IntEnum):
    """The order in which messages of a channel are taken. Nothing is taken while something before
    it waits, so a million reminders delay no parcel's news by more than what is under way."""

    URGENT = 0
    NEWS = 1
    MARKETING = 2

    @property
    def word(self) -> str:
        """Its name, as operators see it."""
        return self.name.lower()


def priority_of(kind: Kind) -> Priority:
    """The priority of a kind's messages."""
    entry = CATALOGUE[kind]
    if entry.message_class is MessageClass.MARKETING:
        return Priority.MARKETING
    return Priority.URGENT if entry.urgency is Urgency.NOW else Priority.NEWS


def room_of(priority: Priority, capacity: int) -> int:
    """How much of what a channel holds at once may be taken by messages of this priority and of
    those before it: marketing leaves a quarter free, and one place at least, so that what comes
    next finds one."""
    if priority is not Priority.MARKETING or capacity == 1:
        return capacity
    return min(capacity - 1, capacity * 3 // 4)
