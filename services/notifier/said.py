"""What somebody was told, as a page shows it to them."""

from dataclasses import dataclass, field
from datetime import datetime

from headsup.contracts.catalogue import Audience
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.replies import Question
from services.notifier.attempts import State
from services.notifier.people import Address, Person
from services.notifier.plan import PassedOver


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message."""

    number: int
    """Its own in the ledger."""
    request_id: str
    source: str
    request: NotificationRequested = field(repr=False)
    address: Address = field(repr=False)
    language: str
    state: State
    planned_at: datetime
    at: datetime
    """When it was written, or is to be."""
    route: int = 0
    held_for: str | None = None
    """What it waited for, as `quiet.HeldFor` names it."""

    @property
    def audience(self) -> Audience:
        """To whom it is written."""
        return self.request.content.audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The message whose link was opened, and all that was decided with it."""

    said: Said
    person: Person = field(repr=False)
    passed_over: tuple[PassedOver, ...] = ()
    failed: tuple[PassedOver, ...] = ()
    """The channels that were tried for it before this one, and did not bring it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question of ours that nobody answered yet."""

    request_id: str
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What one person was told of one order, the newest first."""

    said: tuple[Said, ...] = ()
    asking: Asking | None = None
