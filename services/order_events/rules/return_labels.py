"""The label of a return: ready, or it could not be made.

A label that comes with the approval is told with it, and not once more.
"""

from functools import partial
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import ReturnLabelReady
from services.order_events.facts import Latest, Return
from services.order_events.rules.approvals import (
    approval_words,
    current_label,
    label_failed_at,
    label_told,
    own_label,
)
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, content
from services.order_events.rules.days import if_not_over, word_on
from services.order_events.rules.return_promises import last_day, next_reminder
from services.order_events.rules.return_stage import (
    BEFORE_SENDING,
    Stage,
    epoch_of,
    is_at,
    return_of,
    returns,
    standing_of,
)
from services.order_events.rules.wording import last_of, worded


def ready(case: Case, subject: str) -> Verdict:
    """Your label can be printed, or shown. Said again when its code changes, and to a customer who
    heard that it could not be made; not when the address is only signed afresh."""
    found = return_of(case.facts, subject)
    if found.label_ready is None:
        return None
    what = epoch_of(found) + (found.label_ready.value.code or "")
    label = current_label(found)
    if label is None or not _is_wanted(found):
        return Overtaken(what)
    if _came_with_the_approval(case, subject, found, label):
        return Overtaken(None)
    say = partial(_ready, case, subject, found, label.value)
    version = worded(case.told, subject, Kind.RETURN_LABEL_READY, what, {Kind.RETURN_LABEL_FAILED})
    return Announce(label.at, say, version)


def _ready(case: Case, subject: str, found: Return, label: ReturnLabelReady) -> Content:
    return content(
        case.facts,
        label_url=label.label_url,
        return_code=label.code,
        send_by=if_not_over(case, last_day(case, found), case.now),
        next_update_by=word_on(case, next_reminder(case, subject, found)),
    )


def failed(case: Case, subject: str) -> Verdict:
    """The label could not be made, and the shop sees to it."""
    found = return_of(case.facts, subject)
    failed_at = label_failed_at(found)
    if failed_at is None:
        return Overtaken(None) if found.label_failed else None
    what = epoch_of(found)
    if current_label(found) or own_label(found) or not _is_wanted(found):
        return Overtaken(what)
    version = worded(case.told, subject, Kind.RETURN_LABEL_FAILED, what, {Kind.RETURN_LABEL_READY})
    return Announce(failed_at, partial(content, case.facts), version)


def _came_with_the_approval(
    case: Case, subject: str, found: Return, label: Latest[ReturnLabelReady]
) -> bool:
    """Whether the customer has this label from the approval, or gets it with the approval now."""
    approved = found.approved
    if approved is None or not is_at(found, Stage.APPROVED):
        return False
    if own_label(found) and label.value.code in (None, approved.value.code):
        return True
    words = approval_words(case, subject, found, approved.value)
    told = last_of(case.told, subject, Kind.RETURN_APPROVED)
    lives_for = CATALOGUE[Kind.RETURN_APPROVED].time_to_live
    if told is None and approved.at + lives_for < case.now:
        return False  # too old to be told, and its label is not
    told_label = label_told(words)
    return told_label is not None and label.at <= told_label


def _is_wanted(found: Return) -> bool:
    """Whether the customer still has what the label is for; also where only the label is known of a
    return."""
    standing = standing_of(found)
    if standing is None:
        return found.cancelled is None
    return standing.stage in BEFORE_SENDING


LABELS: Final = (
    Rule(Kind.RETURN_LABEL_READY, returns, ready),
    Rule(Kind.RETURN_LABEL_FAILED, returns, failed),
)
