"""Incidents: trouble of a carrier's or of the shop's that concerns many orders at once."""

from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import Contract, Id, Instant
from headsup.contracts.shop.codes import IncidentScope


class IncidentEvent(Contract, frozen=True, kw_only=True):
    """Every event about an incident names it."""

    incident_id: Id


class IncidentOpened(IncidentEvent, frozen=True, kw_only=True):
    """It began. Said again with the same id, it replaces what was said of it."""

    scope: IncidentScope
    carrier: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    """Whose parcels are concerned, as shipment events name the carrier; required for a carrier's
    incident."""
    until: Instant | None = None
    """When it is expected to be over."""

    def __post_init__(self) -> None:
        # In the decoder's own words, so that a refusal names the field like any that is missing.
        if self.scope is IncidentScope.CARRIER and self.carrier is None:
            raise ValueError("Object missing required field `carrier`")


class IncidentResolved(IncidentEvent, frozen=True, kw_only=True):
    """It is over."""
