"""Trouble of a carrier's or of the shop's that concerns many orders at once: one calm message, and
one when it is over. In between nothing is said of a delay that it explains.

Who is told that something is wrong is told when it is over; who heard nothing of it is told
nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.contracts.notifications import Content, Standing
from headsup.contracts.shop import IncidentScope
from services.order_events.facts import Facts, Milestone, Shipment
from services.order_events.incidents import Incident
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
    if_ahead,
)
from services.order_events.rules.parcels import estimate_of, is_at, last_evening
from services.order_events.rules.pauses import (
    INCIDENT,
    ended_at,
    goes_on,
    is_told_under_another,
    over_by,
    same_trouble,
)
from services.order_events.rules.wording import last_of, worded
from services.order_events.standing import standing
from services.order_events.told import Statement

_WITH_THE_CARRIER: Final = (
    Milestone.LABELLED,
    Milestone.IN_TRANSIT,
    Milestone.OUT_FOR_DELIVERY,
    Milestone.ATTEMPT_FAILED,
)
"""A label is enough: the carrier's trouble keeps the parcel from leaving."""
_IN_PREPARATION: Final = (
    Standing.IN_PREPARATION,
    Standing.REGISTERED,
    Standing.ON_HOLD,
    Standing.DOWNLOAD_AWAITED,
)


def _no_facts(facts: Facts) -> Iterable[str]:
    """Incidents are none of the order's facts."""
    del facts
    return ()


@dataclass(frozen=True, slots=True)
class _IncidentRule(Rule):
    """A rule about the shop's incidents, which are no facts of the order."""

    def subjects_in(self, case: Case) -> Iterable[str]:
        return [INCIDENT + incident.id for incident in case.incidents]


def notice(case: Case, subject: str) -> Verdict:
    """The carrier, or the shop, has trouble, and your order is concerned. Said once, however often
    the moment moves at which it should be over, and however many incidents it is made of; again
    only when it was said to be over."""
    incident = _incident(case, subject)
    since = _concerned_since(case, incident) if goes_on(case, incident) else None
    if since is None or is_told_under_another(case, incident):
        return Overtaken(None)
    version = worded(
        case.told, subject, Kind.INCIDENT_NOTICE, "", frozenset({Kind.INCIDENT_SOLVED})
    )
    # An order that came later is concerned since then, and not since the trouble began.
    return Announce(max(incident.opened_at, since), partial(_notice, case, incident), version)


def _notice(case: Case, incident: Incident) -> Content:
    until = if_ahead(incident.until, case.now)
    return content(
        case.facts,
        scope=incident.scope,
        carrier=incident.carrier,
        until=until,
        next_update_by=until and _word_after(case, until),
    )


def _word_after(case: Case, until: datetime) -> datetime | None:
    """The evening on which it should be over; None when that is later than the usual next word."""
    word = case.policy.word_within(until, timedelta(0), case.zone)
    usual = CATALOGUE[Kind.INCIDENT_NOTICE].next_word
    latest = case.policy.word_within(case.now, usual, case.zone) if usual else None
    return word if latest is None or word <= latest else None


def solved(case: Case, subject: str) -> Verdict:
    """It is over, and your order goes on. Said to those who were told of it, while they still wait
    for the parcel; also where it is said of somebody else now: then it is not what it was. Not
    while another incident of the same trouble goes on."""
    told = last_of(case.told, subject, Kind.INCIDENT_NOTICE)
    if told is None or not told.heard:
        return Overtaken(None)
    known = _incident(case, subject)
    incident = _as_told(known, told)
    if incident.is_active or incident.resolved_at is None:
        return Overtaken(None)
    if _concerned_since(case, incident) is None or is_told_under_another(case, incident):
        return Overtaken(None)
    ends = [over_by(each) for each in same_trouble(case, incident) if goes_on(case, each)]
    if ends:
        return Overtaken(None, until=max(ends))
    version = told.said_at.isoformat()
    # Told by a clock that is behind, it ended nobody knows when; that it is over is true now.
    ended = case.now if known.resolved_at == known.opened_at else ended_at(case, incident)
    return Announce(ended, partial(_solved, case, incident), version)


def _as_told(incident: Incident, told: Statement) -> Incident:
    """The incident that the customer was told of. Where it is now said of another carrier, or of a
    carrier and no longer of the shop, that one is over since then."""
    is_the_same = incident.scope is IncidentScope.SHOP or incident.concerns(told.carrier)
    if is_the_same:
        return incident
    scope = IncidentScope.CARRIER if told.carrier else IncidentScope.SHOP
    return msgspec.structs.replace(
        incident, scope=scope, carrier=told.carrier, resolved_at=incident.opened_at
    )


def _solved(case: Case, incident: Incident) -> Content:
    return content(
        case.facts,
        scope=incident.scope,
        carrier=incident.carrier,
        estimate=_expected(case),
    )


def _expected(case: Case) -> Estimate | None:
    """When the order is expected, where it is one parcel, and that is still to come; what is
    downloaded comes on no day."""
    parcels = list(case.facts.shipments.values())
    if len(parcels) > 1 or case.facts.is_all_digital:
        return None
    of_order = case.facts.estimate.value if case.facts.estimate else None
    known = estimate_of(case.facts, parcels[0]) if parcels else of_order
    return known if last_evening(case, known) else None


def _incident(case: Case, subject: str) -> Incident:
    return next(each for each in case.incidents if INCIDENT + each.id == subject)


def _concerned_since(case: Case, incident: Incident) -> datetime | None:
    """Since when the order is in the way of the trouble; None when it is not. Whoever gets a gift
    first hears of it when it is on its way."""
    if case.facts.cancellation or case.facts.accepted_at is None:
        return None
    if incident.scope is IncidentScope.CARRIER:
        return _with_the_carrier_since(case, incident)
    if case.audience is Audience.RECIPIENT:
        return None
    return case.facts.accepted_at if _is_prepared(case) else None


def _with_the_carrier_since(case: Case, incident: Incident) -> datetime | None:
    moments = (
        _first_seen(parcel)
        for parcel in case.facts.shipments.values()
        if incident.concerns(parcel.carrier.value if parcel.carrier else None)
        and is_at(case.facts, parcel, *_WITH_THE_CARRIER)
        and (parcel.has_moved or case.audience is Audience.BUYER)
    )
    return min(filter(None, moments), default=None)


def _first_seen(parcel: Shipment) -> datetime | None:
    spans = filter(None, (parcel.labelled, parcel.scans))
    first = min((span.first for span in spans), default=None)
    return first or (parcel.now_at and parcel.now_at[1])


def _is_prepared(case: Case) -> bool:
    """Something of the order is still in the shop's hands."""
    some_left = any(not parcel.has_moved for parcel in case.facts.shipments.values())
    return some_left or standing(case) in _IN_PREPARATION


RULES: Final = (
    _IncidentRule(Kind.INCIDENT_NOTICE, _no_facts, notice),
    _IncidentRule(Kind.INCIDENT_SOLVED, _no_facts, solved),
)
