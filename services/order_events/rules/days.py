"""Days of the customer's own calendar, and the hours at which something is said of them. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from services.order_events.rules.base import Case, if_ahead

_MORNING: Final = time(10)
"""When something is said that no event brings: at an hour at which it can still be done today, and
well before the evening for which a word was promised."""
_DAY: Final = timedelta(days=1)


def day_of(case: Case, moment: datetime) -> date:
    """The customer's day of a moment."""
    return moment.astimezone(case.zone).date()


def if_not_over(case: Case, day: date | None, said_at: datetime) -> date | None:
    """A day that was named for something to come. One that had passed when it was named is a slip
    of the shop's, and no promise that anybody could keep."""
    return day if day and day >= day_of(case, said_at) else None


def morning_of(case: Case, day: date) -> datetime:
    """The moment of a day at which something is said that no event brings, in UTC."""
    return datetime.combine(day, _MORNING, case.zone).astimezone(UTC)


def word_on(case: Case, day: date | None) -> datetime | None:
    """The moment to promise for a word on this day; None when it has passed, or there is none."""
    return if_ahead(case.policy.evening_of(day, case.zone), case.now) if day else None


def late_from(case: Case, due: date) -> datetime:
    """From when what was promised for a day is late: the morning of the next one."""
    return morning_of(case, due + _DAY)
