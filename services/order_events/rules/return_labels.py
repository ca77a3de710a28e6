"""The label of a return: ready, or it could not be made.

A label that comes with the approval is told with it, and not once more.
"""

from datetime import datetime
from functools import partial
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import ReturnApproved, ReturnLabelReady
from services.order_events.facts import Latest, Return
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, content
from services.order_events.rules.days import word_on
from services.order_events.rules.return_promises import next_reminder
from services.order_events.rules.return_stage import (
    BEFORE_SENDING,
    Stage,
    counts,
    epoch_of,
    is_at,
    return_of,
    returns,
    standing_of,
)
from services.order_events.rules.wording import last_of, worded, words_of

_LABELLED: Final = "+label "
"""Marks an approval that was told together with its label; the label's moment follows."""


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
        send_by=found.approved.value.send_by if found.approved else None,
        next_update_by=word_on(case, next_reminder(case, subject, found)),
    )


def failed(case: Case, subject: str) -> Verdict:
    """The label could not be made, and the shop sees to it."""
    found = return_of(case.facts, subject)
    failed_at = _failed_at(found)
    if failed_at is None:
        return Overtaken(None) if found.label_failed else None
    what = epoch_of(found)
    if current_label(found) or own_label(found) or not _is_wanted(found):
        return Overtaken(what)
    version = worded(case.told, subject, Kind.RETURN_LABEL_FAILED, what, {Kind.RETURN_LABEL_READY})
    return Announce(failed_at, partial(content, case.facts), version)


def current_label(found: Return) -> Latest[ReturnLabelReady] | None:
    """The label that came after the approval, or before it; None while it could not be made."""
    label, failed_at = found.label_ready, _failed_at(found)
    if label is None or not counts(found, label.at):
        return None
    return label if failed_at is None or label.at >= failed_at else None


def own_label(found: Return) -> str | None:
    """The address of the label that the approval itself names, unless it failed since."""
    approved, failed_at = found.approved, _failed_at(found)
    if approved is None or (failed_at and failed_at > approved.at):
        return None
    return approved.value.label_url


def approval_words(case: Case, subject: str, found: Return, data: ReturnApproved) -> str:
    """What an approval says, and whether its label is told with it: as it was told, where it was,
    because a label that comes later is told on its own."""
    # Not the label's address: a shop may sign it afresh every time it sends the same event.
    what = f"{data.method}|{data.send_by}|{data.address or ''}|{data.code or ''}"
    if window := data.pickup_window:
        what += f"|{window.start.isoformat()}/{window.end.isoformat()}"
    what, stands = epoch_of(found) + what, is_at(found, Stage.APPROVED)
    for _, said in case.told.newest_first():
        if said.kind is not Kind.RETURN_APPROVED or said.subject != subject:
            continue
        words = words_of(said)
        # What was taken back is told anew.
        if _is_or_labels(words, what) and not (stands and said.taken_back):
            return words
    label = current_label(found)
    return f"{what}{_LABELLED}{label.at.isoformat()}" if stands and label else what


def _is_or_labels(words: str, what: str) -> bool:
    return words == what or words.startswith(what + _LABELLED)


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
    told_label = words.partition(_LABELLED)[2]
    return bool(told_label) and label.at <= datetime.fromisoformat(told_label)


def _failed_at(found: Return) -> datetime | None:
    moment = found.label_failed.last if found.label_failed else None
    return moment if moment and counts(found, moment) else None


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
