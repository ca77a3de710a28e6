"""What only the customer can do, and the reminder that it is not done."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import ActionNeeded
from services.order_events.facts import Action, Facts, Latest
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    Wait,
    content,
    if_ahead,
)
from services.order_events.rules.wording import last_of, says, worded

_ACTION: Final = "action:"
REMIND_AFTER: Final = timedelta(hours=24)
_TOO_SHORT: Final = timedelta(hours=2)
"""Who has no more time than this is not reminded: they read the first message just now."""
_LEEWAY: Final = timedelta(hours=2)
"""The next word is promised for so much later than the reminder, at least."""


def actions(facts: Facts) -> Iterable[str]:
    """Everything that the customer was asked to do."""
    return [_ACTION + action_id for action_id in facts.actions]


def needed(case: Case, subject: str) -> Verdict:
    """We cannot go on without you. Said again when the deadline changes, and when it is needed once
    more after it was done."""
    action = _action(case.facts, subject)
    if action.needed is None:
        return None
    what = _words_of(action, action.needed)
    if not _is_open(case, action, action.needed):
        return Overtaken(what)
    data = action.needed.value
    version = worded(case.told, subject, Kind.ORDER_ACTION_NEEDED, what)
    return Announce(action.needed.at, partial(_needed, case, data), version, until=data.by)


def reminder(case: Case, subject: str) -> Verdict:
    """It still waits for you: a day after we asked, or half way to the last moment where that is
    sooner. Only to a customer who heard what is needed."""
    action = _action(case.facts, subject)
    if action.needed is None:
        return None
    data, what = action.needed.value, _words_of(action, action.needed)
    asked = last_of(case.told, subject, Kind.ORDER_ACTION_NEEDED)
    is_asked = asked is not None and says(asked, what)
    if asked is None or not is_asked or not _is_open(case, action, action.needed):
        return Overtaken(None)
    at = _reminder_at(asked.said_at, data)
    if not asked.heard or at is None:
        return None
    if case.now < at:
        return Wait(at)
    version = f"{asked.version}|{asked.said_at.isoformat()}"
    return Announce(at, partial(_reminder, case, data), version, until=data.by)


def _action(facts: Facts, subject: str) -> Action:
    return facts.actions[subject.removeprefix(_ACTION)]


def _words_of(action: Action, needed: Latest[ActionNeeded]) -> str:
    done = action.resolved
    before = [at for at in (done.last, done.first) if at < needed.at] if done else []
    return f"{needed.value.action}|{needed.value.by or ''}|{before[0] if before else ''}"


def _is_open(case: Case, action: Action, needed: Latest[ActionNeeded]) -> bool:
    """Nobody did it, it can still be done, and the shop did not go on without."""
    if action.resolved and action.resolved.last >= needed.at:
        return False
    if case.facts.cancellation or (needed.value.by and needed.value.by <= case.now):
        return False
    return not any(
        shipment.has_moved and shipment.now_at and shipment.now_at[1] > needed.at
        for shipment in case.facts.shipments.values()
    )


def _reminder_at(asked_at: datetime, data: ActionNeeded) -> datetime | None:
    if data.by is None:
        return asked_at + REMIND_AFTER
    left = data.by - asked_at
    return asked_at + min(REMIND_AFTER, left / 2) if left > _TOO_SHORT else None


def _needed(case: Case, data: ActionNeeded) -> Content:
    remind_at = _reminder_at(case.now, data)
    by = case.policy.word_within(remind_at, _LEEWAY, case.zone) if remind_at else None
    return _about(case, data, next_update_by=by)


def _reminder(case: Case, data: ActionNeeded) -> Content:
    return _about(case, data, occurrence=2)


def _about(case: Case, data: ActionNeeded, **what: object) -> Content:
    return content(
        case.facts,
        action=data.action,
        action_url=data.url,
        act_by=if_ahead(data.by, case.now),
        note=data.note,
        **what,
    )


RULES: Final = (
    Rule(Kind.ORDER_ACTION_NEEDED, actions, needed),
    Rule(Kind.ORDER_ACTION_REMINDER, actions, reminder),
)
