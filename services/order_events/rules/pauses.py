"""Until when an incident keeps the rules about lateness quiet. Pure."""

from datetime import datetime, timedelta
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.shop import IncidentScope
from services.order_events.incidents import Incident
from services.order_events.rules.base import Case
from services.order_events.rules.wording import last_of
from services.order_events.told import Statement

INCIDENT: Final = "incident:"
"""How the subjects of incidents begin."""
LONGEST_INCIDENT: Final = timedelta(days=14)
"""An incident that goes on for longer was forgotten, and explains nothing any more."""
_GRACE: Final = timedelta(days=1)
"""After the moment at which it should be over."""


def goes_on(case: Case, incident: Incident) -> bool:
    """Whether the incident is not over yet, as far as one may believe a shop that never said so."""
    return incident.is_active and case.now < over_by(incident)


def over_by(incident: Incident) -> datetime:
    """When the incident is over: as the shop said, or as it must be where it never did."""
    if incident.resolved_at and not incident.is_active:
        return incident.resolved_at
    ends = [incident.opened_at + LONGEST_INCIDENT]
    if incident.until:
        ends.append(incident.until + _GRACE)
    return min(ends)


def keeps_quiet(case: Case, incident: Incident) -> bool:
    """Whether nothing may be said of a delay that this incident explains: it goes on, or it is over
    and the customer, who was told of it, has not heard that yet. What is late all the same is told
    after that, measured against what was said then."""
    if incident.is_active:
        return goes_on(case, incident)
    notice = _told(case, incident)
    if notice is None or not notice.heard:
        return False
    if solved := solved_since(case, incident, notice):
        return solved.waiting
    lives_for = CATALOGUE[Kind.INCIDENT_SOLVED].time_to_live
    return case.now <= ended_at(case, incident) + lives_for


def same_trouble(case: Case, incident: Incident) -> list[Incident]:
    """The other incidents of which a customer cannot tell this one: of the shop, or of the same
    carrier. Shops report an outage for each depot, or twice; it is one trouble."""
    return [
        each
        for each in case.incidents
        if each.id != incident.id
        and each.scope is incident.scope
        and (each.scope is IncidentScope.SHOP or each.concerns(incident.carrier))
    ]


def ended_at(case: Case, incident: Incident) -> datetime:
    """When the trouble was over of which this incident is a part: the last of those that overlap
    ended."""
    end = over_by(incident)
    for each in sorted(same_trouble(case, incident), key=lambda other: other.opened_at):
        if each.opened_at <= end:
            end = max(end, over_by(each))
    return end


def is_told_under_another(case: Case, incident: Incident) -> bool:
    """Whether another incident of the same trouble speaks for this one: the customer was told of
    that, and not that it is over; or nobody was told yet, and that one is newer."""
    told = _told(case, incident)
    for each in same_trouble(case, incident):
        if not keeps_quiet(case, each):
            continue
        notice = _told(case, each)
        if notice is None:
            is_first = told is None and _age(each) > _age(incident)
        else:
            is_known = solved_since(case, each, notice) is None
            is_first = is_known and (told is None or told.said_at < notice.said_at)
        if is_first:
            return True
    return False


def solved_since(case: Case, incident: Incident, notice: Statement) -> Statement | None:
    """The word that the trouble is over, said after this notice of it."""
    those = [incident, *same_trouble(case, incident)]
    found = (last_of(case.told, INCIDENT + each.id, Kind.INCIDENT_SOLVED) for each in those)
    return next((said for said in found if said and said.said_at > notice.said_at), None)


def _told(case: Case, incident: Incident) -> Statement | None:
    return last_of(case.told, INCIDENT + incident.id, Kind.INCIDENT_NOTICE)


def _age(incident: Incident) -> tuple[datetime, str]:
    return incident.opened_at, incident.id
