"""What a shop promises its customers, and what its law asks for: days, thresholds, habits. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from headsup.contracts.carriers import carrier_key

_Days = Annotated[int, Meta(ge=0, le=365)]
_Hours = Annotated[int, Meta(ge=1, le=720)]
_Weekday = Annotated[int, Meta(ge=0, le=6)]
_DAY: Final = timedelta(days=1)
EVENING: Final = time(18)
"""The hour by which a word is promised for a day."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shop's promises. Every field has a default that a careful shop can live with. Days are
    those of the calendar where nothing else is said."""

    time_zone: str | None = None
    """IANA name of the shop's own zone."""
    working_days: frozenset[_Weekday] = frozenset(range(5))
    """Monday is 0."""
    holidays: frozenset[date] = frozenset()
    return_days: _Days = 14
    """After the receipt, in which goods may be sent back. As in the EU: see `law.toml`."""
    refund_days: _Days = 14
    """Until money that goes back was sent. As in the EU."""
    decide_days: _Days = 5
    """Working days from the arrival of a return until the shop looked at it."""
    repair_days: _Days = 45
    """Until a repair under warranty is ready. As in Russia, where the law allows that long."""
    expertise_days: _Days = 10
    """Until it is known whether a fault is covered. As in Russia."""
    dispatch_days: _Days | None = None
    """After the acceptance, until the evening by which an order leaves for which the shop named no
    date. None: it cannot be late then."""
    download_hours: _Hours = 24
    """After the acceptance, until the evening by which what is downloaded should be ready; by then
    the customer hears of it, or that it is not."""
    holding_days: Mapping[str, _Days] = {}
    """For how long each carrier keeps a parcel to be fetched, by the carrier's name."""
    usual_holding_days: _Days = 7
    """For carriers that `holding_days` does not name."""
    delay_days: Annotated[int, Meta(ge=1, le=30)] = 1
    """A parcel is told to be late when it comes so many days later than was told."""
    earlier_days: Annotated[int, Meta(ge=1, le=30)] = 1
    """And to be early, when so many days earlier."""
    unscanned_hours: _Hours = 48
    """After the label, without a scan, the parcel counts as forgotten."""
    stalled_days: Annotated[int, Meta(ge=1, le=30)] = 3
    """Working days without a scan after which the customer is told."""
    dispatch_notices: Annotated[int, Meta(ge=1, le=10)] = 3
    """How often a late dispatch is told, the first time included."""
    payment_reminder_hours: tuple[_Hours, ...] = (24, 2)
    """Before the time to pay runs out."""
    drop_off_days: _Days = 5
    """After the approval, without a scan, the customer is reminded of a return."""
    deadline_days: _Days = 2
    """Before the last day of a return, the customer is reminded."""
    parcels_told_alone: Annotated[int, Meta(ge=1, le=100)] = 4
    """Of an order with more parcels than that, one message tells how all of them go on."""
    check_value: Annotated[str, Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$")] | None = None
    """Above this, in the order's currency, the customer is asked whether a parcel arrived that was
    not handed to anybody in person. None: nobody is asked for its value alone."""
    check_in_days: _Days | None = 3
    """After the delivery, the customer is asked whether everything is all right. None: never."""
    review_days: _Days | None = None
    """After the delivery, the customer is asked for a review. None: never."""
    review_url: str | None = None
    """Where they say it. None: nobody is asked."""
    return_window_days: _Days | None = None
    """Before the right to return ends, the customer is told so. None: never."""

    def is_working(self, day: date) -> bool:
        """Whether the shop works on this day."""
        return day.weekday() in self.working_days and day not in self.holidays

    def working_day_after(self, day: date, days: int) -> date:
        """So many working days later. A shop that never works counts every day."""
        if not self.working_days:
            return day + timedelta(days=days)
        working, holidays = self.working_days, self.holidays
        while days > 0:
            day += _DAY
            days -= day.weekday() in working and day not in holidays
        return day

    def working_time_after(self, moment: datetime, days: int, zone: tzinfo) -> datetime:
        """The same time on the clock of `zone`, so many working days later; in UTC."""
        local = moment.astimezone(zone)
        later = self.working_day_after(local.date(), days)
        return datetime.combine(later, local.time(), zone).astimezone(UTC)

    def evening_of(self, day: date, zone: tzinfo) -> datetime:
        """The hour by which a word is promised for this day, in UTC."""
        return datetime.combine(day, EVENING, zone).astimezone(UTC)

    def word_within(self, now: datetime, span: timedelta, zone: tzinfo) -> datetime:
        """The moment to promise the next word for: the evening of the day on which `span` from now
        ends, or of the next working day, where that is none. Always later than now."""
        day = (now + span).astimezone(zone).date()
        if not self.is_working(day):
            day = self.working_day_after(day, 1)
        moment = self.evening_of(day, zone)
        return moment if moment > now else self.evening_of(self.working_day_after(day, 1), zone)

    def holding_days_of(self, carrier: str | None) -> int:
        """For how long this carrier keeps a parcel to be fetched."""
        known = {carrier_key(name): days for name, days in self.holding_days.items()}
        return known.get(carrier_key(carrier or ""), self.usual_holding_days)


DEFAULT: Final = Policy()
"""For a shop that says nothing."""
