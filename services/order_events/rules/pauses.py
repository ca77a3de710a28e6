"""Until when an incident keeps the rules about lateness quiet. Pure."""

from datetime import datetime, timedelta
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind
from services.order_events.incidents import Incident
from services.order_events.rules.base import Case
from services.order_events.rules.wording import last_of

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
    subject = INCIDENT + incident.id
    notice = last_of(case.told, subject, Kind.INCIDENT_NOTICE)
    if notice is None or not notice.heard or incident.resolved_at is None:
        return False
    solved = last_of(case.told, subject, Kind.INCIDENT_SOLVED)
    if solved and solved.said_at > notice.said_at:
        return solved.waiting
    return case.now <= incident.resolved_at + CATALOGUE[Kind.INCIDENT_SOLVED].time_to_live
