"""Trouble of a carrier's or of the shop's that concerns many orders at once. Pure."""

from datetime import datetime

import msgspec

from headsup.contracts.shop import IncidentScope


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident, as it is known now."""

    id: str
    scope: IncidentScope
    carrier: str | None = None
    """Whose parcels are concerned, where it is a carrier's."""
    opened_at: datetime
    until: datetime | None = None
    """When it is expected to be over."""
    resolved_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """It is not over yet."""
        return self.resolved_at is None or self.resolved_at < self.opened_at

    def concerns(self, carrier: str | None) -> bool:
        """Whether a parcel with this carrier is concerned."""
        if self.scope is IncidentScope.SHOP:
            return True
        return carrier is not None and carrier.casefold() == (self.carrier or "").casefold()
