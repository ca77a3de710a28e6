"""What the machine wants to be said, to the notifier, the shop and other carts."""

from dataclasses import dataclass

from headsup.contracts.notifications import (
    CartContinued,
    CartRecovered,
    NotificationRequested,
    NotificationWithdrawn,
)


@dataclass(frozen=True, slots=True)
class Remind:
    """Ask for a reminder. The id is a function of the cart, the flow and the step."""

    request_id: str
    request: NotificationRequested


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take one back that may still come, by this channel or the next."""

    withdrawn: NotificationWithdrawn


@dataclass(frozen=True, slots=True)
class Report:
    """An order followed a reminder. The id is a function of the cart and the order."""

    recovered: CartRecovered
    event_id: str


@dataclass(frozen=True, slots=True)
class Continue:
    """Tell another cart, into which the lines of this one moved, what was said of them. The id is a
    function of all that."""

    continued: CartContinued
    event_id: str


Saying = Remind | Withdraw | Report | Continue
