"""What a shop wants of its reminders: when, how often, and never at night."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.shops.carts import CartPolicy
from headsup.shops.night import Night
from headsup.shops.profile import ShopProfile

_DAY: Final = timedelta(days=1)
_TO_SEND: Final = timedelta(minutes=30)
"""A reminder takes a second to send, unless a provider is slow or the first channel fails."""
_POLICY: Final = CartPolicy()
_NIGHT: Final = Night()
_KINDS: Final = (Kind.CART_ABANDONED, Kind.CHECKOUT_ABANDONED)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Of one shop. What follows from them is worked out once, and asked for at every event."""

    policy: CartPolicy = _POLICY
    night: Night = _NIGHT
    zone: tzinfo = UTC
    """The shop's own, for whoever's zone is not known."""

    @classmethod
    def of(cls, profile: ShopProfile | None) -> "Terms":
        """Those of a shop; those of a careful one where no profile names it."""
        if profile is None:
            return _CAREFUL
        zone = _zone(profile.time_zone) or UTC
        return cls(policy=profile.carts, night=profile.night, zone=zone)

    def zone_of(self, name: str | None) -> tzinfo:
        """The zone of this name; the shop's where it is not known, or is none."""
        return (_zone(name) if name else None) or self.zone

    def by_day(self, moment: datetime, zone: tzinfo) -> datetime:
        """The moment itself, or the end of the night: where it is night on a clock of this zone, or
        too late in the evening to be sure that it is sent before."""
        return self.night.after(moment, zone, _TO_SEND)

    def delays(self, *, at_checkout: bool) -> tuple[timedelta, ...]:
        """From the last visit to each reminder, in rising order."""
        return self._delays[at_checkout]

    @cached_property
    def _delays(self) -> Mapping[bool, tuple[timedelta, ...]]:
        return {it: self.policy.delays(at_checkout=it) for it in (False, True)}

    @cached_property
    def pause(self) -> timedelta:
        """From the first reminder of a visit to the first of the next."""
        return timedelta(hours=self.policy.pause_hours)

    @cached_property
    def window(self) -> timedelta:
        """After a reminder, in which an order counts as recovered by it."""
        return timedelta(days=self.policy.window_days)

    @cached_property
    def reach(self) -> timedelta:
        """So long after a visit at the most something may still be said of it. A night lasts less
        than a day."""
        longest = max(sum(self._delays.values(), ()), default=timedelta())
        return longest + _DAY + max(CATALOGUE[kind].time_to_live for kind in _KINDS)


_CAREFUL: Final = Terms()
"""Of a shop that no profile names."""


@lru_cache(1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # all that ZoneInfo raises for a zone that is none
        return None
