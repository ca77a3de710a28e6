"""Trouble of a carrier's or of the shop's that concerns many orders at once. Pure.

What is known of an incident is a function of the set of its events, as facts are: any order and any
repetition of them gives the same.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from headsup.contracts.carriers import carrier_key
from headsup.contracts.envelope import Event
from headsup.contracts.shop import (
    IncidentEvent,
    IncidentOpened,
    IncidentResolved,
    IncidentScope,
)
from services.order_events.facts import Facts, Latest, Milestone, Shipment
from services.order_events.fold.base import later

KEPT_FOR: Final = timedelta(days=30)
"""An incident that was over for so long is no news to anybody."""


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
    """When it ended; an end before `opened_at` was that of an earlier time."""

    @property
    def is_active(self) -> bool:
        """It is not over yet."""
        return self.resolved_at is None or self.resolved_at < self.opened_at

    def concerns(self, carrier: str | None) -> bool:
        """Whether a parcel with this carrier is concerned."""
        if self.scope is IncidentScope.SHOP:
            return True
        return carrier is not None and carrier_key(carrier) == carrier_key(self.carrier or "")


class IncidentState(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What was said of an incident: the latest words, and whom it ever concerned."""

    opened: Latest[IncidentOpened] | None = None
    began: datetime | None = None
    """When it was opened first: one that is over may be opened again."""
    resolved: Latest[IncidentResolved] | None = None
    carriers: tuple[str, ...] = ()
    """The keys of all carriers that were ever named, in one order."""
    was_the_shops: bool = False
    """It was said to be the shop's own, once or still."""

    @property
    def over_since(self) -> datetime | None:
        """Since when it is over; None while it is not, or never began as far as we know.

        What was opened again after its end goes on. An end that lies before every beginning is the
        word of a clock that is behind: nobody ends what has not begun, so it counts.
        """
        if self.opened is None or self.resolved is None:
            return None
        began, ended = self.began or self.opened.at, self.resolved.at
        if began <= ended < self.opened.at:
            return None
        return max(ended, self.opened.at)


def fold(state: IncidentState | None, event: Event[IncidentEvent]) -> IncidentState:
    """The state with this event in it, changed in place; a new one when there was none."""
    state = state or IncidentState()
    if isinstance(event.data, IncidentOpened):
        before = (state.opened.value,) if state.opened else ()
        for word in (*before, event.data):
            if word.carrier and word.scope is IncidentScope.CARRIER:
                state.carriers = tuple(sorted({*state.carriers, carrier_key(word.carrier)}))
            state.was_the_shops |= word.scope is IncidentScope.SHOP
        state.opened = later(state.opened, event, event.data)
        state.began = min(state.began or event.time, event.time)
    elif isinstance(event.data, IncidentResolved):
        state.resolved = later(state.resolved, event, event.data)
    return state


def known(incident_id: str, state: IncidentState) -> Incident | None:
    """The incident; None while its beginning is not known: then nobody knows whom it concerns."""
    if state.opened is None:
        return None
    return Incident(
        id=incident_id,
        scope=state.opened.value.scope,
        carrier=state.opened.value.carrier,
        opened_at=state.opened.at,
        until=state.opened.value.until,
        resolved_at=state.over_since,
    )


def concerned(state: IncidentState) -> list[str] | None:
    """The keys of the carriers whose orders are to be looked at for a change of it; None for every
    order of the shop. Also those that it was said of before: who was told of it waits for its end,
    and what it explained is late now."""
    said = state.opened.value if state.opened else None
    if state.was_the_shops or (said and said.scope is IncidentScope.SHOP):
        return None
    now = {carrier_key(said.carrier)} if said and said.carrier else set()
    return sorted(now | set(state.carriers))


def carriers_under_way(facts: Facts) -> list[str]:
    """The keys of the carriers of parcels that are not at their end yet: those whose incidents
    concern this order. A label is enough: the carrier's trouble keeps the parcel from leaving."""
    found = {
        carrier_key(shipment.carrier.value)
        for shipment in facts.shipments.values()
        if shipment.carrier and not _has_ended(shipment)
    }
    return sorted(found)


def _has_ended(shipment: Shipment) -> bool:
    """It was handed over, or is back at the shop."""
    current = shipment.now_at
    return current is not None and current[0] in (Milestone.DELIVERED, Milestone.RETURNED)


_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(IncidentState)


def encode(state: IncidentState) -> bytes:
    """The state as JSON."""
    return _encoder.encode(state)


def decode(stored: bytes | str) -> IncidentState:
    """What `encode` wrote. Raises msgspec.ValidationError for anything else."""
    return _decoder.decode(stored)
