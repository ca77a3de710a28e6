"""The hours in which nobody is disturbed. Pure."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Annotated, Final

import msgspec
from msgspec import Meta

_AT_ONCE: Final = timedelta()
_Hour = Annotated[int, Meta(ge=0, le=23)]


class Night(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span of hours on somebody's own clock. Where both are the same there is no night."""

    begins: _Hour = 21
    ends: _Hour = 8

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return self.begins != self.ends

    def __contains__(self, local: time) -> bool:
        """Whether this time on the clock is in the night."""
        if self.begins <= self.ends:
            return self.begins <= local.hour < self.ends
        return local.hour >= self.begins or local.hour < self.ends

    def after(self, moment: datetime, zone: tzinfo, ahead: timedelta = _AT_ONCE) -> datetime:
        """The moment itself, or the end of the night that it falls into, or comes so short before;
        in UTC."""
        local = moment.astimezone(zone)
        if local.time() not in self and (not ahead or (local + ahead).time() not in self):
            return moment.astimezone(UTC)
        day = local.date() + timedelta(days=local.hour >= self.ends)
        return datetime.combine(day, time(self.ends), zone).astimezone(UTC)
