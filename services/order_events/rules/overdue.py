"""A parcel did not come on the days that we told."""

from datetime import date, datetime
from functools import partial
from typing import Final

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import IncidentScope
from services.order_events.facts import Shipment
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, once_each
from services.order_events.rules.one_voice import (
    days_told,
    is_due_unpaid,
    is_on_its_way,
    is_silent,
    is_something_else_waiting,
    last_place,
    last_seen,
    still_true,
    times_heard,
)
from services.order_events.rules.parcels import (
    END_OF_DELIVERIES,
    about,
    day_there,
    on_the_day,
    shipment_of,
    shipments,
)
from services.order_events.rules.pauses import INCIDENT
from services.order_events.rules.wording import last_of
from services.order_events.told import ORDER, Statement


def overdue(case: Case, subject: str) -> Verdict:
    """The evening of the last day that we told you has come, the parcel has not, and nobody says
    when it will. Once for each day told.

    Of a parcel that has not left, the late dispatch is the news, where that was told.
    """
    due = overdue_at(case, subject)
    if due is None:
        return Overtaken(None)
    if case.now < due:
        return Overtaken(None, until=due)
    told = days_told(case, subject)
    if told is None or _was_heard_of_since(case, subject, due):
        return Overtaken(None)
    if is_something_else_waiting(case, subject):
        return None
    day = told[1].latest.isoformat()
    since = still_true(case, Kind.SHIPMENT_OVERDUE, due)
    return Announce(since, partial(_overdue, case, subject, told[1]), day)


@once_each
def overdue_at(case: Case, subject: str) -> datetime | None:
    """When the parcel is overdue, unless it comes before; None where that is not to be said.

    A later day that is known puts it off: it is told as a delay, or is within the shop's threshold.
    So does an incident, until the evening of the first working day after its end.
    """
    shipment, told = shipment_of(case.facts, subject), days_told(case, subject)
    if told is None or is_silent(case, subject) or not is_on_its_way(case, shipment):
        return None
    if not shipment.has_moved and last_of(case.told, ORDER, Kind.DISPATCH_LATE):
        return None
    if is_due_unpaid(shipment):
        return None
    days = [told[1].latest, *_days_after_incidents(case, shipment)]
    if shipment.expected:
        days.append(shipment.expected.value.estimate.latest)
    return on_the_day(case, max(days), END_OF_DELIVERIES)


def _days_after_incidents(case: Case, shipment: Shipment) -> list[date]:
    """The first working day after each incident that held it up, and of which the customer was
    told."""
    carrier = shipment.carrier.value if shipment.carrier else None
    return [
        case.policy.working_day_after(day_there(case, each.resolved_at), 1)
        for each in case.incidents
        if each.resolved_at
        and not each.is_active
        and each.concerns(carrier)
        and not (each.scope is IncidentScope.SHOP and shipment.has_moved)
        and last_of(case.told, INCIDENT + each.id, Kind.INCIDENT_NOTICE)
    ]


def _was_heard_of_since(case: Case, subject: str, due: datetime) -> bool:
    """Whether the customer heard of the parcel since that evening: then they know."""
    return any(
        said.subject == subject
        and said.said_at >= due
        and said.heard
        and said.kind is not Kind.SHIPMENT_OVERDUE
        and _is_about_the_way(said)
        for said in case.told.statements.values()
    )


def _is_about_the_way(said: Statement) -> bool:
    return CATALOGUE[said.kind].group == CATALOGUE[Kind.SHIPMENT_OVERDUE].group


def _overdue(case: Case, subject: str, told: Estimate) -> Content:
    shipment = shipment_of(case.facts, subject)
    return about(
        case.facts,
        shipment,
        previous_estimate=told,
        seen_at=last_seen(shipment),
        seen_in=last_place(shipment),
        occurrence=times_heard(case, subject, Kind.SHIPMENT_OVERDUE) + 1,
    )


RULES: Final = (Rule(Kind.SHIPMENT_OVERDUE, shipments, overdue, only_in_silence=True),)
"""After the late dispatch, which may be told in this very decision."""
