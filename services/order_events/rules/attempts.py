"""The courier came in vain."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import AttemptFailed
from services.order_events.facts import Latest, Milestone, Shipment
from services.order_events.promises import LEAD
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, if_ahead
from services.order_events.rules.parcels import (
    END_OF_DELIVERIES,
    about,
    day_there,
    is_at,
    on_the_day,
    shipment_of,
    shipments_once,
)
from services.order_events.rules.wording import last_of, says
from services.order_events.told import Statement

_DAY: Final = timedelta(days=1)


def attempt_failed(case: Case, subject: str) -> Verdict:
    """The courier came and could not hand it over."""
    shipment = shipment_of(case.facts, subject)
    found = shipment.attempt_failed
    if found is None:
        return None
    if not is_at(case.facts, shipment, Milestone.ATTEMPT_FAILED):
        return Overtaken(_version(found))
    say = partial(_attempt, case, shipment, found.value, _next_word(case, found))
    return Announce(found.at, say, _version(found))


def _version(found: Latest[AttemptFailed]) -> str:
    return found.at.astimezone(UTC).isoformat()


def _next_word(case: Case, found: Latest[AttemptFailed]) -> datetime | None:
    """After the evening of the next attempt; of the next working day, where none is known."""
    day = found.value.next_attempt
    if day is not None:
        return if_ahead(on_the_day(case, day, END_OF_DELIVERIES) + LEAD, case.now)
    return if_ahead(case.policy.word_within(found.at, _DAY, case.zone), case.now)


def _attempt(
    case: Case, shipment: Shipment, data: AttemptFailed, next_word: datetime | None
) -> Content:
    return about(
        case.facts,
        shipment,
        attempt_failure=data.reason,
        next_attempt=data.next_attempt,
        reschedule_url=data.reschedule_url,
        next_update_by=next_word,
    )


def follow_up(case: Case, subject: str) -> Verdict:
    """Nothing happened since the courier came in vain: said when the word that was promised with
    that falls due, unless something else was told of the parcel in between."""
    shipment = shipment_of(case.facts, subject)
    found = shipment.attempt_failed
    if found is None:
        return None
    if not is_at(case.facts, shipment, Milestone.ATTEMPT_FAILED):
        return Overtaken(None)
    told = last_of(case.told, subject, Kind.SHIPMENT_ATTEMPT_FAILED)
    if told is None or told.next_update_by is None or not says(told, _version(found)):
        return None
    if _story_went_on(case, told):
        return Overtaken(None)
    moment = told.next_update_by - LEAD
    if case.now < moment:
        return Overtaken(None, until=moment)
    # It is still unchanged, however late we look: the news cannot be stale.
    return Announce(case.now, partial(_unchanged, case, shipment, found.value), _version(found))


def _story_went_on(case: Case, told: Statement) -> bool:
    return any(
        said.subject == told.subject
        and said.kind is not Kind.SHIPMENT_ATTEMPT_FOLLOW_UP
        and said.said_at > told.said_at
        and not said.taken_back
        for said in case.told.statements.values()
    )


def _unchanged(case: Case, shipment: Shipment, data: AttemptFailed) -> Content:
    """A next attempt that should have been by now is none."""
    day = data.next_attempt
    is_ahead = day is not None and day > day_there(case, case.now)
    return about(
        case.facts,
        shipment,
        attempt_failure=data.reason,
        next_attempt=day if is_ahead else None,
        reschedule_url=data.reschedule_url,
    )


RULES: Final = (
    Rule(Kind.SHIPMENT_ATTEMPT_FAILED, shipments_once("attempt_failed"), attempt_failed),
)
WHEN_NOTHING_ELSE_IS_SAID: Final = (
    Rule(
        Kind.SHIPMENT_ATTEMPT_FOLLOW_UP,
        shipments_once("attempt_failed"),
        follow_up,
        only_in_silence=True,
    ),
)
"""After all that may be told of the parcel: a duty that is due now is news enough."""
