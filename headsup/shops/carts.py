"""How a shop reminds people of what they left in a cart."""

from datetime import timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

SETTLING: Final = timedelta(minutes=10)
"""So long after an order shops tidy its cart up, and so far the clocks of their systems may differ:
what is said of a cart within it is no new visit. In doubt marketing stays silent."""
_Hours = Annotated[int, Meta(ge=1, le=720)]
_Steps = Annotated[tuple[_Hours, ...], Meta(max_length=5)]


class CartPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When, how often, and how long a purchase counts as its work."""

    reminder_hours: _Steps = (1, 24, 72)
    """After the last visit to a cart. Empty: nobody is reminded."""
    checkout_hours: _Steps = (1, 24, 72)
    """After the last visit, where they had begun to pay."""
    pause_hours: _Hours = 24
    """So long after the first reminder of a visit no other visit or cart is reminded of."""
    most_in_a_week: Annotated[int, Meta(ge=1, le=50)] = 5
    """Reminders of one person, of whichever carts."""
    window_days: Annotated[int, Meta(ge=1, le=90)] = 7
    """After a reminder, in which an order counts as recovered by it."""
    few_left: Annotated[int, Meta(ge=0, le=100)] = 3
    """A line of which no more than that is left is running out."""

    def delays(self, *, at_checkout: bool) -> tuple[timedelta, ...]:
        """From the last visit to each reminder, in rising order."""
        hours = self.checkout_hours if at_checkout else self.reminder_hours
        return tuple(timedelta(hours=each) for each in sorted(set(hours)))
